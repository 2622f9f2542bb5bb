// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayList;
import java.util.List;
import org.survol.vectorize.rules.MapRules;

/**
 * Gives the walls of buildings right angles, and buildings that stand alone the least size of the map.
 *
 * <p>A building's direction is that of most of its walls, modulo a right angle. Along each arc, walls near that direction or
 * across it become exactly so, through their middles; the arc's ends stay where they are, and the free walls are shifted
 * so that the area on either hand stays what it was. An arc is left alone when it has a long oblique wall, or when a corner
 * would move farther than the tolerance. A wall that two buildings share is one arc, and follows the larger of them.
 *
 * <p>A building with one neighbour only, smaller than the minimum but large enough to be enlarged, is stretched about its
 * centre of gravity. Only {@link Generalization} can tell whether there is room; where there is not, it takes what was done here back.
 */
final class BuildingOutlines {

    /** Walls within 22.5 degrees of a direction are meant to have it. */
    private static final double NEAR = StrictMath.tan(StrictMath.PI / 8);
    /** Least part of all walls, in the sense of their resultant, that has to point the same way. */
    private static final double CLEAR = 0.5;
    /** Oblique walls up to so many tolerances are cut corners. */
    private static final double CUT_CORNER = 2;
    /** Steps between parallel walls up to this part of the tolerance are noise. */
    private static final double SAME_WALL = 0.8;

    private static final int AREA_STEPS = 3;
    /** Fixed-point digits of sums: whole numbers add up to the same in any order. */
    private static final double SUM_SCALE = 16;
    /** Corners are rounded: stretched by so much more until the area is reached. */
    private static final double MORE = 1.001;

    private final PlanarMap map;
    private final ArcSet arcs;
    private final RegionTable regions;
    private final MapRules rules;
    private final Shapes shapes;
    private final double tolerance;

    /** By region: resultant of its walls' directions, four times the angle, and the walls' length. */
    private final long[] cosines;

    private final long[] sines;
    private final long[] lengths;
    private final int[] arcsOf;

    /** The shape at hand, taken as {@link SegmentCollapse} takes arcs: what it stands for, and its points, absolute. */
    private int[] corner = new int[16];

    private int[] shapeX = new int[16];
    private int[] shapeY = new int[16];
    /** Its points relative to the first, turned so that walls lie along the axes. */
    private double[] u = new double[16];

    private double[] v = new double[16];
    private int points;
    private boolean backwards;

    /** A wall along an axis of the building. */
    private static final class Wall {
        final boolean level;
        /** Where it lies across its own direction. */
        double offset;
        /** How far it goes, with the sign of the way. */
        double run;

        Wall(boolean level, double offset, double run) {
            this.level = level;
            this.offset = offset;
            this.run = run;
        }
    }

    /** @param shapes of all arcs, as simplified */
    BuildingOutlines(PlanarMap map, MapRules rules, Shapes shapes) {
        this.map = map;
        arcs = map.arcs;
        regions = map.regions;
        this.rules = rules;
        this.shapes = shapes;
        tolerance = rules.tolerancePixels() * shapes.units;
        cosines = new long[regions.count];
        sines = new long[regions.count];
        lengths = new long[regions.count];
        arcsOf = new int[regions.count];
    }

    /** Changes shapes.
     *  @return arcs that were stretched: their fixed point lies within them, no longer on them */
    Bits reshape() {
        for (int a = 0; a < arcs.size(); a++) {
            arcsOf[arcs.left.at[a]]++;
            arcsOf[arcs.right.at[a]]++;
            measure(a);
        }
        var stretched = new Bits(arcs.size());
        for (int a = 0; a < arcs.size(); a++) {
            int left = arcs.left.at[a];
            int right = arcs.right.at[a];
            if (map.isOutside(left) || map.isOutside(right)) {
                continue;
            }
            int building = leading(left, right);
            if (building != 0 && isRectangular(building)) {
                square(a, StrictMath.atan2(sines[building], cosines[building]) / 4);
            }
            if (standsAlone(a, left) && stretch(a, left) || standsAlone(a, right) && stretch(a, right)) {
                stretched.set(a);
            }
        }
        return stretched;
    }

    // ---- direction

