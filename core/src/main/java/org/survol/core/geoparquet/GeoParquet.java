// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geoparquet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.survol.core.crs.Crs;

/**
 * Writes GeoParquet 1.1: WKB geometries, a box beside each ({@code bbox}, named as covering), and row groups with the range
 * of the boxes in them, so that a reader of a box fetches few of them. Features should come in an order that keeps
 * neighbours together. Equal features in the same order are equal bytes. Closing without {@link #finish} leaves a file that
 * is no Parquet.
 *
 * <p>Every column is plainly encoded, one page per row group, compressed with Zstandard: all that a flat table needs of
 * Parquet's format. At most one row group is in memory.
 */
public final class GeoParquet implements Closeable {

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
    private static final int OPTIONAL = 1;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int ZSTD = 6;
    private static final int DATA_PAGE = 0;
    private static final int UTF8 = 0;
    private static final int TIMESTAMP_MICROS = 10;

    /** What a column holds: texts, whole numbers of 32 or 64 bits, reals, or instants (UTC, to the microsecond). */
    public enum ColumnType {
        TEXT(BYTE_ARRAY),
        INTEGER(INT32),
        LONG(INT64),
        REAL(DOUBLE),
        TIME(INT64);

        private final int physical;

        ColumnType(int physical) {
            this.physical = physical;
        }
    }

    /**
     * @param geometryType {@code Polygon} or {@code MultiPolygon}
     * @param counterclockwise whether all shells run counterclockwise and all holes clockwise
     * @param epsg of the coordinates, easting first
     * @param columns besides {@code geometry} and {@code bbox}, in their order
     * @param nullable whether the columns may lack values
     * @param metadata of the file; terms of use, for example
     */
    public record Layer(
            String geometryType,
            boolean counterclockwise,
            int epsg,
            Map<String, ColumnType> columns,
            boolean nullable,
            Map<String, String> metadata) {}

    private final Layer layer;
    private final OutputStream out;
    private final List<Column> columns = new ArrayList<>();
    private final Column geometry;
    private final List<Column> box = new ArrayList<>();
    private final List<byte[]> groupBytes = new ArrayList<>();
    private long position;
    private int rows;
    private long allRows;
    private double west = Double.POSITIVE_INFINITY;
    private double south = Double.POSITIVE_INFINITY;
    private double east = Double.NEGATIVE_INFINITY;
    private double north = Double.NEGATIVE_INFINITY;

    /** @param out better buffered; closed with this */
    public GeoParquet(OutputStream out, Layer layer) throws IOException {
        this.layer = layer;
        this.out = out;
        layer.columns.forEach((name, type) -> columns.add(new Column(type.physical, layer.nullable, name)));
        geometry = new Column(BYTE_ARRAY, false, GEOMETRY);
        columns.add(geometry);
        for (var side : BOX) {
            box.add(new Column(DOUBLE, false, "bbox", side));
        }
        columns.addAll(box);
        write(MAGIC);
    }

