// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

/** The four directions of the lattice, as ints because there are hundreds of millions of them: clockwise on a map. */
final class Heading {

    static final int EAST = 0;
    static final int SOUTH = 1;
    static final int WEST = 2;
    static final int NORTH = 3;

    private Heading() {}

    /** From one lattice point to another on the same row or column, which must differ. */
    static int of(int fromX, int fromY, int toX, int toY) {
        if (fromY == toY) {
            return toX > fromX ? EAST : WEST;
        }
        return toY > fromY ? SOUTH : NORTH;
    }

    static int right(int heading) {
        return (heading + 1) & 3;
    }

    static int opposite(int heading) {
        return (heading + 2) & 3;
    }

    static int left(int heading) {
        return (heading + 3) & 3;
    }
}
