// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import org.survol.core.grid.TileGrid;

/** Checks a tile size of the command line. */
final class TileSize {

    private static final int SMALLEST = 64;
    private static final int LARGEST = 8_192;
    private static final int MULTIPLE = 32;

    private TileSize() {}

    static int orDefault(Integer pixels) {
        if (pixels == null) {
            return TileGrid.DEFAULT_TILE_SIZE;
        }
        if (pixels < SMALLEST || pixels > LARGEST || pixels % MULTIPLE != 0) {
            throw new CommandFailed("--tile-size must be a multiple of " + MULTIPLE + " from " + SMALLEST + " to "
                    + LARGEST + ", not " + pixels + ".");
        }
        return pixels;
    }
}
