// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.io.ByteOrderValues;
import org.locationtech.jts.io.WKBWriter;
import org.survol.core.geoparquet.GeoParquet;
import org.survol.core.geoparquet.GeoParquet.ColumnType;

/** GeoParquet with the map's columns and multipolygons in its CRS; its terms stand in the file's metadata. */
final class GeoParquetSink implements FeatureSink {

    private static final int BUFFER = 1 << 16;

    private final GeoParquet parquet;
    private final List<String> names;
    private final List<ColumnType> types;
    private final WKBWriter wkb = new WKBWriter(2, ByteOrderValues.LITTLE_ENDIAN);

    /** @param columns by {@link org.wololo.flatgeobuf.generated.ColumnType} */
    GeoParquetSink(OutputStream out, String title, int epsg, Map<String, Byte> columns, Terms terms)
            throws IOException {
        var typed = new LinkedHashMap<String, ColumnType>();
        columns.forEach((name, type) -> typed.put(name, type(type)));
        names = List.copyOf(typed.keySet());
        types = List.copyOf(typed.values());
        var metadata = new LinkedHashMap<String, String>();
        metadata.put("title", title);
        metadata.put("license", terms.licence());
        metadata.put("attribution", terms.attribution());
        parquet = new GeoParquet(
                new BufferedOutputStream(out, BUFFER),
                new GeoParquet.Layer("MultiPolygon", false, epsg, typed, true, metadata));
    }

    private static ColumnType type(byte column) {
        return switch (column) {
            case org.wololo.flatgeobuf.generated.ColumnType.Byte,
                    org.wololo.flatgeobuf.generated.ColumnType.UByte,
                    org.wololo.flatgeobuf.generated.ColumnType.Short,
                    org.wololo.flatgeobuf.generated.ColumnType.UShort,
                    org.wololo.flatgeobuf.generated.ColumnType.Int -> ColumnType.INTEGER;
            case org.wololo.flatgeobuf.generated.ColumnType.UInt,
                    org.wololo.flatgeobuf.generated.ColumnType.Long,
                    org.wololo.flatgeobuf.generated.ColumnType.ULong -> ColumnType.LONG;
            case org.wololo.flatgeobuf.generated.ColumnType.Float, org.wololo.flatgeobuf.generated.ColumnType.Double ->
                ColumnType.REAL;
            case org.wololo.flatgeobuf.generated.ColumnType.DateTime -> ColumnType.TIME;
            default -> ColumnType.TEXT;
        };
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        var shape = MultiPolygons.of(entry.geometry());
        var box = shape.getEnvelopeInternal();
        var values = new ArrayList<Object>(names.size());
        for (int i = 0; i < names.size(); i++) {
            values.add(value(types.get(i), entry.properties().get(names.get(i))));
        }
        parquet.add(box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY(), wkb.write(shape), values);
    }

    private static Object value(ColumnType type, Object value) {
        return switch (type) {
            case TIME -> value == null ? null : time(value.toString());
            case INTEGER -> value instanceof Number number ? (Object) number.intValue() : null;
            default -> value;
        };
    }

    /** Null for what is no time: a file that says less than it could is better than none. */
    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        parquet.finish();
    }
}
