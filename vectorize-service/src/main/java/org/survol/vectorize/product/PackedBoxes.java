// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * FlatGeobuf's packed R-tree of boxes that come in their final order. The leaves wait in a file, and one box for each sixteen
 * of them in memory: 2 bytes a feature, where the library's own wants more than 100.
 */
final class PackedBoxes implements Closeable {

    static final short NODE_SIZE = 16;
    private static final int NODE_BYTES = 4 * Double.BYTES + Long.BYTES;

    private final Path waiting;
    private final OutputStream leaves;
    private final ByteBuffer node = ByteBuffer.allocate(NODE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Level aboveLeaves = new Level();
    private long count;

    /** Boxes of up to sixteen boxes of the level below, one after the other. */
    private static final class Level {
        double[] sides = new double[4 * 256];
        int boxes;
        long below;

        void add(double west, double south, double east, double north) {
            if (below++ % NODE_SIZE == 0) {
                if (4 * (boxes + 1) > sides.length) {
                    sides = Arrays.copyOf(sides, 2 * sides.length);
                }
                sides[4 * boxes] = west;
                sides[4 * boxes + 1] = south;
                sides[4 * boxes + 2] = east;
                sides[4 * boxes + 3] = north;
                boxes++;
            } else {
                int at = 4 * (boxes - 1);
                sides[at] = Math.min(sides[at], west);
                sides[at + 1] = Math.min(sides[at + 1], south);
                sides[at + 2] = Math.max(sides[at + 2], east);
                sides[at + 3] = Math.max(sides[at + 3], north);
            }
        }

        Level above() {
            var above = new Level();
            for (int i = 0; i < boxes; i++) {
                above.add(sides[4 * i], sides[4 * i + 1], sides[4 * i + 2], sides[4 * i + 3]);
            }
            return above;
        }
    }

    /** @param waiting file to use meanwhile; {@link #close} deletes it */
    PackedBoxes(Path waiting) throws IOException {
        this.waiting = waiting;
        leaves = new BufferedOutputStream(Files.newOutputStream(waiting), 1 << 16);
    }

    /** @param offset of the feature among the features, bytes */
    void add(double west, double south, double east, double north, long offset) throws IOException {
        put(leaves, west, south, east, north, offset);
        aboveLeaves.add(west, south, east, north);
        count++;
    }

    long count() {
        return count;
    }

    /** The whole index, the root first; nothing when there is no box. */
    void writeTo(OutputStream out) throws IOException {
        leaves.close();
        if (count == 0) {
            return;
        }
        var levels = new ArrayList<Level>();
        levels.add(aboveLeaves);
        while (levels.getLast().boxes > 1) {
            levels.add(levels.getLast().above());
        }
        long firstOfLevel = 0;
        for (var level : levels.reversed()) {
            long firstBelow = firstOfLevel + level.boxes;
            for (int i = 0; i < level.boxes; i++) {
                put(
                        out,
                        level.sides[4 * i],
                        level.sides[4 * i + 1],
                        level.sides[4 * i + 2],
                        level.sides[4 * i + 3],
                        firstBelow + (long) NODE_SIZE * i);
            }
            firstOfLevel = firstBelow;
        }
        Files.copy(waiting, out);
    }

    private void put(OutputStream out, double west, double south, double east, double north, long offset)
            throws IOException {
        node.clear()
                .putDouble(west)
                .putDouble(south)
                .putDouble(east)
                .putDouble(north)
                .putLong(offset);
        out.write(node.array());
    }

    @Override
    public void close() throws IOException {
        leaves.close();
        Files.deleteIfExists(waiting);
    }
}
