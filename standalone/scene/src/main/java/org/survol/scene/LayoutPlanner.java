// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.prep.PreparedGeometryFactory;
import org.survol.scene.Layout.Building;
import org.survol.scene.Layout.Change;
import org.survol.scene.Layout.Plot;
import org.survol.scene.Layout.Pond;
import org.survol.scene.Layout.Road;
import org.survol.scene.Layout.RoadKind;
import org.survol.scene.Layout.Roof;
import org.survol.scene.Layout.Tree;
import org.survol.scene.Layout.Wing;
import org.survol.scene.Layout.Zone;
import org.survol.scene.Shapes.Box;

/**
 * Lays a landscape out: roads, rail and river first; the faces between them are cut into plots, by a line across the
 * longer side again and again, as heirs do; plots get a use from where they lie; uses get buildings, trees and yards.
 * Then the years since {@link SceneSpec#BASE_YEAR} pass, each with its changes.
 */
final class LayoutPlanner {

    private static final double MIN_HALF_SIDE = 620;
    private static final double MARGIN = 70;

    private final SceneSpec spec;
    private final long seed;
    private final double half;
    private final Style style;

    private final List<Plot> plots = new ArrayList<>();
    private final List<Plot> patches = new ArrayList<>();
    private final List<Road> roads = new ArrayList<>();
    private final List<Pond> ponds = new ArrayList<>();
    private final List<Building> buildings = new ArrayList<>();
    private final List<Tree> trees = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private Optional<Road> rail = Optional.empty();
    private Optional<Road> river = Optional.empty();
    private Coordinate village;
    private Optional<Coordinate> activity = Optional.empty();
    private double villageRadius;
    private double activityRadius;
    private int zoneNoise;
    private int coverNoise;

    private LayoutPlanner(SceneSpec spec) {
        this.spec = spec;
        this.seed = spec.seed();
        this.half = Math.max(MIN_HALF_SIDE, spec.sizeMetres() / 2.0 + MARGIN);
        this.style = Style.of(spec.seed());
    }

    static Layout plan(SceneSpec spec) {
        var planner = new LayoutPlanner(spec);
        planner.network();
        planner.parcel();
        planner.guaranteeVariety();
        planner.settle();
        planner.plantLines();
        planner.age();
        return planner.layout();
    }

    private Layout layout() {
        roads.sort(Comparator.comparingInt((Road r) -> r.kind().ordinal()));
        return new Layout(
                seed, half, plots, patches, roads, rail, river, ponds, buildings, trees, changes, village, activity);
    }

    // ---- the network

    private void network() {
        var dice = new Dice(seed, "network", 0);
        zoneNoise = dice.nextInt();
        coverNoise = dice.nextInt();
        village = new Coordinate(dice.between(-130, 130), dice.between(-130, 130));
        villageRadius = style.villageRadius;
        double[] main = direction(dice);
        roads.add(through(village, main, dice, RoadKind.MAIN, dice.between(6.4, 7.6), 55));
        int branches = 2 + dice.below(3);
        for (int i = 0; i < branches; i++) {
            double side = i % 2 == 0 ? 1 : -1;
            double lean = dice.between(-0.6, 0.6);
            double[] away = unit(-side * main[1] + lean * main[0], side * main[0] + lean * main[1]);
            double shift = (i / 2) * dice.between(90, 260) * (dice.chance(0.5) ? 1 : -1);
            var from = pointOn(roads.getFirst(), shift);
            roads.add(branch(from, away, dice));
        }
        if (dice.chance(0.9)) {
            double side = dice.chance(0.5) ? 1 : -1;
            double offset = side * dice.between(150, 290);
            double lean = dice.between(-0.35, 0.35);
            var past = new Coordinate(village.x - main[1] * offset, village.y + main[0] * offset);
            double[] flow = unit(main[0] - lean * main[1], main[1] + lean * main[0]);
            river = Optional.of(through(past, flow, dice, RoadKind.RIVER, dice.between(7, 18), 95));
            if (dice.chance(0.85)) {
                rail = Optional.of(railway(main, -offset, dice));
            }
        } else {
            rail = Optional.of(railway(main, dice.between(170, 260), dice));
        }
        if (dice.chance(0.88)) {
            var near = pointOn(roads.getFirst(), (dice.chance(0.5) ? 1 : -1) * dice.between(215, 300));
            double side = dice.chance(0.5) ? 1 : -1;
            activity = Optional.of(new Coordinate(near.x - side * main[1] * 70, near.y + side * main[0] * 70));
            activityRadius = dice.between(95, 150);
        }
    }

    private Road railway(double[] main, double offset, Dice dice) {
        var past = new Coordinate(village.x - main[1] * offset, village.y + main[0] * offset);
        double lean = dice.between(-0.12, 0.12);
        double[] course = unit(main[0] - lean * main[1], main[1] + lean * main[0]);
        return through(past, course, dice, RoadKind.RAIL, dice.chance(0.6) ? 10.4 : 6.2, 14);
    }

    /** A line through a point from border to border, wandering sideways. */
    private Road through(Coordinate point, double[] u, Dice dice, RoadKind kind, double width, double wander) {
        double reach = half * 2.2;
        double step = kind == RoadKind.RAIL ? 260 : 95;
        int n = (int) (2 * reach / step) + 1;
        var x = new double[n];
        var y = new double[n];
        int noise = dice.nextInt();
        double slow = kind == RoadKind.RIVER ? 210 : 380;
        float here = Noise.value(0, 0.5, noise);
        for (int i = 0; i < n; i++) {
            double along = -reach + 2 * reach * i / (n - 1);
            double sideways = 2 * wander * (Noise.value(along / slow, 0.5, noise) - here);
            if (kind == RoadKind.RIVER) {
                sideways += 60 * (Noise.value(along / 95, 7.5, noise) - 0.5);
            }
            x[i] = point.x + along * u[0] - sideways * u[1];
            y[i] = point.y + along * u[1] + sideways * u[0];
        }
        double[][] smooth = Shapes.smooth(x, y, kind == RoadKind.RAIL ? 4 : 3);
        return new Road(kind, smooth[0], smooth[1], width, false, dice.nextInt());
    }

    private Road branch(Coordinate from, double[] u, Dice dice) {
        double reach = half * 3.2;
        double step = 80;
        int n = (int) (reach / step) + 2;
        var x = new double[n];
        var y = new double[n];
        int noise = dice.nextInt();
        float here = Noise.value(0, 0.5, noise);
        for (int i = 0; i < n; i++) {
            double along = reach * i / (n - 1);
            double sideways = 110 * (Noise.value(along / 260, 0.5, noise) - here);
            x[i] = from.x + along * u[0] - sideways * u[1];
            y[i] = from.y + along * u[1] + sideways * u[0];
        }
        double[][] smooth = Shapes.smooth(x, y, 3);
        return new Road(RoadKind.LOCAL, smooth[0], smooth[1], dice.between(4.6, 5.8), false, dice.nextInt());
    }

