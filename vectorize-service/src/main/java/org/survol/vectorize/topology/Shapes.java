// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * What arcs look like after generalisation: for each a chain of points in {@link #units} steps per pixel, absolute. A shape
 * may be replaced; what it took stays unused until {@link #compacted}.
 */
final class Shapes {

    final int units;
    /** Points of all shapes; a segment goes by the index of its first point. */
    final Ints x;

    final Ints y;
    /** By point: the corner of the exact arc that it stands for, as index in the arc set; ascends along each arc. */
    final Ints corner;

    final Ints arc;
    private final int[] first;
    private final int[] points;
    private int current;

    Shapes(int units, int arcs, int guess) {
        this.units = units;
        x = new Ints(guess);
        y = new Ints(guess);
        corner = new Ints(guess);
        arc = new Ints(guess);
        first = new int[arcs];
        points = new int[arcs];
    }

    int first(int of) {
        return first[of];
    }

    int last(int of) {
        return first[of] + points[of] - 1;
    }

    void begin(int of) {
        first[of] = x.size;
        points[of] = 0;
        current = of;
    }

    void add(int px, int py, int standsFor) {
        x.add(px);
        y.add(py);
        corner.add(standsFor);
        arc.add(current);
        points[current]++;
    }

    /** Drops inner points that rounding put on their neighbour or in line between two.
     *  @param backwards whether the points came from the arc's end to its beginning */
    void end(boolean backwards) {
        int from = first[current];
        int to = x.size;
        int kept = from + 1;
        for (int i = from + 1; i < to; i++) {
            boolean last = i == to - 1;
            while (kept > from + 1 && isIdle(kept - 2, kept - 1, i)) {
                kept--;
            }
            if (!last && x.at[i] == x.at[kept - 1] && y.at[i] == y.at[kept - 1]) {
                continue;
            }
            x.at[kept] = x.at[i];
            y.at[kept] = y.at[i];
            corner.at[kept] = corner.at[i];
            kept++;
        }
        x.size = kept;
        y.size = kept;
        corner.size = kept;
        arc.size = kept;
        points[current] = kept - from;
        if (backwards) {
            reverse(x.at, from, kept);
            reverse(y.at, from, kept);
            reverse(corner.at, from, kept);
        }
    }

    private static void reverse(int[] values, int from, int to) {
        for (int i = from, j = to - 1; i < j; i++, j--) {
            int swap = values[i];
            values[i] = values[j];
            values[j] = swap;
        }
    }

    /** Whether the chain looks the same without b: it lies on the segment from a to c, ends included. */
    private boolean isIdle(int a, int b, int c) {
        long abX = (long) x.at[b] - x.at[a];
        long abY = (long) y.at[b] - y.at[a];
        long bcX = (long) x.at[c] - x.at[b];
        long bcY = (long) y.at[c] - y.at[b];
        return abX * bcY - abY * bcX == 0 && abX * bcX + abY * bcY >= 0;
    }

    /** The same without unused points, in the order of the arcs. */
    Shapes compacted() {
        int total = Arrays.stream(points).sum();
        var copy = new Shapes(units, first.length, total);
        for (int a = 0; a < first.length; a++) {
            copy.begin(a);
            for (int i = first[a]; i <= last(a); i++) {
                copy.add(x.at[i], y.at[i], corner.at[i]);
            }
        }
        return copy;
    }
}
