// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Arrays;
import org.survol.core.crs.CrsTransform;
import org.survol.core.grid.PixelWindow;
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

        private double x(long column) {
            return ((column + 0.5) * grid.gsdMetres() - image.west()) / image.pixelWidth();
        }

        private double y(long row) {
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

    /**
     * Image and grid have different CRSs. The exact transform is taken at every 32nd grid line and interpolated between;
     * where that would be off by more than a twentieth of a pixel in the middle of a cell, each pixel is transformed.
     */
    final class Reprojected implements PixelMapping {

        private static final int SPACING = 32;
        private static final double TOLERANCE_PIXELS = 0.05;

        private final TileGrid grid;
        private final GeoReference image;
        private final CrsTransform toImage;
        private final double scaleX;
        private final double scaleY;
        private final long firstCellColumn;
        private final long firstCellRow;
        private final int cellColumns;
        private final int cellRows;
        /** x and y of the cells' corners, row by row, one more per row than there are cells */
        private final double[] corners;

        private final boolean[] interpolable;

        /**
         * @param window all pixels that will be asked for
         * @param toImage from the grid's CRS to the image's
         */
        Reprojected(TileGrid grid, GeoReference image, CrsTransform toImage, PixelWindow window) {
            this.grid = grid;
            this.image = image;
            this.toImage = toImage;
            this.firstCellColumn = Math.floorDiv(window.column(), SPACING);
            this.firstCellRow = Math.floorDiv(window.row(), SPACING);
            this.cellColumns = Math.toIntExact(Math.floorDiv(window.endColumn(), SPACING) - firstCellColumn + 1);
            this.cellRows = Math.toIntExact(Math.floorDiv(window.endRow(), SPACING) - firstCellRow + 1);
            this.corners = lattice(cellColumns + 1, cellRows + 1, 0);
            this.interpolable = interpolable(lattice(cellColumns, cellRows, SPACING / 2.0));
            this.scaleX = distance(cellColumns / 2, cellRows / 2, 1, 0) / SPACING;
            this.scaleY = distance(cellColumns / 2, cellRows / 2, 0, 1) / SPACING;
        }

        private double[] lattice(int columns, int rows, double shift) {
            var points = new double[2 * columns * rows];
            for (int r = 0, at = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    points[at++] = ((firstCellColumn + c) * SPACING + shift) * grid.gsdMetres();
                    points[at++] = -((firstCellRow + r) * SPACING + shift) * grid.gsdMetres();
                }
            }
            toImagePixels(points, columns * rows);
            return points;
        }

        private void toImagePixels(double[] xy, int points) {
            transform(xy, points);
            for (int i = 0; i < 2 * points; i += 2) {
                xy[i] = (xy[i] - image.west()) / image.pixelWidth();
                xy[i + 1] = (image.north() - xy[i + 1]) / image.pixelHeight();
            }
        }

        /** Where the transform has no answer for some point, that point alone is lost. */
        private void transform(double[] xy, int points) {
            var before = xy.clone();
            try {
                toImage.apply(xy, points);
            } catch (IllegalArgumentException all) {
                for (int i = 0; i < points; i++) {
                    var point = new double[] {before[2 * i], before[2 * i + 1]};
                    try {
                        toImage.apply(point, 1);
                    } catch (IllegalArgumentException one) {
                        Arrays.fill(point, Double.NaN);
                    }
                    System.arraycopy(point, 0, xy, 2 * i, 2);
                }
            }
        }

        private boolean[] interpolable(double[] middles) {
            var good = new boolean[cellColumns * cellRows];
            for (int r = 0; r < cellRows; r++) {
                for (int c = 0; c < cellColumns; c++) {
                    int cell = r * cellColumns + c;
                    double dx = at(c, r, 0.5, 0.5, 0) - middles[2 * cell];
                    double dy = at(c, r, 0.5, 0.5, 1) - middles[2 * cell + 1];
                    good[cell] = Math.hypot(dx, dy) <= TOLERANCE_PIXELS;
                }
            }
            return good;
        }

        /** Bilinear between a cell's corners. */
        private double at(int cellColumn, int cellRow, double u, double v, int ordinate) {
            int northWest = 2 * (cellRow * (cellColumns + 1) + cellColumn) + ordinate;
            int southWest = northWest + 2 * (cellColumns + 1);
            double north = corners[northWest] + u * (corners[northWest + 2] - corners[northWest]);
            double south = corners[southWest] + u * (corners[southWest + 2] - corners[southWest]);
            return north + v * (south - north);
        }

        private double distance(int cellColumn, int cellRow, int u, int v) {
            return Math.hypot(
                    at(cellColumn, cellRow, u, v, 0) - at(cellColumn, cellRow, 0, 0, 0),
                    at(cellColumn, cellRow, u, v, 1) - at(cellColumn, cellRow, 0, 0, 1));
        }

        @Override
        public void centres(long row, long column, int count, double[] x, double[] y) {
            int cellRow = Math.toIntExact(Math.floorDiv(row, SPACING) - firstCellRow);
            double v = (Math.floorMod(row, SPACING) + 0.5) / SPACING;
            for (int i = 0; i < count; i++) {
                long here = column + i;
                int cellColumn = Math.toIntExact(Math.floorDiv(here, SPACING) - firstCellColumn);
                if (interpolable[cellRow * cellColumns + cellColumn]) {
                    double u = (Math.floorMod(here, SPACING) + 0.5) / SPACING;
                    x[i] = at(cellColumn, cellRow, u, v, 0);
                    y[i] = at(cellColumn, cellRow, u, v, 1);
                } else {
                    var xy = new double[] {(here + 0.5) * grid.gsdMetres(), -(row + 0.5) * grid.gsdMetres()};
                    toImagePixels(xy, 1);
                    x[i] = xy[0];
                    y[i] = xy[1];
                }
            }
        }

        @Override
        public double scaleX() {
            return scaleX;
        }

        @Override
        public double scaleY() {
            return scaleY;
        }
    }
}
