// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Arrays;
import org.survol.core.raster.ByteRaster;

/**
 * A window of a source image as it is resampled: values of a few bands, row-major, north row first, and which of them
 * are values at all. Whoever makes it may not change the arrays afterwards. Used by one thread.
 */
final class SourcePixels {

    final int column;
    final int row;
    final int width;
    final int height;
    private final byte[][] bytes;
    private final float[][] floats;
    private final byte[] valid;
    private final boolean[] rowIsValid;

    private SourcePixels(int column, int row, int width, int height, byte[][] bytes, float[][] floats, byte[] valid) {
        this.column = column;
        this.row = row;
        this.width = width;
        this.height = height;
        this.bytes = bytes;
        this.floats = floats;
        this.valid = valid;
        this.rowIsValid = new boolean[height];
        for (int y = 0; y < height; y++) {
            rowIsValid[y] = valid == null || allNonZero(valid, y * width, (y + 1) * width);
        }
    }

    /**
     * @param column of the window's west edge in the image
     * @param row of the window's north edge in the image
     * @param valid 255 where there is a value, else 0; null when there is one everywhere
     */
    static SourcePixels ofBytes(int column, int row, ByteRaster raster, byte[] valid) {
        var planes = new byte[raster.bands()][];
        Arrays.setAll(planes, raster::plane);
        return new SourcePixels(
                column, row, raster.width(), raster.height(), planes, new float[planes.length][], valid);
    }

    /** As {@link #ofBytes}. */
    static SourcePixels ofFloats(int column, int row, int width, int height, float[][] planes, byte[] valid) {
        return new SourcePixels(column, row, width, height, null, planes, valid);
    }

    private static boolean allNonZero(byte[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            if (values[i] == 0) {
                return false;
            }
        }
        return true;
    }

    int bands() {
        return floats.length;
    }

    /** Whether the values are whole numbers from 0 to 255. */
    boolean isBytes() {
        return bytes != null;
    }

    /** A band's values when they {@linkplain #isBytes are bytes}. */
    byte[] bytes(int band) {
        return bytes[band];
    }

    /** A band's values. */
    float[] floats(int band) {
        if (floats[band] == null) {
            var plane = bytes[band];
            var converted = new float[plane.length];
            for (int i = 0; i < plane.length; i++) {
                converted[i] = plane[i] & 0xff;
            }
            floats[band] = converted;
        }
        return floats[band];
    }

    boolean contains(int x, int y) {
        return x >= column && y >= row && x < column + width && y < row + height;
    }

    int index(int x, int y) {
        return (y - row) * width + (x - column);
    }

    boolean hasValue(int index) {
        return valid == null || valid[index] != 0;
    }

    /** Whether every pixel of these image rows, as far as the window is wide, has a value. */
    boolean rowsAreValid(int firstRow, int rows) {
        for (int y = firstRow; y < firstRow + rows; y++) {
            if (!rowIsValid[y - row]) {
                return false;
            }
        }
        return true;
    }

    /** Whether a box of pixels, from its north-west one, lies in the window and has all values. */
    boolean hasAllValues(int x, int y, int across, int down) {
        if (!contains(x, y) || !contains(x + across - 1, y + down - 1)) {
            return false;
        }
        for (int line = y; line < y + down; line++) {
            if (!rowIsValid[line - row]) {
                int from = index(x, line);
                if (!allNonZero(valid, from, from + across)) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Which columns have values in all of some image rows.
     *
     * @param from first column of the window, {@code to} beyond the last
     * @param into non-zero where all have; filled from {@code from} to {@code to}
     */
    void validInAll(int firstRow, int rows, int from, int to, byte[] into) {
        if (valid == null) {
            Arrays.fill(into, from, to, (byte) 255);
            return;
        }
        int at = (firstRow - row) * width;
        System.arraycopy(valid, at + from, into, from, to - from);
        for (int line = 1; line < rows; line++) {
            at += width;
            for (int i = from; i < to; i++) {
                into[i] &= valid[at + i];
            }
        }
    }
}