    /** Vertex of the road that lies about so many metres along it from the village. */
    private Coordinate pointOn(Road road, double metres) {
        int nearest = 0;
        double best = Double.MAX_VALUE;
        for (int i = 0; i < road.x().length; i++) {
            double d = squared(road.x()[i] - village.x, road.y()[i] - village.y);
            if (d < best) {
                best = d;
                nearest = i;
            }
        }
        int step = metres >= 0 ? 1 : -1;
        double left = Math.abs(metres);
        int i = nearest;
        while (left > 0 && i + step >= 0 && i + step < road.x().length) {
            left -= Math.sqrt(squared(road.x()[i + step] - road.x()[i], road.y()[i + step] - road.y()[i]));
            i += step;
        }
        return new Coordinate(road.x()[i], road.y()[i]);
    }

    // ---- plots

    private void parcel() {
        var lines = new ArrayList<LineString>();
        roads.forEach(road -> lines.add(Shapes.line(road)));
        rail.ifPresent(line -> lines.add(Shapes.line(line)));
        river.ifPresent(line -> lines.add(Shapes.line(line)));
        int k = 0;
        var rim = new Dice(seed, "rim", 0);
        for (Polygon face : Shapes.faces(rim(rim), lines)) {
            if (face.getArea() > 4) {
                cut(face, new Dice(seed, "cut", k++), 0);
            }
        }
    }

    /** An uneven ring well outside the scene, so that no field is square with the map because the scene is. */
    private Polygon rim(Dice dice) {
        double[][] octagon = {{1, 0.4}, {0.4, 1}, {-0.4, 1}, {-1, 0.4}, {-1, -0.4}, {-0.4, -1}, {0.4, -1}, {1, -0.4}};
        double[] turn = direction(dice);
        var ring = new Coordinate[octagon.length + 1];
        for (int i = 0; i < octagon.length; i++) {
            double r = half * dice.between(1.5, 1.9);
            ring[i] = new Coordinate(
                    r * (octagon[i][0] * turn[0] - octagon[i][1] * turn[1]),
                    r * (octagon[i][0] * turn[1] + octagon[i][1] * turn[0]));
        }
        ring[octagon.length] = ring[0].copy();
        return Shapes.FACTORY.createPolygon(ring);
    }

    private Zone zoneOf(Coordinate c) {
        double jitter = 0.72 + 0.56 * Noise.value(c.x / 70, c.y / 70, zoneNoise);
        if (activity.isPresent() && distance(c, activity.get()) < activityRadius * jitter) {
            return Zone.ACTIVITY;
        }
        double d = distance(c, village);
        // villages grow along their main road
        double road = roads.getFirst().distance(c.x, c.y);
        double reach = villageRadius * jitter * (road < 45 ? 1.45 : 1);
        return d < reach ? Zone.VILLAGE : Zone.COUNTRY;
    }

    private double targetArea(Zone zone, Coordinate c, Dice dice) {
        return switch (zone) {
            case VILLAGE -> {
                double core = distance(c, village) / villageRadius;
                yield core < 0.35 ? dice.between(260, 520) : dice.between(480, 1_150) * style.plotScale;
            }
            case ACTIVITY -> dice.between(4_500, 12_000);
            case COUNTRY -> {
                float n = Noise.value(c.x / 190, c.y / 190, zoneNoise + 1);
                yield dice.between(3_200, 9_000) * (0.5 + 2.1 * n) * style.fieldScale;
            }
        };
    }

    private void cut(Polygon shape, Dice dice, int depth) {
        Envelope bounds = shape.getEnvelopeInternal();
        if (bounds.getMaxX() < -half
                || bounds.getMinX() > half
                || bounds.getMaxY() < -half
                || bounds.getMinY() > half) {
            return;
        }
        Coordinate c = shape.getCentroid().getCoordinate();
        Zone zone = zoneOf(c);
        double area = shape.getArea();
        Box box = Box.round(shape);
        boolean slender = box.halfLength() > 3.6 * box.halfWidth() && box.halfLength() > 18;
        if ((area <= targetArea(zone, c, dice) * 1.35 && !slender) || depth > 14 || area < 180) {
            boolean across = zone == Zone.COUNTRY && dice.chance(0.25);
            double ux = across ? -box.uy() : box.ux();
            double uy = across ? box.ux() : box.uy();
            plots.add(new Plot(shape, coverOf(zone, c, box, dice), zone, ux, uy, dice.nextInt()));
            return;
        }
        double ratio = dice.between(0.4, 0.6);
        double lean = dice.between(-0.1, 0.1);
        double[] along = unit(-box.uy() + lean * box.ux(), box.ux() + lean * box.uy());
        boolean lengthwise = box.halfLength() < 1.3 * box.halfWidth() && dice.chance(0.4);
        double[] axis = {box.ux(), box.uy()};
        double extent = box.halfLength();
        if (lengthwise) {
            along = unit(box.ux() - lean * box.uy(), box.uy() + lean * box.ux());
            axis = new double[] {-box.uy(), box.ux()};
            extent = box.halfWidth();
        }
        double shift = (2 * ratio - 1) * extent;
        double px = box.x() + shift * axis[0];
        double py = box.y() + shift * axis[1];
        lineFeature(shape, zone, area, px, py, along, dice);
        double far = 4 * half;
        for (int side = -1; side <= 1; side += 2) {
            double nx = axisSign(along, axis) * side * -along[1];
            double ny = axisSign(along, axis) * side * along[0];
            Polygon halfPlane = Shapes.rectangle(px + nx * far, py + ny * far, along[0], along[1], far, far);
            int piece = 0;
            for (Polygon part : Shapes.polygonsOf(Shapes.intersection(shape, halfPlane))) {
                cut(part, new Dice(dice.nextLong(), "piece", piece++), depth + 1);
            }
        }
    }

    private static double axisSign(double[] along, double[] axis) {
        return -along[1] * axis[0] + along[0] * axis[1] >= 0 ? 1 : -1;
    }

