// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/** A growing int array without boxing; {@code at} is open to the package's loops, valid up to {@code size}. */
final class Ints {

    int[] at;
    int size;

    Ints(int capacity) {
        at = new int[Math.max(16, capacity)];
    }

    void add(int value) {
        if (size == at.length) {
            at = Arrays.copyOf(at, Growth.next(size));
        }
        at[size++] = value;
    }

    /** Makes room for {@code more} values that the caller then writes itself. */
    void reserve(int more) {
        if (at.length - size < more) {
            at = Arrays.copyOf(at, Math.max(Growth.next(at.length), Math.addExact(size, more)));
        }
    }

    int[] trimmed() {
        return at.length == size ? at : Arrays.copyOf(at, size);
    }

    /** By half, as doubling wastes too much where an array holds most of a tile's boundary. */
    static final class Growth {
        private Growth() {}

        static int next(int size) {
            return Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, size + (size >> 1) + 16L));
        }
    }
}
