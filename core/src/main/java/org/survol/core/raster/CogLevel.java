// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.OptionalDouble;

/**
 * One level of the pyramid being written: pixels, their validity, and how a tile of them looks before compression. Tiles
 * that reach over the east or south edge repeat the last column or row, which compresses best.
 */
abstract sealed class CogLevel permits CogLevel.Bytes, CogLevel.Floats {

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
    abstract CogLevel half(Resampling resampling, OptionalDouble nodata);

    /** The tile's validity, one bit per pixel, rows padded to bytes. */
    byte[] maskTile(int column, int row, int size) {
        var bits = new byte[size / 8 * size];
        int endY = Math.min(size, height - row * size);
        int endX = Math.min(size, width - column * size);
        for (int y = 0; y < endY; y++) {
            int from = (row * size + y) * width + column * size;
            int to = y * (size / 8);
            for (int x = 0; x < endX; x++) {
                if (valid[from + x] != 0) {
                    bits[to + (x >> 3)] |= (byte) (0x80 >> (x & 7));
                }
            }
        }
        return bits;
    }

    /** Valid where one of the two by two pixels is (AVERAGE), or where the north-west one is (NEAREST). */
    byte[] halfValid(Resampling resampling, int halfWidth, int halfHeight) {
        if (valid == null) {
            return null;
        }
        var half = new byte[halfWidth * halfHeight];
        for (int y = 0; y < halfHeight; y++) {
            int north = 2 * y * width;
            int south = Math.min(2 * y + 1, height - 1) * width;
            for (int x = 0; x < halfWidth; x++) {
                int west = 2 * x;
                int east = Math.min(2 * x + 1, width - 1);
                boolean any = valid[north + west] != 0;
                if (resampling == Resampling.AVERAGE) {
                    any |= valid[north + east] != 0 || valid[south + west] != 0 || valid[south + east] != 0;
                }
                half[y * halfWidth + x] = (byte) (any ? 255 : 0);
            }
        }
        return half;
    }

    static int halfOf(int size) {
        return (size + 1) / 2;
    }

    static final class Bytes extends CogLevel {

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
            for (int band = 0; band < bands; band++) {
                var plane = raster.plane(band);
                for (int y = 0; y < rows; y++) {
                    int from = (row * size + y) * width + left;
                    int to = y * rowBytes + band;
                    if (predictor == TiffTag.PREDICTOR_HORIZONTAL) {
                        byte before = 0;
                        for (int x = 0; x < inside; x++, to += bands) {
                            byte value = plane[from + x];
                            tile[to] = (byte) (value - before);
                            before = value;
                        }
                        // beyond the edge the difference is 0, which the array holds already
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

        @Override
        CogLevel half(Resampling resampling, OptionalDouble nodata) {
            int halfWidth = halfOf(width);
            int halfHeight = halfOf(height);
            var half = new ByteRaster(halfWidth, halfHeight, raster.bands());
            int skipped = nodata.isPresent() ? (int) nodata.getAsDouble() : -1;
            for (int band = 0; band < raster.bands(); band++) {
                var from = raster.plane(band);
                var to = half.plane(band);
                for (int y = 0; y < halfHeight; y++) {
                    int north = 2 * y * width;
                    int south = Math.min(2 * y + 1, height - 1) * width;
                    if (resampling == Resampling.NEAREST) {
                        for (int x = 0; x < halfWidth; x++) {
                            to[y * halfWidth + x] = from[north + 2 * x];
                        }
                    } else if (valid == null && skipped < 0) {
                        averageRow(from, north, south, to, y * halfWidth, halfWidth);
                    } else {
                        averageValid(from, north, south, to, y * halfWidth, halfWidth, skipped);
                    }
                }
            }
            return new Bytes(half, halfValid(resampling, halfWidth, halfHeight));
        }

        private void averageRow(byte[] from, int north, int south, byte[] to, int at, int halfWidth) {
            int pairs = width / 2;
            for (int x = 0; x < pairs; x++) {
                int i = north + 2 * x;
                int j = south + 2 * x;
                int sum = (from[i] & 0xff) + (from[i + 1] & 0xff) + (from[j] & 0xff) + (from[j + 1] & 0xff);
                to[at + x] = (byte) (sum + 2 >> 2);
            }
            if (pairs < halfWidth) {
                int sum = (from[north + width - 1] & 0xff) + (from[south + width - 1] & 0xff);
                to[at + pairs] = (byte) (sum + 1 >> 1);
            }
        }

        /** The mean of what is valid and not nodata; where nothing is, the north-west pixel as it stands. */
        private void averageValid(byte[] from, int north, int south, byte[] to, int at, int halfWidth, int nodata) {
            for (int x = 0; x < halfWidth; x++) {
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
        CogLevel half(Resampling resampling, OptionalDouble nodata) {
            int halfWidth = halfOf(width);
            int halfHeight = halfOf(height);
            var half = new FloatRaster(halfWidth, halfHeight, raster.bands());
            float skipped = (float) nodata.orElse(Double.NaN);
            for (int band = 0; band < raster.bands(); band++) {
                var from = raster.plane(band);
                var to = half.plane(band);
                for (int y = 0; y < halfHeight; y++) {
                    int north = 2 * y * width;
                    int south = Math.min(2 * y + 1, height - 1) * width;
                    for (int x = 0; x < halfWidth; x++) {
                        to[y * halfWidth + x] = resampling == Resampling.NEAREST
                                ? from[north + 2 * x]
                                : mean(from, north, south, 2 * x, skipped);
                    }
                }
            }
            return new Floats(half, halfValid(resampling, halfWidth, halfHeight));
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
