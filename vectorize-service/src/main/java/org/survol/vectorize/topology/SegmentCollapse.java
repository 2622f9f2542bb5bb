// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * Simplifies one chain from end to end so that the area on either hand stays what it was: a segment BC of a run A, B, C, D
 * is replaced by one point E that lies where triangle AED has the area of AB CD and the least ground changes hands, again
 * and again, the collapse that moves least first (Kronenfeld, Stanislawski, Buttenfield, Brockmeyer: Simplification of
 * polylines by segment collapse, International Journal of Cartography 6, 2020). Here a collapse is done only if, besides,
 * <ul>
 *   <li>no corner of the original chain between A and D is farther than the tolerance from the new line, nor E from the
 *       original chain, so that errors do not add up;
 *   <li>B and C are free: ends and frozen corners stay where they are;
 *   <li>a closed chain keeps four corners.
 * </ul>
 * Preserves: both ends, frozen corners, area on either hand up to the rounding of corners to the output's unit. Does not
 * look at other chains. One instance serves many chains, one at a time; its arrays grow with the longest.
 */
final class SegmentCollapse {

    private static final int NOT_QUEUED = -1;
    private static final int FEWEST_POINTS_OF_A_RING = 5;
    /** Square pixels for each corner a collapse spans: among equals the shortest goes first, which keeps spans even. */
    private static final double SPAN_PENALTY = 1e-6;

    /** Tolerance squared. */
    private final double limit;

    private final int units;

    private int count;
    private int left;
    private boolean closed;
    /** The chain as it came, pixels from its first corner. */
    private double[] originalX = new double[64];

    private double[] originalY = new double[64];
    private boolean[] fixed = new boolean[64];
    /** The chain as it is, linked. */
    private double[] x = new double[64];

