// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.nio.ByteBuffer;
import org.survol.core.grid.PixelWindow;

/**
 * Continues an image beyond the edge of its world by its mirror image, the edge pixel not repeated. What is mirrored
 * depends on the place alone, so all windows and tiles see the same.
 *
 * @param reach how far beyond the edge, pixels; farther out, and where the world is smaller, nothing is written
 */
record WorldEdge(PixelWindow world, int reach) {

    /**
     * @param planes holds the window, one plane a band, with the world's part of it filled in
     * @param first where the window starts in it
     */
    void mirror(ByteBuffer planes, int first, int bands, PixelWindow window) {
        int planeSize = window.width() * window.height();
        for (int band = 0; band < bands; band++) {
            columns(planes, first + band * planeSize, window);
            rows(planes, first + band * planeSize, window);
        }
    }

    private void columns(ByteBuffer planes, int plane, PixelWindow window) {
        for (int x = 0; x < window.width(); x++) {
            long source = source(window.column() + x, world.column(), world.endColumn()) - window.column();
            if (source == x || source < 0 || source >= window.width()) {
                continue;
            }
            for (int row = plane; row < plane + window.width() * window.height(); row += window.width()) {
                planes.put(row + x, planes.get(row + (int) source));
            }
        }
    }

    private void rows(ByteBuffer planes, int plane, PixelWindow window) {
        for (int y = 0; y < window.height(); y++) {
            long source = source(window.row() + y, world.row(), world.endRow()) - window.row();
            if (source == y || source < 0 || source >= window.height()) {
                continue;
            }
            planes.put(plane + y * window.width(), planes, plane + (int) source * window.width(), window.width());
        }
    }

    /** Whose value a place gets; its own where it lies in the world or too far beyond. */
    private long source(long place, long start, long end) {
        long mirrored = place < start ? 2 * start - place : place >= end ? 2 * (end - 1) - place : place;
        boolean inReach = place >= start - reach && place < end + reach;
        return inReach && mirrored >= start && mirrored < end ? mirrored : place;
    }
}
