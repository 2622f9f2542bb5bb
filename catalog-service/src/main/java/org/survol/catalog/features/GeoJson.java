// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.locationtech.jts.algorithm.Orientation;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.MultiPolygon;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;

/**
 * Writes polygons as GeoJSON: degrees with 8 decimals (about a millimetre), metres with 3, outer rings counter-clockwise
 * on a map; by RFC 7946 when the CRS is WGS84 longitude and latitude. Written as a
 * stream; no tree of the document is ever in memory.
 */
final class GeoJson implements Closeable {

    private static final int DECIMALS_OF_DEGREES = 8;
    private static final int DECIMALS_OF_METRES = 3;

    record Link(String rel, String href, String type) {}

    private final JsonGenerator json;
    private final CrsTransform transform;
    private final NamedCrs to;

    GeoJson(OutputStream out, int epsg, NamedCrs to) throws IOException {
        this.json = Json.MAPPER.createGenerator(out);
        this.transform = Crs.ofEpsg(epsg).to(to.crs());
        this.to = to;
    }

    void startCollection(int features, OptionalLong matched) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "FeatureCollection");
        if (matched.isPresent()) {
            json.writeNumberField("numberMatched", matched.getAsLong());
        }
        json.writeNumberField("numberReturned", features);
        json.writeArrayFieldStart("features");
    }

    /** Of which nobody knows yet how many there will be. */
    void startCollection(Map<String, String> members) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "FeatureCollection");
        for (var member : members.entrySet()) {
            json.writeStringField(member.getKey(), member.getValue());
        }
        json.writeArrayFieldStart("features");
    }

    void endCollection(List<Link> links) throws IOException {
        json.writeEndArray();
        write(links);
        json.writeEndObject();
    }

    void write(FlatGeobuf.Entry entry, List<Link> links) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Feature");
        json.writeNumberField("id", entry.number());
        json.writeFieldName("geometry");
        write(entry.geometry());
        json.writeObjectFieldStart("properties");
        for (var property : entry.properties().entrySet()) {
            json.writeObjectField(property.getKey(), property.getValue());
        }
        json.writeEndObject();
        if (!links.isEmpty()) {
            write(links);
        }
        json.writeEndObject();
    }

    private void write(List<Link> links) throws IOException {
        json.writeArrayFieldStart("links");
        for (var link : links) {
            json.writeStartObject();
            json.writeStringField("rel", link.rel());
            json.writeStringField("href", link.href());
            json.writeStringField("type", link.type());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void write(Geometry geometry) throws IOException {
        switch (geometry) {
            case Polygon polygon -> {
                json.writeStartObject();
                json.writeStringField("type", "Polygon");
                json.writeFieldName("coordinates");
                rings(polygon);
                json.writeEndObject();
            }
            case MultiPolygon many -> {
                json.writeStartObject();
                json.writeStringField("type", "MultiPolygon");
                json.writeArrayFieldStart("coordinates");
                for (int i = 0; i < many.getNumGeometries(); i++) {
                    rings((Polygon) many.getGeometryN(i));
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            default -> throw new IOException("a map holds polygons, not a " + geometry.getGeometryType());
        }
    }

    private void rings(Polygon polygon) throws IOException {
        json.writeStartArray();
        ring(polygon.getExteriorRing(), true);
        for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
            ring(polygon.getInteriorRingN(i), false);
        }
        json.writeEndArray();
    }

    private void ring(LinearRing ring, boolean counterClockwise) throws IOException {
        var points = ring.getCoordinateSequence();
        // projected CRSs with easting first keep the sense of rotation
        boolean reverse = Orientation.isCCW(points) != counterClockwise;
        int count = points.size();
        var xy = new double[count * 2];
        for (int i = 0; i < count; i++) {
            int from = reverse ? count - 1 - i : i;
            xy[2 * i] = points.getX(from);
            xy[2 * i + 1] = points.getY(from);
        }
        transform.apply(xy, count);
        json.writeStartArray();
        for (int i = 0; i < count; i++) {
            json.writeStartArray();
            number(xy[2 * i + (to.northFirst() ? 1 : 0)]);
            number(xy[2 * i + (to.northFirst() ? 0 : 1)]);
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private void number(double value) throws IOException {
        json.writeNumber(BigDecimal.valueOf(value)
                .setScale(to.isDegrees() ? DECIMALS_OF_DEGREES : DECIMALS_OF_METRES, RoundingMode.HALF_EVEN)
                .stripTrailingZeros()
                .toPlainString());
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}
