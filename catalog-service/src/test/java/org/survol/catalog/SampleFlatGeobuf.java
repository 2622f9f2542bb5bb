// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.nomenclature.LandClass;
import org.wololo.flatgeobuf.Constants;
import org.wololo.flatgeobuf.GeometryConversions;
import org.wololo.flatgeobuf.NodeItem;
import org.wololo.flatgeobuf.PackedRTree;
import org.wololo.flatgeobuf.generated.Column;
import org.wololo.flatgeobuf.generated.ColumnType;
import org.wololo.flatgeobuf.generated.Crs;
import org.wololo.flatgeobuf.generated.Feature;
import org.wololo.flatgeobuf.generated.GeometryType;
import org.wololo.flatgeobuf.generated.Header;

/** A small map with the columns that the web map reads. */
public final class SampleFlatGeobuf {

    private static final short NODE_SIZE = 16;

    /** @param value class of {@link SampleRun#CLASSES} */
    public record Shape(Polygon polygon, int value) {}

    private SampleFlatGeobuf() {}

    public static byte[] of(int epsg, List<Shape> shapes) throws IOException {
        var items = new ArrayList<PackedRTree.FeatureItem>();
        var features = new ByteArrayOutputStream();
        var extent = new NodeItem(0);
        for (int i = 0; i < shapes.size(); i++) {
            var polygon = shapes.get(i).polygon();
            var bytes = feature(
                    polygon, SampleRun.CLASSES.ofValue(shapes.get(i).value()).orElseThrow());
            var item = new PackedRTree.FeatureItem();
            var box = polygon.getEnvelopeInternal();
            item.nodeItem = new NodeItem(box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY(), features.size());
            item.offset = features.size();
            item.size = bytes.length;
            items.add(item);
            extent.expand(item.nodeItem);
            features.writeBytes(bytes);
        }
        var out = new ByteArrayOutputStream();
        out.writeBytes(Constants.MAGIC_BYTES);
        out.writeBytes(header(epsg, extent, shapes.size()));
        if (!items.isEmpty()) {
            new PackedRTree(items, NODE_SIZE).write(out);
        }
        out.writeBytes(features.toByteArray());
        return out.toByteArray();
    }

    private static byte[] feature(Polygon polygon, LandClass landClass) throws IOException {
        var values = ByteBuffer.allocate(1_024).order(ByteOrder.LITTLE_ENDIAN);
        values.putShort((short) 0).putInt(landClass.value());
        text(values, 1, landClass.code());
        text(values, 2, landClass.labelEn());
        text(values, 3, landClass.labelFr());
        text(values, 4, landClass.colour());
        values.putShort((short) 5).putDouble(polygon.getArea());
        values.putShort((short) 6).putDouble(0.87);
        var properties = new byte[values.position()];
        values.flip().get(properties);
        var builder = new FlatBufferBuilder(1_024);
        int geometry = GeometryConversions.serialize(builder, polygon, (byte) GeometryType.Polygon);
        int vector = Feature.createPropertiesVector(builder, properties);
        Feature.finishSizePrefixedFeatureBuffer(builder, Feature.createFeature(builder, geometry, vector, 0));
        return builder.sizedByteArray();
    }

    private static void text(ByteBuffer values, int column, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        values.putShort((short) column).putInt(bytes.length).put(bytes);
    }

    private static byte[] header(int epsg, NodeItem extent, int count) {
        var builder = new FlatBufferBuilder(1_024);
        var names = List.of("class", "code", "label_en", "label_fr", "colour", "area_m2", "confidence");
        var columns = new int[names.size()];
        for (int i = 0; i < columns.length; i++) {
            int type = i == 0 ? ColumnType.Int : i < 5 ? ColumnType.String : ColumnType.Double;
            columns[i] = Column.createColumn(
                    builder, builder.createString(names.get(i)), type, 0, 0, -1, -1, -1, true, false, false, 0);
        }
        int columnVector = Header.createColumnsVector(builder, columns);
        int crs = Crs.createCrs(builder, builder.createString("EPSG"), epsg, 0, 0, 0, 0);
        int envelope = count == 0
                ? 0
                : Header.createEnvelopeVector(
                        builder, new double[] {extent.minX, extent.minY, extent.maxX, extent.maxY});
        int header = Header.createHeader(
                builder,
                builder.createString("map"),
                envelope,
                GeometryType.Polygon,
                false,
                false,
                false,
                false,
                columnVector,
                count,
                count == 0 ? 0 : NODE_SIZE,
                crs,
                0,
                0,
                0);
        Header.finishSizePrefixedHeaderBuffer(builder, header);
        return builder.sizedByteArray();
    }
}
