// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import org.survol.core.grid.PixelWindow;

/**
 * The regions and boundary arcs of one tile. Regions count from 1 in the order of their first pixel (north to south,
 * then west to east); 0 stands for "no data". The tile's own four edges are left open: an arc that reaches one ends
 * there, and {@link Side} tells which regions lie along it, so that assembly can go on from there.
 *
 * <p>The arrays belong to this object; readers must not change them.
 */
public final class TileTopology {

    /** Regions along one edge of the tile, from north to south or from west to east.
     *  @param regions region of each run of edge pixels, 0 = no data
     *  @param ends where each run ends, pixels from the edge's beginning, exclusive; the last is the edge's length */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Side(int[] regions, int[] ends) {}

    final PixelWindow window;

    /** By region, index 0 unused: class value (unsigned). */
    final byte[] classes;
    /** By region: number of pixels. */
    final int[] pixels;
    /** By region: its first pixel, as row * width + column in the tile. */
    final int[] first;
    /** By region: sum over its pixels of the confidence, 0 to 255 each. */
    final long[] confidenceSum;
    /** By region: how many pixels that was summed over, those predicted as its class. */
    final int[] confidencePixels;
    /** By region: smallest confidence (unsigned). */
    final byte[] confidenceMin;
    /** By region: pixels whose class has no more than half of the probability. */
    final int[] uncertain;
    /** By region: what the model gave each class. */
    final ClassEvidence evidence;

    /** Corners of arc i are {@code corners[arcStart[i] .. arcStart[i + 1])}; a closed arc repeats its first corner. */
    final int[] arcStart;
    /** Lattice points of the tile as {@code x << 16 | y}; consecutive ones differ in x or in y, and every inner one turns. */
    final int[] corners;
    /** By arc: region on the left hand when walking it (towards the north when walking east). */
    final int[] left;
    /** By arc: region on the right hand. */
    final int[] right;

    final Side north;
    final Side east;
    final Side south;
    final Side west;

    TileTopology(
            PixelWindow window,
            byte[] classes,
            int[] pixels,
            int[] first,
            long[] confidenceSum,
            int[] confidencePixels,
            byte[] confidenceMin,
            int[] uncertain,
            ClassEvidence evidence,
            int[] arcStart,
            int[] corners,
            int[] left,
            int[] right,
            Side north,
            Side east,
            Side south,
            Side west) {
        this.window = window;
        this.classes = classes;
        this.pixels = pixels;
        this.first = first;
        this.confidenceSum = confidenceSum;
        this.confidencePixels = confidencePixels;
        this.confidenceMin = confidenceMin;
        this.uncertain = uncertain;
        this.evidence = evidence;
        this.arcStart = arcStart;
        this.corners = corners;
        this.left = left;
        this.right = right;
        this.north = north;
        this.east = east;
        this.south = south;
        this.west = west;
    }

    /** Pixels of the absolute grid that were traced. */
    public PixelWindow window() {
        return window;
    }

    public int regions() {
        return classes.length - 1;
    }

    public int arcs() {
        return left.length;
    }

    /** Whether any region has that class value. */
    public boolean hasClass(int value) {
        for (int region = 1; region < classes.length; region++) {
            if ((classes[region] & 0xFF) == value) {
                return true;
            }
        }
        return false;
    }
}
