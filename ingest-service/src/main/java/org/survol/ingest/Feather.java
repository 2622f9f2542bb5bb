// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import org.survol.core.grid.PixelWindow;
import org.survol.ingest.Layer.UnreadableSource;

/**
 * Fades each image into those below it: its weight grows from its own edge inwards, linearly, and is whole from
 * {@code metres} on. What it leaves goes to the next image in the mosaic's order; where no other image lies below, it
 * keeps all. Like every value of the mosaic, a pixel depends on nothing but the images and its place on the grid.
 *
 * @param metres width of the seam, on the image's ground; above 0
 */
record Feather(double metres) {

    /** The edge of an image still counts, or a pixel that lies on it alone would have no value. */
    private static final double LEAST_WEIGHT = 1e-3;

    /** @param sources in the plan's order; those of other roles are passed over */
    Layer.Pixels mosaic(Layer layer, PixelWindow strip, Iterable<Placed> sources) throws IOException, UnreadableSource {
        var mosaic = new Layer.Pixels(layer, strip);
        var blend = new Blend(mosaic);
        for (var placed : sources) {
            var part = placed.reach().intersect(strip);
            if (layer.takes(placed.source.source().role()) && !part.isEmpty() && !blend.isComplete(part)) {
                var image = new Layer.Pixels(layer, strip);
                layer.fill(image, part, placed);
                blend.add(image, part, placed);
            }
        }
        blend.finish();
        return mosaic;
    }

    /** Weight of a source where a place of its own lies; x and y in its pixels. */
    private double weight(OpenSource source, double x, double y) {
        double width = source.geo().pixelWidth();
        double height = source.geo().pixelHeight();
        double east = Math.min(x, source.width() - x) * width;
        double south = Math.min(y, source.height() - y) * height;
        return Math.clamp(Math.min(east, south) / metres, LEAST_WEIGHT, 1);
    }

    private final class Blend {

        private final Layer.Pixels mosaic;
        private final float[][] sums;
        /** up to 1, from where on nothing below shows */
        private final float[] weights;

        Blend(Layer.Pixels mosaic) {
            this.mosaic = mosaic;
            this.sums = new float[mosaic.bytes.length][mosaic.from.length];
            this.weights = new float[mosaic.from.length];
        }

        private int index(PixelWindow part, int line) {
            return Math.toIntExact((part.row() + line - mosaic.strip.row()) * mosaic.strip.width()
                    + part.column()
                    - mosaic.strip.column());
        }

        boolean isComplete(PixelWindow part) {
            for (int line = 0; line < part.height(); line++) {
                int first = index(part, line);
                for (int i = first; i < first + part.width(); i++) {
                    if (weights[i] < 1) {
                        return false;
                    }
                }
            }
            return true;
        }

        void add(Layer.Pixels image, PixelWindow part, Placed placed) {
            var x = new double[part.width()];
            var y = new double[part.width()];
            for (int line = 0; line < part.height(); line++) {
                placed.mapping.centres(part.row() + line, part.column(), part.width(), x, y);
                int first = index(part, line);
                for (int i = 0; i < part.width(); i++) {
                    int at = first + i;
                    if (image.from[at] == Layer.NOTHING || weights[at] >= 1) {
                        continue;
                    }
                    float share = (1 - weights[at]) * (float) weight(placed.source, x[i], y[i]);
                    for (int band = 0; band < sums.length; band++) {
                        sums[band][at] += share * (image.bytes[band][at] & 0xff);
                    }
                    weights[at] += share;
                    if (mosaic.from[at] == Layer.NOTHING) {
                        mosaic.from[at] = image.from[at];
                    }
                }
            }
        }

        void finish() {
            for (int band = 0; band < sums.length; band++) {
                for (int i = 0; i < weights.length; i++) {
                    if (weights[i] > 0) {
                        mosaic.bytes[band][i] = (byte) Math.min(255, (int) (sums[band][i] / weights[i] + 0.5f));
                    }
                }
            }
        }
    }
}