    /** A cut through a big piece may be a street, a track or a hedge rather than a mere boundary. */
    private void lineFeature(Polygon shape, Zone zone, double area, double px, double py, double[] along, Dice dice) {
        double roll = dice.next();
        Coordinate c = new Coordinate(px, py);
        boolean street = zone == Zone.VILLAGE && area > 3_600 && area < 90_000 && roll < 0.8
                || zone == Zone.ACTIVITY && area > 16_000 && roll < 0.6;
        boolean track = zone == Zone.COUNTRY && area > 30_000 && roll < 0.42;
        boolean hedge = zone == Zone.COUNTRY && !track && roll > 1 - style.hedges;
        if (!street && !track && !hedge) {
            return;
        }
        double far = 4 * half;
        var line = Shapes.FACTORY.createLineString(new Coordinate[] {
            new Coordinate(px - far * along[0], py - far * along[1]),
            new Coordinate(px + far * along[0], py + far * along[1])
        });
        Geometry inside = Shapes.intersection(line, shape);
        for (int i = 0; i < inside.getNumGeometries(); i++) {
            if (!(inside.getGeometryN(i) instanceof LineString part) || part.getLength() < 20) {
                continue;
            }
            Coordinate a = part.getCoordinateN(0);
            Coordinate b = part.getCoordinateN(part.getNumPoints() - 1);
            if (street) {
                a = outOfWater(a, b);
                b = outOfWater(b, a);
                if (distance(a, b) < 15) {
                    continue;
                }
                boolean pavement = distance(c, village) < villageRadius * 0.6 || zone == Zone.ACTIVITY;
                roads.add(straight(a, b, RoadKind.STREET, dice.between(4.4, 6), pavement, dice));
            } else if (track) {
                roads.add(straight(a, b, RoadKind.TRACK, dice.between(2.6, 3.6), false, dice));
            } else {
                hedge(a, b, dice);
            }
        }
    }

    /** The end of a street, pulled back from river and rail: only through roads cross them. */
    private Coordinate outOfWater(Coordinate end, Coordinate other) {
        double length = distance(end, other);
        for (double t = 0; t < length; t += 1) {
            double x = end.x + (other.x - end.x) * t / length;
            double y = end.y + (other.y - end.y) * t / length;
            if (!nearWater(x, y, 9)) {
                return new Coordinate(x, y);
            }
        }
        return other;
    }

    private static Road straight(Coordinate a, Coordinate b, RoadKind kind, double width, boolean pavement, Dice dice) {
        return new Road(kind, new double[] {a.x, b.x}, new double[] {a.y, b.y}, width, pavement, dice.nextInt());
    }

    private Surface coverOf(Zone zone, Coordinate c, Box box, Dice dice) {
        if (zone == Zone.VILLAGE) {
            return dice.chance(0.06) ? Surface.ROUGH_GRASS : Surface.LAWN;
        }
        if (zone == Zone.ACTIVITY) {
            return Surface.CONCRETE;
        }
        float wood = Noise.octaves(c.x / 210, c.y / 210, coverNoise, 2);
        float conifer = Noise.value(c.x / 150, c.y / 150, coverNoise + 7);
        float slope = Noise.octaves(c.x / 180, c.y / 180, coverNoise + 3, 2);
        if (wood > 0.5 + 0.1 * (1 - style.woods)) {
            if (dice.chance(0.13)) {
                return Surface.HEATH;
            }
            return conifer > 0.56 ? Surface.CONIFER_FLOOR : Surface.BROADLEAVED_FLOOR;
        }
        if (slope > 0.69 - 0.15 * style.vines) {
            return Surface.VINE;
        }
        if (river.isPresent() && river.get().distance(c.x, c.y) < 60 && dice.chance(0.6)) {
            return dice.chance(0.55) ? Surface.MEADOW : Surface.ROUGH_GRASS;
        }
        if (box.halfWidth() < 9) {
            return dice.chance(0.5) ? Surface.ROUGH_GRASS : Surface.HEATH;
        }
        double roll = dice.next();
        if (roll < 0.2) {
            return Surface.WHEAT;
        }
        if (roll < 0.31) {
            return Surface.MAIZE;
        }
        if (roll < 0.4) {
            return Surface.SUNFLOWER;
        }
        if (roll < 0.47) {
            return Surface.RAPESEED;
        }
        if (roll < 0.65) {
            return Surface.MEADOW;
        }
        if (roll < 0.83) {
            return Surface.PLOUGHED;
        }
        if (roll < 0.87) {
            return Surface.ORCHARD;
        }
        if (roll < 0.93) {
            return Surface.ROUGH_GRASS;
        }
        return roll < 0.97 ? Surface.HEATH : Surface.BARE;
    }

    /** Turns fields near the centre into what is still missing there, so that every scene shows nearly every class. */
    private void guaranteeVariety() {
        Surface[] wanted = {
            Surface.VINE,
            Surface.PLOUGHED,
            Surface.BROADLEAVED_FLOOR,
            Surface.CONIFER_FLOOR,
            Surface.HEATH,
            Surface.BARE,
            Surface.MEADOW,
            Surface.WHEAT
        };
        double near = 300;
        for (Surface want : wanted) {
            boolean present = plots.stream()
                    .anyMatch(p ->
                            p.surface() == want && reach(p) < near && p.shape().getArea() > 2_000);
            if (present) {
                continue;
            }
            var dice = new Dice(seed, "variety", want.ordinal());
            var candidates = new ArrayList<Integer>();
            for (int i = 0; i < plots.size(); i++) {
                Plot p = plots.get(i);
                if (p.zone() == Zone.COUNTRY
                        && reach(p) < near
                        && p.shape().getArea() > 2_200
                        && isCommon(p.surface(), want)) {
                    candidates.add(i);
                }
            }
            if (!candidates.isEmpty()) {
                int chosen = candidates.get(dice.below(candidates.size()));
                plots.set(chosen, plots.get(chosen).with(want));
            }
        }
    }

    private boolean isCommon(Surface surface, Surface want) {
        long same = plots.stream()
                .filter(p -> p.surface() == surface && reach(p) < 300)
                .count();
        return surface != want && same > 1;
    }

    /** Chebyshev distance of the centroid from the scene's centre. */
    private static double reach(Plot plot) {
        Coordinate c = plot.shape().getCentroid().getCoordinate();
        return Math.max(Math.abs(c.x), Math.abs(c.y));
    }

    // ---- what stands on the plots

    private void settle() {
        int square = nearestVillagePlot();
        for (int i = 0; i < plots.size(); i++) {
            Plot plot = plots.get(i);
            var dice = new Dice(seed ^ plot.key(), "settle", 0);
            switch (plot.zone()) {
                case VILLAGE -> {
                    if (i == square) {
                        marketSquare(i, dice);
                    } else {
                        villagePlot(i, dice);
                    }
                }
                case ACTIVITY -> activityPlot(i, dice);
                case COUNTRY -> countryPlot(i, dice);
            }
        }
    }

    private int nearestVillagePlot() {
        int best = -1;
        double least = Double.MAX_VALUE;
        for (int i = 0; i < plots.size(); i++) {
            Plot p = plots.get(i);
            double d = distance(p.shape().getCentroid().getCoordinate(), village);
            if (p.zone() == Zone.VILLAGE && p.shape().getArea() > 700) {
                d -= 25;
            }
            if (p.zone() == Zone.VILLAGE && d < least) {
                least = d;
                best = i;
            }
        }
        return best;
    }

