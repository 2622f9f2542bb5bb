// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Well-known binary of a polygon, little-endian. */
final class Wkb {

    private static final byte LITTLE_ENDIAN = 1;
    private static final int POLYGON = 3;

    private Wkb() {}

    static byte[] polygon(MapFeature feature) {
        var bytes = ByteBuffer.allocate(size(feature)).order(ByteOrder.LITTLE_ENDIAN);
        put(feature, bytes);
        return bytes.array();
    }

    static int size(MapFeature feature) {
        return 9 + 4 * feature.rings + 2 * Double.BYTES * feature.points();
    }

    /** @param into little-endian */
    static void put(MapFeature feature, ByteBuffer into) {
        into.put(LITTLE_ENDIAN).putInt(POLYGON).putInt(feature.rings);
        int point = 0;
        for (int ring = 0; ring < feature.rings; ring++) {
            into.putInt(feature.ringEnds[ring] - point);
            for (; point < feature.ringEnds[ring]; point++) {
                into.putDouble(feature.xy[2 * point]).putDouble(feature.xy[2 * point + 1]);
            }
        }
    }
}
