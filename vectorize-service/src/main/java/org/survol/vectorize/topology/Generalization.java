// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import org.survol.vectorize.rules.MapRules;

/**
 * Takes the stair-steps off a map: every arc is simplified once, from node to node, for both its sides
 * ({@link SegmentCollapse}), so that the polygons stay a coverage. Where simplified arcs would touch or cross, run over a
 * node, or leave a node in another order than before, the corners concerned are frozen and the arcs are simplified again,
 * until nothing collides; the exact boundary collides nowhere, so this ends.
 *
 * <p>Preserves: nodes, adjacency, every region and its holes, the area of every region up to rounding to an eighth of a
 * pixel, the edge of "no data" exactly. No corner of the pixel boundary is farther from the new one than the tolerance. The outcome depends on the map
 * only, not on how it was cut into tiles.
 *
 * <p>Why nothing can be lost: without crossings, and with the order of arcs at every node unchanged, the arcs of each
 * connected part bound the same faces as before; and a part (an island, say) cannot have come to lie in another face unless
 * a simplified arc swept over one of its fixed points, which is looked for between every new segment and the chain that it
 * replaces.
 */
public final class Generalization {

    private static final int FINEST_UNITS = 8;
    /** Then arcs that still collide stay exact as a whole. */
    private static final int ROUNDS_OF_PARTS = 16;
    /** Binary logarithm of the smallest cell's side, pixels. */
    private static final int CELL_SHIFT = 4;

    private final ArcSet arcs;
    private final NodeIndex nodes;
    private final SegmentCollapse collapse;
    private final Shapes shapes;
    private final Bits frozen;
    private final int cellShift;
    private SegmentGrid fixedPoints;
    private int[] nodeX;
    private int[] nodeY;
    /** Arcs whose shape is new and not proven. */
    private Bits fresh;
    /** Arcs of which corners were frozen in this round. */
    private Bits again;

    /** Segments whose corners were frozen in this round. */
    private Bits givenUp;

    private boolean collided;
    private final PlanarMap map;
    private final MapRules rules;
    /** Arcs that were stretched beyond their fixed point. */
    private Bits stretched;

    private Generalization(PlanarMap map, MapRules rules, int units) {
        this.map = map;
        this.rules = rules;
        double tolerancePixels = rules.tolerancePixels();
        arcs = map.arcs;
        nodes = map.nodes();
        collapse = new SegmentCollapse(tolerancePixels, units);
        shapes = new Shapes(units, arcs.size(), arcs.x.size / 2);
        frozen = new Bits(arcs.x.size);
        // Segments grow with the tolerance; a cell is at least twice as wide.
        int cell = Math.max(CELL_SHIFT, Math.min(20, Math.getExponent(tolerancePixels) + 2));
        cellShift = cell + Integer.numberOfTrailingZeros(units);
    }

    /** @param tolerancePixels how far the boundary may move; 0 leaves the map as it is */
    public static PlanarMap simplified(PlanarMap map, double tolerancePixels) {
        if (tolerancePixels < 0 || !Double.isFinite(tolerancePixels)) {
            throw new IllegalArgumentException("tolerance must be 0 pixels or more: " + tolerancePixels);
        }
        if (tolerancePixels == 0 || map.arcs.size() == 0) {
            return map;
        }
        return simplified(map, MapRules.plain(0, tolerancePixels));
    }

    /** With what the rules want of buildings. */
    public static PlanarMap simplified(PlanarMap map, MapRules rules) {
        if (rules.tolerancePixels() == 0 || map.arcs.size() == 0) {
            return map;
        }
        return map.shaped(new Generalization(map, rules, units(map.arcs)).run());
    }

    /** As fine as absolute coordinates leave room for. */
    private static int units(ArcSet arcs) {
        long farthest = 1;
        for (int i = 0; i < arcs.x.size; i++) {
            farthest = Math.max(farthest, Math.max(Math.abs((long) arcs.x.at[i]), Math.abs((long) arcs.y.at[i])));
        }
        int units = FINEST_UNITS;
        while (units > 1 && farthest * units > Integer.MAX_VALUE / 2) {
            units /= 2;
        }
        return units;
    }

