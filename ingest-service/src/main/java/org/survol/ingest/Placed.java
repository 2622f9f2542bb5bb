// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;

/** A source together with how it is brought to a window of the grid. */
final class Placed {

    /** Lines between which a mapping is as good as straight. */
    private static final int LINES_TO_PROBE = 32;

    /** Pixels of the grid by which a footprint in another CRS may be too small. */
    private static final int FOOTPRINT_SLACK = 4;

    final OpenSource source;
    final PixelMapping mapping;
    final Resampler resampler;
    final PixelWindow window;
    /** null when the source is in another CRS, as {@link #rows} */
    final Axis columns;

    final Axis rows;
    private final PixelWindow reach;

    /** @param window all pixels of the grid that will be asked for */
    Placed(TileGrid grid, OpenSource source, PixelMapping mapping, Resampler resampler, PixelWindow window) {
        this.source = source;
        this.mapping = mapping;
        this.resampler = resampler;
        this.window = window;
        switch (mapping) {
            case PixelMapping.SameCrs same -> {
                this.columns = new Axis(resampler, window.column(), window.width(), same::x, same.scaleX());
                this.rows = new Axis(resampler, window.row(), window.height(), same::y, same.scaleY());
                int west = columns.firstAtOrBeyond(0);
                int north = rows.firstAtOrBeyond(0);
                this.reach = new PixelWindow(
                        window.column() + west,
                        window.row() + north,
                        columns.firstAtOrBeyond(source.width()) - west,
                        rows.firstAtOrBeyond(source.height()) - north);
            }
            case PixelMapping.Reprojected other -> {
                this.columns = null;
                this.rows = null;
                var box = source.source().footprint();
                this.reach = grid.windowOfCentres(
                                box.minEasting(), box.minNorthing(), box.maxEasting(), box.maxNorthing())
                        .grow(FOOTPRINT_SLACK)
                        .intersect(window);
            }
        }
    }

    /** The grid's pixels that may get a value from the source: in the same CRS all those whose centres lie in the image. */
    PixelWindow reach() {
        return reach;
    }

    /** The part of the image that a part of the window depends on; empty when it lies beside the image. */
    PixelWindow needed(PixelWindow part) {
        double west;
        double north;
        double east;
        double south;
        if (columns != null) {
            int column = (int) (part.column() - window.column());
            int row = (int) (part.row() - window.row());
            west = columns.places[column];
            east = columns.places[column + part.width() - 1];
            north = rows.places[row];
            south = rows.places[row + part.height() - 1];
        } else {
            var x = new double[part.width()];
            var y = new double[part.width()];
            west = Double.POSITIVE_INFINITY;
            north = Double.POSITIVE_INFINITY;
            east = Double.NEGATIVE_INFINITY;
            south = Double.NEGATIVE_INFINITY;
            for (int line = 0; line < part.height(); line = nextProbe(line, part.height())) {
                mapping.centres(part.row() + line, part.column(), part.width(), x, y);
                for (int i = 0; i < x.length; i++) {
                    if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
                        west = Math.min(west, x[i]);
                        east = Math.max(east, x[i]);
                        north = Math.min(north, y[i]);
                        south = Math.max(south, y[i]);
                    }
                }
            }
        }
        int reachX = resampler.reach(mapping.scaleX()) + 1;
        int reachY = resampler.reach(mapping.scaleY()) + 1;
        long fromX = clamp(Math.floor(west) - reachX, source.width());
        long toX = clamp(Math.floor(east) + reachX + 1, source.width());
        long fromY = clamp(Math.floor(north) - reachY, source.height());
        long toY = clamp(Math.floor(south) + reachY + 1, source.height());
        return new PixelWindow(fromX, fromY, (int) Math.max(0, toX - fromX), (int) Math.max(0, toY - fromY));
    }

    /** The last line is always probed. */
    private static int nextProbe(int line, int lines) {
        return line == lines - 1 ? lines : Math.min(line + LINES_TO_PROBE, lines - 1);
    }

    private static long clamp(double pixels, int size) {
        return (long) Math.max(0, Math.min(size, pixels));
    }
}
