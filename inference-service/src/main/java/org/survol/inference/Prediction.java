// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import org.survol.core.grid.PixelWindow;
import org.survol.core.raster.ByteRaster;

/**
 * What a network said about a tile, without halo. Where the stack has no image, everything is 0. Written by one
 * {@link TileScorer} run, its windows side by side; only read afterwards.
 */
final class Prediction {

    private final ByteRaster classes;
    private final ByteRaster probabilities;
    private final ByteRaster confidence;
    private final byte[] mask;
    private long keptPixels;
    private long computedPixels;

    Prediction(PixelWindow tile, int classCount) {
        classes = new ByteRaster(tile.width(), tile.height(), 1);
        probabilities = new ByteRaster(tile.width(), tile.height(), classCount);
        confidence = new ByteRaster(tile.width(), tile.height(), 1);
        mask = new byte[Math.toIntExact(tile.pixels())];
    }

    /** One band: values of the nomenclature, 0 = no data. */
    ByteRaster classes() {
        return classes;
    }

    /** One band a class, in the nomenclature's order, 255 = certain. */
    ByteRaster probabilities() {
        return probabilities;
    }

    /** One band: probability of the class that was chosen. */
    ByteRaster confidence() {
        return confidence;
    }

    /** 255 where there is image, row by row; not a copy. */
    byte[] mask() {
        return mask;
    }

    long pixelsWithImage() {
        long count = 0;
        for (byte valid : mask) {
            if (valid != 0) {
                count++;
            }
        }
        return count;
    }

    boolean isComplete() {
        return pixelsWithImage() == mask.length;
    }

    void count(PixelWindow kept, PixelWindow computed) {
        keptPixels += kept.pixels();
        computedPixels += computed.pixels();
    }

    /** Kept pixels over computed pixels; 0 when no window had to be computed. */
    double keptShare() {
        return computedPixels == 0 ? 0 : (double) keptPixels / computedPixels;
    }

    void clear(int offset) {
        classes.plane(0)[offset] = 0;
        confidence.plane(0)[offset] = 0;
        for (int band = 0; band < probabilities.bands(); band++) {
            probabilities.plane(band)[offset] = 0;
        }
    }
}