    private Shapes run() {
        placeNodes();
        fresh = new Bits(arcs.size());
        keepEdgeOfMap();
        for (int a = 0; a < arcs.size(); a++) {
            collapse.simplify(arcs, a, frozen, shapes);
            fresh.set(a);
        }
        stretched = new BuildingOutlines(map, rules, shapes).reshape();
        for (int round = 1; ; round++) {
            again = new Bits(arcs.size());
            collided = false;
            givenUp = new Bits(shapes.x.size);
            findCrossings(round);
            for (int a = 0; a < arcs.size(); a++) {
                if (fresh.get(a)) {
                    keepOffFixedPoints(a);
                }
            }
            keepOrderAtNodes();
            if (!collided) {
                return shapes.compacted();
            }
            for (int a = 0; a < arcs.size(); a++) {
                if (again.get(a)) {
                    if (round >= ROUNDS_OF_PARTS) {
                        freezeWhole(a);
                    }
                    collapse.simplify(arcs, a, frozen, shapes);
                    stretched.clear(a);
                }
            }
            fresh = again;
        }
    }

    /** Where the images end nothing was seen that could be drawn better, and the next flight, or sheet, begins at exactly that line. */
    private void keepEdgeOfMap() {
        for (int a = 0; a < arcs.size(); a++) {
            if (map.isOutside(arcs.left.at[a]) || map.isOutside(arcs.right.at[a])) {
                freezeWhole(a);
            }
        }
    }

    private void placeNodes() {
        nodeX = new int[nodes.size()];
        nodeY = new int[nodes.size()];
        for (int h = 0; h < 2 * arcs.size(); h++) {
            int node = nodes.nodeOfOrigin(h);
            nodeX[node] = arcs.x.at[arcs.origin(h)] * shapes.units;
            nodeY[node] = arcs.y.at[arcs.origin(h)] * shapes.units;
        }
        fixedPoints = new SegmentGrid(cellShift, nodes.size());
        for (int n = 0; n < nodeX.length; n++) {
            fixedPoints.count(nodeX[n], nodeY[n], nodeX[n], nodeY[n]);
        }
        fixedPoints.allot();
        for (int n = 0; n < nodeX.length; n++) {
            fixedPoints.put(n, nodeX[n], nodeY[n], nodeX[n], nodeY[n]);
        }
    }

    private void findCrossings(int round) {
        int segments = 0;
        for (int a = 0; a < arcs.size(); a++) {
            segments += shapes.last(a) - shapes.first(a);
        }
        var grid = new SegmentGrid(cellShift, segments);
        if (round > 1) {
            for (int a = 0; a < arcs.size(); a++) {
                if (fresh.get(a)) {
                    for (int s = shapes.first(a); s < shapes.last(a); s++) {
                        grid.mark(shapes.x.at[s], shapes.y.at[s], shapes.x.at[s + 1], shapes.y.at[s + 1]);
                    }
                }
            }
        }
        for (int a = 0; a < arcs.size(); a++) {
            for (int s = shapes.first(a); s < shapes.last(a); s++) {
                grid.count(shapes.x.at[s], shapes.y.at[s], shapes.x.at[s + 1], shapes.y.at[s + 1]);
            }
        }
        grid.allot();
        for (int a = 0; a < arcs.size(); a++) {
            for (int s = shapes.first(a); s < shapes.last(a); s++) {
                grid.put(s, shapes.x.at[s], shapes.y.at[s], shapes.x.at[s + 1], shapes.y.at[s + 1]);
            }
        }
        for (int slot = 0; slot < grid.slots(); slot++) {
            int end = grid.from(slot + 1);
            for (int i = grid.from(slot); i < end; i++) {
                int s = grid.entry(i);
                boolean isFresh = fresh.get(shapes.arc.at[s]);
                for (int j = i + 1; j < end; j++) {
                    int t = grid.entry(j);
                    if ((isFresh || fresh.get(shapes.arc.at[t])) && s != t && collide(s, t)) {
                        freeze(s);
                        freeze(t);
                    }
                }
            }
        }
    }

