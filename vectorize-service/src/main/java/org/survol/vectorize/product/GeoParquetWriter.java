// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * GeoParquet 1.1: WKB geometries, a box beside each ({@code bbox}, named as covering), and row groups with the range of the
 * boxes in them, so that a reader of a box fetches few of them. Features must come in an order that keeps neighbours
 * together.
 *
 * <p>Every column is required and plainly encoded, one page each per row group, compressed with Zstandard: all that a flat
 * table without nulls needs of Parquet's format. At most one row group is in memory.
 */
final class GeoParquetWriter implements MapWriter {

    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final String GEOMETRY = "geometry";
    private static final String[] BOX = {"xmin", "ymin", "xmax", "ymax"};
    private static final int ROWS_PER_GROUP = 16_384;
    private static final int BYTES_PER_GROUP = 64 << 20;
    private static final int ZSTD_LEVEL = 3;

    // Numbers of the Parquet format.
    private static final int INT32 = 1;
    private static final int INT64 = 2;
    private static final int DOUBLE = 5;
    private static final int BYTE_ARRAY = 6;
    private static final int REQUIRED = 0;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int ZSTD = 6;
    private static final int DATA_PAGE = 0;
    private static final int UTF8 = 0;
    private static final int TIMESTAMP_MICROS = 10;

    private final MapHead head;
    private final OutputStream out;
    private final List<Column> columns = new ArrayList<>();
    private final Column geometry;
    private final List<Column> box = new ArrayList<>();
    private final List<byte[]> groupBytes = new ArrayList<>();
    private long position;
    private int rows;
    private long allRows;

