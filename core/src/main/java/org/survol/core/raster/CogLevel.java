// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;

/**
 * One level of the pyramid being written: pixels, their validity, and how a tile of them looks before compression. Tiles
 * that reach over the east or south edge repeat the last column or row, which compresses best.
 */
abstract sealed class CogLevel permits CogLevel.Bytes, CogLevel.Floats {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** Rows of the half that one thread makes at once. */
    private static final int ROWS_AT_ONCE = 64;

    final int width;
    final int height;
    /** non-zero where valid; null when everything is */
    final byte[] valid;

    CogLevel(int width, int height, byte[] valid) {
        this.width = width;
        this.height = height;
        this.valid = valid;
    }

    abstract int bands();

    abstract SampleType type();

    /** The tile's samples, pixels interleaved, little-endian, predictor applied. */
    abstract byte[] tile(int column, int row, int size, int predictor);

    /** The level of half the size, rounded up. */
    abstract CogLevel half(Resampling resampling, OptionalDouble nodata, ExecutorService pool, int threads);

    /** Does something for all rows of the half, some at a time. */
    private interface Rows {
        void from(int first, int end);
    }

    private static void forRows(int rows, ExecutorService pool, int threads, Rows work) {
        int parts = (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
        Wave.run(
                pool,
                threads,
                parts,
                part -> work.from(part * ROWS_AT_ONCE, Math.min(rows, (part + 1) * ROWS_AT_ONCE)));
    }

    /** The tile's validity, one bit per pixel, rows padded to bytes. */
    byte[] maskTile(int column, int row, int size) {
        var bits = new byte[size / 8 * size];
        int endY = Math.min(size, height - row * size);
        int endX = Math.min(size, width - column * size);
        for (int y = 0; y < endY; y++) {
            int from = (row * size + y) * width + column * size;
            int to = y * (size / 8);
            int x = 0;
            for (; x + Long.BYTES <= endX; x += Long.BYTES) {
                long eight = (long) LONGS.get(valid, from + x);
                if (eight == -1) {
                    bits[to + (x >> 3)] = -1;
                } else if (eight != 0) {
                    for (int bit = 0; bit < Long.BYTES; bit++) {
                        if (valid[from + x + bit] != 0) {
                            bits[to + (x >> 3)] |= (byte) (0x80 >> bit);
                        }
                    }
                }
            }
            for (; x < endX; x++) {
                if (valid[from + x] != 0) {
                    bits[to + (x >> 3)] |= (byte) (0x80 >> (x & 7));
                }
            }
        }
        return bits;
    }

    /** Valid where one of the two by two pixels is (AVERAGE), or where the north-west one is (NEAREST). */
    private void halfValid(Resampling resampling, byte[] half, int halfWidth, int y) {
        int north = 2 * y * width;
        int south = Math.min(2 * y + 1, height - 1) * width;
        for (int x = 0; x < halfWidth; x++) {
            int west = 2 * x;
            int east = Math.min(2 * x + 1, width - 1);
            int any = valid[north + west];
            if (resampling == Resampling.AVERAGE) {
                any |= valid[north + east] | valid[south + west] | valid[south + east];
            }
            half[y * halfWidth + x] = (byte) (any != 0 ? 255 : 0);
        }
    }

    static int halfOf(int size) {
        return (size + 1) / 2;
    }

    static final class Bytes extends CogLevel {

        private static final long EVEN_BYTES = 0x00ff_00ff_00ff_00ffL;
        private static final long TWO_IN_EACH = 0x0002_0002_0002_0002L;

        private final ByteRaster raster;

        Bytes(ByteRaster raster, byte[] valid) {
            super(raster.width(), raster.height(), valid);
            this.raster = raster;
        }

        Bytes with(byte[] otherValid) {
            return new Bytes(raster, otherValid);
        }

        @Override
        int bands() {
            return raster.bands();
        }

        @Override
        SampleType type() {
            return SampleType.UINT8;
        }

        @Override
        byte[] tile(int column, int row, int size, int predictor) {
            int bands = raster.bands();
            int left = column * size;
            int inside = Math.min(size, width - left);
            int rowBytes = size * bands;
            var tile = new byte[size * rowBytes];
            int rows = Math.min(size, height - row * size);
            for (int y = 0; y < rows; y++) {
                int rowStart = (row * size + y) * width + left;
                if (predictor == TiffTag.PREDICTOR_HORIZONTAL && bands == 5) {
                    differences(tile, y * rowBytes, rowStart, inside);
                    continue;
                }
                for (int band = 0; band < bands; band++) {
                    var plane = raster.plane(band);
                    int from = rowStart;
                    int to = y * rowBytes + band;
                    if (predictor == TiffTag.PREDICTOR_HORIZONTAL) {
                        byte before = 0;
                        for (int x = 0; x < inside; x++, to += bands) {
                            byte value = plane[from + x];
                            tile[to] = (byte) (value - before);
                            before = value;
                        }
                        // beyond the edge the difference is 0, which the array holds already
                    } else if (bands == 1) {
                        System.arraycopy(plane, from, tile, to, inside);
                        Arrays.fill(tile, to + inside, to + size, plane[from + inside - 1]);
                    } else {
                        for (int x = 0; x < inside; x++, to += bands) {
                            tile[to] = plane[from + x];
                        }
                        byte last = plane[from + inside - 1];
                        for (int x = inside; x < size; x++, to += bands) {
                            tile[to] = last;
                        }
                    }
                }
            }
            for (int y = rows; y < size; y++) {
                System.arraycopy(tile, (rows - 1) * rowBytes, tile, y * rowBytes, rowBytes);
            }
            return tile;
        }

        /** The stack of a model with height: a fixed distance between samples is what lets the compiler unroll the loop. */
        private void differences(byte[] tile, int to, int from, int count) {
            var a = raster.plane(0);
            var b = raster.plane(1);
            var c = raster.plane(2);
            var d = raster.plane(3);
            var e = raster.plane(4);
            tile[to] = a[from];
            tile[to + 1] = b[from];
            tile[to + 2] = c[from];
            tile[to + 3] = d[from];
            tile[to + 4] = e[from];
            for (int x = 1; x < count; x++) {
                tile[to + 5 * x] = (byte) (a[from + x] - a[from + x - 1]);
                tile[to + 5 * x + 1] = (byte) (b[from + x] - b[from + x - 1]);
                tile[to + 5 * x + 2] = (byte) (c[from + x] - c[from + x - 1]);
                tile[to + 5 * x + 3] = (byte) (d[from + x] - d[from + x - 1]);
                tile[to + 5 * x + 4] = (byte) (e[from + x] - e[from + x - 1]);
            }
        }

        @Override
        CogLevel half(Resampling resampling, OptionalDouble nodata, ExecutorService pool, int threads) {
            int halfWidth = halfOf(width);
            int halfHeight = halfOf(height);
            var half = new ByteRaster(halfWidth, halfHeight, raster.bands());
            var halfOfValid = valid == null ? null : new byte[halfWidth * halfHeight];
            int skipped = nodata.isPresent() ? (int) nodata.getAsDouble() : -1;
            forRows(halfHeight, pool, threads, (first, end) -> {
                for (int y = first; y < end; y++) {
                    if (valid != null) {
                        super.halfValid(resampling, halfOfValid, halfWidth, y);
                    }
                    halfRow(resampling, half, halfWidth, y, skipped);
                }
            });
            return new Bytes(half, halfOfValid);
        }

        private void halfRow(Resampling resampling, ByteRaster half, int halfWidth, int y, int skipped) {
            int north = 2 * y * width;
            int south = Math.min(2 * y + 1, height - 1) * width;
            for (int band = 0; band < raster.bands(); band++) {
                var from = raster.plane(band);
                var to = half.plane(band);
                if (resampling == Resampling.NEAREST) {
                    for (int x = 0; x < halfWidth; x++) {
                        to[y * halfWidth + x] = from[north + 2 * x];
                    }
                } else if (skipped < 0) {
                    averageRow(from, north, south, to, y * halfWidth, halfWidth);
                } else {
                    averageValid(from, north, south, to, y * halfWidth, 0, halfWidth, skipped);
                }
            }
        }

        /** Four means at a time, in the 16-bit lanes of a long, where all sixteen pixels are valid. */
        private void averageRow(byte[] from, int north, int south, byte[] to, int at, int halfWidth) {
            int pairs = width / 2;
            int x = 0;
            for (; x + 4 <= pairs; x += 4) {
                if (valid != null
                        && ((long) LONGS.get(valid, north + 2 * x) & (long) LONGS.get(valid, south + 2 * x)) != -1) {
                    averageValid(from, north, south, to, at, x, x + 4, -1);
                    continue;
                }
                long upper = (long) LONGS.get(from, north + 2 * x);
                long lower = (long) LONGS.get(from, south + 2 * x);
                long sums = (upper & EVEN_BYTES)
                        + (upper >>> 8 & EVEN_BYTES)
                        + (lower & EVEN_BYTES)
                        + (lower >>> 8 & EVEN_BYTES)
                        + TWO_IN_EACH;
                long means = sums >>> 2 & EVEN_BYTES;
                means |= means >>> 8;
                INTS.set(to, at + x, (int) (means & 0xffff | means >>> 16 & 0xffff_0000L));
            }
            averageValid(from, north, south, to, at, x, halfWidth, -1);
        }

        /** The mean of what is valid and not nodata; where nothing is, the north-west pixel as it stands. */
        private void averageValid(
                byte[] from, int north, int south, byte[] to, int at, int first, int end, int nodata) {
            for (int x = first; x < end; x++) {
                int sum = 0;
                int count = 0;
                for (int k = 0; k < 4; k++) {
                    int i = (k < 2 ? north : south) + Math.min(2 * x + (k & 1), width - 1);
                    int value = from[i] & 0xff;
                    if (value != nodata && (valid == null || valid[i] != 0)) {
                        sum += value;
                        count++;
                    }
                }
                int mean = count == 0 ? from[north + 2 * x] & 0xff : (sum + count / 2) / count;
                if (count > 0 && mean == nodata) {
                    mean += nodata < 255 ? 1 : -1; // measured pixels must not become nodata by averaging
                }
                to[at + x] = (byte) mean;
            }
        }
    }

    static final class Floats extends CogLevel {

        private final FloatRaster raster;

        Floats(FloatRaster raster, byte[] valid) {
            super(raster.width(), raster.height(), valid);
            this.raster = raster;
        }

        Floats with(byte[] otherValid) {
            return new Floats(raster, otherValid);
        }

        @Override
        int bands() {
            return raster.bands();
        }

        @Override
        SampleType type() {
            return SampleType.FLOAT32;
        }

        @Override
        byte[] tile(int column, int row, int size, int predictor) {
            int bands = raster.bands();
            int left = column * size;
            int inside = Math.min(size, width - left);
            int rowValues = size * bands;
            int rowBytes = rowValues * Float.BYTES;
            var tile = new byte[size * rowBytes];
            var values = new float[rowValues];
            int rows = Math.min(size, height - row * size);
            for (int y = 0; y < rows; y++) {
                int from = (row * size + y) * width + left;
                for (int band = 0; band < bands; band++) {
                    var plane = raster.plane(band);
                    int to = band;
                    for (int x = 0; x < size; x++, to += bands) {
                        values[to] = plane[from + Math.min(x, inside - 1)];
                    }
                }
                if (predictor == TiffTag.PREDICTOR_FLOATING) {
                    Predictor.doFloating(values, rowValues, bands, tile, y * rowBytes);
                } else {
                    for (int i = 0, to = y * rowBytes; i < rowValues; i++, to += Float.BYTES) {
                        int raw = Float.floatToRawIntBits(values[i]);
                        tile[to] = (byte) raw;
                        tile[to + 1] = (byte) (raw >> 8);
                        tile[to + 2] = (byte) (raw >> 16);
                        tile[to + 3] = (byte) (raw >> 24);
                    }
                }
            }
            for (int y = rows; y < size; y++) {
                System.arraycopy(tile, (rows - 1) * rowBytes, tile, y * rowBytes, rowBytes);
            }
            return tile;
        }

        /** Not-a-number never takes part in a mean, whatever nodata is. */
        @Override
        CogLevel half(Resampling resampling, OptionalDouble nodata, ExecutorService pool, int threads) {
            int halfWidth = halfOf(width);
            int halfHeight = halfOf(height);
            var half = new FloatRaster(halfWidth, halfHeight, raster.bands());
            var halfOfValid = valid == null ? null : new byte[halfWidth * halfHeight];
            float skipped = (float) nodata.orElse(Double.NaN);
            forRows(halfHeight, pool, threads, (first, end) -> {
                for (int y = first; y < end; y++) {
                    if (valid != null) {
                        super.halfValid(resampling, halfOfValid, halfWidth, y);
                    }
                    for (int band = 0; band < raster.bands(); band++) {
                        halfRow(resampling, raster.plane(band), half.plane(band), halfWidth, y, skipped);
                    }
                }
            });
            return new Floats(half, halfOfValid);
        }

        private void halfRow(Resampling resampling, float[] from, float[] to, int halfWidth, int y, float skipped) {
            int north = 2 * y * width;
            int south = Math.min(2 * y + 1, height - 1) * width;
            for (int x = 0; x < halfWidth; x++) {
                to[y * halfWidth + x] = resampling == Resampling.NEAREST
                        ? from[north + 2 * x]
                        : mean(from, north, south, 2 * x, skipped);
            }
        }

        private float mean(float[] from, int north, int south, int x, float nodata) {
            double sum = 0;
            int count = 0;
            for (int k = 0; k < 4; k++) {
                int column = x + (k & 1);
                if (column == width) {
                    continue;
                }
                int i = (k < 2 ? north : south) + column;
                float value = from[i];
                if (value != nodata && !Float.isNaN(value) && (valid == null || valid[i] != 0)) {
                    sum += value;
                    count++;
                }
            }
            return count == 0 ? from[north + x] : (float) (sum / count);
        }
    }
}
