// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import org.survol.core.grid.PixelWindow;

/**
 * Values of the grid's pixels from a window of a source, a row at a time. What it computes for a pixel depends on the
 * pixel and the image alone, not on the row's length nor on the window, as long as that holds all neighbours. Used by one
 * thread.
 */
abstract class RowSampler {

    final Placed placed;
    final SourcePixels source;
    final PixelWindow strip;

    RowSampler(Placed placed, SourcePixels source, PixelWindow strip) {
        this.placed = placed;
        this.source = source;
        this.strip = strip;
    }

    static RowSampler of(Placed placed, SourcePixels source, PixelWindow strip) {
        return placed.columns != null ? new Separable(placed, source, strip) : new Scattered(placed, source, strip);
    }

    /**
     * Computes the pixels {@code from} to {@code to} (exclusive) of a line of the strip.
     *
     * @param values filled where there is a value, one array per band
     * @param has filled with whether there is one, unless all pixels have one
     * @return whether all pixels have one
     */
    abstract boolean sample(int line, int from, int to, float[][] values, boolean[] has);

    /** Image and grid share their axes: a sum along columns, then along rows, with weights that are known beforehand. */
    static final class Separable extends RowSampler {

        private final Axis columns;
        private final Axis rows;
        private final int firstColumn;
        private final int firstRow;
        private final float[] line;
        private final byte[] lineValid;

        Separable(Placed placed, SourcePixels source, PixelWindow strip) {
            super(placed, source, strip);
            this.columns = placed.columns;
            this.rows = placed.rows;
            this.firstColumn = (int) (strip.column() - placed.window.column());
            this.firstRow = (int) (strip.row() - placed.window.row());
            this.line = new float[source.width];
            this.lineValid = new byte[source.width];
        }

        @Override
        boolean sample(int stripLine, int from, int to, float[][] values, boolean[] has) {
            int row = firstRow + stripLine;
            int top = rows.first[row];
            int a = from;
            int b = to;
            if (top < source.row || top + rows.taps > source.row + source.height) {
                b = a;
            }
            while (a < b && columns.first[firstColumn + a] < source.column) {
                a++;
            }
            while (a < b && columns.first[firstColumn + b - 1] + columns.taps > source.column + source.width) {
                b--;
            }
            if (a < b) {
                for (int band = 0; band < values.length; band++) {
                    sumColumns(source.floats(band), row, a, b);
                    sumRow(a, b, values[band]);
                }
                if (source.rowsAreValid(top, rows.taps)) {
                    takeCarefully(row, from, a, values, null);
                    takeCarefully(row, b, to, values, null);
                    return true;
                }
            }
            boolean all = takeCarefully(row, from, a, values, has);
            all &= takeCarefully(row, b, to, values, has);
            return all & keepComplete(row, a, b, values, has);
        }

        private int lineStart(int a) {
            return columns.first[firstColumn + a] - source.column;
        }

        private int lineEnd(int b) {
            return columns.first[firstColumn + b - 1] + columns.taps - source.column;
        }

        private void sumColumns(float[] plane, int row, int a, int b) {
            int start = lineStart(a);
            int end = lineEnd(b);
            int at = (rows.first[row] - source.row) * source.width;
            var weights = rows.weights;
            int w = row * rows.taps;
            if (rows.taps == 4) {
                sum4(
                        plane,
                        at,
                        source.width,
                        weights[w],
                        weights[w + 1],
                        weights[w + 2],
                        weights[w + 3],
                        line,
                        start,
                        end);
                return;
            }
            float weight = weights[w];
            for (int k = start; k < end; k++) {
                line[k] = plane[at + k] * weight;
            }
            for (int t = 1; t < rows.taps; t++) {
                at += source.width;
                weight = weights[w + t];
                for (int k = start; k < end; k++) {
                    line[k] += plane[at + k] * weight;
                }
            }
        }

        private static void sum4(
                float[] plane,
                int at,
                int step,
                float w0,
                float w1,
                float w2,
                float w3,
                float[] to,
                int start,
                int end) {
            int row1 = at + step;
            int row2 = row1 + step;
            int row3 = row2 + step;
            for (int k = start; k < end; k++) {
                to[k] = plane[at + k] * w0 + plane[row1 + k] * w1 + plane[row2 + k] * w2 + plane[row3 + k] * w3;
            }
        }

        private void sumRow(int a, int b, float[] values) {
            var first = columns.first;
            var weights = columns.weights;
            int taps = columns.taps;
            for (int i = a; i < b; i++) {
                int column = firstColumn + i;
                int k = first[column] - source.column;
                int w = column * taps;
                float sum = line[k] * weights[w];
                if (taps == 4) {
                    sum = sum
                            + line[k + 1] * weights[w + 1]
                            + line[k + 2] * weights[w + 2]
                            + line[k + 3] * weights[w + 3];
                } else {
                    for (int t = 1; t < taps; t++) {
                        sum += line[k + t] * weights[w + t];
                    }
                }
                values[i] = sum;
            }
        }