    private void measure(int arc) {
        int left = arcs.left.at[arc];
        int right = arcs.right.at[arc];
        boolean ofBuilding = isSquared(left) || isSquared(right);
        // Where the map ends is no wall.
        if (!ofBuilding || map.isOutside(left) || map.isOutside(right)) {
            return;
        }
        for (int i = shapes.first(arc); i < shapes.last(arc); i++) {
            double dx = shapes.x.at[i + 1] - shapes.x.at[i];
            double dy = shapes.y.at[i + 1] - shapes.y.at[i];
            double length = Math.sqrt(dx * dx + dy * dy);
            double a = dx * dx - dy * dy;
            double b = 2 * dx * dy;
            double scale = SUM_SCALE / (length * length * length);
            long cosine = Math.round((a * a - b * b) * scale);
            long sine = Math.round(2 * a * b * scale);
            add(left, cosine, sine, Math.round(length * SUM_SCALE));
            add(right, cosine, sine, Math.round(length * SUM_SCALE));
        }
    }

    private void add(int region, long cosine, long sine, long length) {
        cosines[region] += cosine;
        sines[region] += sine;
        lengths[region] += length;
    }

    private boolean isSquared(int region) {
        return region != 0 && rules.hasRightAngles(regions.classOf(region));
    }

    /** The building that says where the wall goes; 0 for none. */
    private int leading(int left, int right) {
        if (!isSquared(left) || !isSquared(right)) {
            return isSquared(left) ? left : isSquared(right) ? right : 0;
        }
        long more = regions.pixels[left] - regions.pixels[right];
        return more > 0 || more == 0 && left < right ? left : right;
    }

    private boolean isRectangular(int region) {
        return Math.hypot(cosines[region], sines[region]) >= CLEAR * lengths[region];
    }

    // ---- right angles

    private void square(int arc, double direction) {
        load(arc);
        double cos = StrictMath.cos(direction);
        double sin = StrictMath.sin(direction);
        turn(cos, sin);
        var walls = walls();
        if (walls.size() < 2 || !keepArea(walls)) {
            return;
        }
        int last = walls.size();
        var x = new int[last + 1];
        var y = new int[last + 1];
        x[last] = shapeX[points - 1];
        y[last] = shapeY[points - 1];
        for (int i = 0; i < last; i++) {
            double cu = i == 0 ? 0 : cornerU(walls, i);
            double cv = i == 0 ? 0 : cornerV(walls, i);
            x[i] = shapeX[0] + (int) Math.rint(cu * cos - cv * sin);
            y[i] = shapeY[0] + (int) Math.rint(cu * sin + cv * cos);
        }
        var standsFor = nearestCorners(arc, x, y);
        if (staysNear(arc, x, y, standsFor)) {
            replace(arc, x, y, standsFor);
        }
    }

    private void load(int arc) {
        int first = shapes.first(arc);
        points = shapes.last(arc) - first + 1;
        backwards = SegmentCollapse.isBackwards(arcs, arc);
        if (u.length < points) {
            corner = new int[2 * points];
            shapeX = new int[2 * points];
            shapeY = new int[2 * points];
            u = new double[2 * points];
            v = new double[2 * points];
        }
        for (int i = 0; i < points; i++) {
            int point = first + (backwards ? points - 1 - i : i);
            corner[i] = fromBegin(arc, shapes.corner.at[point]);
            shapeX[i] = shapes.x.at[point];
            shapeY[i] = shapes.y.at[point];
        }
    }

    /** Exact corners counted from where the arc is taken from, and back. */
    private int fromBegin(int arc, int exactCorner) {
        return backwards ? arcs.start.at[arc + 1] - 1 - exactCorner : exactCorner - arcs.start.at[arc];
    }

    private int exactCorner(int arc, int fromBegin) {
        return backwards ? arcs.start.at[arc + 1] - 1 - fromBegin : arcs.start.at[arc] + fromBegin;
    }

    private void turn(double cos, double sin) {
        for (int i = 0; i < points; i++) {
            double dx = shapeX[i] - shapeX[0];
            double dy = shapeY[i] - shapeY[0];
            u[i] = dx * cos + dy * sin;
            v[i] = dy * cos - dx * sin;
        }
    }

    /** Alternately level and upright, the first through the arc's beginning, the last through its end; empty when the arc
     * has a long oblique wall. */
    private List<Wall> walls() {
        var walls = new ArrayList<Wall>();
        for (int i = 0; i + 1 < points; i++) {
            double du = u[i + 1] - u[i];
            double dv = v[i + 1] - v[i];
            if (Math.abs(dv) <= NEAR * Math.abs(du)) {
                goOn(walls, new Wall(true, (v[i] + v[i + 1]) / 2, du), u[i]);
            } else if (Math.abs(du) <= NEAR * Math.abs(dv)) {
                goOn(walls, new Wall(false, (u[i] + u[i + 1]) / 2, dv), v[i]);
            } else if (Math.hypot(du, dv) > CUT_CORNER * tolerance) {
                return List.of();
            }
        }
        if (walls.size() < 2) {
            return List.of();
        }
        var begin = walls.getFirst();
        begin.offset = 0;
        var end = walls.getLast();
        end.offset = end.level ? v[points - 1] : u[points - 1];
        return walls;
    }

