// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/**
 * Unsigned 8-bit pixels in memory, one plane per band, each row-major with the north row first. The planes are the
 * raster's own arrays: whoever fills them owns it until it is handed on, then nobody writes.
 */
public final class ByteRaster {

    private final int width;
    private final int height;
    private final byte[][] planes;

    public ByteRaster(int width, int height, int bands) {
        this(width, height, new byte[checkedBands(bands)][planeLength(width, height)]);
    }

    private ByteRaster(int width, int height, byte[][] planes) {
        this.width = width;
        this.height = height;
        this.planes = planes;
    }

    /** A raster over the given planes, which are not copied. */
    public static ByteRaster of(int width, int height, byte[]... planes) {
        checkedBands(planes.length);
        int length = planeLength(width, height);
        for (var plane : planes) {
            if (plane.length != length) {
                throw new IllegalArgumentException("a plane has " + plane.length + " pixels instead of " + length);
            }
        }
        return new ByteRaster(width, height, planes.clone());
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public int bands() {
        return planes.length;
    }

    /** The pixels of a band, not a copy. */
    public byte[] plane(int band) {
        return planes[band];
    }

    static int checkedBands(int bands) {
        if (bands < 1) {
            throw new IllegalArgumentException("a raster needs a band: " + bands);
        }
        return bands;
    }

    static int planeLength(int width, int height) {
        if (width < 1 || height < 1 || (long) width * height > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("size out of range: " + width + " x " + height);
        }
        return width * height;
    }
}
