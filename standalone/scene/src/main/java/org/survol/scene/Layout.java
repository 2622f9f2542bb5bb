// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.List;
import java.util.Optional;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Polygon;

/**
 * The features of a landscape at one vintage. Coordinates are metres east and north of the scene's centre.
 *
 * @param plots a partition of the ground, in painting order
 * @param patches painted over the plots: yards, squares, car parks, drives
 * @param roads in painting order, the most important last
 */
record Layout(
        long seed,
        double halfSide,
        List<Plot> plots,
        List<Plot> patches,
        List<Road> roads,
        Optional<Road> rail,
        Optional<Road> river,
        List<Pond> ponds,
        List<Building> buildings,
        List<Tree> trees,
        List<Change> changes,
        Coordinate village,
        Optional<Coordinate> activityCentre) {

    Layout {
        plots = List.copyOf(plots);
        patches = List.copyOf(patches);
        roads = List.copyOf(roads);
        ponds = List.copyOf(ponds);
        buildings = List.copyOf(buildings);
        trees = List.copyOf(trees);
        changes = List.copyOf(changes);
    }

    /** Which part of the place a plot belongs to; decides what may stand on it. */
    enum Zone {
        VILLAGE,
        ACTIVITY,
        COUNTRY
    }

    /**
     * @param ux east part of the unit vector along rows, bays and ridges
     * @param uy north part of it
     * @param key seeds this plot's own texture
     */
    record Plot(Polygon shape, Surface surface, Zone zone, double ux, double uy, int key) {
        Plot with(Surface other) {
            return new Plot(shape, other, zone, ux, uy, key);
        }
    }

    enum RoadKind {
        TRACK("track", 6),
        DRIVE("drive", 6),
        STREET("street", 5),
        LOCAL("local", 4),
        MAIN("departmental", 3),
        RAIL("rail", 0),
        RIVER("river", 0);

        final String label;
        final int importance;

        RoadKind(String label, int importance) {
            this.label = label;
            this.importance = importance;
        }
    }

    /** A line of constant width: a road, the rail, the river. */
    record Road(RoadKind kind, double[] x, double[] y, double width, boolean pavement, int key) {

        int segments() {
            return x.length - 1;
        }

        /** Metres from a point to the axis. */
        double distance(double px, double py) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < segments(); i++) {
                best = Math.min(best, squaredDistance(i, px, py));
            }
            return Math.sqrt(best);
        }

        double squaredDistance(int segment, double px, double py) {
            double dx = x[segment + 1] - x[segment];
            double dy = y[segment + 1] - y[segment];
            double t = ((px - x[segment]) * dx + (py - y[segment]) * dy) / (dx * dx + dy * dy);
            t = Math.clamp(t, 0.0, 1.0);
            double ex = px - x[segment] - t * dx;
            double ey = py - y[segment] - t * dy;
            return ex * ex + ey * ey;
        }
    }

    /** A lobed disc of still water. */
    record Pond(double x, double y, double radius, int key) {}

    enum Roof {
        GABLE,
        HIP,
        SHED,
        FLAT,
        SAWTOOTH
    }

    /** A rectangle under one roof; (ux, uy) runs along the ridge. */
    record Wing(
            double x,
            double y,
            double ux,
            double uy,
            double halfLength,
            double halfWidth,
            double eaves,
            double pitch,
            Roof roof) {

        double ridge() {
            return switch (roof) {
                case GABLE, HIP -> eaves + pitch * halfWidth;
                case SHED -> eaves + pitch * halfWidth * 2;
                case FLAT -> eaves;
                case SAWTOOTH -> eaves + 2.2;
            };
        }

        double radius() {
            return Math.sqrt(halfLength * halfLength + halfWidth * halfWidth);
        }

        Coordinate corner(int along, int across) {
            return new Coordinate(
                    x + along * halfLength * ux - across * halfWidth * uy,
                    y + along * halfLength * uy + across * halfWidth * ux);
        }
    }

    record Building(String use, Surface cover, List<Wing> wings, int key) {
        Building {
            wings = List.copyOf(wings);
        }

        double height() {
            return wings.stream().mapToDouble(Wing::ridge).max().orElseThrow();
        }
    }

    /** A crown that was placed on purpose; crowns of woods come from a jittered grid when the wood is painted. */
    record Tree(double x, double y, double radius, double height, Surface kind, int key) {}

    /** What became of a place, and in which year it was first seen. */
    record Change(int year, String kind, Polygon extent) {}
}
