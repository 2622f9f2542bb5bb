// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

/** Position along a Hilbert curve: near on the ground is near in the file. */
public final class Hilbert {

    public static final int BITS = 16;

    private Hilbert() {}

    /** @param x 0 to 65,535
     *  @param y 0 to 65,535
     *  @return 0 to 2^32 - 1 */
    public static long position(int x, int y) {
        long position = 0;
        int px = x;
        int py = y;
        for (int side = 1 << (BITS - 1); side > 0; side >>= 1) {
            int east = (px & side) == 0 ? 0 : 1;
            int north = (py & side) == 0 ? 0 : 1;
            position += (long) side * side * (3 * east ^ north);
            if (north == 0) {
                if (east == 1) {
                    px = (1 << BITS) - 1 - px;
                    py = (1 << BITS) - 1 - py;
                }
                int swap = px;
                px = py;
                py = swap;
            }
        }
        return position;
    }
}
