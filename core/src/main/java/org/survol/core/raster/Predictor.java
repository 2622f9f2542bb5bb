// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** TIFF predictors: rows stored as differences between neighbours, which compress better. In place, row by row. */
final class Predictor {

    private Predictor() {}

    /** Predictor 2 (TIFF 6.0 section 14) on little-endian samples. */
    static void undoHorizontal(byte[] block, int rows, int width, int samples, int bytes) {
        int stride = samples * bytes;
        int rowBytes = width * stride;
        for (int y = 0; y < rows; y++) {
            int start = y * rowBytes;
            int end = start + rowBytes;
            switch (bytes) {
                case 1 -> {
                    for (int i = start + stride; i < end; i++) {
                        block[i] += block[i - stride];
                    }
                }
                case 2 -> {
                    for (int i = start + stride; i < end; i += 2) {
                        int sum = (block[i] & 0xff)
                                + (block[i + 1] << 8)
                                + (block[i - stride] & 0xff)
                                + (block[i - stride + 1] << 8);
                        block[i] = (byte) sum;
                        block[i + 1] = (byte) (sum >> 8);
                    }
                }
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
            for (int i = start + samples; i < start + rowBytes; i++) {
                block[i] += block[i - samples];
            }
            System.arraycopy(block, start, sorted, 0, rowBytes);
            for (int b = 0; b < bytes; b++) {
                int plane = (bytes - 1 - b) * values;
                for (int i = 0; i < values; i++) {
                    block[start + i * bytes + b] = sorted[plane + i];
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
