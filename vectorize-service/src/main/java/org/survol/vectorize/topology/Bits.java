// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

/** A fixed number of bits. Unlike {@link java.util.BitSet}, clearing one costs the same however many there are. */
final class Bits {

    private final long[] words;

    Bits(int count) {
        words = new long[(count + 63) >>> 6];
    }

    boolean get(int i) {
        return (words[i >> 6] & 1L << i) != 0;
    }

    void set(int i) {
        words[i >> 6] |= 1L << i;
    }

    void clear(int i) {
        words[i >> 6] &= ~(1L << i);
    }
}
