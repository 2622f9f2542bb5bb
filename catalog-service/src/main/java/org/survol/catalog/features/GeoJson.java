// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.locationtech.jts.algorithm.Orientation;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.MultiPolygon;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;

/**
 * Writes polygons as RFC 7946 GeoJSON: WGS84 longitude and latitude with 8 decimals (about a millimetre), outer rings
 * counter-clockwise. Written as a stream; no tree of the document is ever in memory.
 */
final class GeoJson implements Closeable {

    private static final int WGS84 = 4326;
    private static final int DECIMALS = 8;

    record Link(String rel, String href, String type) {}

    private final JsonGenerator json;
    private final CrsTransform transform;

    GeoJson(OutputStream out, int epsg) throws IOException {
        this.json = Json.MAPPER.createGenerator(out);
        this.transform = Crs.ofEpsg(epsg).to(Crs.ofEpsg(WGS84));
    }

    void startCollection(int features) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "FeatureCollection");
        json.writeNumberField("numberReturned", features);
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
            number(xy[2 * i]);
            number(xy[2 * i + 1]);
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private void number(double degrees) throws IOException {
        json.writeNumber(BigDecimal.valueOf(degrees)
                .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                .stripTrailingZeros()
                .toPlainString());
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}
