// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.survol.catalog.cql2.Queryable;
import org.survol.core.raster.ByteSource;
import org.wololo.flatgeobuf.GeometryConversions;
import org.wololo.flatgeobuf.HeaderMeta;
import org.wololo.flatgeobuf.generated.ColumnType;
import org.wololo.flatgeobuf.generated.Feature;
import org.wololo.flatgeobuf.generated.GeometryType;

/**
 * A FlatGeobuf file read by ranges: header once, then only the index nodes and features that are asked for. Features are
 * numbered in file order, which is the order of the index's leaves. Safe to call from several threads.
 *
 * <p>Layout (flatgeobuf.org, version 3): 8 bytes of magic, size-prefixed header, packed Hilbert R-tree whose root comes
 * first (40 bytes a node: four doubles, then for a leaf the feature's offset in the feature section), size-prefixed
 * features. All little-endian.
 */
final class FlatGeobuf {

    private static final int MAGIC_BYTES = 8;
    private static final int NODE_BYTES = 40;
    private static final int MOST_HEADER_BYTES = 16 * 1024 * 1024;
    private static final int MOST_FEATURE_BYTES = 256 * 1024 * 1024;

    private final ByteSource source;
    private final HeaderMeta header;
    private final long indexStart;
    private final long featuresStart;
    /** First node of each level, leaves last. */
    private final long[] levelStart;

    /** @param number place in the file, from 0 */
    record Entry(long number, Geometry geometry, Map<String, Object> properties) {}

    private FlatGeobuf(ByteSource source, HeaderMeta header, long indexStart) {
        this.source = source;
        this.header = header;
        this.indexStart = indexStart;
        this.levelStart = levelStarts(header.featuresCount, header.indexNodeSize);
        long nodes = levelStart[levelStart.length - 1] + header.featuresCount;
        this.featuresStart = indexStart + nodes * NODE_BYTES;
    }

    static FlatGeobuf open(ByteSource source) throws IOException {
        var start = little(source.read(0, MAGIC_BYTES + Integer.BYTES));
        if (start.get(0) != 'f' || start.get(1) != 'g' || start.get(2) != 'b' || start.get(3) != 3) {
            throw new IOException(source.name() + " is not a FlatGeobuf file of version 3");
        }
        int headerBytes = start.getInt(MAGIC_BYTES);
        if (headerBytes <= 0 || headerBytes > MOST_HEADER_BYTES) {
            throw new IOException(source.name() + " has a header of " + headerBytes + " bytes");
        }
        int toIndex = MAGIC_BYTES + Integer.BYTES + headerBytes;
        var header = HeaderMeta.read(little(source.read(0, toIndex)));
        if (header.featuresCount > 0 && header.indexNodeSize < 2) {
            throw new IOException(source.name() + " has no spatial index");
        }
        return new FlatGeobuf(source, header, toIndex);
    }

