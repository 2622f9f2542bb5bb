// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/**
 * 32-bit float pixels in memory, one plane per band, each row-major with the north row first. The planes are the
 * raster's own arrays: whoever fills them owns it until it is handed on, then nobody writes.
 */
public final class FloatRaster {

    private final int width;
    private final int height;
    private final float[][] planes;

    public FloatRaster(int width, int height, int bands) {
        this(width, height, new float[ByteRaster.checkedBands(bands)][ByteRaster.planeLength(width, height)]);
    }

    private FloatRaster(int width, int height, float[][] planes) {
        this.width = width;
        this.height = height;
        this.planes = planes;
    }

    /** A raster over the given planes, which are not copied. */
    public static FloatRaster of(int width, int height, float[]... planes) {
        ByteRaster.checkedBands(planes.length);
        int length = ByteRaster.planeLength(width, height);
        for (var plane : planes) {
            if (plane.length != length) {
                throw new IllegalArgumentException("a plane has " + plane.length + " pixels instead of " + length);
            }
        }
        return new FloatRaster(width, height, planes.clone());
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
    public float[] plane(int band) {
        return planes[band];
    }
}
