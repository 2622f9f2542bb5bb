// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** TIFF predictors: rows stored as differences between neighbours, which compress better. In place, row by row. */
final class Predictor {

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EVEN_BYTES = 0x00ff_00ff_00ff_00ffL;
    private static final long ONE_IN_EACH_LANE = 0x0001_0001_0001_0001L;

    private Predictor() {}

    /** Predictor 2 (TIFF 6.0 section 14) on little-endian samples. */
    static void undoHorizontal(byte[] block, int rows, int width, int samples, int bytes) {
        int stride = samples * bytes;
        int rowBytes = width * stride;
        for (int y = 0; y < rows; y++) {
            int start = y * rowBytes;
            int end = start + rowBytes;
            switch (bytes) {
                case 1 -> undoBytes(block, start, end, samples);
                case 2 -> undoShorts(block, start, end, samples);
                default -> {
                    for (int i = start + stride; i < end; i += bytes) {
                        int carry = 0;
                        for (int b = 0; b < bytes; b++) {
                            int sum = (block[i + b] & 0xff) + (block[i - stride + b] & 0xff) + carry;
                            block[i + b] = (byte) sum;
                            carry = sum >> 8;
                        }
                    }
                }
            }
        }
    }

    /** A sum that stays in a register is several times faster than one that is read back from the array. */
    private static void undoBytes(byte[] block, int start, int end, int samples) {
        if (samples == 3) {
            int red = 0;
            int green = 0;
            int blue = 0;
            for (int i = start; i < end; i += 3) {
                red += block[i];
                green += block[i + 1];
                blue += block[i + 2];
                block[i] = (byte) red;
                block[i + 1] = (byte) green;
                block[i + 2] = (byte) blue;
            }
            return;
        }
        if (samples == 1) {
            sums(block, start, block, start, end - start);
            return;
        }
        for (int sample = 0; sample < samples; sample++) {
            int sum = 0;
            for (int i = start + sample; i < end; i += samples) {
                sum += block[i];
                block[i] = (byte) sum;
            }
        }
    }

    /** Running sums modulo 256, eight at a time: pairs of bytes in the 16-bit lanes of a long, summed by a product. */
    private static void sums(byte[] from, int at, byte[] to, int toAt, int length) {
        long sum = 0;
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            long eight = (long) LONGS.get(from, at + i);
            long odd = eight >>> 8 & EVEN_BYTES;
            long pairs = ((eight & EVEN_BYTES) + odd + sum) * ONE_IN_EACH_LANE;
            LONGS.set(to, toAt + i, pairs - odd & EVEN_BYTES | (pairs & EVEN_BYTES) << 8);
            sum = pairs >>> 48 & 0xff;
        }
        for (; i < length; i++) {
            sum += from[at + i];
            to[toAt + i] = (byte) sum;
        }
    }

    private static void undoShorts(byte[] block, int start, int end, int samples) {
        for (int sample = 0; sample < samples; sample++) {
            short sum = 0;
            for (int i = start + 2 * sample; i < end; i += 2 * samples) {
                sum += (short) SHORTS.get(block, i);
                SHORTS.set(block, i, sum);
            }
        }
    }

    /**
     * Predictor 3 (Adobe Photoshop TIFF Technical Note 3): a row's bytes are sorted by significance, highest first, then
     * differenced. Leaves little-endian samples.
     */
    static void undoFloating(byte[] block, int rows, int width, int samples, int bytes) {
        int values = width * samples;
        int rowBytes = values * bytes;
        var sorted = new byte[rowBytes];
        for (int y = 0; y < rows; y++) {
            int start = y * rowBytes;
            if (samples == 1) {
                sums(block, start, sorted, 0, rowBytes);
            } else {
                System.arraycopy(block, start, sorted, 0, rowBytes);
                undoBytes(sorted, 0, rowBytes, samples);
            }
            if (bytes == Float.BYTES) {
                for (int i = 0; i < values; i++) {
                    int raw = sorted[i] << 24
                            | (sorted[values + i] & 0xff) << 16
                            | (sorted[2 * values + i] & 0xff) << 8
                            | sorted[3 * values + i] & 0xff;
                    INTS.set(block, start + i * Float.BYTES, raw);
                }
            } else {
                for (int b = 0; b < bytes; b++) {
                    int plane = (bytes - 1 - b) * values;
                    for (int i = 0; i < values; i++) {
                        block[start + i * bytes + b] = sorted[plane + i];
                    }
                }
            }
        }
    }

    /** The way there of {@link #undoFloating}: little-endian floats of one row into the block, through {@code sorted}. */
    static void doFloating(float[] row, int values, int samples, byte[] block, int start) {
        for (int i = 0; i < values; i++) {
            int raw = Float.floatToRawIntBits(row[i]);
            block[start + i] = (byte) (raw >> 24);
            block[start + values + i] = (byte) (raw >> 16);
            block[start + 2 * values + i] = (byte) (raw >> 8);
            block[start + 3 * values + i] = (byte) raw;
        }
        for (int i = start + 4 * values - 1; i >= start + samples; i--) {
            block[i] -= block[i - samples];
        }
    }
}