    private static long[] levelStarts(long features, int nodeSize) {
        if (features == 0) {
            return new long[] {0};
        }
        var sizes = new ArrayList<Long>();
        long level = features;
        sizes.add(level);
        // a single leaf has a root above it all the same
        do {
            level = (level + nodeSize - 1) / nodeSize;
            sizes.add(level);
        } while (level > 1);
        var starts = new long[sizes.size()];
        long at = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = at;
            at += sizes.get(sizes.size() - 1 - i);
        }
        return starts;
    }

    long count() {
        return header.featuresCount;
    }

    /** Code of the file's CRS; 0 when it names none. */
    int epsg() {
        return header.srid;
    }

    /** Bounds in the file's CRS. */
    Envelope bounds() {
        return header.envelope == null ? new Envelope() : header.envelope;
    }

    /** The columns as the file itself types them, in their order: {@link ColumnType}. */
    Map<String, Byte> columnTypes() {
        var types = new LinkedHashMap<String, Byte>();
        header.columns.forEach(column -> types.put(column.name, column.type));
        return types;
    }

    /** The columns and what they hold, in their order. */
    Map<String, Queryable.Type> columns() {
        var columns = new LinkedHashMap<String, Queryable.Type>();
        header.columns.forEach(column -> columns.put(column.name, type(column.type)));
        return columns;
    }

    private static Queryable.Type type(byte column) {
        return switch (column) {
            case ColumnType.Bool -> Queryable.Type.BOOLEAN;
            case ColumnType.Byte,
                    ColumnType.UByte,
                    ColumnType.Short,
                    ColumnType.UShort,
                    ColumnType.Int,
                    ColumnType.UInt,
                    ColumnType.Long,
                    ColumnType.ULong -> Queryable.Type.INTEGER;
            case ColumnType.Float, ColumnType.Double -> Queryable.Type.NUMBER;
            default -> Queryable.Type.TEXT;
        };
    }

    /**
     * Numbers of features whose bounds touch the box, ascending.
     *
     * @param from smallest number wanted
     * @param most at most this many
     */
    List<Long> search(Envelope box, long from, int most) throws IOException {
        var found = new ArrayList<Long>();
        if (count() > 0) {
            search(0, 0, 1, box, from, most, found);
        }
        return found;
    }

    /** Depth first, so that leaves come in order and the search can stop when it has enough. */
    private void search(int level, long first, long nodes, Envelope box, long from, int most, List<Long> found)
            throws IOException {
        int leafLevel = levelStart.length - 1;
        var bytes = little(source.read(
                indexStart + (levelStart[level] + first) * NODE_BYTES, Math.toIntExact(nodes * NODE_BYTES)));
        for (int i = 0; i < nodes && found.size() < most; i++) {
            int at = i * NODE_BYTES;
            boolean touches = bytes.getDouble(at) <= box.getMaxX()
                    && bytes.getDouble(at + 8) <= box.getMaxY()
                    && bytes.getDouble(at + 16) >= box.getMinX()
                    && bytes.getDouble(at + 24) >= box.getMinY();
            if (!touches) {
                continue;
            }
            if (level == leafLevel) {
                if (first + i >= from) {
                    found.add(first + i);
                }
                continue;
            }
            long children = (first + i) * header.indexNodeSize;
            long below = level + 1 == leafLevel ? count() : levelStart[level + 2] - levelStart[level + 1];
            if (lastLeafUnder(level, first + i) >= from) {
                search(level + 1, children, Math.min(header.indexNodeSize, below - children), box, from, most, found);
            }
        }
    }

    private long lastLeafUnder(int level, long node) {
        long end = node + 1;
        for (int i = level; i < levelStart.length - 1; i++) {
            end = Math.min(end * header.indexNodeSize, count());
        }
        return end - 1;
    }

    Entry read(long number) throws IOException {
        if (number < 0 || number >= count()) {
            throw new IndexOutOfBoundsException("no feature " + number + " in " + source.name());
        }
        long node = levelStart[levelStart.length - 1] + number;
        long offset = featuresStart
                + little(source.read(indexStart + node * NODE_BYTES, NODE_BYTES))
                        .getLong(32);
        int length = little(source.read(offset, Integer.BYTES)).getInt();
        if (length <= 0 || length > MOST_FEATURE_BYTES) {
            throw new IOException(source.name() + " says feature " + number + " has " + length + " bytes");
        }
        var feature = Feature.getRootAsFeature(little(source.read(offset + Integer.BYTES, length)));
        return new Entry(
                number,
                GeometryConversions.deserialize(
                        feature.geometry(),
                        header.geometryType == GeometryType.Unknown
                                ? feature.geometry().type()
                                : header.geometryType),
                properties(feature));
    }

    private Map<String, Object> properties(Feature feature) {
        var properties = new LinkedHashMap<String, Object>();
        var bytes = feature.propertiesAsByteBuffer();
        if (bytes == null) {
            return properties;
        }
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            var column = header.columns.get(Short.toUnsignedInt(bytes.getShort()));
            properties.put(column.name, value(bytes, column.type));
        }
        return properties;
    }

    private static Object value(ByteBuffer bytes, byte type) {
        return switch (type) {
            case ColumnType.Byte -> bytes.get();
            case ColumnType.UByte -> Byte.toUnsignedInt(bytes.get());
            case ColumnType.Bool -> bytes.get() != 0;
            case ColumnType.Short -> bytes.getShort();
            case ColumnType.UShort -> Short.toUnsignedInt(bytes.getShort());
            case ColumnType.Int -> bytes.getInt();
            case ColumnType.UInt -> Integer.toUnsignedLong(bytes.getInt());
            case ColumnType.Long, ColumnType.ULong -> bytes.getLong();
            case ColumnType.Float -> bytes.getFloat();
            case ColumnType.Double -> bytes.getDouble();
            default -> {
                var text = new byte[bytes.getInt()];
                bytes.get(text);
                yield new String(text, StandardCharsets.UTF_8);
            }
        };
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
