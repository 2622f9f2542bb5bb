// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * Whether a region is anywhere as wide as a disc: whether all pixels whose centres lie nearer to some pixel's centre than
 * half the diameter belong to it. Rows are swept from north to south with the runs of the last ones at hand, so a compact
 * region is done after a few; only one that is narrow all over is swept to its end.
 */
final class RegionWidth {

    private final PlanarMap map;
    /** By distance in rows from the disc's centre, how many pixels it reaches to either side. */
    private final int[] reach;

    // Vertical edges of the region's boundary.
    private final Ints column = new Ints(256);
    private final Ints top = new Ints(256);
    private final Ints bottom = new Ints(256);

    /** Columns of the edges that the current row crosses, ascending: its runs begin and end there. */
    private final Ints crossed = new Ints(64);

    private Ints open = new Ints(64);
    private Ints narrowed = new Ints(64);

    /** @param diameter pixels, at least 1 */
    RegionWidth(PlanarMap map, int diameter) {
        this.map = map;
        int radius = 0;
        while (4L * (radius + 1) * (radius + 1) < (long) diameter * diameter) {
            radius++;
        }
        reach = new int[radius + 1];
        for (int dy = 0; dy <= radius; dy++) {
            while (4L * (reach[dy] + 1) * (reach[dy] + 1) + 4L * dy * dy < (long) diameter * diameter) {
                reach[dy]++;
            }
        }
    }

    boolean holdsDisc(int region) {
        collectEdges(region);
        long[] begins = sorted(top);
        long[] ends = sorted(bottom);
        int radius = reach.length - 1;
        var recent = new int[2 * radius + 1][];
        crossed.size = 0;
        int first = row(begins[0]);
        int last = row(ends[ends.length - 1]);
        int begun = 0;
        int ended = 0;
        int[] runs = {};
        for (int row = first; row < last; row++) {
            boolean changed = false;
            for (; ended < ends.length && row(ends[ended]) == row; ended++) {
                remove(column.at[(int) ends[ended]]);
                changed = true;
            }
            for (; begun < begins.length && row(begins[begun]) == row; begun++) {
                insert(column.at[(int) begins[begun]]);
                changed = true;
            }
            runs = changed ? Arrays.copyOf(crossed.at, crossed.size) : runs;
            recent[Math.floorMod(row, recent.length)] = runs;
            if (row - first >= 2 * radius && fits(recent, row - radius)) {
                return true;
            }
        }
        return false;
    }

    private void collectEdges(int region) {
        column.size = 0;
        top.size = 0;
        bottom.size = 0;
        for (int h : map.halfEdges(region)) {
            int arc = h >> 1;
            var x = map.arcs.x;
            var y = map.arcs.y;
            for (int i = map.arcs.start.at[arc] + 1; i < map.arcs.start.at[arc + 1]; i++) {
                if (x.at[i] == x.at[i - 1]) {
                    column.add(x.at[i]);
                    top.add(Math.min(y.at[i], y.at[i - 1]));
                    bottom.add(Math.max(y.at[i], y.at[i - 1]));
                }
            }
        }
    }

    private static long[] sorted(Ints rows) {
        var keys = new long[rows.size];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (long) rows.at[i] << 32 | i;
        }
        Arrays.sort(keys);
        return keys;
    }

    private static int row(long key) {
        return (int) (key >> 32);
    }

    private void insert(int x) {
        crossed.add(x);
        int at = crossed.size - 1;
        while (at > 0 && crossed.at[at - 1] > x) {
            crossed.at[at] = crossed.at[at - 1];
            at--;
        }
        crossed.at[at] = x;
    }

    private void remove(int x) {
        int at = Arrays.binarySearch(crossed.at, 0, crossed.size, x);
        System.arraycopy(crossed.at, at + 1, crossed.at, at, crossed.size - at - 1);
        crossed.size--;
    }

    /** Whether some pixel of the row is the centre of a disc within the rows round it. */
    private boolean fits(int[][] recent, int centre) {
        open.size = 0;
        int[] runs = recent[Math.floorMod(centre, recent.length)];
        for (int i = 0; i < runs.length; i += 2) {
            keep(open, runs[i] + reach[0], runs[i + 1] - reach[0]);
        }
        for (int dy = 1; dy < reach.length && open.size > 0; dy++) {
            intersect(recent[Math.floorMod(centre - dy, recent.length)], reach[dy]);
            intersect(recent[Math.floorMod(centre + dy, recent.length)], reach[dy]);
        }
        return open.size > 0;
    }

    private void intersect(int[] runs, int shrink) {
        narrowed.size = 0;
        int i = 0;
        int j = 0;
        while (i < open.size && j < runs.length) {
            int from = runs[j] + shrink;
            int to = runs[j + 1] - shrink;
            keep(narrowed, Math.max(open.at[i], from), Math.min(open.at[i + 1], to));
            if (open.at[i + 1] < to) {
                i += 2;
            } else {
                j += 2;
            }
        }
        var swap = open;
        open = narrowed;
        narrowed = swap;
    }

    private static void keep(Ints into, int from, int to) {
        if (from < to) {
            into.add(from);
            into.add(to);
        }
    }
}
