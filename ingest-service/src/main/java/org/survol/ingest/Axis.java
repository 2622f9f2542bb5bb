// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Arrays;
import java.util.function.LongToDoubleFunction;

/**
 * How the columns (or the rows) of a tile draw on those of an image in the same CRS: each is a sum over a few neighbouring
 * image columns. Depends on nothing but the column, so tiles that share one agree.
 */
final class Axis {

    /** where each column's centre lies in the image, 0.5 in the middle of its first column */
    final double[] places;
    /** image column that holds the centre; may lie outside the image */
    final int[] nearest;
    /** image columns that each sum takes */
    final int taps;
    /** first of them */
    final int[] first;
    /** {@code taps} weights for each column, which add up to 1 */
    final float[] weights;

    /**
     * @param start first grid column, {@code count} how many there are
     * @param place from a grid column to a place in the image
     * @param scale image columns per grid column
     */
    Axis(Resampler resampler, long start, int count, LongToDoubleFunction place, double scale) {
        this.places = new double[count];
        Arrays.setAll(places, i -> place.applyAsDouble(start + i));
        this.nearest = new int[count];
        Arrays.setAll(nearest, i -> (int) Math.floor(places[i] + Resampler.NOISE));
        this.taps = resampler.taps(scale);
        this.first = new int[count];
        this.weights = new float[count * taps];
        for (int i = 0; i < count; i++) {
            first[i] = resampler.weigh(places[i], scale, weights, i * taps, taps);
        }
    }

    /** First column from {@code from} on whose centre lies at or beyond an image column. */
    int firstAtOrBeyond(int imageColumn) {
        int low = 0;
        int high = nearest.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nearest[middle] < imageColumn) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
