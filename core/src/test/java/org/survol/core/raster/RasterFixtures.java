// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.Random;

/** Small rasters for tests of any module: the same arguments give the same pixels. */
public final class RasterFixtures {

    private RasterFixtures() {}

    /** A slow swell per band with a little noise on it, so that it looks and compresses like an image. */
    public static ByteRaster smooth(int width, int height, int bands, long seed) {
        var raster = new ByteRaster(width, height, bands);
        for (int band = 0; band < bands; band++) {
            var random = new Random(seed * 31 + band);
            double phase = random.nextDouble() * 6;
            double wave = 20 + random.nextInt(60);
            var plane = raster.plane(band);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double value = 128 + 60 * Math.sin(phase + x / wave) + 50 * Math.cos(phase + y / wave);
                    plane[y * width + x] = (byte) Math.clamp((int) value + random.nextInt(9), 1, 255);
                }
            }
        }
        return raster;
    }

    /** Validity with some discs cut out: 255 where valid, 0 where not. */
    public static byte[] blotches(int width, int height, long seed) {
        var random = new Random(seed);
        var valid = new byte[width * height];
        java.util.Arrays.fill(valid, (byte) 255);
        for (int disc = 0; disc < 4; disc++) {
            int centreX = random.nextInt(width);
            int centreY = random.nextInt(height);
            int radius = 1 + random.nextInt(1 + Math.min(width, height) / 3);
            for (int y = Math.max(0, centreY - radius); y < Math.min(height, centreY + radius); y++) {
                for (int x = Math.max(0, centreX - radius); x < Math.min(width, centreX + radius); x++) {
                    if ((x - centreX) * (x - centreX) + (y - centreY) * (y - centreY) < radius * radius) {
                        valid[y * width + x] = 0;
                    }
                }
            }
        }
        return valid;
    }
}
