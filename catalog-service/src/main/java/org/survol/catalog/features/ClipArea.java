// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.util.ArrayList;
import java.util.Optional;
import org.locationtech.jts.densify.Densifier;
import org.locationtech.jts.geom.CoordinateSequence;
import org.locationtech.jts.geom.CoordinateSequenceFilter;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.Polygonal;
import org.locationtech.jts.geom.prep.PreparedGeometry;
import org.locationtech.jts.geom.prep.PreparedGeometryFactory;
import org.locationtech.jts.geom.util.PolygonExtracter;
import org.locationtech.jts.io.WKBWriter;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;
import org.survol.catalog.Problem;
import org.survol.core.Digest;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;

/** A piece of ground in a map's own CRS, and what of the map's polygons lies in it. */
final class ClipArea {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();
    /** Sides that are straight in another CRS are cut at least so often, so that they stay where they are. */
    private static final int FEWEST_STEPS = 16;

    private static final double LONGEST_STEP_METRES = 1_000;
    private static final double METRES_OF_A_DEGREE = 111_320;
    private static final int MOST_STEPS = 4_000;

    private final Geometry ground;
    private final PreparedGeometry prepared;

    private ClipArea(Geometry ground) {
        this.ground = ground;
        this.prepared = PreparedGeometryFactory.prepare(ground);
    }

    /** @param shape with its first axis leading east, unless its CRS puts north first
     *  @param epsg of the map */
    static ClipArea of(Geometry shape, NamedCrs from, int epsg) {
        if (!(shape instanceof Polygonal) || shape.isEmpty()) {
            throw Problem.badRequest("what is clipped to must be a polygon, not a " + shape.getGeometryType());
        }
        if (!shape.isValid()) {
            throw Problem.badRequest("the polygon crosses or touches itself; correct it");
        }
        if (from.crs().epsg() == epsg) {
            return new ClipArea(from.northFirst() ? moved(shape, from, Optional.empty()) : shape);
        }
        var box = shape.getEnvelopeInternal();
        double longest = Math.max(box.getWidth(), box.getHeight());
        double metres = longest * (from.isDegrees() ? METRES_OF_A_DEGREE : 1);
        double steps = Math.clamp(metres / LONGEST_STEP_METRES, FEWEST_STEPS, MOST_STEPS);
        var fine = longest > 0 ? Densifier.densify(shape, longest / steps) : shape;
        var ground = moved(fine, from, Optional.of(from.crs().to(Crs.ofEpsg(epsg))));
        return new ClipArea(ground.isValid() ? ground : ground.buffer(0));
    }

    private static Geometry moved(Geometry shape, NamedCrs from, Optional<CrsTransform> transform) {
        var moved = shape.copy();
        moved.apply(new CoordinateSequenceFilter() {
            @Override
            public void filter(CoordinateSequence positions, int i) {
                double first = positions.getX(i);
                double second = positions.getY(i);
                var xy = from.northFirst() ? new double[] {second, first} : new double[] {first, second};
                transform.ifPresent(each -> apply(each, xy, from));
                positions.setOrdinate(i, CoordinateSequence.X, xy[0]);
                positions.setOrdinate(i, CoordinateSequence.Y, xy[1]);
            }

            @Override
            public boolean isDone() {
                return false;
            }

            @Override
            public boolean isGeometryChanged() {
                return true;
            }
        });
        return moved;
    }

    private static void apply(CrsTransform transform, double[] xy, NamedCrs from) {
        var given = xy.clone();
        try {
            transform.apply(xy, 1);
        } catch (IllegalArgumentException e) {
            xy[0] = Double.NaN;
        }
        if (!Double.isFinite(xy[0]) || !Double.isFinite(xy[1])) {
            throw Problem.badRequest("the position " + given[0] + " " + given[1] + " of " + from.uri()
                    + " lies nowhere in the map's own CRS; keep to the map's surroundings");
        }
    }

    String identity() {
        return Digest.of(new WKBWriter().write(ground));
    }

    Envelope bounds() {
        return ground.getEnvelopeInternal();
    }

    /** The part of the polygon that lies here; empty when none of its area does. */
    Optional<Geometry> clip(Geometry polygon) {
        if (!prepared.intersects(polygon)) {
            return Optional.empty();
        }
        if (prepared.covers(polygon)) {
            return Optional.of(polygon);
        }
        var parts = new ArrayList<Polygon>();
        // where only borders meet, lines and points come of it
        PolygonExtracter.getPolygons(OverlayNGRobust.overlay(polygon, ground, OverlayNG.INTERSECTION), parts);
        return parts.isEmpty() ? Optional.empty() : Optional.of(GEOMETRIES.buildGeometry(parts));
    }
}
