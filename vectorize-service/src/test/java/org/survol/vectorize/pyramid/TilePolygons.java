// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a vector tile's only layer as its specification says, to compare with. */
final class TilePolygons {

    /** @param rings x, y, x, y, … in the tile's units, not closed */
    record Polygon(Map<String, Object> attributes, List<int[]> rings) {

        /** By the rule of odd crossings. */
        boolean covers(double px, double py) {
            boolean inside = false;
            for (var ring : rings) {
                for (int i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
                    if (ring[i + 1] > py != ring[j + 1] > py
                            && px < (ring[j] - ring[i]) * (py - ring[i + 1]) / (ring[j + 1] - ring[i + 1]) + ring[i]) {
                        inside ^= true;
                    }
                }
            }
            return inside;
        }
    }

    private TilePolygons() {}

    static List<Polygon> of(byte[] tile) {
        var keys = new ArrayList<String>();
        var values = new ArrayList<Object>();
        var features = new ArrayList<ByteBuffer>();
        fields(field(ByteBuffer.wrap(tile), 3), (number, in) -> {
            switch (number) {
                case 2 -> features.add(bytes(in));
                case 3 -> keys.add(text(in));
                case 4 -> values.add(value(bytes(in)));
                case 1 -> bytes(in);
                default -> PmTilesFile.varint(in);
            }
        });
        return features.stream().map(f -> polygon(f, keys, values)).toList();
    }

    private static Polygon polygon(ByteBuffer feature, List<String> keys, List<Object> values) {
        var attributes = new HashMap<String, Object>();
        var rings = new ArrayList<int[]>();
        fields(feature, (number, in) -> {
            switch (number) {
                case 2 -> {
                    var tags = bytes(in);
                    while (tags.hasRemaining()) {
                        attributes.put(
                                keys.get((int) PmTilesFile.varint(tags)), values.get((int) PmTilesFile.varint(tags)));
                    }
                }
                case 4 -> rings.addAll(rings(bytes(in)));
                default -> PmTilesFile.varint(in);
            }
        });
        return new Polygon(attributes, rings);
    }

    private static List<int[]> rings(ByteBuffer in) {
        var rings = new ArrayList<int[]>();
        var points = new ArrayList<Integer>();
        int x = 0;
        int y = 0;
        while (in.hasRemaining()) {
            long command = PmTilesFile.varint(in);
            if ((command & 7) == 7) {
                rings.add(points.stream().mapToInt(i -> i).toArray());
                points.clear();
                continue;
            }
            for (long i = 0; i < command >> 3; i++) {
                x += zigzag(PmTilesFile.varint(in));
                y += zigzag(PmTilesFile.varint(in));
                points.add(x);
                points.add(y);
            }
        }
        return rings;
    }

    private static int zigzag(long value) {
        return (int) (value >>> 1 ^ -(value & 1));
    }

    private static Object value(ByteBuffer in) {
        return switch ((int) PmTilesFile.varint(in)) {
            case 1 << 3 | 2 -> text(in);
            case 3 << 3 | 1 -> in.order(ByteOrder.LITTLE_ENDIAN).getDouble();
            default -> (int) PmTilesFile.varint(in);
        };
    }

    private interface FieldReader {
        void read(int number, ByteBuffer in);
    }

    private static void fields(ByteBuffer in, FieldReader reader) {
        while (in.hasRemaining()) {
            reader.read((int) (PmTilesFile.varint(in) >> 3), in);
        }
    }

    private static ByteBuffer field(ByteBuffer in, int number) {
        if (PmTilesFile.varint(in) >> 3 != number) {
            throw new IllegalArgumentException("no layer");
        }
        return bytes(in);
    }

    private static ByteBuffer bytes(ByteBuffer in) {
        int length = (int) PmTilesFile.varint(in);
        var part = in.slice(in.position(), length);
        in.position(in.position() + length);
        return part;
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(bytes(in)).toString();
    }
}