    /** Whether two segments meet anywhere but where they are joined. */
    private boolean collide(int s, int t) {
        int[] x = shapes.x.at;
        int[] y = shapes.y.at;
        int ax = x[s];
        int ay = y[s];
        int bx = x[s + 1];
        int by = y[s + 1];
        int cx = x[t];
        int cy = y[t];
        int dx = x[t + 1];
        int dy = y[t + 1];
        if (Math.max(ax, bx) < Math.min(cx, dx)
                || Math.max(cx, dx) < Math.min(ax, bx)
                || Math.max(ay, by) < Math.min(cy, dy)
                || Math.max(cy, dy) < Math.min(ay, by)) {
            return false;
        }
        boolean aC = ax == cx && ay == cy;
        boolean aD = ax == dx && ay == dy;
        boolean bC = bx == cx && by == cy;
        boolean bD = bx == dx && by == dy;
        if (aC || aD || bC || bD) {
            return !(aC && joined(s, t)
                            || aD && joined(s, t + 1)
                            || bC && joined(s + 1, t)
                            || bD && joined(s + 1, t + 1))
                    || overlap(
                            aC || aD ? bx - ax : ax - bx,
                            aC || aD ? by - ay : ay - by,
                            aC || bC ? dx - cx : cx - dx,
                            aC || bC ? dy - cy : cy - dy)
                    || (aC || aD) && (bC || bD);
        }
        long c = side(ax, ay, bx, by, cx, cy);
        long d = side(ax, ay, bx, by, dx, dy);
        long a = side(cx, cy, dx, dy, ax, ay);
        long b = side(cx, cy, dx, dy, bx, by);
        // Boxes meet, so four points in line meet too.
        return (c <= 0 && d >= 0 || c >= 0 && d <= 0) && (a <= 0 && b >= 0 || a >= 0 && b <= 0);
    }

    /** Whether two equal points of shapes are one point of the map: the same, or both at a node. */
    private boolean joined(int p, int q) {
        return p == q || isEnd(p) && isEnd(q);
    }

    private boolean isEnd(int point) {
        int arc = shapes.arc.at[point];
        return point == shapes.first(arc) || point == shapes.last(arc);
    }

    /** Whether two vectors point the same way. */
    private static boolean overlap(long ux, long uy, long vx, long vy) {
        return ux * vy - uy * vx == 0 && ux * vx + uy * vy >= 0;
    }

    private static long side(int ax, int ay, int bx, int by, int px, int py) {
        return ((long) bx - ax) * ((long) py - ay) - ((long) by - ay) * ((long) px - ax);
    }

    /** No node, and no fixed point of a closed arc, may lie between a new segment and the chain that it replaces. */
    private void keepOffFixedPoints(int arc) {
        for (int s = shapes.first(arc); s < shapes.last(arc); s++) {
            int from = shapes.corner.at[s];
            int to = shapes.corner.at[s + 1];
            if (to - from == 1 && isExact(s) && isExact(s + 1)) {
                continue;
            }
            int west = Math.min(shapes.x.at[s], shapes.x.at[s + 1]);
            int east = Math.max(shapes.x.at[s], shapes.x.at[s + 1]);
            int north = Math.min(shapes.y.at[s], shapes.y.at[s + 1]);
            int south = Math.max(shapes.y.at[s], shapes.y.at[s + 1]);
            for (int i = from; i <= to; i++) {
                int x = arcs.x.at[i] * shapes.units;
                int y = arcs.y.at[i] * shapes.units;
                west = Math.min(west, x);
                east = Math.max(east, x);
                north = Math.min(north, y);
                south = Math.max(south, y);
            }
            if (anyNodeSwept(s, west >> cellShift, north >> cellShift, east >> cellShift, south >> cellShift)) {
                freeze(s);
            }
        }
    }