    private double[] y = new double[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    /** Which original corner a point stands for; ascends along the chain. */
    private int[] standsFor = new int[64];
    /** By B: where E would be. */
    private double[] plannedX = new double[64];

    private double[] plannedY = new double[64];
    /** Segments by their B, the cheapest collapse first. */
    private int[] heap = new int[64];

    /** By place in the heap: square pixels that change hands, plus the penalty. */
    private double[] cost = new double[64];

    private int[] heapIndex = new int[64];
    private int heaped;
    private int nearest;

    /** @param tolerance pixels
     *  @param units output steps per pixel */
    SegmentCollapse(double tolerance, int units) {
        limit = tolerance * tolerance;
        this.units = units;
    }

    /** Takes an arc in the direction that does not depend on how it was found, so that the outcome does not either. */
    void simplify(ArcSet arcs, int arc, Bits frozen, Shapes shapes) {
        int first = arcs.start.at[arc];
        int last = arcs.start.at[arc + 1] - 1;
        shapes.begin(arc);
        if (last - first < 3) {
            for (int i = first; i <= last; i++) {
                shapes.add(arcs.x.at[i] * units, arcs.y.at[i] * units, i);
            }
            shapes.end(false);
            return;
        }
        boolean backwards = isBackwards(arcs, arc);
        load(arcs, first, last, backwards, frozen);
        collapseAll();
        int originX = arcs.x.at[backwards ? last : first] * units;
        int originY = arcs.y.at[backwards ? last : first] * units;
        for (int i = 0; i < count; i = next[i]) {
            int corner = backwards ? last - standsFor[i] : first + standsFor[i];
            shapes.add(originX + (int) Math.rint(x[i] * units), originY + (int) Math.rint(y[i] * units), corner);
        }
        shapes.end(backwards);
    }

    /** Whether an arc is taken from its end to its beginning: the same way on the ground however the arc was found. */
    static boolean isBackwards(ArcSet arcs, int arc) {
        int first = arcs.start.at[arc];
        int last = arcs.start.at[arc + 1] - 1;
        int byRow = Integer.compare(arcs.y.at[first], arcs.y.at[last]);
        int byColumn = Integer.compare(arcs.x.at[first], arcs.x.at[last]);
        if (byRow != 0 || byColumn != 0) {
            return byRow != 0 ? byRow > 0 : byColumn > 0;
        }
        return arcs.departure(2 * arc) > arcs.departure(2 * arc + 1);
    }

    private void load(ArcSet arcs, int first, int last, boolean backwards, Bits frozen) {
        count = last - first + 1;
        left = count;
        reserve(count);
        int origin = backwards ? last : first;
        int step = backwards ? -1 : 1;
        for (int i = 0; i < count; i++) {
            int corner = origin + step * i;
            x[i] = originalX[i] = (double) arcs.x.at[corner] - arcs.x.at[origin];
            y[i] = originalY[i] = (double) arcs.y.at[corner] - arcs.y.at[origin];
            fixed[i] = frozen.get(corner);
            standsFor[i] = i;
            next[i] = i + 1;
            previous[i] = i - 1;
            heapIndex[i] = NOT_QUEUED;
        }
        fixed[0] = true;
        fixed[count - 1] = true;
        closed = x[count - 1] == 0 && y[count - 1] == 0;
        heaped = 0;
    }

    private void collapseAll() {
        for (int b = 1; b < count - 2; b++) {
            plan(b);
        }
        while (heaped > 0) {
            int b = pop();
            if (staysNear(b)) {
                collapse(b);
            }
        }
    }

    private void collapse(int b) {
        int a = previous[b];
        int c = next[b];
        int d = next[c];
        remove(c);
        boolean straight = plannedX[b] == x[a] && plannedY[b] == y[a];
        if (straight) {
            next[a] = d;
            previous[d] = a;
            left -= 2;
        } else {
            x[b] = plannedX[b];
            y[b] = plannedY[b];
            standsFor[b] = nearest;
            next[b] = d;
            previous[d] = b;
            left--;
            plan(b);
        }
        plan(d);
        plan(a);
        if (a > 0) {
            plan(previous[a]);
        }
    }

    /** Works out the collapse of the segment that begins at B and queues it, or takes it out of the queue. */
    private void plan(int b) {
        if (fixed[b] || fixed[next[b]]) {
            remove(b);
            return;
        }
        int a = previous[b];
        int c = next[b];
        int d = next[c];
        double bx = x[b] - x[a];
        double by = y[b] - y[a];
        double cx = x[c] - x[a];
        double cy = y[c] - y[a];
        double dx = x[d] - x[a];
        double dy = y[d] - y[a];
        double heightB = bx * dy - by * dx;
        double heightC = cx * dy - cy * dx;
        double area = bx * cy - by * cx + heightC;
        boolean onAB = heightB * heightC > 0 ? Math.abs(heightB) >= Math.abs(heightC) : area * heightB > 0;
        double ex;
        double ey;
        if (heightB == 0 && heightC == 0 || area == 0) {
            ex = 0;
            ey = 0;
            onAB = true;
        } else if (onAB) {
            ex = bx * (area / heightB);
            ey = by * (area / heightB);
        } else {
            ex = dx + (cx - dx) * (area / heightC);
            ey = dy + (cy - dy) * (area / heightC);
        }
        boolean straight = ex == 0 && ey == 0;
        double moved = onAB ? moved(bx, by, cx, cy, ex, ey, dx - ex, dy - ey) : moved(cx, cy, bx, by, ex, ey, -ex, -ey);
        int fewest = closed ? FEWEST_POINTS_OF_A_RING : 2;
        // Not a number: no point on those two lines keeps the area.
        if (!(moved < Double.MAX_VALUE) || left - (straight ? 2 : 1) < fewest || dx == 0 && dy == 0) {
            remove(b);
            return;
        }
        plannedX[b] = straight ? x[a] : x[a] + ex;
        plannedY[b] = straight ? y[a] : y[a] + ey;
        queue(b, moved + SPAN_PENALTY * (standsFor[d] - standsFor[a]));
    }

    /** Ground that changes hands: twice the triangle of P, E and the point where the ray from E crosses PQ. */
    private static double moved(
            double px, double py, double qx, double qy, double ex, double ey, double rayX, double rayY) {
        double edgeX = qx - px;
        double edgeY = qy - py;
        double across = edgeX * rayY - edgeY * rayX;
        if (across == 0) {
            return 0;
        }
        double u = ((ex - px) * rayY - (ey - py) * rayX) / across;
        return Math.abs(((ex - px) * edgeY - (ey - py) * edgeX) * u);
    }

    /** Sets {@link #nearest}, too: the original corner that E will stand for. */
    private boolean staysNear(int b) {
        int a = previous[b];
        int d = next[next[b]];
        double ax = x[a];
        double ay = y[a];
        double ex = plannedX[b];
        double ey = plannedY[b];
        boolean straight = ex == ax && ey == ay;
        boolean nearChain = straight;
        double nearestSquare = Double.MAX_VALUE;
        int to = standsFor[d];
        for (int i = standsFor[a] + 1; i <= to; i++) {
            double ox = originalX[i];
            double oy = originalY[i];
            nearChain = nearChain || isNear(ex, ey, originalX[i - 1], originalY[i - 1], ox, oy);
            if (i == to) {
                break;
            }
            double toE = (ox - ex) * (ox - ex) + (oy - ey) * (oy - ey);
            if (toE < nearestSquare) {
                nearestSquare = toE;
                nearest = i;
            }
            if (!isNear(ox, oy, ex, ey, x[d], y[d]) && (straight || !isNear(ox, oy, ax, ay, ex, ey))) {
                return false;
            }
        }
        return nearChain;
    }

    /** Whether a point is within the tolerance of a segment. */
    private boolean isNear(double px, double py, double ax, double ay, double bx, double by) {
        double dx = bx - ax;
        double dy = by - ay;
        double offX = px - ax;
        double offY = py - ay;
        double along = offX * dx + offY * dy;
        if (along <= 0) {
            return offX * offX + offY * offY <= limit;
        }
        double length = dx * dx + dy * dy;
        if (along >= length) {
            return (px - bx) * (px - bx) + (py - by) * (py - by) <= limit;
        }
        double across = offX * dy - offY * dx;
        return across * across <= limit * length;
    }

    private void queue(int b, double newCost) {
        int i = heapIndex[b];
        if (i == NOT_QUEUED) {
            rise(heaped++, b, newCost);
        } else if (comesBefore(newCost, b, cost[i], b)) {
            rise(i, b, newCost);
        } else {
            sink(i, b, newCost);
        }
    }

    private int pop() {
        int top = heap[0];
        remove(top);
        return top;
    }

    private void remove(int b) {
        int i = heapIndex[b];
        if (i == NOT_QUEUED) {
            return;
        }
        heapIndex[b] = NOT_QUEUED;
        heaped--;
        if (i < heaped) {
            int moved = heap[heaped];
            double itsCost = cost[heaped];
            if (i > 0 && comesBefore(itsCost, moved, cost[i - 1 >> 1], heap[i - 1 >> 1])) {
                rise(i, moved, itsCost);
            } else {
                sink(i, moved, itsCost);
            }
        }
    }

    private void rise(int from, int b, double itsCost) {
        int i = from;
        while (i > 0) {
            int parent = i - 1 >> 1;
            if (!comesBefore(itsCost, b, cost[parent], heap[parent])) {
                break;
            }
            place(i, heap[parent], cost[parent]);
            i = parent;
        }
        place(i, b, itsCost);
    }

    private void sink(int from, int b, double itsCost) {
        int i = from;
        for (int child = 2 * i + 1; child < heaped; child = 2 * i + 1) {
            if (child + 1 < heaped && comesBefore(cost[child + 1], heap[child + 1], cost[child], heap[child])) {
                child++;
            }
            if (!comesBefore(cost[child], heap[child], itsCost, b)) {
                break;
            }
            place(i, heap[child], cost[child]);
            i = child;
        }
        place(i, b, itsCost);
    }

    private void place(int i, int b, double itsCost) {
        heap[i] = b;
        cost[i] = itsCost;
        heapIndex[b] = i;
    }

    private static boolean comesBefore(double costA, int a, double costB, int b) {
        return costA < costB || costA == costB && a < b;
    }

    private void reserve(int points) {
        if (x.length >= points) {
            return;
        }
        int capacity = Ints.Growth.next(points);
        originalX = Arrays.copyOf(originalX, capacity);
        originalY = Arrays.copyOf(originalY, capacity);
        fixed = Arrays.copyOf(fixed, capacity);
        x = Arrays.copyOf(x, capacity);
        y = Arrays.copyOf(y, capacity);
        next = Arrays.copyOf(next, capacity);
        previous = Arrays.copyOf(previous, capacity);
        standsFor = Arrays.copyOf(standsFor, capacity);
        plannedX = Arrays.copyOf(plannedX, capacity);
        plannedY = Arrays.copyOf(plannedY, capacity);
        cost = Arrays.copyOf(cost, capacity);
        heap = Arrays.copyOf(heap, capacity);
        heapIndex = Arrays.copyOf(heapIndex, capacity);
    }
}
