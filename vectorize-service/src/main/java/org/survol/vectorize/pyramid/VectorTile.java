// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One layer of polygons as a Mapbox Vector Tile 2.1. Features stay in the order in which they came; equal tiles are equal
 * bytes. The geometry is written as it comes: a library that repaired each polygon alone would tear neighbours apart.
 */
final class VectorTile {

    static final int EXTENT = 4096;

    private static final int VERSION = 2;
    private static final int POLYGON = 3;
    private static final int MOVE_TO = 1;
    private static final int LINE_TO = 2;
    private static final int CLOSE_PATH = 7;

    private final String layer;
    private final Map<String, Integer> keys = new LinkedHashMap<>();
    private final Map<Object, Integer> values = new LinkedHashMap<>();
    private final ProtoBuffer features = new ProtoBuffer();
    private final ProtoBuffer feature = new ProtoBuffer();
    private final ProtoBuffer part = new ProtoBuffer();

    VectorTile(String layer) {
        this.layer = layer;
    }

    /** @param id 0 for none
     *  @param attributes texts, integers and reals
     *  @param originX the tile's west edge in the units of the rings; {@code originY} its north edge */
    void add(long id, Map<String, Object> attributes, IntRings rings, int originX, int originY) {
        feature.clear();
        if (id != 0) {
            feature.number(1, id);
        }
        part.clear();
        attributes.forEach((key, value) -> {
            part.varint(index(keys, key));
            part.varint(index(values, value));
        });
        feature.message(2, part);
        feature.number(3, POLYGON);
        part.clear();
        int x = originX;
        int y = originY;
        for (int ring = 0; ring < rings.rings(); ring++) {
            int points = rings.points(ring);
            for (int i = 0; i < points; i++) {
                if (i == 0) {
                    part.varint(command(MOVE_TO, 1));
                } else if (i == 1) {
                    part.varint(command(LINE_TO, points - 1));
                }
                part.zigzag(rings.x(ring, i) - x);
                part.zigzag(rings.y(ring, i) - y);
                x = rings.x(ring, i);
                y = rings.y(ring, i);
            }
            part.varint(command(CLOSE_PATH, 1));
        }
        feature.message(4, part);
        features.message(2, feature);
    }

    byte[] toBytes() {
        var content = new ProtoBuffer();
        content.number(15, VERSION).text(1, layer);
        content.append(features);
        keys.keySet().forEach(key -> content.text(3, key));
        values.keySet().forEach(value -> content.message(4, value(value)));
        content.number(5, EXTENT);
        return new ProtoBuffer().message(3, content).toBytes();
    }

    private static ProtoBuffer value(Object value) {
        var encoded = new ProtoBuffer();
        return switch (value) {
            case Integer number -> encoded.number(5, number);
            case Double number -> encoded.real(3, number);
            default -> encoded.text(1, value.toString());
        };
    }

    private static <T> int index(Map<T, Integer> known, T wanted) {
        var index = known.putIfAbsent(wanted, known.size());
        return index == null ? known.size() - 1 : index;
    }

    private static long command(int command, int count) {
        return (long) count << 3 | command;
    }
}
