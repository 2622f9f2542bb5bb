// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * Finds what lies near what: things are put into the cells of a square grid that they touch, cells into a table by hash. Two
 * cells may fall into one slot, which costs a comparison and changes nothing. Filled in two passes over the same things:
 * {@link #count} all, then {@link #put} all.
 */
final class SegmentGrid {

    private final int shift;
    private final int mask;
    private final int[] start;
    private int[] entries = {};
    private int[] slots = new int[64];
    private Bits marked;

    /** @param shift binary logarithm of a cell's side
     *  @param things a guess of how many entries will come */
    SegmentGrid(int shift, int things) {
        this.shift = shift;
        int size = Integer.highestOneBit(Math.clamp(2L * things, 16, 1 << 26));
        mask = size - 1;
        start = new int[size + 1];
    }

    /** From the first call on only slots that something was marked in take anything. */
    void mark(int fromX, int fromY, int toX, int toY) {
        if (marked == null) {
            marked = new Bits(start.length);
        }
        int n = slotsOf(fromX, fromY, toX, toY);
        for (int i = 0; i < n; i++) {
            marked.set(slots[i]);
        }
    }

    void count(int fromX, int fromY, int toX, int toY) {
        int n = slotsOf(fromX, fromY, toX, toY);
        for (int i = 0; i < n; i++) {
            if (takes(slots[i])) {
                start[slots[i]]++;
            }
        }
    }

    private boolean takes(int slot) {
        return marked == null || marked.get(slot);
    }

    /** Between counting and putting. */
    void allot() {
        int sum = 0;
        for (int i = 0; i < start.length; i++) {
            sum = Math.addExact(sum, start[i]);
            start[i] = sum;
        }
        entries = new int[sum];
    }

    void put(int thing, int fromX, int fromY, int toX, int toY) {
        int n = slotsOf(fromX, fromY, toX, toY);
        for (int i = 0; i < n; i++) {
            if (takes(slots[i])) {
                entries[--start[slots[i]]] = thing;
            }
        }
    }

    int slots() {
        return mask + 1;
    }

    /** Entries of a slot are {@code entry(from(slot)) … entry(from(slot + 1) - 1)}. */
    int from(int slot) {
        return start[slot];
    }

    int entry(int i) {
        return entries[i];
    }

    int slot(int cellX, int cellY) {
        int mixed = cellX * 0x9E3779B1 ^ cellY * 0x85EBCA6B;
        return (mixed ^ mixed >>> 15) & mask;
    }

    /** All cells that the segment touches, and perhaps a few beside it. */
    private int slotsOf(int fromX, int fromY, int toX, int toY) {
        int west = Math.min(fromX, toX) >> shift;
        int east = Math.max(fromX, toX) >> shift;
        int north = Math.min(fromY, toY) >> shift;
        int south = Math.max(fromY, toY) >> shift;
        int n = 0;
        if (west == east && north == south) {
            slots[0] = slot(west, north);
            return 1;
        }
        boolean bent = west != east && north != south;
        for (int row = north; row <= south; row++) {
            int begin = west;
            int end = east;
            if (bent) {
                // The part of the segment in this row of cells, widened by one unit against rounding.
                double top = Math.max((long) row << shift, Math.min(fromY, toY));
                double bottom = Math.min((long) row + 1 << shift, Math.max(fromY, toY));
                double slope = ((double) toX - fromX) / ((double) toY - fromY);
                double atTop = fromX + (top - fromY) * slope;
                double atBottom = fromX + (bottom - fromY) * slope;
                begin = Math.max(west, (int) Math.floor(Math.min(atTop, atBottom) - 1) >> shift);
                end = Math.min(east, (int) Math.ceil(Math.max(atTop, atBottom) + 1) >> shift);
            }
            if (slots.length < n + end - begin + 1) {
                slots = Arrays.copyOf(slots, Ints.Growth.next(n + end - begin + 1));
            }
            for (int column = begin; column <= end; column++) {
                slots[n++] = slot(column, row);
            }
        }
        return n;
    }
}