    private boolean anyNodeSwept(int s, int west, int north, int east, int south) {
        for (int row = north; row <= south; row++) {
            for (int column = west; column <= east; column++) {
                int slot = fixedPoints.slot(column, row);
                for (int i = fixedPoints.from(slot); i < fixedPoints.from(slot + 1); i++) {
                    int node = fixedPoints.entry(i);
                    if (!isEndOf(s, nodeX[node], nodeY[node])
                            && !isOwn(s, node)
                            && windings(s, nodeX[node], nodeY[node]) != 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether it is the fixed point of the segment's own arc, which was stretched and holds it. */
    private boolean isOwn(int s, int node) {
        int of = shapes.arc.at[s];
        return stretched.get(of) && nodes.nodeOfOrigin(2 * of) == node;
    }

    private boolean isExact(int point) {
        int corner = shapes.corner.at[point];
        return shapes.x.at[point] == arcs.x.at[corner] * shapes.units
                && shapes.y.at[point] == arcs.y.at[corner] * shapes.units;
    }

    private boolean isEndOf(int s, int x, int y) {
        return isEnd(s) && shapes.x.at[s] == x && shapes.y.at[s] == y
                || isEnd(s + 1) && shapes.x.at[s + 1] == x && shapes.y.at[s + 1] == y;
    }

    /** How often the loop of segment s and the corners that it stands for goes round a point. */
    private int windings(int s, int px, int py) {
        int from = shapes.corner.at[s];
        int to = shapes.corner.at[s + 1];
        int fromX = shapes.x.at[s];
        int fromY = shapes.y.at[s];
        int windings = 0;
        int lastX = fromX;
        int lastY = fromY;
        for (int i = from; i <= to + 2; i++) {
            int x = i <= to ? arcs.x.at[i] * shapes.units : i == to + 1 ? shapes.x.at[s + 1] : fromX;
            int y = i <= to ? arcs.y.at[i] * shapes.units : i == to + 1 ? shapes.y.at[s + 1] : fromY;
            if (lastY <= py != y <= py) {
                long side = side(lastX, lastY, x, y, px, py);
                if (y > lastY && side > 0) {
                    windings++;
                } else if (y < lastY && side < 0) {
                    windings--;
                }
            }
            lastX = x;
            lastY = y;
        }
        return windings;
    }

    /** Clockwise round each node, arcs must leave in the order of the headings in which their exact forms leave. */
    private void keepOrderAtNodes() {
        var leaving = new int[4];
        for (int node = 0; node < nodes.size(); node++) {
            int degree = 0;
            boolean anyFresh = false;
            for (int heading = 0; heading < 4; heading++) {
                int h = nodes.leaving(node, heading);
                if (h >= 0) {
                    leaving[degree++] = h;
                    anyFresh |= fresh.get(h >> 1);
                }
            }
            if (anyFresh && degree > 2 && !goesRoundOnce(leaving, degree)) {
                for (int i = 0; i < degree; i++) {
                    int arc = leaving[i] >> 1;
                    freeze((leaving[i] & 1) == 0 ? shapes.first(arc) : shapes.last(arc) - 1);
                }
            }
        }
    }

    private boolean goesRoundOnce(int[] leaving, int degree) {
        int turns = 0;
        for (int i = 0; i < degree; i++) {
            turns += comesAfter(leaving[i], leaving[(i + 1) % degree]) ? 0 : 1;
        }
        return turns == 1;
    }

    /** Whether the second half-edge leaves at a larger angle, clockwise from due east, than the first. */
    private boolean comesAfter(int h, int other) {
        long ux = stepX(h);
        long uy = stepY(h);
        long vx = stepX(other);
        long vy = stepY(other);
        boolean upperU = uy < 0 || uy == 0 && ux < 0;
        boolean upperV = vy < 0 || vy == 0 && vx < 0;
        return upperU != upperV ? upperV : ux * vy - uy * vx > 0;
    }

    private int stepX(int h) {
        return step(h, shapes.x.at);
    }

    private int stepY(int h) {
        return step(h, shapes.y.at);
    }

    private int step(int h, int[] at) {
        int arc = h >> 1;
        int first = shapes.first(arc);
        int last = shapes.last(arc);
        return (h & 1) == 0 ? at[first + 1] - at[first] : at[last - 1] - at[last];
    }

    /** Gives a segment back the corners that it stands for. */
    private void freeze(int s) {
        if (givenUp.get(s)) {
            return;
        }
        givenUp.set(s);
        for (int corner = shapes.corner.at[s]; corner <= shapes.corner.at[s + 1]; corner++) {
            if (!frozen.get(corner)) {
                frozen.set(corner);
                again.set(shapes.arc.at[s]);
                collided = true;
            }
        }
    }

    private void freezeWhole(int arc) {
        for (int corner = arcs.start.at[arc]; corner < arcs.start.at[arc + 1]; corner++) {
            frozen.set(corner);
        }
    }
}
