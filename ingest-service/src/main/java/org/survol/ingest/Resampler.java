// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

/**
 * Values of a source image at places between its pixels.
 *
 * <p>A place has a value when the source pixel that holds it has one: validity is never interpolated. A neighbour without
 * a value counts as that pixel, so nothing fades towards nodata, and the image's edge is the last pixel's value.
 *
 * <p>{@link #take} is the rule for any place. Where all neighbours have values it is a sum with the weights of
 * {@link #weigh} along columns and along rows, which {@link RowSampler} computes a row at a time.
 */
enum Resampler {

    /** the pixel that holds the place; for images that lie on the grid already */
    COPY(0) {
        @Override
        int taps(double scale) {
            return 1;
        }

        @Override
        int weigh(double place, double scale, float[] weights, int at, int taps) {
            weights[at] = 1;
            return (int) Math.floor(place + NOISE);
        }
    },

    /** between four pixels; for heights */
    BILINEAR(1) {
        @Override
        int taps(double scale) {
            return 2;
        }

        @Override
        int weigh(double place, double scale, float[] weights, int at, int taps) {
            int first = (int) Math.floor(place - 0.5);
            float u = (float) (place - 0.5 - first);
            weights[at] = 1 - u;
            weights[at + 1] = u;
            return first;
        }
    },

    /** cubic convolution with a = -1/2 (Keys 1981), sixteen pixels; for images as fine as the grid or coarser */
    CUBIC(2) {
        @Override
        int taps(double scale) {
            return 4;
        }

        @Override
        int weigh(double place, double scale, float[] weights, int at, int taps) {
            int middle = (int) Math.floor(place - 0.5);
            keys((float) (place - 0.5 - middle), weights, at);
            return middle - 1;
        }
    },

    /** mean over the ground of a grid pixel, each source pixel counting by its share of it; for finer images */
    AVERAGE(1) {
        @Override
        int taps(double scale) {
            // a box may begin and end within a pixel
            return (int) Math.ceil(scale - NOISE) + 1;
        }

        @Override
        int weigh(double place, double scale, float[] weights, int at, int taps) {
            double from = place - scale / 2;
            double to = place + scale / 2;
            int first = (int) Math.floor(from + NOISE);
            double sum = 0;
            for (int t = 0; t < taps; t++) {
                double share = Math.min(to, first + t + 1) - Math.max(from, first + t);
                share = share < NOISE ? 0 : share;
                weights[at + t] = (float) share;
                sum += share;
            }
            for (int t = 0; t < taps; t++) {
                weights[at + t] = (float) (weights[at + t] / sum);
            }
            return first;
        }

        @Override
        void take(
                SourcePixels source,
                int nearest,
                double x,
                double y,
                double scaleX,
                double scaleY,
                float[][] values,
                int at) {
            double west = x - scaleX / 2;
            double east = x + scaleX / 2;
            double north = y - scaleY / 2;
            double south = y + scaleY / 2;
            int firstX = Math.max(source.column, (int) Math.floor(west + NOISE));
            int lastX = Math.min(source.column + source.width, (int) Math.ceil(east - NOISE)) - 1;
            int firstY = Math.max(source.row, (int) Math.floor(north + NOISE));
            int lastY = Math.min(source.row + source.height, (int) Math.ceil(south - NOISE)) - 1;
            for (int band = 0; band < values.length; band++) {
                var plane = source.floats(band);
                double sum = 0;
                double weights = 0;
                for (int py = firstY; py <= lastY; py++) {
                    double tall = Math.min(south, py + 1) - Math.max(north, py);
                    int from = source.index(firstX, py);
                    for (int px = firstX; px <= lastX; px++, from++) {
                        if (source.hasValue(from)) {
                            double weight = tall * (Math.min(east, px + 1) - Math.max(west, px));
                            sum += plane[from] * weight;
                            weights += weight;
                        }
                    }
                }
                values[band][at] = weights > 0 ? (float) (sum / weights) : plane[nearest];
            }
        }
    };

    /** Pixel edges are not exact in binary; a millionth of a pixel is noise, not position. As in the grid. */
    static final double NOISE = 1e-6;

    /** Below this the images are as good as equally fine, which a change of CRS brings about. */
    private static final double SHRINKS = 1.05;

    private final int reach;

    Resampler(int reach) {
        this.reach = reach;
    }

    /** How a source is brought to the grid. */
    static Resampler of(PixelMapping mapping, int imageWidth, int imageHeight, boolean heights) {
        if (mapping instanceof PixelMapping.SameCrs same && same.isAligned(imageWidth, imageHeight)) {
            return COPY;
        }
        if (Math.max(mapping.scaleX(), mapping.scaleY()) > SHRINKS) {
            return AVERAGE;
        }
        return heights ? BILINEAR : CUBIC;
    }

    /** Source pixels beyond the one that holds a place, that its value may depend on. */
    int reach(double scale) {
        return this == AVERAGE ? (int) Math.ceil(scale) + 1 : reach;
    }

    /** Neighbouring source columns (or rows) that a value is a sum of. */
    abstract int taps(double scale);

    /**
     * The weights of those columns, which add up to 1.
     *
     * @param place source column, 0.5 in the middle of the image's first pixel
     * @param scale source columns per grid column
     * @param weights {@code taps} of them are filled from index {@code at}
     * @return the first column
     */
    abstract int weigh(double place, double scale, float[] weights, int at, int taps);

    /**
     * Values of all bands at one place, whatever its neighbours are.
     *
     * @param nearest index of the pixel that holds the place
     * @param x source column, {@code y} source row, as in {@link #weigh}
     * @param scaleX source pixels per grid pixel along columns, {@code scaleY} along rows
     * @param values filled at index {@code at}, one array per band
     */
    void take(
            SourcePixels source,
            int nearest,
            double x,
            double y,
            double scaleX,
            double scaleY,
            float[][] values,
            int at) {
        int across = taps(scaleX);
        int down = taps(scaleY);
        var weightsX = new float[across];
        var weightsY = new float[down];
        int west = weigh(x, scaleX, weightsX, 0, across);
        int north = weigh(y, scaleY, weightsY, 0, down);
        for (int band = 0; band < values.length; band++) {
            var plane = source.floats(band);
            float sum = 0;
            for (int i = 0; i < across; i++) {
                float column = 0;
                for (int j = 0; j < down; j++) {
                    column += plane[index(source, nearest, west + i, north + j)] * weightsY[j];
                }
                sum += column * weightsX[i];
            }
            values[band][at] = sum;
        }
    }

    private static int index(SourcePixels source, int nearest, int x, int y) {
        if (!source.contains(x, y)) {
            return nearest;
        }
        int index = source.index(x, y);
        return source.hasValue(index) ? index : nearest;
    }

    /** Keys' four weights for a place that lies {@code u} beyond the second of four pixels. */
    static void keys(float u, float[] weights, int at) {
        float v = 1 - u;
        weights[at] = -0.5f * u * v * v;
        weights[at + 1] = (1.5f * u - 2.5f) * u * u + 1;
        weights[at + 2] = (1.5f * v - 2.5f) * v * v + 1;
        weights[at + 3] = -0.5f * v * u * u;
    }
}
