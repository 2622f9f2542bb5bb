// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.List;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;

/**
 * A box of WGS84 longitudes and latitudes, degrees. {@code west > east} means that it crosses the antimeridian, as in
 * GeoJSON.
 */
public record LngLatBox(double west, double south, double east, double north) {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    public LngLatBox {
        if (!(west >= -180 && west <= 180 && east >= -180 && east <= 180)) {
            throw new IllegalArgumentException("longitudes must lie between -180 and 180");
        }
        if (!(south >= -90 && north <= 90 && south <= north)) {
            throw new IllegalArgumentException("latitudes must lie between -90 and 90, the southern one first");
        }
    }

    public boolean crossesAntimeridian() {
        return west > east;
    }

    public boolean intersects(LngLatBox other) {
        boolean latitudes = south <= other.north && north >= other.south;
        boolean longitudes = crossesAntimeridian()
                ? west <= other.east || east >= other.west
                : west <= other.east && east >= other.west;
        return latitudes && longitudes;
    }

    /** Two of them when it crosses the antimeridian; a line or a point when it has no width. */
    Geometry polygon() {
        return crossesAntimeridian()
                ? GEOMETRIES.buildGeometry(List.of(polygon(west, 180), polygon(-180, east)))
                : polygon(west, east);
    }

    private Geometry polygon(double from, double to) {
        return GEOMETRIES.toGeometry(new Envelope(from, to, south, north));
    }
}
