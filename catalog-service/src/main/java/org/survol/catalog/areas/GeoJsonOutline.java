// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.areas;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.Json;

/** Outlines as they were loaded, as a MultiPolygon. */
final class GeoJsonOutline {

    private GeoJsonOutline() {}

    static ObjectNode of(Geometry outline) {
        var geometry = Json.MAPPER.createObjectNode().put("type", "MultiPolygon");
        var polygons = geometry.putArray("coordinates");
        for (int i = 0; i < outline.getNumGeometries(); i++) {
            var polygon = (Polygon) outline.getGeometryN(i);
            var rings = polygons.addArray();
            ring(rings.addArray(), polygon.getExteriorRing());
            for (int hole = 0; hole < polygon.getNumInteriorRing(); hole++) {
                ring(rings.addArray(), polygon.getInteriorRingN(hole));
            }
        }
        return geometry;
    }

    private static void ring(ArrayNode positions, LinearRing ring) {
        for (var position : ring.getCoordinates()) {
            positions.addArray().add(position.x).add(position.y);
        }
    }
}
