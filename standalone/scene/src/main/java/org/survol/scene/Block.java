// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.Arrays;
import org.survol.core.grid.PixelWindow;

/**
 * A window of the scene while it is painted. Arrays are row-major, north row first, one value per pixel of
 * {@link #window}; one thread writes a block.
 */
final class Block {

    final PixelWindow window;
    final int width;
    final int height;

    /** {@link Surface#code()}. */
    final byte[] surface;
    /** Index of the plot or patch that lies here, which gives direction and texture. */
    final int[] field;
    /** Height of the bare ground, metres above the sea. */
    final float[] ground;
    /** Height of what stands on it, metres; never negative. */
    final float[] above;
    /** What the surface needs to know of itself: crown and car identity, distance from a road's axis, place on a roof. */
    final float[] detail;

    Block(PixelWindow window) {
        this.window = window;
        this.width = window.width();
        this.height = window.height();
        int pixels = width * height;
        surface = new byte[pixels];
        field = new int[pixels];
        ground = new float[pixels];
        above = new float[pixels];
        detail = new float[pixels];
        Arrays.fill(field, -1);
    }

    /** Metres east of the scene's centre, at the centre of a pixel column. */
    double x(int column) {
        return (window.column() - SceneSpec.CENTRE_COLUMN + column + 0.5) * SceneSpec.GSD;
    }

    /** Metres north of the scene's centre, at the centre of a pixel row. */
    double y(int row) {
        return -(window.row() - SceneSpec.CENTRE_ROW + row + 0.5) * SceneSpec.GSD;
    }

    /** Fractional column of x: 0 at the centre of the first column. */
    double column(double x) {
        return x / SceneSpec.GSD - (window.column() - SceneSpec.CENTRE_COLUMN) - 0.5;
    }

    double row(double y) {
        return -y / SceneSpec.GSD - (window.row() - SceneSpec.CENTRE_ROW) - 0.5;
    }

    /** Rows and columns whose centres lie in a box of metres, cut to the block; empty when last &lt; first. */
    Bounds bounds(double minX, double minY, double maxX, double maxY) {
        return new Bounds(
                Math.max(0, (int) Math.ceil(column(minX))),
                Math.max(0, (int) Math.ceil(row(maxY))),
                Math.min(width - 1, Noise.floor(column(maxX))),
                Math.min(height - 1, Noise.floor(row(minY))));
    }

    /** First and last column and row, both included. */
    record Bounds(int west, int north, int east, int south) {
        boolean isEmpty() {
            return east < west || south < north;
        }
    }
}
