// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

/**
 * A window of a source image as it is resampled: values of a few bands, row-major, north row first, and which of them
 * are values at all. Whoever makes it may not change the arrays afterwards.
 */
final class SourcePixels {

    final int column;
    final int row;
    final int width;
    final int height;
    final float[][] planes;
    private final byte[] valid;
    private final boolean allValid;

    /**
     * @param column of the window's west edge in the image
     * @param row of the window's north edge in the image
     * @param valid 0 where there is no value
     */
    SourcePixels(int column, int row, int width, int height, float[][] planes, byte[] valid) {
        this.column = column;
        this.row = row;
        this.width = width;
        this.height = height;
        this.planes = planes;
        this.valid = valid;
        boolean all = true;
        for (byte v : valid) {
            all &= v != 0;
        }
        this.allValid = all;
    }

    boolean contains(int x, int y) {
        return x >= column && y >= row && x < column + width && y < row + height;
    }

    int index(int x, int y) {
        return (y - row) * width + (x - column);
    }

    boolean hasValue(int index) {
        return valid[index] != 0;
    }

    /** Whether a square of so many pixels, from its north-west one, lies in the window and has all values. */
    boolean hasAllValues(int x, int y, int side) {
        if (!contains(x, y) || !contains(x + side - 1, y + side - 1)) {
            return false;
        }
        if (!allValid) {
            for (int line = 0; line < side; line++) {
                int from = index(x, y + line);
                for (int i = from; i < from + side; i++) {
                    if (valid[i] == 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }
}
