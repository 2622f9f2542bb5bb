// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * By region, what the model gave each class over its pixels: sums of whole numbers, so that adding parts in any order gives
 * the same. Classes that got nothing are left out; those of a region stand in the order of their values.
 */
final class ClassEvidence {

    /** Entries of region r are {@code [start.at[r], start.at[r + 1])}; region 0, the outside, has none. */
    final Ints start;

    byte[] value;
    /** Sum of probabilities, 0 to 255 each. */
    long[] probability;
    /** Pixels whose set holds the class. */
    long[] inSet;

    private int size;

    ClassEvidence(int regions) {
        start = new Ints(regions + 2);
        start.add(0);
        start.add(0);
        grow(64);
    }

    void add(int classValue, long probabilitySum, long pixelsInSet) {
        if (size == value.length) {
            grow(Ints.Growth.next(size));
        }
        value[size] = (byte) classValue;
        probability[size] = probabilitySum;
        inSet[size] = pixelsInSet;
        size++;
    }

    void endRegion() {
        start.add(size);
    }

    void addAll(ClassEvidence other, int region) {
        for (int i = other.start.at[region]; i < other.start.at[region + 1]; i++) {
            add(other.value[i], other.probability[i], other.inSet[i]);
        }
    }

    /** @param into by region of this: its region in the result; 0 for 0
     *  @param count regions of the result, the outside included */
    ClassEvidence merged(int[] into, int count) {
        var first = new int[count + 1];
        for (int r = 1; r < into.length; r++) {
            first[into[r]]++;
        }
        int total = 0;
        for (int r = 0; r <= count; r++) {
            int here = first[r];
            first[r] = total;
            total += here;
        }
        var parts = new int[total];
        var fill = Arrays.copyOf(first, count);
        for (int r = 1; r < into.length; r++) {
            parts[fill[into[r]]++] = r;
        }
        var result = new ClassEvidence(count);
        var sums = new Sums();
        for (int r = 1; r < count; r++) {
            if (first[r + 1] - first[r] == 1) {
                result.addAll(this, parts[first[r]]);
            } else {
                for (int i = first[r]; i < first[r + 1]; i++) {
                    sums.add(this, parts[i]);
                }
                sums.moveTo(result);
            }
            result.endRegion();
        }
        return result;
    }

    private void grow(int capacity) {
        value = value == null ? new byte[capacity] : Arrays.copyOf(value, capacity);
        probability = probability == null ? new long[capacity] : Arrays.copyOf(probability, capacity);
        inSet = inSet == null ? new long[capacity] : Arrays.copyOf(inSet, capacity);
    }

    private static final class Sums {
        private final long[] probability = new long[256];
        private final long[] inSet = new long[256];

        void add(ClassEvidence of, int region) {
            for (int i = of.start.at[region]; i < of.start.at[region + 1]; i++) {
                probability[of.value[i] & 0xFF] += of.probability[i];
                inSet[of.value[i] & 0xFF] += of.inSet[i];
            }
        }

        void moveTo(ClassEvidence result) {
            for (int c = 1; c < probability.length; c++) {
                if (probability[c] != 0 || inSet[c] != 0) {
                    result.add(c, probability[c], inSet[c]);
                    probability[c] = 0;
                    inSet[c] = 0;
                }
            }
        }
    }
}