    /** @param values in the order of the columns; null where there is none */
    public void add(double minX, double minY, double maxX, double maxY, byte[] wkb, List<?> values) throws IOException {
        for (int i = 0; i < values.size(); i++) {
            var into = columns.get(i);
            switch (values.get(i)) {
                case null -> into.putNull();
                case Integer value when into.type == INT32 -> into.put((int) value);
                case Instant value -> into.put(ChronoUnit.MICROS.between(Instant.EPOCH, value));
                case Number value when into.type == DOUBLE -> into.put(value.doubleValue());
                case Number value when into.type == INT64 -> into.put(value.longValue());
                case Object value -> into.put(value.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        geometry.put(wkb);
        box.get(0).put(minX);
        box.get(1).put(minY);
        box.get(2).put(maxX);
        box.get(3).put(maxY);
        west = Math.min(west, minX);
        south = Math.min(south, minY);
        east = Math.max(east, maxX);
        north = Math.max(north, maxY);
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
            var page = column.page();
            var packed = Zstd.compress(page, ZSTD_LEVEL);
            var header = new ThriftOut()
                    .i32(1, DATA_PAGE)
                    .i32(2, page.length)
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
            uncompressed += header.length + page.length;
            group.beginElement()
                    .i64(2, start)
                    .begin(3)
                    .i32(1, column.type)
                    .i32s(2, PLAIN, RLE)
                    .texts(3, column.path)
                    .i32(4, ZSTD)
                    .i64(5, rows)
                    .i64(6, header.length + page.length)
                    .i64(7, header.length + packed.length)
                    .i64(9, start);
            if (column.type == DOUBLE && column.smallest <= column.largest) {
                group.begin(12)
                        .i64(3, column.nulls)
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

    /** Completes the file; nothing can be added afterwards. */
    public void finish() throws IOException {
        flush();
        var footer = new ThriftOut();
        footer.i32(1, 1);
        schema(footer);
        footer.i64(3, allRows).structs(4, groupBytes.size());
        for (var group : groupBytes) {
            footer.raw(group);
        }
        footer.structs(5, 1 + layer.metadata.size());
        footer.beginElement().text(1, "geo").text(2, geo()).end();
        layer.metadata.forEach((key, value) ->
                footer.beginElement().text(1, key).text(2, value).end());
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
        footer.structs(2, 1 + layer.columns.size() + 1 + 1 + BOX.length);
        footer.beginElement().text(4, "schema").i32(5, layer.columns.size() + 2).end();
        layer.columns.forEach((name, type) -> {
            footer.beginElement()
                    .i32(1, type.physical)
                    .i32(3, layer.nullable ? OPTIONAL : REQUIRED)
                    .text(4, name);
            switch (type) {
                // Logical types: 1 string; 8 timestamp of unit 2, microseconds.
                case TEXT -> footer.i32(6, UTF8).begin(10).begin(1).end().end();
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
                case INTEGER, LONG, REAL -> {}
            }
            footer.end();
        });
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
    private String geo() throws JsonProcessingException {
        var covering = new LinkedHashMap<String, Object>();
        for (var side : BOX) {
            covering.put(side, List.of("bbox", side));
        }
        var crs = Crs.ofEpsg(layer.epsg);
        var column = new LinkedHashMap<String, Object>();
        column.put("encoding", "WKB");
        column.put("geometry_types", List.of(layer.geometryType));
        // Null says that the CRS is not known; without the key it would be longitude and latitude.
        column.put("crs", ProjJson.of(layer.epsg, crs.wkt()).orElse(null));
        column.put("edges", "planar");
        if (layer.counterclockwise) {
            column.put("orientation", "counterclockwise");
        }
        if (west <= east) {
            column.put("bbox", List.of(west, south, east, north));
        }
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
        private final boolean nullable;
        ByteBuffer values = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
        double smallest;
        double largest;
        long nulls;
        /** Runs of values and of nulls, as Parquet's hybrid encoding has them. */
        private final ByteArrayOutputStream levels = new ByteArrayOutputStream();

        private boolean runOfValues;
        private int run;

        Column(int type, boolean nullable, String... path) {
            this.type = type;
            this.nullable = nullable;
            this.path = path;
            clear();
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

        void putNull() {
            if (!nullable) {
                throw new IllegalArgumentException("the column " + String.join(".", path) + " has no nulls");
            }
            level(false);
            nulls++;
        }

        byte[] page() {
            if (!nullable) {
                return Arrays.copyOf(values.array(), values.position());
            }
            endRun();
            return ByteBuffer.allocate(Integer.BYTES + levels.size() + values.position())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(levels.size())
                    .put(levels.toByteArray())
                    .put(values.array(), 0, values.position())
                    .array();
        }

        void clear() {
            values.clear();
            smallest = Double.POSITIVE_INFINITY;
            largest = Double.NEGATIVE_INFINITY;
            nulls = 0;
            levels.reset();
        }

        private ByteBuffer room(int more) {
            level(true);
            if (values.remaining() < more) {
                values = ByteBuffer.allocate(Math.max(2 * values.capacity(), values.position() + more))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(values.flip());
            }
            return values;
        }

        private void level(boolean present) {
            if (!nullable) {
                return;
            }
            if (run > 0 && runOfValues != present) {
                endRun();
            }
            runOfValues = present;
            run++;
        }

        private void endRun() {
            int rest = run << 1;
            while ((rest & ~0x7F) != 0) {
                levels.write(rest & 0x7F | 0x80);
                rest >>>= 7;
            }
            levels.write(rest);
            levels.write(runOfValues ? 1 : 0);
            run = 0;
        }
    }
}
