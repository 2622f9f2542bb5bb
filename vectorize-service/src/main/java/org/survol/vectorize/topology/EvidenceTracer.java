// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * Adds up what the model gave each class while regions are still growing: a slot of sums for each region that is known so
 * far, given back when two of them turn out to be one.
 */
final class EvidenceTracer {

    private static final int NONE = -1;

    private final byte[] values;
    private int[] slotOfRun = new int[0];
    private long[] probability = new long[0];
    /** No raster has more pixels than an array has elements. */
    private int[] inSet = new int[0];

    private int slots;
    private final Ints free = new Ints(64);

    EvidenceTracer(byte[] values) {
        this.values = values.clone();
    }

    void growRuns(int capacity) {
        int old = slotOfRun.length;
        slotOfRun = Arrays.copyOf(slotOfRun, capacity);
        Arrays.fill(slotOfRun, old, capacity, NONE);
    }

    /** The region that began with run {@code from} is found to be that of run {@code into}. */
    void join(int from, int into) {
        int gone = slotOfRun[from];
        if (gone == NONE) {
            return;
        }
        slotOfRun[from] = NONE;
        int kept = slotOfRun[into];
        if (kept == NONE) {
            slotOfRun[into] = gone;
            return;
        }
        int n = values.length;
        for (int c = 0; c < n; c++) {
            probability[kept * n + c] += probability[gone * n + c];
            inSet[kept * n + c] += inSet[gone * n + c];
        }
        free.add(gone);
    }

    /** @param root run with which the region began, as far as is known
     *  @param from first pixel of a run of it, as index into the planes; {@code to} the one after its last */
    void add(int root, ClassPlanes planes, int from, int to) {
        int slot = slotOfRun[root];
        if (slot == NONE) {
            slot = newSlot();
            slotOfRun[root] = slot;
        }
        int at = slot * values.length;
        for (int c = 0; c < values.length; c++) {
            probability[at + c] += ByteSums.sum(planes.probability()[c], from, to);
            if (planes.setFrom()[c] < ClassPlanes.NEVER) {
                inSet[at + c] += ByteSums.atLeast(planes.sets()[c], from, to, planes.setFrom()[c]);
            }
        }
    }

    /** Adds the sums of the region that began with that run. */
    void describe(int root, ClassEvidence evidence) {
        int slot = slotOfRun[root];
        for (int c = 0; slot != NONE && c < values.length; c++) {
            int at = slot * values.length + c;
            if (probability[at] != 0 || inSet[at] != 0) {
                evidence.add(values[c], probability[at], inSet[at]);
            }
        }
        evidence.endRegion();
    }

    private int newSlot() {
        int n = values.length;
        if (free.size > 0) {
            int slot = free.at[--free.size];
            Arrays.fill(probability, slot * n, slot * n + n, 0);
            Arrays.fill(inSet, slot * n, slot * n + n, 0);
            return slot;
        }
        if ((slots + 1) * n > probability.length) {
            int capacity = Ints.Growth.next(Math.multiplyExact(slots + 1, n));
            probability = Arrays.copyOf(probability, capacity);
            inSet = Arrays.copyOf(inSet, capacity);
        }
        return slots++;
    }
}
