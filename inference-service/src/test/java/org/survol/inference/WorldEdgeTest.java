// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.core.grid.PixelWindow;

class WorldEdgeTest {

    @Test
    void everyPlaceInReachHoldsItsMirrorImage() {
        var random = new Random(5);
        for (int round = 0; round < 300; round++) {
            var world = new PixelWindow(
                    random.nextInt(40) - 20, random.nextInt(40) - 20, 10 + random.nextInt(60), 10 + random.nextInt(60));
            var window = new PixelWindow(
                    random.nextInt(40) - 20, random.nextInt(40) - 20, 10 + random.nextInt(60), 10 + random.nextInt(60));
            int reach = random.nextInt(30);
            var planes = ByteBuffer.allocate(7 + 2 * (int) window.pixels());
            for (int band = 0; band < 2; band++) {
                for (int i = 0; i < window.pixels(); i++) {
                    long column = window.column() + i % window.width();
                    long row = window.row() + i / window.width();
                    if (world.contains(new PixelWindow(column, row, 1, 1))) {
                        planes.put(7 + band * (int) window.pixels() + i, value(band, column, row));
                    }
                }
            }

            new WorldEdge(world, reach).mirror(planes, 7, 2, window);

            for (int band = 0; band < 2; band++) {
                for (int i = 0; i < window.pixels(); i++) {
                    long column =
                            source(window.column() + i % window.width(), world.column(), world.endColumn(), reach);
                    long row = source(window.row() + i / window.width(), world.row(), world.endRow(), reach);
                    var place = new PixelWindow(column, row, 1, 1);
                    boolean known = world.contains(place) && window.contains(place);
                    assertThat(planes.get(7 + band * (int) window.pixels() + i))
                            .isEqualTo(known ? value(band, column, row) : 0);
                }
            }
        }
    }

    private static long source(long place, long start, long end, int reach) {
        if (place >= start && place < end || place < start - reach || place >= end + reach) {
            return place;
        }
        return place < start ? 2 * start - place : 2 * end - 2 - place;
    }

    /** Never 0, which is what unknown places hold. */
    private static byte value(int band, long column, long row) {
        return (byte) (1 + Math.floorMod(band * 101 + column * 7 + row * 13, 250));
    }
}