    private void marketSquare(int index, Dice dice) {
        Plot plot = plots.get(index).with(Surface.PAVING);
        plots.set(index, plot);
        Box box = Box.round(plot.shape());
        double length = Math.min(13, box.halfLength() * 0.7);
        double width = Math.min(5, box.halfWidth() * 0.5);
        var nave = new Wing(box.x(), box.y(), box.ux(), box.uy(), length, width, 8.5, 0.75, Roof.GABLE);
        var tower = new Wing(
                box.x() - box.ux() * (length + 2),
                box.y() - box.uy() * (length + 2),
                box.ux(),
                box.uy(),
                2.8,
                2.8,
                17,
                1.6,
                Roof.HIP);
        buildings.add(new Building("religious", Surface.SLATE_ROOF, List.of(nave, tower), dice.nextInt()));
        for (int i = 0; i < 8; i++) {
            tree(
                    inside(box, dice, 0.9),
                    plot.shape(),
                    dice.between(2, 3.4),
                    dice.between(6, 10),
                    Surface.BROADLEAVED,
                    dice);
        }
    }

    private void villagePlot(int index, Dice dice) {
        Plot plot = plots.get(index);
        Box box = Box.round(plot.shape());
        Coordinate c = plot.shape().getCentroid().getCoordinate();
        double core = distance(c, village) / villageRadius;
        double area = plot.shape().getArea();
        if (area < 150) {
            return;
        }
        if (area > 2_200 && dice.chance(0.5)) {
            if (dice.chance(0.5)) {
                sportsGround(index, box, dice);
            } else {
                school(index, box, dice);
            }
            return;
        }
        if (core < 0.36) {
            plots.set(index, plot.with(dice.pick(Surface.PAVING, Surface.GRAVEL, Surface.ASPHALT, Surface.LAWN)));
            townHouse(plots.get(index), box, dice);
            return;
        }
        if (plot.surface() == Surface.ROUGH_GRASS) {
            scatter(plot, box, 2 + dice.below(6), dice);
            return;
        }
        house(plot, box, dice);
    }

    private void townHouse(Plot plot, Box box, Dice dice) {
        for (double scale = 0.94; scale > 0.3; scale -= 0.08) {
            var wing = new Wing(
                    box.x(),
                    box.y(),
                    box.ux(),
                    box.uy(),
                    box.halfLength() * scale,
                    Math.min(7.5, box.halfWidth() * scale),
                    dice.between(5.5, 9.5),
                    dice.between(0.3, 0.5),
                    dice.chance(0.8) ? Roof.GABLE : Roof.HIP);
            if (fits(plot.shape(), List.of(wing), 0.2, 1.4)) {
                buildings.add(new Building(
                        dice.chance(0.75) ? "residential" : "commercial",
                        roofCover(dice),
                        List.of(wing),
                        dice.nextInt()));
                return;
            }
        }
    }

    private Surface roofCover(Dice dice) {
        return dice.chance(style.tiles) ? Surface.TILE_ROOF : Surface.SLATE_ROOF;
    }

    private void house(Plot plot, Box box, Dice dice) {
        for (int attempt = 0; attempt < 26; attempt++) {
            double shrink = attempt < 14 ? 1 : 0.8;
            Coordinate p = inside(box, dice, 0.6);
            boolean turned = dice.chance(0.35);
            double ux = turned ? -box.uy() : box.ux();
            double uy = turned ? box.ux() : box.uy();
            double length = dice.between(5.2, 9) * shrink;
            double width = dice.between(3.9, 5.6) * shrink;
            boolean modern = dice.chance(0.08);
            var roof = modern ? Roof.FLAT : dice.chance(0.62) ? Roof.GABLE : Roof.HIP;
            double eaves = dice.chance(0.6) ? dice.between(2.8, 3.4) : dice.between(4.8, 6.2);
            double pitch = dice.between(0.29, 0.52);
            var wings = new ArrayList<Wing>();
            wings.add(new Wing(p.x, p.y, ux, uy, length, width, eaves, pitch, roof));
            if (dice.chance(0.5)) {
                // an L: a lower wing across, at one end
                double side = dice.chance(0.5) ? 1 : -1;
                double out = dice.chance(0.5) ? 1 : -1;
                double wingLength = dice.between(2.6, 4.6);
                double wingWidth = Math.min(width * 0.85, dice.between(2.6, 3.8));
                double along = side * (length - wingWidth);
                double across = out * (width + wingLength - 0.8);
                wings.add(new Wing(
                        p.x + along * ux - across * uy,
                        p.y + along * uy + across * ux,
                        -uy,
                        ux,
                        wingLength,
                        wingWidth,
                        Math.min(eaves, 3),
                        pitch,
                        roof));
            }
            if (!fits(plot.shape(), wings, 1.2, 3)) {
                continue;
            }
            var cover = modern ? Surface.FLAT_ROOF : roofCover(dice);
            buildings.add(new Building("residential", cover, wings, dice.nextInt()));
            garden(plot, box, wings.getFirst(), dice);
            return;
        }
        scatter(plot, box, 3, dice);
    }

    private void garden(Plot plot, Box box, Wing house, Dice dice) {
        // terrace on one long side
        double side = dice.chance(0.5) ? 1 : -1;
        double reach = house.halfWidth() + 1.6;
        Polygon terrace = Shapes.rectangle(
                house.x() - side * reach * house.uy(),
                house.y() + side * reach * house.ux(),
                house.ux(),
                house.uy(),
                house.halfLength() * dice.between(0.4, 0.8),
                2.2);
        patch(plot, terrace, Surface.PAVING, dice);
        drive(house, dice);
        if (dice.chance(style.pools)) {
            for (int attempt = 0; attempt < 8; attempt++) {
                Coordinate p = inside(box, dice, 0.7);
                double l = dice.between(3, 5);
                double w = dice.between(1.7, 2.4);
                Polygon deck = Shapes.rectangle(p.x, p.y, house.ux(), house.uy(), l + 1.3, w + 1.3);
                if (plot.shape().covers(deck) && clear(deck) && nearestRoad(p.x, p.y) > 5) {
                    patch(plot, deck, Surface.PAVING, dice);
                    patch(plot, Shapes.rectangle(p.x, p.y, house.ux(), house.uy(), l, w), Surface.POOL, dice);
                    break;
                }
            }
        }
        if (dice.chance(0.35)) {
            Coordinate p = inside(box, dice, 0.75);
            var shed = new Wing(p.x, p.y, house.ux(), house.uy(), dice.between(1.6, 3), 1.5, 2.2, 0.2, Roof.SHED);
            if (fits(plot.shape(), List.of(shed), 0.5, 3)) {
                buildings.add(new Building(
                        "annex", dice.pick(Surface.METAL_ROOF, Surface.TILE_ROOF), List.of(shed), dice.nextInt()));
            }
        }
        if (dice.chance(0.2)) {
            Coordinate p = inside(box, dice, 0.6);
            patch(plot, Shapes.rectangle(p.x, p.y, box.ux(), box.uy(), dice.between(3, 6), 3), Surface.PLOUGHED, dice);
        }
        scatter(plot, box, 1 + dice.below(6), dice);
        if (dice.chance(0.55)) {
            var ring = plot.shape().getExteriorRing();
            int spare = dice.below(4);
            for (int i = 0; i + 1 < ring.getNumPoints(); i++) {
                if (i != spare) {
                    gardenHedge(plot, ring.getCoordinateN(i), ring.getCoordinateN(i + 1), dice);
                }
            }
        }
    }