    /** @param joint where, along the wall before, this one begins */
    private void goOn(List<Wall> walls, Wall wall, double joint) {
        if (!walls.isEmpty() && walls.getLast().level == wall.level) {
            var before = walls.getLast();
            double step = wall.offset - before.offset;
            if (Math.abs(step) <= SAME_WALL * tolerance) {
                double share = Math.abs(wall.run) / (Math.abs(wall.run) + Math.abs(before.run));
                before.offset += step * share;
                before.run += wall.run;
                return;
            }
            walls.add(new Wall(!wall.level, joint, step));
        }
        walls.add(wall);
    }

    /** Corner i lies between wall i - 1 and wall i. */
    private static double cornerU(List<Wall> walls, int i) {
        var before = walls.get(i - 1);
        return before.level ? walls.get(i).offset : before.offset;
    }

    private static double cornerV(List<Wall> walls, int i) {
        var before = walls.get(i - 1);
        return before.level ? before.offset : walls.get(i).offset;
    }

    /** Shifts the free walls, all outwards or all inwards, until the area is that of the shape as it was. */
    private boolean keepArea(List<Wall> walls) {
        double wanted = area(u, v, points);
        var chain = new double[2][walls.size() + 1];
        for (int step = 0; step <= AREA_STEPS; step++) {
            layOut(walls, chain);
            double missing = wanted - area(chain[0], chain[1], walls.size() + 1);
            double length = 0;
            int longest = -1;
            for (int i = 1; i + 1 < walls.size(); i++) {
                double run = Math.abs(run(walls, chain, i));
                length += run;
                if (longest < 0 || run > Math.abs(run(walls, chain, longest))) {
                    longest = i;
                }
            }
            if (longest < 0) {
                if (Math.abs(missing) >= shapes.units) {
                    return false;
                }
                break;
            }
            boolean lastStep = step == AREA_STEPS;
            for (int i = 1; i + 1 < walls.size(); i++) {
                if (!lastStep || i == longest) {
                    double run = run(walls, chain, i);
                    double outwards = walls.get(i).level ? -Math.signum(run) : Math.signum(run);
                    walls.get(i).offset += outwards * missing / (lastStep ? Math.abs(run) : length);
                }
            }
        }
        layOut(walls, chain);
        for (int i = 0; i < walls.size(); i++) {
            if (run(walls, chain, i) * walls.get(i).run <= 0) {
                return false;
            }
        }
        return true;
    }

    private void layOut(List<Wall> walls, double[][] chain) {
        int last = walls.size();
        chain[0][0] = 0;
        chain[1][0] = 0;
        for (int i = 1; i < last; i++) {
            chain[0][i] = cornerU(walls, i);
            chain[1][i] = cornerV(walls, i);
        }
        chain[0][last] = u[points - 1];
        chain[1][last] = v[points - 1];
    }

    private static double run(List<Wall> walls, double[][] chain, int i) {
        double[] along = chain[walls.get(i).level ? 0 : 1];
        return along[i + 1] - along[i];
    }

    /** Between a chain and the straight line from its end to its beginning. */
    private static double area(double[] x, double[] y, int points) {
        double twice = 0;
        for (int i = 0; i < points; i++) {
            int j = i + 1 < points ? i + 1 : 0;
            twice += x[i] * y[j] - x[j] * y[i];
        }
        return twice / 2;
    }

    // ---- what a new shape stands for

    /** For each point the nearest exact corner after that of the point before. */
    private int[] nearestCorners(int arc, int[] x, int[] y) {
        int last = arcs.start.at[arc + 1] - 1 - arcs.start.at[arc];
        var corners = new int[x.length];
        corners[x.length - 1] = last;
        for (int i = 1; i + 1 < x.length; i++) {
            double nearest = Double.MAX_VALUE;
            corners[i] = corners[i - 1];
            for (int c = corners[i - 1]; c <= last; c++) {
                double distance = Math.hypot(exactX(arc, c) - x[i], exactY(arc, c) - y[i]);
                if (distance < nearest) {
                    nearest = distance;
                    corners[i] = c;
                }
            }
        }
        return corners;
    }

