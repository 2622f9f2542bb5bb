// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Sums over unsigned bytes, eight at a time in four lanes of 16 bits each of two longs. */
final class ByteSums {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EVEN = 0x00FF_00FF_00FF_00FFL;
    private static final long ONES = 0x0001_0001_0001_0001L;
    /** Longs until a lane could overflow: 128 times two bytes of 255 are 65,280. */
    private static final int LONGS_PER_LANE = 128;

    private ByteSums() {}

    static long sum(byte[] bytes, int from, int to) {
        long sum = 0;
        int i = from;
        while (i + 8 <= to) {
            int end = Math.min(to - 7, i + 8 * LONGS_PER_LANE);
            long lanes = 0;
            for (; i < end; i += 8) {
                long eight = (long) LONGS.get(bytes, i);
                lanes += (eight & EVEN) + (eight >>> 8 & EVEN);
            }
            sum += folded(lanes);
        }
        for (; i < to; i++) {
            sum += bytes[i] & 0xFF;
        }
        return sum;
    }

    /** How many are at least the threshold, 0 to 256. */
    static int atLeast(byte[] bytes, int from, int to, int threshold) {
        long complement = (0x100 - threshold) * ONES;
        long count = 0;
        int i = from;
        while (i + 8 <= to) {
            int end = Math.min(to - 7, i + 8 * LONGS_PER_LANE);
            long lanes = 0;
            for (; i < end; i += 8) {
                long eight = (long) LONGS.get(bytes, i);
                lanes += ((eight & EVEN) + complement >>> 8 & ONES) + ((eight >>> 8 & EVEN) + complement >>> 8 & ONES);
            }
            count += folded(lanes);
        }
        for (; i < to; i++) {
            count += (bytes[i] & 0xFF) >= threshold ? 1 : 0;
        }
        return (int) count;
    }

    private static long folded(long lanes) {
        return (lanes & 0xFFFF) + (lanes >>> 16 & 0xFFFF) + (lanes >>> 32 & 0xFFFF) + (lanes >>> 48);
    }
}