    /** Paints a patch, cut to its plot. */
    private void patch(Plot plot, Polygon shape, Surface surface, Dice dice) {
        for (Polygon part : Shapes.polygonsOf(Shapes.intersection(shape, plot.shape()))) {
            patches.add(new Plot(part, surface, plot.zone(), plot.ux(), plot.uy(), dice.nextInt()));
        }
    }

    private void drive(Wing house, Dice dice) {
        Coordinate road = nearestRoadPoint(house.x(), house.y());
        double d = distance(road, new Coordinate(house.x(), house.y()));
        if (d > 55 || d < 5) {
            return;
        }
        boolean sealed = dice.chance(0.5);
        roads.add(new Road(
                RoadKind.DRIVE,
                new double[] {road.x, house.x()},
                new double[] {road.y, house.y()},
                sealed ? dice.between(2.6, 3.6) : dice.between(2.4, 3.2),
                sealed,
                dice.nextInt()));
    }

    private void gardenHedge(Plot plot, Coordinate a, Coordinate b, Dice dice) {
        double length = distance(a, b);
        Coordinate c = plot.shape().getCentroid().getCoordinate();
        for (double t = 0.6; t < length - 0.4; t += 0.95) {
            double x = a.x + (b.x - a.x) * t / length;
            double y = a.y + (b.y - a.y) * t / length;
            // a little inside, so that two neighbours' hedges make one
            double inward = distance(c, new Coordinate(x, y));
            x += (c.x - x) / inward * 0.5;
            y += (c.y - y) / inward * 0.5;
            trees.add(
                    new Tree(x, y, dice.between(0.7, 1), dice.between(1.5, 2.1), Surface.BROADLEAVED, dice.nextInt()));
        }
    }

    private void school(int index, Box box, Dice dice) {
        Plot plot = plots.get(index).with(Surface.ASPHALT);
        plots.set(index, plot);
        var wing = new Wing(
                box.x() - box.uy() * box.halfWidth() * 0.4,
                box.y() + box.ux() * box.halfWidth() * 0.4,
                box.ux(),
                box.uy(),
                Math.min(24, box.halfLength() * 0.6),
                Math.min(8, box.halfWidth() * 0.3),
                4.2,
                0.3,
                dice.chance(0.5) ? Roof.FLAT : Roof.GABLE);
        if (fits(plot.shape(), List.of(wing), 1, 2)) {
            var cover = wing.roof() == Roof.FLAT ? Surface.FLAT_ROOF : roofCover(dice);
            buildings.add(new Building("public", cover, List.of(wing), dice.nextInt()));
        }
        scatter(plot, box, 8, dice);
    }

    private void sportsGround(int index, Box box, Dice dice) {
        Plot plot = plots.get(index).with(Surface.LAWN);
        plots.set(index, plot);
        double length = Math.min(50, box.halfLength() * 0.7);
        double width = Math.min(32, box.halfWidth() * 0.7);
        patches.add(new Plot(
                Shapes.rectangle(box.x(), box.y(), box.ux(), box.uy(), length, width),
                Surface.PITCH,
                plot.zone(),
                box.ux(),
                box.uy(),
                dice.nextInt()));
        scatter(plot, box, 6, dice);
    }

    private void activityPlot(int index, Dice dice) {
        Plot plot = plots.get(index).with(dice.pick(Surface.CONCRETE, Surface.ASPHALT, Surface.ASPHALT, Surface.LAWN));
        plots.set(index, plot);
        Box box = Box.round(plot.shape());
        if (plot.shape().getArea() < 900) {
            scatter(plot, box, 3, dice);
            return;
        }
        boolean shop = dice.chance(0.4);
        Surface cover = dice.chance(0.7) ? Surface.METAL_ROOF : Surface.FLAT_ROOF;
        double side = dice.chance(0.5) ? 1 : -1;
        for (double scale = 0.8; scale > 0.25; scale -= 0.07) {
            double l = box.halfLength() * scale * dice.between(0.75, 1);
            double w = box.halfWidth() * scale * dice.between(0.45, 0.65);
            double across = side * (box.halfWidth() - w) * 0.55;
            var wing = new Wing(
                    box.x() - across * box.uy(),
                    box.y() + across * box.ux(),
                    box.ux(),
                    box.uy(),
                    l,
                    w,
                    dice.between(5.5, 11),
                    dice.between(0.06, 0.14),
                    cover == Surface.FLAT_ROOF ? Roof.FLAT : dice.chance(0.25) ? Roof.SAWTOOTH : Roof.GABLE);
            if (fits(plot.shape(), List.of(wing), 4, 5)) {
                buildings.add(new Building(shop ? "commercial" : "industrial", cover, List.of(wing), dice.nextInt()));
                // cars on the other half, lawn along the edge
                double lot = box.halfWidth() - w;
                if (lot > 7) {
                    double away = -side * (box.halfWidth() - lot * 0.62);
                    Polygon park = Shapes.rectangle(
                            box.x() - away * box.uy(),
                            box.y() + away * box.ux(),
                            box.ux(),
                            box.uy(),
                            l * 0.9,
                            lot * 0.45);
                    if (plot.shape().covers(park) && clear(park)) {
                        patch(plot, park, Surface.CAR_PARK, dice);
                    }
                }
                break;
            }
        }
        var ring = plot.shape().getExteriorRing();
        if (dice.chance(0.6) && plot.surface() != Surface.LAWN) {
            int green = dice.below(ring.getNumPoints() - 1);
            Coordinate a = ring.getCoordinateN(green);
            Coordinate b = ring.getCoordinateN(green + 1);
            double d = distance(a, b);
            if (d > 20) {
                Polygon strip = Shapes.rectangle(
                        (a.x + b.x) / 2, (a.y + b.y) / 2, (b.x - a.x) / d, (b.y - a.y) / d, d / 2, dice.between(4, 8));
                patch(plot, strip, Surface.LAWN, dice);
                row(a, b, dice.between(7, 10), Surface.BROADLEAVED, dice);
            }
        }
        scatter(plot, box, dice.below(5), dice);
    }