    GeoParquetWriter(Path file, MapHead head) throws IOException {
        this.head = head;
        for (var column : MapColumn.values()) {
            columns.add(new Column(physicalType(column), column.columnName()));
        }
        geometry = new Column(BYTE_ARRAY, GEOMETRY);
        columns.add(geometry);
        for (var side : BOX) {
            var column = new Column(DOUBLE, "bbox", side);
            box.add(column);
            columns.add(column);
        }
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        write(MAGIC);
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        for (var column : MapColumn.values()) {
            var into = columns.get(column.ordinal());
            switch (feature.attributes.get(column)) {
                case Integer value -> into.put(value);
                case Double value -> into.put((double) value);
                case Instant value -> into.put(ChronoUnit.MICROS.between(Instant.EPOCH, value));
                case Object value -> into.put(value.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        geometry.put(Wkb.polygon(feature));
        box.get(0).put(feature.west);
        box.get(1).put(feature.south);
        box.get(2).put(feature.east);
        box.get(3).put(feature.north);
        rows++;
        if (rows == ROWS_PER_GROUP || geometry.values.position() >= BYTES_PER_GROUP) {
            flush();
        }
    }

    private void flush() throws IOException {
        if (rows == 0) {
            return;
        }
        var group = new ThriftOut();
        group.structs(1, columns.size());
        long uncompressed = 0;
        for (var column : columns) {
            long start = position;
            int size = column.values.position();
            var packed = Zstd.compress(Arrays.copyOf(column.values.array(), size), ZSTD_LEVEL);
            var header = new ThriftOut()
                    .i32(1, DATA_PAGE)
                    .i32(2, size)
                    .i32(3, packed.length)
                    .begin(5)
                    .i32(1, rows)
                    .i32(2, PLAIN)
                    .i32(3, RLE)
                    .i32(4, RLE)
                    .end()
                    .end()
                    .bytes();
            write(header);
            write(packed);
            uncompressed += header.length + size;
            group.beginElement()
                    .i64(2, start)
                    .begin(3)
                    .i32(1, column.type)
                    .i32s(2, PLAIN, RLE)
                    .texts(3, column.path)
                    .i32(4, ZSTD)
                    .i64(5, rows)
                    .i64(6, header.length + size)
                    .i64(7, header.length + packed.length)
                    .i64(9, start);
            if (column.type == DOUBLE) {
                group.begin(12)
                        .i64(3, 0)
                        .binary(5, littleEndian(column.largest))
                        .binary(6, littleEndian(column.smallest))
                        .end();
            }
            group.end().end();
            column.clear();
        }
        group.i64(2, uncompressed).i64(3, rows).end();
        groupBytes.add(group.bytes());
        allRows += rows;
        rows = 0;
    }

    @Override
    public void finish(MapExtent extent) throws IOException {
        flush();
        var footer = new ThriftOut();
        footer.i32(1, 1);
        schema(footer);
        footer.i64(3, allRows).structs(4, groupBytes.size());
        for (var group : groupBytes) {
            footer.raw(group);
        }
        footer.structs(5, 1).beginElement().text(1, "geo").text(2, geo(extent)).end();
        footer.text(6, "survol").structs(7, columns.size());
        for (int i = 0; i < columns.size(); i++) {
            footer.beginElement().begin(1).end().end();
        }
        footer.end();
        var bytes = footer.bytes();
        write(bytes);
        write(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .array());
        write(MAGIC);
        out.flush();
    }

    private void schema(ThriftOut footer) {
        int attributes = MapColumn.values().length;
        footer.structs(2, 1 + attributes + 1 + 1 + BOX.length);
        footer.beginElement().text(4, "schema").i32(5, attributes + 2).end();
        for (var column : MapColumn.values()) {
            footer.beginElement().i32(1, physicalType(column)).i32(3, REQUIRED).text(4, column.columnName());
            switch (column.kind) {
                // Logical types: 1 string; 8 timestamp of unit 2, microseconds.
                case TEXT, JSON -> footer.i32(6, UTF8).begin(10).begin(1).end().end();
                case TIME ->
                    footer.i32(6, TIMESTAMP_MICROS)
                            .begin(10)
                            .begin(8)
                            .bool(1, true)
                            .begin(2)
                            .begin(2)
                            .end()
                            .end()
                            .end()
                            .end();
                case INTEGER, REAL -> {}
            }
            footer.end();
        }
        footer.beginElement()
                .i32(1, BYTE_ARRAY)
                .i32(3, REQUIRED)
                .text(4, GEOMETRY)
                .end();
        footer.beginElement()
                .i32(3, REQUIRED)
                .text(4, "bbox")
                .i32(5, BOX.length)
                .end();
        for (var side : BOX) {
            footer.beginElement().i32(1, DOUBLE).i32(3, REQUIRED).text(4, side).end();
        }
    }

    /** The file's metadata under the key {@code geo}, as GeoParquet 1.1 wants it. */
    private String geo(MapExtent extent) throws JsonProcessingException {
        var covering = new LinkedHashMap<String, Object>();
        for (var side : BOX) {
            covering.put(side, List.of("bbox", side));
        }
        var column = new LinkedHashMap<String, Object>();
        column.put("encoding", "WKB");
        column.put("geometry_types", List.of("Polygon"));
        // Null says that the CRS is not known; without the key it would be longitude and latitude.
        column.put("crs", ProjJson.of(head.epsg(), head.crsWkt()).orElse(null));
        column.put("edges", "planar");
        column.put("orientation", "counterclockwise");
        column.put("bbox", List.of(extent.west(), extent.south(), extent.east(), extent.north()));
        column.put("covering", Map.of("bbox", covering));
        var geo = new LinkedHashMap<String, Object>();
        geo.put("version", "1.1.0");
        geo.put("primary_column", GEOMETRY);
        geo.put("columns", Map.of(GEOMETRY, column));
        return new ObjectMapper().writeValueAsString(geo);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        position += bytes.length;
    }

    private static int physicalType(MapColumn column) {
        return switch (column.kind) {
            case TEXT, JSON -> BYTE_ARRAY;
            case INTEGER -> INT32;
            case REAL -> DOUBLE;
            case TIME -> INT64;
        };
    }

    private static byte[] littleEndian(double value) {
        return ByteBuffer.allocate(Double.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(value)
                .array();
    }

    /** Values of a row group, as Parquet's plain encoding has them. */
    private static final class Column {
        final int type;
        final String[] path;
        ByteBuffer values = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
        double smallest = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;

        Column(int type, String... path) {
            this.type = type;
            this.path = path;
        }

        void put(int value) {
            room(Integer.BYTES).putInt(value);
        }

        void put(long value) {
            room(Long.BYTES).putLong(value);
        }

        void put(double value) {
            room(Double.BYTES).putDouble(value);
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
        }

        void put(byte[] value) {
            room(Integer.BYTES + value.length).putInt(value.length).put(value);
        }

        void clear() {
            values.clear();
            smallest = Double.POSITIVE_INFINITY;
            largest = Double.NEGATIVE_INFINITY;
        }

        private ByteBuffer room(int more) {
            if (values.remaining() < more) {
                values = ByteBuffer.allocate(Math.max(2 * values.capacity(), values.position() + more))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(values.flip());
            }
            return values;
        }
    }
}
