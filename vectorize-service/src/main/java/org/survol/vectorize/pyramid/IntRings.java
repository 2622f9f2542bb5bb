// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.util.Arrays;

/**
 * The rings of a polygon in whole numbers, x eastwards, y southwards; the first point is not repeated. Shells are
 * clockwise on the screen (positive area), holes the other way.
 */
final class IntRings {

    static final IntRings NONE = new IntRings();

    private int[] xy = new int[256];
    private int[] ends = new int[8];
    private int rings;
    private int size;
    /** Least and most of x, least and most of y; known once asked for. */
    private int[] box;

    int rings() {
        return rings;
    }

    boolean isEmpty() {
        return rings == 0;
    }

    /** Points of a ring. */
    int points(int ring) {
        return (ends[ring] - start(ring)) / 2;
    }

    int x(int ring, int point) {
        return xy[start(ring) + 2 * point];
    }

    int y(int ring, int point) {
        return xy[start(ring) + 2 * point + 1];
    }

    /** Adds a point to the open ring; one that repeats the last is left out. */
    void add(int x, int y) {
        if (size > start(rings) && xy[size - 2] == x && xy[size - 1] == y) {
            return;
        }
        if (size + 2 > xy.length) {
            xy = Arrays.copyOf(xy, 2 * xy.length);
        }
        xy[size++] = x;
        xy[size++] = y;
        box = null;
    }

    /** Closes the open ring; one without area is left out. */
    void endRing() {
        int from = start(rings);
        while (size - from >= 4 && xy[size - 2] == xy[from] && xy[size - 1] == xy[from + 1]) {
            size -= 2;
            box = null;
        }
        if (doubleArea(from, size) == 0) {
            size = from;
            box = null;
            return;
        }
        if (rings == ends.length) {
            ends = Arrays.copyOf(ends, 2 * rings);
        }
        ends[rings++] = size;
    }

    /** Twice the area of a ring, positive for a shell. */
    long doubleArea(int ring) {
        return doubleArea(start(ring), ends[ring]);
    }

    /** Twice the area of all rings, holes taken off. */
    long doubleArea() {
        long area = 0;
        for (int ring = 0; ring < rings; ring++) {
            area += doubleArea(ring);
        }
        return area;
    }

    int least(int axis) {
        return box()[2 * axis];
    }

    int most(int axis) {
        return box()[2 * axis + 1];
    }

    private int[] box() {
        if (box == null) {
            box = new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE};
            for (int i = 0; i < size; i += 2) {
                box[0] = Math.min(box[0], xy[i]);
                box[1] = Math.max(box[1], xy[i]);
                box[2] = Math.min(box[2], xy[i + 1]);
                box[3] = Math.max(box[3], xy[i + 1]);
            }
        }
        return box;
    }

    /**
     * The part on one side of a line along a row or column (Sutherland and Hodgman, 1974). Where a line segment is cut does
     * not depend on the direction in which it is walked, so neighbours stay neighbours.
     *
     * @param axis 0 for x, 1 for y
     * @param keepLess whether what is at most {@code bound} stays, or what is at least
     */
    IntRings clipped(int axis, int bound, boolean keepLess) {
        var kept = new IntRings();
        for (int ring = 0; ring < rings; ring++) {
            int from = start(ring);
            int to = ends[ring];
            int last = to - 2;
            boolean lastInside = isInside(xy[last + axis], bound, keepLess);
            for (int i = from; i < to; i += 2) {
                boolean inside = isInside(xy[i + axis], bound, keepLess);
                if (inside != lastInside) {
                    int cut = cut(last, i, axis, bound);
                    kept.add(axis == 0 ? bound : cut, axis == 0 ? cut : bound);
                }
                if (inside) {
                    kept.add(xy[i], xy[i + 1]);
                }
                last = i;
                lastInside = inside;
            }
            kept.endRing();
        }
        return kept;
    }

    private static boolean isInside(int value, int bound, boolean keepLess) {
        return keepLess ? value <= bound : value >= bound;
    }

    /** Other coordinate of the point where the segment meets the line. */
    private int cut(int a, int b, int axis, int bound) {
        boolean swap = xy[a + axis] > xy[b + axis];
        int from = swap ? b : a;
        int to = swap ? a : b;
        long run = (long) xy[to + axis] - xy[from + axis];
        long rise = (long) xy[to + 1 - axis] - xy[from + 1 - axis];
        long along = (long) bound - xy[from + axis];
        // To the nearest, halves upwards; the product stays below 2^62 as a world has 2^28 units.
        return (int) (xy[from + 1 - axis] + Math.floorDiv(2 * rise * along + run, 2 * run));
    }

    private int start(int ring) {
        return ring == 0 ? 0 : ends[ring - 1];
    }

    private long doubleArea(int from, int to) {
        if (to - from < 6) {
            return 0;
        }
        long area = 0;
        long x0 = xy[from];
        long y0 = xy[from + 1];
        for (int i = from + 2; i + 2 < to; i += 2) {
            area += (xy[i] - x0) * (xy[i + 3] - y0) - (xy[i + 2] - x0) * (xy[i + 1] - y0);
        }
        return area;
    }
}