    private void countryPlot(int index, Dice dice) {
        Plot plot = plots.get(index);
        Box box = Box.round(plot.shape());
        double area = plot.shape().getArea();
        double road = nearestRoad(box.x(), box.y());
        boolean field = plot.surface().landClass().value() >= 10;
        if (field && area > 2_200 && area < 16_000 && road < 75 && dice.chance(style.farms)) {
            farm(index, box, dice);
            return;
        }
        if (field && area > 900 && road < 40 && dice.chance(0.12)) {
            plots.set(index, plot.with(Surface.LAWN));
            house(plots.get(index), box, dice);
            return;
        }
        switch (plot.surface()) {
            case MEADOW, ROUGH_GRASS -> {
                if (dice.chance(0.5)) {
                    scatter(plot, box, 1 + dice.below(7), dice);
                }
                if (dice.chance(0.12) && box.halfWidth() > 22 && road > 30) {
                    ponds.add(new Pond(box.x(), box.y(), dice.between(9, box.halfWidth() * 0.7), dice.nextInt()));
                }
            }
            case ORCHARD -> orchard(plot, box, dice);
            case BARE -> {
                if (dice.chance(0.6) && box.halfWidth() > 24) {
                    ponds.add(new Pond(box.x(), box.y(), box.halfWidth() * dice.between(0.3, 0.55), dice.nextInt()));
                }
            }
            case HEATH -> scatter(plot, box, 2 + dice.below(6), dice);
            default -> {
                if (dice.chance(0.15)) {
                    scatter(plot, box, 1, dice);
                }
            }
        }
    }

    /** Trees in rows along the plot; {@link GroundPainter#rowSpacing} tells how far apart the rows stand. */
    private void orchard(Plot plot, Box box, Dice dice) {
        double between = GroundPainter.rowSpacing(plot);
        double step = dice.between(3.2, 4.6);
        double reach = Math.hypot(box.halfLength(), box.halfWidth());
        double along = GroundPainter.along(plot, box.x(), box.y());
        double across = GroundPainter.across(plot, box.x(), box.y());
        var inside = PreparedGeometryFactory.prepare(plot.shape().buffer(-3));
        for (double v = Math.ceil((across - reach) / between) * between; v < across + reach; v += between) {
            for (double u = along - reach; u < along + reach; u += step) {
                double x = u * plot.ux() + v * plot.uy();
                double y = u * plot.uy() - v * plot.ux();
                double r = dice.between(1.5, 2.2);
                int key = dice.nextInt();
                if (!dice.chance(0.04) && inside.covers(Shapes.FACTORY.createPoint(new Coordinate(x, y)))) {
                    trees.add(new Tree(x, y, r, r * 1.7, Surface.BROADLEAVED, key));
                }
            }
        }
    }

    private void farm(int index, Box box, Dice dice) {
        Plot plot = plots.get(index).with(Surface.ROUGH_GRASS);
        plots.set(index, plot);
        double l = Math.min(box.halfLength() * 0.7, 34);
        double w = Math.min(box.halfWidth() * 0.7, 26);
        patch(plot, Shapes.rectangle(box.x(), box.y(), box.ux(), box.uy(), l, w), Surface.GRAVEL, dice);
        int barns = 2 + dice.below(3);
        for (int i = 0; i < barns; i++) {
            for (int attempt = 0; attempt < 12; attempt++) {
                Coordinate p = inside(box, dice, 0.6);
                boolean turned = dice.chance(0.5);
                var barn = new Wing(
                        p.x,
                        p.y,
                        turned ? -box.uy() : box.ux(),
                        turned ? box.ux() : box.uy(),
                        dice.between(8, 20),
                        dice.between(4.5, 8),
                        dice.between(4, 6.5),
                        dice.between(0.2, 0.35),
                        dice.chance(0.8) ? Roof.GABLE : Roof.SHED);
                if (fits(plot.shape(), List.of(barn), 2, 4)) {
                    var cover = dice.chance(0.55) ? Surface.METAL_ROOF : roofCover(dice);
                    buildings.add(new Building("agricultural", cover, List.of(barn), dice.nextInt()));
                    if (i == 0) {
                        drive(barn, dice);
                    }
                    break;
                }
            }
        }
        house(plot, box, dice);
        scatter(plot, box, 5, dice);
    }

    // ---- trees in lines

    private void hedge(Coordinate a, Coordinate b, Dice dice) {
        double length = distance(a, b);
        boolean tall = dice.chance(0.5);
        int gaps = dice.nextInt();
        for (double t = 2; t < length - 2; t += dice.between(1.4, 2.6)) {
            double x = a.x + (b.x - a.x) * t / length + dice.between(-0.6, 0.6);
            double y = a.y + (b.y - a.y) * t / length + dice.between(-0.6, 0.6);
            double r = dice.between(1.1, 1.9);
            double h = dice.between(2, 4);
            if (tall && dice.chance(0.22)) {
                r = dice.between(2.6, 4.6);
                h = dice.between(7, 14);
            }
            int key = dice.nextInt();
            if (Noise.value(t / 12, 0.5, gaps) > 0.22) {
                trees.add(new Tree(x, y, r, h, Surface.BROADLEAVED, key));
            }
        }
    }

    private void row(Coordinate a, Coordinate b, double step, Surface kind, Dice dice) {
        double length = distance(a, b);
        for (double t = step / 2; t < length; t += step) {
            double r = dice.between(2, 3.2);
            trees.add(new Tree(
                    a.x + (b.x - a.x) * t / length,
                    a.y + (b.y - a.y) * t / length,
                    r,
                    r * dice.between(2.4, 3.2),
                    kind,
                    dice.nextInt()));
        }
    }

    /** Trees along the river, and an avenue along part of the main road. */
    private void plantLines() {
        var dice = new Dice(seed, "lines", 0);
        if (river.isPresent()) {
            Road line = river.get();
            int gaps = dice.nextInt();
            for (int side = -1; side <= 1; side += 2) {
                for (int i = 0; i < line.segments(); i++) {
                    double dx = line.x()[i + 1] - line.x()[i];
                    double dy = line.y()[i + 1] - line.y()[i];
                    double length = Math.sqrt(dx * dx + dy * dy);
                    for (double t = dice.between(0, 3); t < length; t += dice.between(2.5, 5)) {
                        double out = side * (line.width() / 2 + dice.between(1.8, 7));
                        double x = line.x()[i] + dx * t / length - out * dy / length;
                        double y = line.y()[i] + dy * t / length + out * dx / length;
                        double r = dice.between(2, 4.6);
                        int key = dice.nextInt();
                        if (Noise.value(x / 45, y / 45, gaps + side) > 0.36 && nearestRoad(x, y) > 6) {
                            trees.add(new Tree(x, y, r, r * dice.between(2.3, 3.4), Surface.BROADLEAVED, key));
                        }
                    }
                }
            }
        }
        Road main = roads.getFirst();
        if (dice.chance(0.6)) {
            int gaps = dice.nextInt();
            for (int i = 0; i < main.segments(); i++) {
                double dx = main.x()[i + 1] - main.x()[i];
                double dy = main.y()[i + 1] - main.y()[i];
                double length = Math.sqrt(dx * dx + dy * dy);
                for (int side = -1; side <= 1; side += 2) {
                    double out = side * (main.width() / 2 + 2.6);
                    double x = (main.x()[i] + main.x()[i + 1]) / 2 - out * dy / length;
                    double y = (main.y()[i] + main.y()[i + 1]) / 2 + out * dx / length;
                    double r = dice.between(2.4, 3.6);
                    int key = dice.nextInt();
                    if (Noise.value(x / 160, y / 160, gaps) > 0.55 && !near(x, y, buildings, 1)) {
                        trees.add(new Tree(x, y, r, r * 3, Surface.BROADLEAVED, key));
                    }
                }
            }
        }
    }

