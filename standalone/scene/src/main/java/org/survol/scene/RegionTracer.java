// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Outlines of the 4-connected patches of a class raster, along pixel edges, exactly: a patch's area is its pixels' area,
 * and two neighbours share their vertices where three or more patches meet and where the boundary turns. One ring is
 * followed at a time, with the patch on the right hand.
 */
final class RegionTracer {

    private final byte[] classes;
    private final int width;
    private final int height;
    private final int[] labels;
    private final boolean[] northSeen;

    /**
     * @param value class
     * @param rings the outer ring first, then the holes; corner coordinates column, row in turn, not closed
     */
    record Region(int value, List<int[]> rings) {}

    RegionTracer(byte[] classes, int width, int height) {
        this.classes = classes;
        this.width = width;
        this.height = height;
        this.labels = new int[classes.length];
        this.northSeen = new boolean[classes.length];
    }

    /** In the order of each patch's first pixel. */
    List<Region> trace() {
        int count = label();
        var regions = new ArrayList<Region>(count);
        for (int i = 0; i < count; i++) {
            regions.add(null);
        }
        for (int p = 0; p < labels.length; p++) {
            if (!northSeen[p] && at(p % width, p / width - 1) != labels[p]) {
                int[] ring = follow(p);
                int label = labels[p];
                // the first ring met in reading order is the outer one
                if (regions.get(label) == null) {
                    regions.set(label, new Region(Byte.toUnsignedInt(classes[p]), new ArrayList<>()));
                }
                regions.get(label).rings().add(ring);
            }
        }
        return regions;
    }

    /** Numbers the patches in reading order of their first pixel. */
    private int label() {
        Arrays.fill(labels, -1);
        var stack = new int[1024];
        int count = 0;
        for (int start = 0; start < labels.length; start++) {
            if (labels[start] >= 0) {
                continue;
            }
            int depth = 0;
            stack[depth++] = start;
            labels[start] = count;
            while (depth > 0) {
                int p = stack[--depth];
                int column = p % width;
                if (depth + 4 > stack.length) {
                    stack = Arrays.copyOf(stack, 2 * stack.length);
                }
                if (column > 0 && joins(p, p - 1)) {
                    labels[p - 1] = count;
                    stack[depth++] = p - 1;
                }
                if (column + 1 < width && joins(p, p + 1)) {
                    labels[p + 1] = count;
                    stack[depth++] = p + 1;
                }
                if (p >= width && joins(p, p - width)) {
                    labels[p - width] = count;
                    stack[depth++] = p - width;
                }
                if (p + width < labels.length && joins(p, p + width)) {
                    labels[p + width] = count;
                    stack[depth++] = p + width;
                }
            }
            count++;
        }
        return count;
    }

    private boolean joins(int p, int q) {
        return labels[q] < 0 && classes[p] == classes[q];
    }

    private int at(int column, int row) {
        return column < 0 || row < 0 || column >= width || row >= height ? -1 : labels[row * width + column];
    }

    /** From the north edge of a pixel, eastwards, back to where it began. */
    private int[] follow(int start) {
        int label = labels[start];
        var ring = new int[32];
        int n = 0;
        int x = start % width;
        int y = start / width;
        int startX = x;
        int startY = y;
        int dx = 1;
        int dy = 0;
        do {
            if (dx == 1) {
                northSeen[y * width + x] = true;
            }
            x += dx;
            y += dy;
            // the pixels ahead, right and left of the way
            int right = at(x + aheadRight(dx, dy), y + aheadRightRow(dx, dy));
            int left = at(x + aheadLeft(dx, dy), y + aheadLeftRow(dx, dy));
            int turnX = dx;
            int turnY = dy;
            if (right != label) {
                turnX = -dy;
                turnY = dx;
            } else if (left == label) {
                turnX = dy;
                turnY = -dx;
            }
            boolean node = turnX != dx || turnY != dy || isNode(x, y);
            if (node) {
                if (n == ring.length) {
                    ring = Arrays.copyOf(ring, 2 * n);
                }
                ring[n++] = x;
                ring[n++] = y;
            }
            dx = turnX;
            dy = turnY;
        } while (x != startX || y != startY || dx != 1 || dy != 0);
        return Arrays.copyOf(ring, n);
    }

    /** Where three or more patches meet: both neighbours along a straight edge must have the vertex. */
    private boolean isNode(int x, int y) {
        int a = at(x - 1, y - 1);
        int b = at(x, y - 1);
        int c = at(x, y);
        int d = at(x - 1, y);
        int changes = (a != b ? 1 : 0) + (b != c ? 1 : 0) + (c != d ? 1 : 0) + (d != a ? 1 : 0);
        return changes > 2;
    }

    private static int aheadRight(int dx, int dy) {
        return dx == 1 ? 0 : dx == -1 ? -1 : dy == 1 ? -1 : 0;
    }

    private static int aheadRightRow(int dx, int dy) {
        return dx == 1 ? 0 : dx == -1 ? -1 : dy == 1 ? 0 : -1;
    }

    private static int aheadLeft(int dx, int dy) {
        return dx == 1 ? 0 : dx == -1 ? -1 : dy == 1 ? 0 : -1;
    }

    private static int aheadLeftRow(int dx, int dy) {
        return dx == 1 ? -1 : dx == -1 ? 0 : dy == 1 ? 0 : -1;
    }
}
