// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Arrays;
import org.survol.core.grid.TileGrid;
import org.survol.core.raster.GeoReference;

/**
 * Where a pixel of the grid lies in a source image. Source coordinates are fractional pixels from the image's upper-left
 * corner: the first pixel's centre is (0.5, 0.5). A grid pixel's place depends on nothing but its own column and row, so
 * two tiles that both carry it (one in its halo) compute the same value.
 */
sealed interface PixelMapping {

    /**
     * Places of the centres of {@code count} pixels of one row, from {@code column} eastwards; NaN where there is none.
     *
     * @param x filled from index 0
     * @param y filled from index 0
     */
    void centres(long row, long column, int count, double[] x, double[] y);

    /** Source pixels per grid pixel, along columns. */
    double scaleX();

    /** Source pixels per grid pixel, along rows. */
    double scaleY();

    /** Image and grid share their CRS. */
    record SameCrs(TileGrid grid, GeoReference image) implements PixelMapping {

        /** A hundredth of a pixel over the whole image: what headers written in decimal lose. */
        private static final double ALIGNED_PIXELS = 0.01;

        @Override
        public void centres(long row, long column, int count, double[] x, double[] y) {
            Arrays.fill(y, 0, count, y(row));
            for (int i = 0; i < count; i++) {
                x[i] = x(column + i);
            }
        }

        double x(long column) {
            return ((column + 0.5) * grid.gsdMetres() - image.west()) / image.pixelWidth();
        }

        double y(long row) {
            return (image.north() + (row + 0.5) * grid.gsdMetres()) / image.pixelHeight();
        }

        @Override
        public double scaleX() {
            return grid.gsdMetres() / image.pixelWidth();
        }

        @Override
        public double scaleY() {
            return grid.gsdMetres() / image.pixelHeight();
        }

        /** Every image pixel is a grid pixel: nothing needs to be computed. */
        boolean isAligned(int imageWidth, int imageHeight) {
            double column = grid.column(image.west());
            double row = grid.row(image.north());
            return Math.abs(column - Math.rint(column)) < ALIGNED_PIXELS
                    && Math.abs(row - Math.rint(row)) < ALIGNED_PIXELS
                    && Math.abs(scaleX() - 1) * imageWidth < ALIGNED_PIXELS
                    && Math.abs(scaleY() - 1) * imageHeight < ALIGNED_PIXELS;
        }
    }

    /** Image and grid have different CRSs. */
    record Reprojected(TileGrid grid, GeoReference image, Lattice lattice, double scaleX, double scaleY)
            implements PixelMapping {

        private static final double TOLERANCE_PIXELS = 0.05;

        /**
         * The scale is taken once per image, at a place of its own: it chooses the kernel and its size, so it must not
         * depend on the tile.
         *
         * @param easting of a point of the image in the grid's CRS, {@code northing} likewise
         */
        static Reprojected of(TileGrid grid, GeoReference image, Lattice lattice, double easting, double northing) {
            double step = Lattice.SPACING * grid.gsdMetres();
            double[] points = {easting, northing, easting + step, northing, easting, northing - step};
            lattice.transform(points, 3);
            double scaleX = Math.hypot(points[2] - points[0], points[3] - points[1]) / Lattice.SPACING;
            double scaleY = Math.hypot(points[4] - points[0], points[5] - points[1]) / Lattice.SPACING;
            return new Reprojected(grid, image, lattice, scaleX / image.pixelWidth(), scaleY / image.pixelHeight());
        }

        @Override
        public void centres(long row, long column, int count, double[] x, double[] y) {
            lattice.centres(
                    row, column, count, TOLERANCE_PIXELS * Math.min(image.pixelWidth(), image.pixelHeight()), x, y);
            for (int i = 0; i < count; i++) {
                x[i] = (x[i] - image.west()) / image.pixelWidth();
                y[i] = (image.north() - y[i]) / image.pixelHeight();
            }
        }
    }
}
