// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.impl.PackedCoordinateSequence;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.plan.Plan;

/**
 * Outlines in WGS84. A ring is {@code lng0, lat0, lng1, lat1, …}, closed, counter-clockwise. Sides are cut in four, so
 * that a side which is straight in the projected CRS stays within centimetres of its true place.
 */
public final class Footprints {

    private static final int STEPS = 4;
    private static final int WGS84 = 4326;
    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private Footprints() {}

    public static double[] ofTile(TileGrid grid, TileAddress tile) {
        PixelWindow window = grid.window(tile);
        return of(
                grid.epsg(),
                new Plan.Footprint(
                        grid.easting(window.column()),
                        grid.northing(window.endRow()),
                        grid.easting(window.endColumn()),
                        grid.northing(window.row())));
    }

    public static double[] of(int epsg, Plan.Footprint box) {
        double[] x = {box.minEasting(), box.maxEasting(), box.maxEasting(), box.minEasting()};
        double[] y = {box.minNorthing(), box.minNorthing(), box.maxNorthing(), box.maxNorthing()};
        var ring = new double[(4 * STEPS + 1) * 2];
        int at = 0;
        for (int side = 0; side < 4; side++) {
            int next = (side + 1) % 4;
            for (int step = 0; step < STEPS; step++) {
                double t = (double) step / STEPS;
                ring[at++] = x[side] + t * (x[next] - x[side]);
                ring[at++] = y[side] + t * (y[next] - y[side]);
            }
        }
        ring[at++] = x[0];
        ring[at] = y[0];
        Crs.ofEpsg(epsg).to(Crs.ofEpsg(WGS84)).apply(ring, ring.length / 2);
        return ring;
    }

    static Polygon polygon(double[] ring) {
        return GEOMETRIES.createPolygon(new PackedCoordinateSequence.Double(ring, 2, 0));
    }

    public static LngLatBox bounds(double[] ring) {
        var box = envelope(ring);
        return new LngLatBox(box[0], box[1], box[2], box[3]);
    }

    /** @return smallest x, smallest y, largest x, largest y */
    public static double[] envelope(double[] xy) {
        var box = new double[] {
            Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY
        };
        for (int i = 0; i < xy.length; i += 2) {
            box[0] = Math.min(box[0], xy[i]);
            box[1] = Math.min(box[1], xy[i + 1]);
            box[2] = Math.max(box[2], xy[i]);
            box[3] = Math.max(box[3], xy[i + 1]);
        }
        return box;
    }

    /** The Item's bbox where it has one, else the bounds of its geometry's coordinates. */
    static Optional<LngLatBox> boundsOfItem(JsonNode item) {
        var bbox = item.path("bbox");
        if (bbox.size() == 4 || bbox.size() == 6) {
            int half = bbox.size() / 2;
            return Optional.of(new LngLatBox(
                    bbox.get(0).asDouble(),
                    bbox.get(1).asDouble(),
                    bbox.get(half).asDouble(),
                    bbox.get(half + 1).asDouble()));
        }
        var box = new double[] {
            Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY
        };
        grow(box, item.path("geometry").path("coordinates"));
        return box[0] <= box[2] ? Optional.of(new LngLatBox(box[0], box[1], box[2], box[3])) : Optional.empty();
    }

    private static void grow(double[] box, JsonNode coordinates) {
        if (coordinates.path(0).isNumber()) {
            double lng = coordinates.get(0).asDouble();
            double lat = coordinates.path(1).asDouble();
            box[0] = Math.min(box[0], lng);
            box[1] = Math.min(box[1], lat);
            box[2] = Math.max(box[2], lng);
            box[3] = Math.max(box[3], lat);
        } else {
            coordinates.forEach(part -> grow(box, part));
        }
    }
}
