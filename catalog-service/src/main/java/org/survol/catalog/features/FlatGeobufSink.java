// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.survol.catalog.cql2.Queryable;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.wololo.flatgeobuf.Constants;
import org.wololo.flatgeobuf.GeometryConversions;
import org.wololo.flatgeobuf.generated.Column;
import org.wololo.flatgeobuf.generated.ColumnType;
import org.wololo.flatgeobuf.generated.Feature;
import org.wololo.flatgeobuf.generated.GeometryType;
import org.wololo.flatgeobuf.generated.Header;

/** FlatGeobuf as a stream: multipolygons in the map's CRS, without index, because that would have to come first. */
final class FlatGeobufSink implements FeatureSink {

    private final OutputStream out;
    private final List<String> names;
    private final List<Queryable.Type> types;

    FlatGeobufSink(OutputStream out, String name, int epsg, Map<String, Queryable.Type> columns, Terms terms)
            throws IOException {
        this.out = out;
        this.names = List.copyOf(columns.keySet());
        this.types = List.copyOf(columns.values());
        out.write(Constants.MAGIC_BYTES);
        out.write(header(name, epsg, terms));
    }

    private byte[] header(String name, int epsg, Terms terms) {
        var builder = new FlatBufferBuilder(4096);
        var columns = new int[names.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = Column.createColumn(
                    builder,
                    builder.createString(names.get(i)),
                    type(types.get(i)),
                    0,
                    0,
                    -1,
                    -1,
                    -1,
                    true,
                    false,
                    false,
                    0);
        }
        int columnVector = Header.createColumnsVector(builder, columns);
        var crs = Crs.ofEpsg(epsg);
        int crsTable = org.wololo.flatgeobuf.generated.Crs.createCrs(
                builder,
                builder.createString("EPSG"),
                epsg,
                builder.createString(crs.name()),
                0,
                builder.createString(crs.wkt()),
                0);
        int header = Header.createHeader(
                builder,
                builder.createString(name),
                0,
                GeometryType.MultiPolygon,
                false,
                false,
                false,
                false,
                columnVector,
                0,
                0,
                crsTable,
                builder.createString(name),
                builder.createString(terms.attribution() + ". Licence: " + terms.licence()),
                builder.createString(
                        Json.text(Map.of("license", terms.licence(), "attribution", terms.attribution()))));
        Header.finishSizePrefixedHeaderBuffer(builder, header);
        return builder.sizedByteArray();
    }

    private static byte type(Queryable.Type type) {
        return switch (type) {
            case INTEGER -> ColumnType.Long;
            case NUMBER -> ColumnType.Double;
            case BOOLEAN -> ColumnType.Bool;
            default -> ColumnType.String;
        };
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        var builder = new FlatBufferBuilder(1024);
        int geometry = GeometryConversions.serialize(
                builder, MultiPolygons.of(entry.geometry()), (byte) GeometryType.MultiPolygon);
        int values = Feature.createPropertiesVector(builder, properties(entry.properties()));
        Feature.finishSizePrefixedFeatureBuffer(builder, Feature.createFeature(builder, geometry, values, 0));
        out.write(builder.sizedByteArray());
    }

    private byte[] properties(Map<String, Object> properties) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < names.size(); i++) {
            var value = properties.get(names.get(i));
            if (value != null) {
                bytes.writeBytes(little(Short.BYTES).putShort((short) i).array());
                bytes.writeBytes(encoded(types.get(i), value));
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] encoded(Queryable.Type type, Object value) {
        return switch (type) {
            case INTEGER ->
                little(Long.BYTES).putLong(((Number) value).longValue()).array();
            case NUMBER ->
                little(Double.BYTES).putDouble(((Number) value).doubleValue()).array();
            case BOOLEAN -> new byte[] {(byte) (Boolean.TRUE.equals(value) ? 1 : 0)};
            default -> {
                var text = value.toString().getBytes(StandardCharsets.UTF_8);
                yield little(Integer.BYTES + text.length)
                        .putInt(text.length)
                        .put(text)
                        .array();
            }
        };
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        out.flush();
    }
}
