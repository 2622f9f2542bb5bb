// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;

/**
 * GeoJSON text sequence (RFC 8142): each feature between a record separator and a line feed, in WGS84 longitude and latitude
 * with 8 decimals (about a millimetre). Neighbours share their points here too, as equal points stay equal.
 */
final class GeoJsonSeqWriter implements MapWriter {

    private static final int LONG_LAT = 4326;
    private static final int DECIMALS = 8;
    private static final char RECORD_SEPARATOR = 0x1E;

    private final OutputStream out;
    private final JsonGenerator json;
    private final CrsTransform transform;

    GeoJsonSeqWriter(Path file, MapHead head) throws IOException {
        transform = Crs.ofEpsg(head.epsg()).to(Crs.ofEpsg(LONG_LAT));
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        json = new JsonFactory().createGenerator(out);
        json.setRootValueSeparator(null);
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        json.writeRaw(RECORD_SEPARATOR);
        json.writeStartObject();
        json.writeStringField("type", "Feature");
        json.writeStringField("id", feature.attributes.get(MapColumn.ID).toString());
        json.writeObjectFieldStart("geometry");
        json.writeStringField("type", "Polygon");
        json.writeArrayFieldStart("coordinates");
        int from = 0;
        for (int ring = 0; ring < feature.rings; ring++) {
            ring(feature, from, feature.ringEnds[ring]);
            from = feature.ringEnds[ring];
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeObjectFieldStart("properties");
        for (var attribute : feature.attributes.entrySet()) {
            json.writeFieldName(attribute.getKey().columnName());
            value(attribute.getKey(), attribute.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private void ring(MapFeature feature, int from, int to) throws IOException {
        var xy = new double[2 * (to - from)];
        System.arraycopy(feature.xy, 2 * from, xy, 0, xy.length);
        transform.apply(xy, to - from);
        json.writeStartArray();
        for (int i = 0; i < xy.length; i += 2) {
            json.writeStartArray();
            degrees(xy[i]);
            degrees(xy[i + 1]);
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private void degrees(double value) throws IOException {
        json.writeNumber(BigDecimal.valueOf(value)
                .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                .stripTrailingZeros()
                .toPlainString());
    }

    private void value(MapColumn column, Object value) throws IOException {
        switch (value) {
            case Integer number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case Instant time -> json.writeString(DateTimeFormatter.ISO_INSTANT.format(time));
            default -> {
                if (column.kind == MapColumn.Kind.JSON) {
                    json.writeRawValue(value.toString());
                } else {
                    json.writeString(value.toString());
                }
            }
        }
    }

    @Override
    public void finish(MapExtent extent) throws IOException {
        json.flush();
        out.flush();
    }

    @Override
    public void close() throws IOException {
        json.close();
        out.close();
    }
}