    private boolean staysNear(int arc, int[] x, int[] y, int[] standsFor) {
        int end = x.length - 1;
        for (int i = 1; i < end; i++) {
            double nearest = Double.MAX_VALUE;
            for (int c = standsFor[i - 1]; c < standsFor[i + 1]; c++) {
                nearest = Math.min(
                        nearest,
                        distance(x[i], y[i], exactX(arc, c), exactY(arc, c), exactX(arc, c + 1), exactY(arc, c + 1)));
            }
            if (nearest > tolerance) {
                return false;
            }
        }
        int wall = 0;
        for (int c = 0; c <= standsFor[end]; c++) {
            while (wall + 1 < end && c > standsFor[wall + 1]) {
                wall++;
            }
            double nearest = Double.MAX_VALUE;
            for (int i = Math.max(0, wall - 1); i < Math.min(end, wall + 2); i++) {
                nearest = Math.min(nearest, distance(exactX(arc, c), exactY(arc, c), x[i], y[i], x[i + 1], y[i + 1]));
            }
            if (nearest > tolerance) {
                return false;
            }
        }
        return true;
    }

    private double exactX(int arc, int fromBegin) {
        return (double) arcs.x.at[exactCorner(arc, fromBegin)] * shapes.units;
    }

    private double exactY(int arc, int fromBegin) {
        return (double) arcs.y.at[exactCorner(arc, fromBegin)] * shapes.units;
    }

    private static double distance(double px, double py, double ax, double ay, double bx, double by) {
        double dx = bx - ax;
        double dy = by - ay;
        double square = dx * dx + dy * dy;
        double t = square == 0 ? 0 : Math.clamp(((px - ax) * dx + (py - ay) * dy) / square, 0.0, 1.0);
        return Math.hypot(px - ax - t * dx, py - ay - t * dy);
    }

    private void replace(int arc, int[] x, int[] y, int[] standsFor) {
        shapes.begin(arc);
        for (int i = 0; i < x.length; i++) {
            shapes.add(x[i], y[i], exactCorner(arc, standsFor[i]));
        }
        shapes.end(backwards);
    }

    // ---- small buildings that stand alone

    private boolean standsAlone(int arc, int region) {
        return arcsOf[region] == 1
                && rules.isEnlarged(regions.classOf(region), regions.pixels[region])
                && arcs.x.at[arcs.start.at[arc]] == arcs.x.at[arcs.start.at[arc + 1] - 1]
                && arcs.y.at[arcs.start.at[arc]] == arcs.y.at[arcs.start.at[arc + 1] - 1];
    }

    private boolean stretch(int arc, int region) {
        load(arc);
        turn(1, 0);
        double area = area(u, v, points);
        double centreU = 0;
        double centreV = 0;
        for (int i = 0; i + 1 < points; i++) {
            double part = (u[i] * v[i + 1] - u[i + 1] * v[i]) / (6 * area);
            centreU += (u[i] + u[i + 1]) * part;
            centreV += (v[i] + v[i + 1]) * part;
        }
        double least = (double) rules.minimumPixels(regions.classOf(region), false) * shapes.units * shapes.units;
        var x = new int[points];
        var y = new int[points];
        var stretchedU = new double[points];
        var stretchedV = new double[points];
        for (double factor = Math.sqrt(least / Math.abs(area)); ; factor *= MORE) {
            for (int i = 0; i < points; i++) {
                stretchedU[i] = Math.rint(centreU + (u[i] - centreU) * factor);
                stretchedV[i] = Math.rint(centreV + (v[i] - centreV) * factor);
                x[i] = shapeX[0] + (int) stretchedU[i];
                y[i] = shapeY[0] + (int) stretchedV[i];
            }
            if (Math.abs(area(stretchedU, stretchedV, points)) >= least) {
                break;
            }
        }
        if (!holds(x, y, shapeX[0], shapeY[0])) {
            return false;
        }
        replace(arc, x, y, corner);
        return true;
    }

    /** Whether a point lies inside a closed chain. */
    private static boolean holds(int[] x, int[] y, int px, int py) {
        boolean inside = false;
        for (int i = 0; i + 1 < x.length; i++) {
            if (y[i] <= py != y[i + 1] <= py) {
                double across = x[i] + (double) (py - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i]);
                inside ^= px < across;
            }
        }
        return inside;
    }
}
