// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryCollection;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Point;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.Json;

/**
 * A GeoJSON file in the scene's CRS, which its {@code crs} member says (as GDAL reads it; RFC 7946 itself knows only longitude
 * and latitude). One feature per line. Coordinates in metres, to the centimetre.
 */
final class GeoJsonWriter implements AutoCloseable {

    private final JsonGenerator json;
    private final double originEasting;
    private final double originNorthing;

    /** @param originEasting added to the geometries' x, and so on for y */
    GeoJsonWriter(Path file, String name, int epsg, double originEasting, double originNorthing) throws IOException {
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        this.json = Json.MAPPER.getFactory().createGenerator(out, JsonEncoding.UTF8);
        this.originEasting = originEasting;
        this.originNorthing = originNorthing;
        json.writeStartObject();
        json.writeStringField("type", "FeatureCollection");
        json.writeStringField("name", name);
        json.writeObjectFieldStart("crs");
        json.writeStringField("type", "name");
        json.writeObjectFieldStart("properties");
        json.writeStringField("name", "urn:ogc:def:crs:EPSG::" + epsg);
        json.writeEndObject();
        json.writeEndObject();
        json.writeArrayFieldStart("features");
    }

    void feature(Geometry geometry, Map<String, ?> properties) throws IOException {
        startFeature(properties);
        geometry(geometry);
        endFeature();
    }

    /** Opens a feature whose geometry the caller writes to {@link #json()}. */
    void startFeature(Map<String, ?> properties) throws IOException {
        json.writeRaw('\n');
        json.writeStartObject();
        json.writeStringField("type", "Feature");
        json.writeObjectFieldStart("properties");
        for (var property : properties.entrySet()) {
            json.writeObjectField(property.getKey(), property.getValue());
        }
        json.writeEndObject();
        json.writeFieldName("geometry");
    }

    void endFeature() throws IOException {
        json.writeEndObject();
    }

    JsonGenerator json() {
        return json;
    }

    private void geometry(Geometry geometry) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", geometry.getGeometryType());
        json.writeFieldName(geometry.getClass() == GeometryCollection.class ? "geometries" : "coordinates");
        coordinates(geometry);
        json.writeEndObject();
    }

    private void coordinates(Geometry geometry) throws IOException {
        switch (geometry) {
            case Point point -> position(point.getCoordinate());
            case LineString line -> positions(line);
            case Polygon polygon -> {
                json.writeStartArray();
                positions(polygon.getExteriorRing());
                for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
                    positions(polygon.getInteriorRingN(i));
                }
                json.writeEndArray();
            }
            default -> {
                json.writeStartArray();
                for (int i = 0; i < geometry.getNumGeometries(); i++) {
                    coordinates(geometry.getGeometryN(i));
                }
                json.writeEndArray();
            }
        }
    }

    private void positions(LineString line) throws IOException {
        json.writeStartArray();
        for (Coordinate c : line.getCoordinates()) {
            position(c);
        }
        json.writeEndArray();
    }

    private void position(Coordinate c) throws IOException {
        position(originEasting + c.x, originNorthing + c.y);
    }

    /** Absolute easting and northing. */
    void position(double easting, double northing) throws IOException {
        json.writeStartArray();
        json.writeNumber(centimetres(easting));
        json.writeNumber(centimetres(northing));
        json.writeEndArray();
    }

    private static String centimetres(double metres) {
        long value = Math.round(metres * 100);
        long whole = value / 100;
        long part = value % 100;
        if (part == 0) {
            return Long.toString(whole);
        }
        return part % 10 == 0 ? whole + "." + part / 10 : whole + (part < 10 ? ".0" : ".") + part;
    }

    @Override
    public void close() throws IOException {
        json.writeRaw('\n');
        json.writeEndArray();
        json.writeEndObject();
        json.writeRaw('\n');
        json.close();
    }
}