    private void scatter(Plot plot, Box box, int count, Dice dice) {
        for (int i = 0; i < count; i++) {
            Coordinate p = inside(box, dice, 0.95);
            boolean conifer = dice.chance(style.gardenConifers);
            double r = conifer ? dice.between(1.2, 2.4) : dice.between(1.2, 4.2);
            double h = conifer ? r * dice.between(3, 4.5) : r * dice.between(1.7, 2.8);
            tree(p, plot.shape(), r, h, conifer ? Surface.CONIFER : Surface.BROADLEAVED, dice);
        }
    }

    private void tree(Coordinate p, Polygon within, double r, double h, Surface kind, Dice dice) {
        int key = dice.nextInt();
        if (within.covers(Shapes.FACTORY.createPoint(p)) && !near(p.x, p.y, buildings, r * 0.6)) {
            trees.add(new Tree(p.x, p.y, r, h, kind, key));
        }
    }

    private static boolean near(double x, double y, List<Building> buildings, double margin) {
        for (Building building : buildings) {
            for (Wing wing : building.wings()) {
                double dx = x - wing.x();
                double dy = y - wing.y();
                double u = Math.abs(dx * wing.ux() + dy * wing.uy());
                double v = Math.abs(-dx * wing.uy() + dy * wing.ux());
                if (u < wing.halfLength() + margin && v < wing.halfWidth() + margin) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---- change

    /** Every year since the base year brings its changes, each drawn from its own stream, so that later vintages only add. */
    private void age() {
        String[] kinds = {"houses", "felling", "road", "activity", "houses", "felling", "planting"};
        int happened = 0;
        for (int year = SceneSpec.BASE_YEAR + 1; year <= spec.vintage(); year++) {
            var dice = new Dice(seed, "year", year);
            int count = dice.chance(0.35) ? 2 : 1;
            for (int i = 0; i < count; i++) {
                String kind = kinds[happened++ % kinds.length];
                switch (kind) {
                    case "houses" -> estate(year, dice);
                    case "felling" -> fell(year, dice);
                    case "road" -> lane(year, dice);
                    case "activity" -> shed(year, dice);
                    default -> plant(year, dice);
                }
            }
        }
    }

    private boolean isField(Plot plot) {
        int value = plot.surface().landClass().value();
        return plot.zone() == Zone.COUNTRY && value >= 10 && value <= 12 && untouched(plot.shape());
    }

    private boolean untouched(Polygon shape) {
        return changes.stream().noneMatch(change -> change.extent().intersects(shape))
                && ponds.stream()
                        .noneMatch(
                                pond -> shape.distance(Shapes.FACTORY.createPoint(new Coordinate(pond.x(), pond.y())))
                                        < 2 * pond.radius());
    }

    /** Plot of a kind that suits, near the middle of the scene and the village. */
    private Optional<Plot> choose(java.util.function.Predicate<Plot> suits, Dice dice) {
        Plot best = null;
        double least = Double.MAX_VALUE;
        for (Plot plot : plots) {
            if (suits.test(plot)) {
                double d = reach(plot)
                        + 0.4 * distance(plot.shape().getCentroid().getCoordinate(), village)
                        + dice.between(0, 130);
                if (d < least) {
                    least = d;
                    best = plot;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private boolean vacant(Plot plot) {
        return buildings.stream().flatMap(b -> b.wings().stream()).noneMatch(w -> plot.shape()
                .intersects(Shapes.rectangle(w, 1)));
    }

    private void estate(int year, Dice dice) {
        choose(p -> isField(p) && p.shape().getArea() > 3_000 && vacant(p), dice)
                .ifPresent(plot -> {
                    clearTrees(plot.shape());
                    plots.remove(plot);
                    changes.add(new Change(year, "houses on a field", plot.shape()));
                    Box box = Box.round(plot.shape());
                    // one street along the middle, lots on both sides
                    Coordinate a = new Coordinate(
                            box.x() - box.ux() * box.halfLength(), box.y() - box.uy() * box.halfLength());
                    Coordinate b = new Coordinate(
                            box.x() + box.ux() * box.halfLength(), box.y() + box.uy() * box.halfLength());
                    Geometry street =
                            Shapes.intersection(Shapes.FACTORY.createLineString(new Coordinate[] {a, b}), plot.shape());
                    for (int i = 0; i < street.getNumGeometries(); i++) {
                        if (street.getGeometryN(i) instanceof LineString part && part.getLength() > 12) {
                            roads.add(straight(
                                    part.getCoordinateN(0),
                                    part.getCoordinateN(part.getNumPoints() - 1),
                                    RoadKind.STREET,
                                    5,
                                    true,
                                    dice));
                        }
                    }
                    int lots = Math.max(2, (int) (box.halfLength() * 2 / dice.between(19, 26)));
                    double far = box.halfWidth() + 1;
                    for (int side = -1; side <= 1; side += 2) {
                        for (int i = 0; i < lots; i++) {
                            double along = -box.halfLength() + (2 * i + 1) * box.halfLength() / lots;
                            double across = side * far / 2;
                            Polygon cell = Shapes.rectangle(
                                    box.x() + along * box.ux() - across * box.uy(),
                                    box.y() + along * box.uy() + across * box.ux(),
                                    box.ux(),
                                    box.uy(),
                                    box.halfLength() / lots,
                                    far / 2);
                            for (Polygon lot : Shapes.polygonsOf(Shapes.intersection(cell, plot.shape()))) {
                                Box lotBox = Box.round(lot);
                                var made = new Plot(
                                        lot, Surface.LAWN, Zone.VILLAGE, lotBox.ux(), lotBox.uy(), dice.nextInt());
                                plots.add(made);
                                if (lot.getArea() > 160) {
                                    house(made, lotBox, new Dice(seed ^ made.key(), "estate", i));
                                }
                            }
                        }
                    }
                });
    }

    private void fell(int year, Dice dice) {
        choose(
                        p -> (p.surface() == Surface.BROADLEAVED_FLOOR || p.surface() == Surface.CONIFER_FLOOR)
                                && p.shape().getArea() > 1_500
                                && untouched(p.shape()),
                        dice)
                .ifPresent(plot -> {
                    plots.set(plots.indexOf(plot), plot.with(Surface.FELLED));
                    changes.add(new Change(year, "felled wood", plot.shape()));
                });
    }

    private void plant(int year, Dice dice) {
        choose(p -> isField(p) && p.shape().getArea() > 2_500 && vacant(p), dice)
                .ifPresent(plot -> {
                    clearTrees(plot.shape());
                    plots.set(plots.indexOf(plot), plot.with(Surface.VINE));
                    changes.add(new Change(year, "vines planted", plot.shape()));
                });
    }

    private void shed(int year, Dice dice) {
        choose(p -> isField(p) && p.shape().getArea() > 3_500 && vacant(p), dice)
                .ifPresent(plot -> {
                    clearTrees(plot.shape());
                    int index = plots.indexOf(plot);
                    plots.set(
                            index,
                            new Plot(plot.shape(), Surface.CONCRETE, Zone.ACTIVITY, plot.ux(), plot.uy(), plot.key()));
                    activityPlot(index, dice);
                    changes.add(new Change(year, "activity on a field", plot.shape()));
                });
    }

    /** A new road across open fields, from one existing road to another or into the country. */
    private void lane(int year, Dice dice) {
        List<Road> through = roads.stream()
                .filter(r -> r.kind().ordinal() >= RoadKind.LOCAL.ordinal())
                .toList();
        for (int attempt = 0; attempt < 600; attempt++) {
            Road from = through.get(dice.below(through.size()));
            Road to = through.get(dice.below(through.size()));
            int i = dice.below(from.x().length);
            int k = dice.below(to.x().length);
            Coordinate a = new Coordinate(from.x()[i], from.y()[i]);
            // a link where one fits; after many failures a dead end will do
            Coordinate b = attempt < 300
                    ? new Coordinate(to.x()[k], to.y()[k])
                    : new Coordinate(dice.between(-330, 330), dice.between(-330, 330));
            double length = distance(a, b);
            boolean good = (from != to || attempt >= 300)
                    && length > 110
                    && length < 420
                    && Math.max(Math.abs(a.x), Math.abs(a.y)) < 330
                    && Math.max(Math.abs(b.x), Math.abs(b.y)) < 330;
            if (!good) {
                continue;
            }
            double width = 6.4;
            double ux = (b.x - a.x) / length;
            double uy = (b.y - a.y) / length;
            Polygon corridor =
                    Shapes.rectangle((a.x + b.x) / 2, (a.y + b.y) / 2, ux, uy, length / 2 + width / 2, width / 2 + 4);
            // it may cross roads, rail and river, which gives junctions and a bridge
            boolean free = clear(corridor) && untouched(corridor);
            if (free) {
                clearTrees(corridor);
                var road = straight(a, b, RoadKind.LOCAL, width, false, dice);
                roads.add(road);
                changes.add(new Change(year, "new road", corridor));
                return;
            }
        }
    }

    private void clearTrees(Polygon shape) {
        var area = PreparedGeometryFactory.prepare(shape);
        Envelope bounds = shape.getEnvelopeInternal();
        trees.removeIf(t ->
                bounds.contains(t.x(), t.y()) && area.covers(Shapes.FACTORY.createPoint(new Coordinate(t.x(), t.y()))));
    }

    // ---- room

    /** Whether every wing lies inside the plot, clear of other buildings and of roads. */
    private boolean fits(Polygon plot, List<Wing> wings, double margin, double roadMargin) {
        for (Wing wing : wings) {
            Polygon room = Shapes.rectangle(wing, margin);
            if (!plot.covers(room) || !clear(room)) {
                return false;
            }
            for (int along = -1; along <= 1; along++) {
                for (int across = -1; across <= 1; across++) {
                    Coordinate c = wing.corner(along, across);
                    if (nearestRoad(c.x, c.y) < roadMargin || nearWater(c.x, c.y, 5)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** No building touches the shape. */
    private boolean clear(Polygon shape) {
        Envelope bounds = shape.getEnvelopeInternal();
        for (Building building : buildings) {
            for (Wing wing : building.wings()) {
                double r = wing.radius();
                if (bounds.getMinX() < wing.x() + r
                        && bounds.getMaxX() > wing.x() - r
                        && bounds.getMinY() < wing.y() + r
                        && bounds.getMaxY() > wing.y() - r
                        && shape.intersects(Shapes.rectangle(wing, 0.3))) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean nearWater(double x, double y, double margin) {
        if (river.isPresent() && river.get().distance(x, y) < river.get().width() / 2 + margin) {
            return true;
        }
        return rail.isPresent() && rail.get().distance(x, y) < rail.get().width() / 2 + margin;
    }

    /** Metres to the nearest kerb of a road that is not a drive; negative on it. */
    private double nearestRoad(double x, double y) {
        double best = Double.MAX_VALUE;
        for (Road road : roads) {
            if (road.kind() != RoadKind.DRIVE) {
                best = Math.min(best, road.distance(x, y) - road.width() / 2);
            }
        }
        return best;
    }

    private Coordinate nearestRoadPoint(double x, double y) {
        double best = Double.MAX_VALUE;
        Coordinate nearest = new Coordinate(x, y);
        for (Road road : roads) {
            if (road.kind() == RoadKind.DRIVE || road.kind() == RoadKind.TRACK) {
                continue;
            }
            for (int i = 0; i < road.segments(); i++) {
                double dx = road.x()[i + 1] - road.x()[i];
                double dy = road.y()[i + 1] - road.y()[i];
                double t =
                        Math.clamp(((x - road.x()[i]) * dx + (y - road.y()[i]) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
                double px = road.x()[i] + t * dx;
                double py = road.y()[i] + t * dy;
                double d = squared(px - x, py - y);
                if (d < best) {
                    best = d;
                    nearest = new Coordinate(px, py);
                }
            }
        }
        return nearest;
    }

    private static Coordinate inside(Box box, Dice dice, double share) {
        double u = dice.between(-share, share) * box.halfLength();
        double v = dice.between(-share, share) * box.halfWidth();
        return new Coordinate(box.x() + u * box.ux() - v * box.uy(), box.y() + u * box.uy() + v * box.ux());
    }

    private static double[] direction(Dice dice) {
        double x;
        double y;
        do {
            x = dice.between(-1, 1);
            y = dice.between(-1, 1);
        } while (x * x + y * y > 1 || x * x + y * y < 0.01);
        return unit(x, y);
    }

    private static double[] unit(double x, double y) {
        double length = Math.sqrt(x * x + y * y);
        return new double[] {x / length, y / length};
    }

    private static double squared(double dx, double dy) {
        return dx * dx + dy * dy;
    }

    private static double distance(Coordinate a, Coordinate b) {
        return Math.sqrt(squared(a.x - b.x, a.y - b.y));
    }
}