        /** Replaces what was summed over neighbours that have no value. */
        private boolean keepComplete(int row, int a, int b, float[][] values, boolean[] has) {
            if (a == b) {
                return true;
            }
            int start = lineStart(a);
            int end = lineEnd(b);
            source.validInAll(rows.first[row], rows.taps, start, end, lineValid);
            boolean all = true;
            for (int i = a; i < b; i++) {
                int k = columns.first[firstColumn + i] - source.column;
                boolean complete = true;
                for (int t = 0; t < columns.taps; t++) {
                    complete &= lineValid[k + t] != 0;
                }
                if (complete) {
                    has[i] = true;
                } else {
                    all &= takeCarefully(row, i, i + 1, values, has);
                }
            }
            return all;
        }

        /** @param has may be null when all pixels are known to have a value */
        private boolean takeCarefully(int row, int from, int to, float[][] values, boolean[] has) {
            boolean all = true;
            for (int i = from; i < to; i++) {
                int column = firstColumn + i;
                int nearest = source.index(columns.nearest[column], rows.nearest[row]);
                boolean value = source.hasValue(nearest);
                if (value) {
                    placed.resampler.take(
                            source,
                            nearest,
                            columns.places[column],
                            rows.places[row],
                            placed.mapping.scaleX(),
                            placed.mapping.scaleY(),
                            values,
                            i);
                }
                if (has != null) {
                    has[i] = value;
                }
                all &= value;
            }
            return all;
        }
    }

    /** Image and grid lie askew: every place has its own weights. */
    static final class Scattered extends RowSampler {

        private final double[] x;
        private final double[] y;
        private final float[] weights = new float[8];

        Scattered(Placed placed, SourcePixels source, PixelWindow strip) {
            super(placed, source, strip);
            this.x = new double[strip.width()];
            this.y = new double[strip.width()];
        }

        @Override
        boolean sample(int line, int from, int to, float[][] values, boolean[] has) {
            placed.mapping.centres(strip.row() + line, strip.column() + from, to - from, x, y);
            boolean all = true;
            for (int i = from; i < to; i++) {
                has[i] = take(x[i - from], y[i - from], values, i);
                all &= has[i];
            }
            return all;
        }

        private boolean take(double px, double py, float[][] values, int at) {
            int sx = (int) Math.floor(px + Resampler.NOISE);
            int sy = (int) Math.floor(py + Resampler.NOISE);
            // not-a-number becomes 0 as an int: the comparison is what notices it
            if (!(px >= -1 && py >= -1) || !source.contains(sx, sy)) {
                return false;
            }
            int nearest = source.index(sx, sy);
            if (!source.hasValue(nearest)) {
                return false;
            }
            switch (placed.resampler) {
                case COPY -> {
                    for (int band = 0; band < values.length; band++) {
                        values[band][at] = source.floats(band)[nearest];
                    }
                    return true;
                }
                case CUBIC -> {
                    int west = (int) Math.floor(px - 0.5) - 1;
                    int north = (int) Math.floor(py - 0.5) - 1;
                    if (source.hasAllValues(west, north, 4, 4)) {
                        Resampler.keys((float) (px - 1.5 - west), weights, 0);
                        Resampler.keys((float) (py - 1.5 - north), weights, 4);
                        cubic(source.index(west, north), values, at);
                        return true;
                    }
                }
                case BILINEAR -> {
                    int west = (int) Math.floor(px - 0.5);
                    int north = (int) Math.floor(py - 0.5);
                    if (source.hasAllValues(west, north, 2, 2)) {
                        bilinear(
                                source.index(west, north),
                                (float) (px - 0.5 - west),
                                (float) (py - 0.5 - north),
                                values,
                                at);
                        return true;
                    }
                }
                case AVERAGE -> {}
            }
            placed.resampler.take(
                    source, nearest, px, py, placed.mapping.scaleX(), placed.mapping.scaleY(), values, at);
            return true;
        }

        private void cubic(int northWest, float[][] values, int at) {
            float u0 = weights[0];
            float u1 = weights[1];
            float u2 = weights[2];
            float u3 = weights[3];
            float v0 = weights[4];
            float v1 = weights[5];
            float v2 = weights[6];
            float v3 = weights[7];
            int a = northWest;
            int b = a + source.width;
            int c = b + source.width;
            int d = c + source.width;
            for (int band = 0; band < values.length; band++) {
                var p = source.floats(band);
                float north = p[a] * u0 + p[a + 1] * u1 + p[a + 2] * u2 + p[a + 3] * u3;
                float upper = p[b] * u0 + p[b + 1] * u1 + p[b + 2] * u2 + p[b + 3] * u3;
                float lower = p[c] * u0 + p[c + 1] * u1 + p[c + 2] * u2 + p[c + 3] * u3;
                float south = p[d] * u0 + p[d + 1] * u1 + p[d + 2] * u2 + p[d + 3] * u3;
                values[band][at] = north * v0 + upper * v1 + lower * v2 + south * v3;
            }
        }

        private void bilinear(int northWest, float u, float v, float[][] values, int at) {
            int southWest = northWest + source.width;
            for (int band = 0; band < values.length; band++) {
                var p = source.floats(band);
                float north = p[northWest] * (1 - u) + p[northWest + 1] * u;
                float south = p[southWest] * (1 - u) + p[southWest + 1] * u;
                values[band][at] = north * (1 - v) + south * v;
            }
        }
    }
}
