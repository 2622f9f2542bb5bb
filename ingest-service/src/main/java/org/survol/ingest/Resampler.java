// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

/**
 * Values of a source image at places between its pixels.
 *
 * <p>A place has a value when the source pixel that holds it has one: validity is never interpolated. A neighbour without
 * a value counts as that pixel, so nothing fades towards nodata, and the image's edge is the last pixel's value.
 */
enum Resampler {

    /** the pixel that holds the place; for images that lie on the grid already */
    COPY(0) {
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
            for (int band = 0; band < values.length; band++) {
                values[band][at] = source.planes[band][nearest];
            }
        }
    },

    /** between four pixels; for heights */
    BILINEAR(1) {
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
            int west = (int) Math.floor(x - 0.5);
            int north = (int) Math.floor(y - 0.5);
            double u = x - 0.5 - west;
            double v = y - 0.5 - north;
            boolean plain = source.hasAllValues(west, north, 2);
            int northWest = plain ? source.index(west, north) : index(source, nearest, west, north);
            int northEast = plain ? northWest + 1 : index(source, nearest, west + 1, north);
            int southWest = plain ? northWest + source.width : index(source, nearest, west, north + 1);
            int southEast = plain ? southWest + 1 : index(source, nearest, west + 1, north + 1);
            for (int band = 0; band < values.length; band++) {
                var plane = source.planes[band];
                double upper = plane[northWest] * (1 - u) + plane[northEast] * u;
                double lower = plane[southWest] * (1 - u) + plane[southEast] * u;
                values[band][at] = (float) (upper * (1 - v) + lower * v);
            }
        }
    },

    /** cubic convolution with a = -1/2 (Keys 1981), sixteen pixels; for images as fine as the grid or coarser */
    CUBIC(2) {
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
            int west = (int) Math.floor(x - 0.5) - 1;
            int north = (int) Math.floor(y - 0.5) - 1;
            double u = x - 0.5 - (west + 1);
            double v = y - 0.5 - (north + 1);
            double u0 = outer(1 + u);
            double u1 = inner(u);
            double u2 = inner(1 - u);
            double u3 = outer(2 - u);
            double v0 = outer(1 + v);
            double v1 = inner(v);
            double v2 = inner(1 - v);
            double v3 = outer(2 - v);
            if (source.hasAllValues(west, north, 4)) {
                int first = source.index(west, north);
                int step = source.width;
                for (int band = 0; band < values.length; band++) {
                    var plane = source.planes[band];
                    values[band][at] = (float) (line(plane, first, u0, u1, u2, u3) * v0
                            + line(plane, first + step, u0, u1, u2, u3) * v1
                            + line(plane, first + 2 * step, u0, u1, u2, u3) * v2
                            + line(plane, first + 3 * step, u0, u1, u2, u3) * v3);
                }
                return;
            }
            double[] across = {u0, u1, u2, u3};
            double[] down = {v0, v1, v2, v3};
            for (int band = 0; band < values.length; band++) {
                double sum = 0;
                for (int j = 0; j < 4; j++) {
                    for (int i = 0; i < 4; i++) {
                        sum += source.planes[band][index(source, nearest, west + i, north + j)] * across[i] * down[j];
                    }
                }
                values[band][at] = (float) sum;
            }
        }
    },

    /** mean over the ground of a grid pixel, each source pixel counting by its share of it; for finer images */
    AVERAGE(1) {
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
                var plane = source.planes[band];
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
        return this == AVERAGE ? (int) Math.ceil(scale / 2) + 1 : reach;
    }

    /**
     * Values of all bands at one place.
     *
     * @param nearest index of the pixel that holds the place
     * @param x source column, 0.5 in the middle of the image's first pixel
     * @param y source row, likewise
     * @param scaleX source pixels per grid pixel along columns, {@code scaleY} along rows
     * @param values filled at index {@code at}, one array per band
     */
    abstract void take(
            SourcePixels source,
            int nearest,
            double x,
            double y,
            double scaleX,
            double scaleY,
            float[][] values,
            int at);

    private static int index(SourcePixels source, int nearest, int x, int y) {
        if (!source.contains(x, y)) {
            return nearest;
        }
        int index = source.index(x, y);
        return source.hasValue(index) ? index : nearest;
    }

    private static double line(float[] plane, int first, double u0, double u1, double u2, double u3) {
        return plane[first] * u0 + plane[first + 1] * u1 + plane[first + 2] * u2 + plane[first + 3] * u3;
    }

    /** Keys' kernel for distances 0 to 1. */
    private static double inner(double d) {
        return (1.5 * d - 2.5) * d * d + 1;
    }

    /** Keys' kernel for distances 1 to 2. */
    private static double outer(double d) {
        return ((-0.5 * d + 2.5) * d - 4) * d + 2;
    }
}
