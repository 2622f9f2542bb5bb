// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.util.ArrayList;
import java.util.List;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Windowing;

/**
 * The inference windows of a model on the absolute pixel grid. Window (i, j) keeps columns
 * {@code [i * stride, (i + 1) * stride)} and rows {@code [j * stride, (j + 1) * stride)}, and is computed with
 * {@code margin} pixels more on every side. Where a window lies depends on nothing but the model, so a pixel's
 * prediction does not depend on the tile that carried it; a window that straddles two tiles is computed by both.
 *
 * @param stride side of the kept part, pixels
 * @param margin context on every side that is computed and thrown away, pixels
 */
record WindowGrid(int stride, int margin) {

    /**
     * @param computed what the network sees
     * @param kept the part of the result that goes into the tile
     */
    record Window(PixelWindow computed, PixelWindow kept) {}

    static WindowGrid of(Windowing windowing) {
        return new WindowGrid(windowing.stride(), windowing.margin());
    }

    int side() {
        return stride + 2 * margin;
    }

    /** Windows whose kept parts together are exactly the tile, each pixel once; north to south, then west to east. */
    List<Window> covering(PixelWindow tile) {
        var windows = new ArrayList<Window>();
        if (tile.isEmpty()) {
            return windows;
        }
        long firstColumn = Math.floorDiv(tile.column(), stride);
        long lastColumn = Math.floorDiv(tile.endColumn() - 1, stride);
        long firstRow = Math.floorDiv(tile.row(), stride);
        long lastRow = Math.floorDiv(tile.endRow() - 1, stride);
        for (long row = firstRow; row <= lastRow; row++) {
            for (long column = firstColumn; column <= lastColumn; column++) {
                var whole = new PixelWindow(column * stride, row * stride, stride, stride);
                windows.add(new Window(whole.grow(margin), whole.intersect(tile)));
            }
        }
        return windows;
    }

    /** Smallest window that holds everything the network sees while it computes the tile. */
    PixelWindow seenBy(PixelWindow tile) {
        long west = Math.floorDiv(tile.column(), stride) * stride - margin;
        long north = Math.floorDiv(tile.row(), stride) * stride - margin;
        long east = (Math.floorDiv(tile.endColumn() - 1, stride) + 1) * stride + margin;
        long south = (Math.floorDiv(tile.endRow() - 1, stride) + 1) * stride + margin;
        return new PixelWindow(west, north, Math.toIntExact(east - west), Math.toIntExact(south - north));
    }
}
