// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A spatial index that any database with numbers has: squares of {@code 360 / 2^level} degrees. A box belongs to the square
 * that its south-western corner lies in, on the finest level whose squares are not smaller than the box; it then reaches into
 * the next square to the east and to the north at most, so a search knows where to look.
 */
final class Cells {

    /** Of what lies nowhere. */
    static final long NOWHERE = -1;
    /** Of what no square holds, and of rows from before there were squares: looked at by every search. */
    static final long ANYWHERE = 0;

    /** Squares of 0.022 degrees. */
    private static final int FINEST = 14;
    /** A larger search is one through time: it finds enough of anything. */
    private static final int MOST = 600;

    private Cells() {}

    static long of(Optional<LngLatBox> bounds) {
        if (bounds.isEmpty()) {
            return NOWHERE;
        }
        var box = bounds.get();
        double side = Math.max(box.east() - box.west(), box.north() - box.south());
        if (box.crossesAntimeridian()) {
            return ANYWHERE;
        }
        int level = FINEST;
        while (level > 0 && size(level) < side) {
            level--;
        }
        return key(level, column(level, box.west()), row(level, box.south()));
    }

    /** All squares to which boxes may belong that touch this one; empty when there are too many of them. */
    static Optional<List<Long>> touching(double west, double south, double east, double north) {
        if (west > east) {
            return Optional.empty();
        }
        var cells = new ArrayList<Long>();
        cells.add(ANYWHERE);
        for (int level = 0; level <= FINEST; level++) {
            long firstColumn = Math.max(0, column(level, west) - 1);
            long firstRow = Math.max(0, row(level, south) - 1);
            long lastColumn = column(level, east);
            long lastRow = row(level, north);
            if (cells.size() + (lastColumn - firstColumn + 1) * (lastRow - firstRow + 1) > MOST) {
                return Optional.empty();
            }
            for (long column = firstColumn; column <= lastColumn; column++) {
                for (long row = firstRow; row <= lastRow; row++) {
                    cells.add(key(level, column, row));
                }
            }
        }
        return Optional.of(cells);
    }

    private static double size(int level) {
        return 360.0 / (1 << level);
    }

    private static long column(int level, double lng) {
        return (long) Math.floor((lng + 180) / size(level));
    }

    private static long row(int level, double lat) {
        return (long) Math.floor((lat + 90) / size(level));
    }

    private static long key(int level, long column, long row) {
        return (long) (level + 1) << 40 | column << 20 | row;
    }
}
