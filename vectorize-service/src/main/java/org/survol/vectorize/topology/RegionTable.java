// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/** What is known of each region besides its boundary, in columns. Number 0 is the outside: no data, class 0. */
final class RegionTable {

    int count = 1;
    byte[] landClass;
    long[] pixels;
    /** First pixel in scan order, absolute: smallest row, then smallest column. */
    int[] firstX;

    int[] firstY;
    long[] confidenceSum;
    /** How many pixels the confidence was summed over: those predicted as this class. */
    long[] confidencePixels;

    byte[] confidenceMin;
    /** Pixels whose class has no more than half of the probability. */
    long[] uncertain;

    ClassEvidence evidence;

    RegionTable(int capacity) {
        grow(Math.max(16, capacity));
        confidenceMin[0] = (byte) 0xFF;
        evidence = new ClassEvidence(capacity);
    }

    /** What the model gave each class is to be added to {@link #evidence} by the caller, region by region. */
    int add(
            byte cls,
            long area,
            int x,
            int y,
            long confidence,
            long confidenceOver,
            byte leastConfidence,
            long uncertainPixels) {
        if (count == landClass.length) {
            grow(Ints.Growth.next(count));
        }
        int region = count++;
        landClass[region] = cls;
        pixels[region] = area;
        firstX[region] = x;
        firstY[region] = y;
        confidenceSum[region] = confidence;
        confidencePixels[region] = confidenceOver;
        confidenceMin[region] = leastConfidence;
        uncertain[region] = uncertainPixels;
        return region;
    }

    /** Adds a region of which nothing is known but the class; such come after all others in the order of first pixels.
     *  @param number of such regions before */
    int addNeighbour(byte cls, int number) {
        evidence.endRegion();
        return add(cls, 0, number, Integer.MAX_VALUE, 0, 0, (byte) 0xFF, 0);
    }

    /** Adds a region of another table, with what the model gave its classes. */
    int add(RegionTable other, int region) {
        evidence.addAll(other.evidence, region);
        evidence.endRegion();
        return add(
                other.landClass[region],
                other.pixels[region],
                other.firstX[region],
                other.firstY[region],
                other.confidenceSum[region],
                other.confidencePixels[region],
                other.confidenceMin[region],
                other.uncertain[region]);
    }

    int classOf(int region) {
        return landClass[region] & 0xFF;
    }

    /** Sorts like scan order. */
    long firstPixelKey(int region) {
        return (long) firstY[region] << 32 | (firstX[region] ^ 0x80000000) & 0xFFFFFFFFL;
    }

    private void grow(int capacity) {
        boolean fresh = landClass == null;
        landClass = fresh ? new byte[capacity] : Arrays.copyOf(landClass, capacity);
        pixels = fresh ? new long[capacity] : Arrays.copyOf(pixels, capacity);
        firstX = fresh ? new int[capacity] : Arrays.copyOf(firstX, capacity);
        firstY = fresh ? new int[capacity] : Arrays.copyOf(firstY, capacity);
        confidenceSum = fresh ? new long[capacity] : Arrays.copyOf(confidenceSum, capacity);
        confidencePixels = fresh ? new long[capacity] : Arrays.copyOf(confidencePixels, capacity);
        uncertain = fresh ? new long[capacity] : Arrays.copyOf(uncertain, capacity);
        confidenceMin = fresh ? new byte[capacity] : Arrays.copyOf(confidenceMin, capacity);
    }
}
