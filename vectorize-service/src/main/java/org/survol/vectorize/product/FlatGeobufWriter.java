// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.wololo.flatgeobuf.Constants;
import org.wololo.flatgeobuf.generated.Column;
import org.wololo.flatgeobuf.generated.ColumnType;
import org.wololo.flatgeobuf.generated.Crs;
import org.wololo.flatgeobuf.generated.Feature;
import org.wololo.flatgeobuf.generated.Geometry;
import org.wololo.flatgeobuf.generated.GeometryType;
import org.wololo.flatgeobuf.generated.Header;

/**
 * FlatGeobuf 3 with its packed R-tree, so that a box can be read by ranges. The index precedes the features, therefore
 * these wait in a file beside, and their boxes in another, until all are known. Features must come in an order that keeps
 * neighbours together.
 */
final class FlatGeobufWriter implements MapWriter {

    private static final int COPY_BUFFER = 1 << 16;

    private final Path file;
    private final MapHead head;
    private final Path waiting;
    private final OutputStream features;
    private final PackedBoxes boxes;
    private final FlatBufferBuilder builder = new FlatBufferBuilder(1 << 16);
    private ByteBuffer properties = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    private long offset;

    FlatGeobufWriter(Path file, MapHead head) throws IOException {
        this.file = file;
        this.head = head;
        boxes = new PackedBoxes(file.resolveSibling(file.getFileName() + ".boxes"));
        waiting = file.resolveSibling(file.getFileName() + ".features");
        features = new BufferedOutputStream(Files.newOutputStream(waiting), COPY_BUFFER);
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        builder.clear();
        int ends = 0;
        if (feature.rings > 1) {
            Geometry.startEndsVector(builder, feature.rings);
            for (int ring = feature.rings - 1; ring >= 0; ring--) {
                builder.addInt(feature.ringEnds[ring]);
            }
            ends = builder.endVector();
        }
        int numbers = 2 * feature.points();
        Geometry.startXyVector(builder, numbers);
        for (int i = numbers - 1; i >= 0; i--) {
            builder.addDouble(feature.xy[i]);
        }
        int xy = builder.endVector();
        int geometry = Geometry.createGeometry(builder, ends, xy, 0, 0, 0, 0, GeometryType.Polygon, 0);
        encodeProperties(feature);
        int values = Feature.createPropertiesVector(builder, properties);
        Feature.finishSizePrefixedFeatureBuffer(builder, Feature.createFeature(builder, geometry, values, 0));

        var bytes = builder.dataBuffer();
        int size = bytes.remaining();
        features.write(bytes.array(), bytes.arrayOffset() + bytes.position(), size);
        boxes.add(feature.west, feature.south, feature.east, feature.north, offset);
        offset += size;
    }

    /** Column number (2 bytes) and value, one after the other; texts with their length (4 bytes) before. */
    private void encodeProperties(MapFeature feature) {
        properties.clear();
        feature.attributes.forEach((column, value) -> {
            byte[] text =
                    switch (value) {
                        case Instant time ->
                            DateTimeFormatter.ISO_INSTANT.format(time).getBytes(StandardCharsets.UTF_8);
                        case String string -> string.getBytes(StandardCharsets.UTF_8);
                        default -> new byte[0];
                    };
            if (properties.remaining() < text.length + 16) {
                properties = ByteBuffer.allocate(2 * properties.capacity() + text.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(properties.flip());
            }
            properties.putShort((short) column.ordinal());
            switch (value) {
                case Integer number -> properties.putInt(number);
                case Double number -> properties.putDouble(number);
                default -> properties.putInt(text.length).put(text);
            }
        });
        properties.flip();
    }

    @Override
    public void finish(MapExtent extent) throws IOException {
        features.close();
        try (var out = new BufferedOutputStream(Files.newOutputStream(file), COPY_BUFFER)) {
            out.write(Constants.MAGIC_BYTES);
            out.write(header(extent));
            boxes.writeTo(out);
            Files.copy(waiting, out);
        }
    }

    private byte[] header(MapExtent extent) {
        var b = new FlatBufferBuilder(4096);
        var columns = new int[MapColumn.values().length];
        for (var column : MapColumn.values()) {
            int name = b.createString(column.columnName());
            int type =
                    switch (column.kind) {
                        case TEXT -> ColumnType.String;
                        case JSON -> ColumnType.Json;
                        case INTEGER -> ColumnType.Int;
                        case REAL -> ColumnType.Double;
                        case TIME -> ColumnType.DateTime;
                    };
            columns[column.ordinal()] =
                    Column.createColumn(b, name, type, 0, 0, -1, -1, -1, false, column == MapColumn.ID, false, 0);
        }
        int columnsVector = Header.createColumnsVector(b, columns);
        int crs = Crs.createCrs(
                b,
                b.createString("EPSG"),
                head.epsg(),
                b.createString(head.crsName()),
                0,
                b.createString(head.crsWkt()),
                0);
        int name = b.createString(MapHead.LAYER);
        int title = b.createString(head.title());
        boolean empty = boxes.count() == 0;
        int envelope = empty
                ? 0
                : Header.createEnvelopeVector(
                        b, new double[] {extent.west(), extent.south(), extent.east(), extent.north()});
        int header = Header.createHeader(
                b,
                name,
                envelope,
                GeometryType.Polygon,
                false,
                false,
                false,
                false,
                columnsVector,
                boxes.count(),
                empty ? 0 : PackedBoxes.NODE_SIZE,
                crs,
                title,
                0,
                0);
        Header.finishSizePrefixedHeaderBuffer(b, header);
        return b.sizedByteArray();
    }

    @Override
    public void close() throws IOException {
        features.close();
        boxes.close();
        Files.deleteIfExists(waiting);
    }
}
