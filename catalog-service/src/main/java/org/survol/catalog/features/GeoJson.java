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
    /** Doubles hold all whole numbers below it. */
    private static final double MOST_SCALED = 1L << 53;

    record Link(String rel, String href, String type) {}

    private final JsonGenerator json;
    private final CrsTransform transform;
    private final NamedCrs to;
    private final char[] digits = new char[32];

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

    /** What was moved already is not moved again. */
    void write(FeatureSearch.Found found) throws IOException {
        if (to.equals(NamedCrs.CRS84) && found.lngLat().isPresent()) {
            write(found.entry(), found.lngLat().get(), true, List.of());
        } else {
            write(found.entry(), List.of());
        }
    }

    void write(FlatGeobuf.Entry entry, List<Link> links) throws IOException {
        write(entry, entry.geometry(), false, links);
    }

    private void write(FlatGeobuf.Entry entry, Geometry geometry, boolean moved, List<Link> links) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Feature");
        json.writeNumberField("id", entry.number());
        json.writeFieldName("geometry");
        write(geometry, moved);
        json.writeObjectFieldStart("properties");
        for (var property : entry.properties().entrySet()) {
            json.writeFieldName(property.getKey());
            value(property.getValue());
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

    private void write(Geometry geometry, boolean moved) throws IOException {
        switch (geometry) {
            case Polygon polygon -> {
                json.writeStartObject();
                json.writeStringField("type", "Polygon");
                json.writeFieldName("coordinates");
                rings(polygon, moved);
                json.writeEndObject();
            }
            case MultiPolygon many -> {
                json.writeStartObject();
                json.writeStringField("type", "MultiPolygon");
                json.writeArrayFieldStart("coordinates");
                for (int i = 0; i < many.getNumGeometries(); i++) {
                    rings((Polygon) many.getGeometryN(i), moved);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            default -> throw new IOException("a map holds polygons, not a " + geometry.getGeometryType());
        }
    }

    private void rings(Polygon polygon, boolean moved) throws IOException {
        json.writeStartArray();
        ring(polygon.getExteriorRing(), true, moved);
        for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
            ring(polygon.getInteriorRingN(i), false, moved);
        }
        json.writeEndArray();
    }

    private void ring(LinearRing ring, boolean counterClockwise, boolean moved) throws IOException {
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
        if (!moved) {
            transform.apply(xy, count);
        }
        json.writeStartArray();
        for (int i = 0; i < count; i++) {
            json.writeStartArray();
            number(xy[2 * i + (to.northFirst() ? 1 : 0)]);
            number(xy[2 * i + (to.northFirst() ? 0 : 1)]);
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    /** Ten thousand of them are a page: no decimal arithmetic where whole numbers do. */
    private void number(double value) throws IOException {
        int decimals = to.isDegrees() ? DECIMALS_OF_DEGREES : DECIMALS_OF_METRES;
        double scaled = Math.rint(value * (to.isDegrees() ? 1e8 : 1e3));
        // exact as a long, and false for what is no number
        if (!(Math.abs(scaled) < MOST_SCALED)) {
            json.writeNumber(BigDecimal.valueOf(value)
                    .setScale(decimals, RoundingMode.HALF_EVEN)
                    .stripTrailingZeros()
                    .toPlainString());
            return;
        }
        long left = (long) Math.abs(scaled);
        int end = digits.length;
        int start = end;
        for (int i = 0; i < decimals; i++) {
            int digit = (int) (left % 10);
            left /= 10;
            if (digit == 0 && start == end) {
                // a zero at the end says nothing
                end--;
                start--;
            } else {
                digits[--start] = (char) ('0' + digit);
            }
        }
        if (start != end) {
            digits[--start] = '.';
        }
        do {
            digits[--start] = (char) ('0' + left % 10);
            left /= 10;
        } while (left > 0);
        if (scaled < 0) {
            digits[--start] = '-';
        }
        json.writeRawValue(digits, start, end - start);
    }

    private void value(Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Integer whole -> json.writeNumber(whole);
            case Long whole -> json.writeNumber(whole);
            case Double fraction -> json.writeNumber(fraction);
            case Boolean truth -> json.writeBoolean(truth);
            default -> json.writePOJO(value);
        }
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}
