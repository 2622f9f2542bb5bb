// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

/**
 * Boundary chains with the region on either hand, in absolute lattice coordinates, in flat arrays. Half-edge {@code 2a}
 * walks arc {@code a} from its first corner to its last, half-edge {@code 2a + 1} walks it back.
 */
final class ArcSet {

    /** Corners of arc a are {@code [start.at[a], start.at[a + 1])} of x and y. */
    final Ints start = new Ints(1024);

    final Ints x = new Ints(4096);
    final Ints y = new Ints(4096);
    final Ints left = new Ints(1024);
    final Ints right = new Ints(1024);

    ArcSet() {
        start.add(0);
    }

    int size() {
        return left.size;
    }

    void begin(int leftRegion, int rightRegion) {
        left.add(leftRegion);
        right.add(rightRegion);
    }

    /** Adds a corner to the arc begun last. A point repeated at a joint, and one on a straight line, leave no trace. */
    void corner(int cx, int cy) {
        int count = x.size - start.at[start.size - 1];
        if (count > 0) {
            int lastX = x.at[x.size - 1];
            int lastY = y.at[y.size - 1];
            if (lastX == cx && lastY == cy) {
                return;
            }
            if (count > 1
                    && Heading.of(x.at[x.size - 2], y.at[y.size - 2], lastX, lastY)
                            == Heading.of(lastX, lastY, cx, cy)) {
                x.at[x.size - 1] = cx;
                y.at[y.size - 1] = cy;
                return;
            }
        }
        x.add(cx);
        y.add(cy);
    }

    void end() {
        start.add(x.size);
    }

    /** An arc of one straight edge. */
    void line(int leftRegion, int rightRegion, int fromX, int fromY, int toX, int toY) {
        begin(leftRegion, rightRegion);
        corner(fromX, fromY);
        corner(toX, toY);
        end();
    }

    /** Forgets all arcs but the first ones. */
    void cutBack(int arcs) {
        left.size = arcs;
        right.size = arcs;
        start.size = arcs + 1;
        x.size = start.at[arcs];
        y.size = x.size;
    }

    int leftOf(int halfEdge) {
        return (halfEdge & 1) == 0 ? left.at[halfEdge >> 1] : right.at[halfEdge >> 1];
    }

    /** Index of the corner where the half-edge begins. */
    int origin(int halfEdge) {
        int arc = halfEdge >> 1;
        return (halfEdge & 1) == 0 ? start.at[arc] : start.at[arc + 1] - 1;
    }

    /** Direction in which the half-edge leaves its origin. */
    int departure(int halfEdge) {
        int from = origin(halfEdge);
        int to = (halfEdge & 1) == 0 ? from + 1 : from - 1;
        return Heading.of(x.at[from], y.at[from], x.at[to], y.at[to]);
    }

    /** Direction in which the half-edge reaches its end. */
    int arrival(int halfEdge) {
        return Heading.opposite(departure(halfEdge ^ 1));
    }
}
