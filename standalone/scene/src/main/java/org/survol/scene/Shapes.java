// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;
import org.locationtech.jts.operation.polygonize.Polygonizer;
import org.survol.scene.Layout.Road;
import org.survol.scene.Layout.Wing;

/**
 * Plane geometry of the layout. Only operations that come down to IEEE arithmetic and square roots: no buffers and no
 * angles, whose sines a platform may round its own way.
 */
final class Shapes {

    static final GeometryFactory FACTORY = new GeometryFactory();

    private Shapes() {}

    /** Rectangle round (x, y) whose long side runs along the unit vector (ux, uy). */
    static Polygon rectangle(double x, double y, double ux, double uy, double halfLength, double halfWidth) {
        var ring = new Coordinate[5];
        int[] along = {1, -1, -1, 1};
        int[] across = {1, 1, -1, -1};
        for (int i = 0; i < 4; i++) {
            ring[i] = new Coordinate(
                    x + along[i] * halfLength * ux - across[i] * halfWidth * uy,
                    y + along[i] * halfLength * uy + across[i] * halfWidth * ux);
        }
        ring[4] = ring[0].copy();
        return FACTORY.createPolygon(ring);
    }

    static Polygon rectangle(Wing wing, double margin) {
        return rectangle(
                wing.x(), wing.y(), wing.ux(), wing.uy(), wing.halfLength() + margin, wing.halfWidth() + margin);
    }

    static LineString line(Road road) {
        var points = new Coordinate[road.x().length];
        for (int i = 0; i < points.length; i++) {
            points[i] = new Coordinate(road.x()[i], road.y()[i]);
        }
        return FACTORY.createLineString(points);
    }

    /** The smallest faces that the lines cut an area into, in an order that depends on nothing but the lines. */
    static List<Polygon> faces(Polygon rim, List<LineString> lines) {
        var all = new ArrayList<Geometry>();
        all.add(rim.getExteriorRing());
        all.addAll(lines);
        Geometry noded = OverlayNGRobust.union(FACTORY.buildGeometry(all));
        var polygonizer = new Polygonizer();
        polygonizer.add(noded);
        var faces = new ArrayList<Polygon>();
        for (Object face : polygonizer.getPolygons()) {
            faces.add((Polygon) face);
        }
        return inOrder(faces);
    }

    /**
     * By lower-left corner of the bounds, then area. Rings begin at their least vertex: where JTS begins them depends on
     * identity hashes, which differ from run to run, and sums over a ring would differ in the last bit.
     */
    static List<Polygon> inOrder(Collection<Polygon> polygons) {
        var sorted = new ArrayList<>(polygons);
        sorted.forEach(Polygon::normalize);
        sorted.sort((a, b) -> {
            Envelope first = a.getEnvelopeInternal();
            Envelope second = b.getEnvelopeInternal();
            int order = Double.compare(first.getMinX(), second.getMinX());
            order = order != 0 ? order : Double.compare(first.getMinY(), second.getMinY());
            return order != 0 ? order : Double.compare(a.getArea(), b.getArea());
        });
        return sorted;
    }

    static List<Polygon> polygonsOf(Geometry geometry) {
        var polygons = new ArrayList<Polygon>();
        for (int i = 0; i < geometry.getNumGeometries(); i++) {
            if (geometry.getGeometryN(i) instanceof Polygon polygon && polygon.getArea() > 0.5) {
                polygons.add(polygon);
            }
        }
        return inOrder(polygons);
    }

    static Geometry intersection(Geometry a, Geometry b) {
        return OverlayNGRobust.overlay(a, b, OverlayNG.INTERSECTION);
    }

    static Geometry difference(Geometry a, Geometry b) {
        return OverlayNGRobust.overlay(a, b, OverlayNG.DIFFERENCE);
    }

    /** A rectangle of least area round a polygon: centre, unit vector of the longer side, half sides. */
    record Box(double x, double y, double ux, double uy, double halfLength, double halfWidth) {

        static Box round(Geometry geometry) {
            Coordinate[] hull = geometry.convexHull().getCoordinates();
            Box best = null;
            double bestArea = Double.MAX_VALUE;
            for (int i = 0; i + 1 < hull.length; i++) {
                double dx = hull[i + 1].x - hull[i].x;
                double dy = hull[i + 1].y - hull[i].y;
                double length = Math.sqrt(dx * dx + dy * dy);
                if (length < 1e-9) {
                    continue;
                }
                double ux = dx / length;
                double uy = dy / length;
                double minU = Double.MAX_VALUE;
                double maxU = -Double.MAX_VALUE;
                double minV = Double.MAX_VALUE;
                double maxV = -Double.MAX_VALUE;
                for (Coordinate c : hull) {
                    double u = c.x * ux + c.y * uy;
                    double v = -c.x * uy + c.y * ux;
                    minU = Math.min(minU, u);
                    maxU = Math.max(maxU, u);
                    minV = Math.min(minV, v);
                    maxV = Math.max(maxV, v);
                }
                double area = (maxU - minU) * (maxV - minV);
                if (area < bestArea) {
                    bestArea = area;
                    double u = (minU + maxU) / 2;
                    double v = (minV + maxV) / 2;
                    double x = u * ux - v * uy;
                    double y = u * uy + v * ux;
                    double halfU = (maxU - minU) / 2;
                    double halfV = (maxV - minV) / 2;
                    best = halfU >= halfV ? new Box(x, y, ux, uy, halfU, halfV) : new Box(x, y, -uy, ux, halfV, halfU);
                }
            }
            if (best == null) {
                throw new IllegalArgumentException("no extent: " + geometry);
            }
            return best;
        }
    }

    /** Corner-cutting (Chaikin): a smooth line that keeps its ends. */
    static double[][] smooth(double[] x, double[] y, int rounds) {
        for (int r = 0; r < rounds; r++) {
            int n = x.length;
            var sx = new double[2 * n];
            var sy = new double[2 * n];
            int k = 0;
            sx[k] = x[0];
            sy[k++] = y[0];
            for (int i = 0; i + 1 < n; i++) {
                sx[k] = 0.75 * x[i] + 0.25 * x[i + 1];
                sy[k++] = 0.75 * y[i] + 0.25 * y[i + 1];
                sx[k] = 0.25 * x[i] + 0.75 * x[i + 1];
                sy[k++] = 0.25 * y[i] + 0.75 * y[i + 1];
            }
            sx[k] = x[n - 1];
            sy[k] = y[n - 1];
            x = sx;
            y = sy;
        }
        return new double[][] {x, y};
    }
}
