// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A directory being written, little-endian: its fields in tag order, values that do not fit them right behind. */
final class IfdBuilder {

    private record Field(int type, int count, byte[] values) {}

    private final boolean big;
    private final TreeMap<Integer, Field> fields = new TreeMap<>();

    IfdBuilder(boolean big) {
        this.big = big;
    }

    IfdBuilder shorts(int tag, int... values) {
        var bytes = little(values.length * 2);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return put(tag, TiffTag.TYPE_SHORT, values.length, bytes);
    }

    IfdBuilder longs(int tag, int... values) {
        var bytes = little(values.length * 4);
        for (int value : values) {
            bytes.putInt(value);
        }
        return put(tag, TiffTag.TYPE_LONG, values.length, bytes);
    }

    /** File positions: 8 bytes each in BigTIFF, else 4. */
    IfdBuilder positions(int tag, long[] values) {
        var bytes = little(values.length * (big ? 8 : 4));
        for (long value : values) {
            if (big) {
                bytes.putLong(value);
            } else {
                bytes.putInt((int) value);
            }
        }
        return put(tag, big ? TiffTag.TYPE_LONG8 : TiffTag.TYPE_LONG, values.length, bytes);
    }

    IfdBuilder doubles(int tag, double... values) {
        var bytes = little(values.length * 8);
        for (double value : values) {
            bytes.putDouble(value);
        }
        return put(tag, TiffTag.TYPE_DOUBLE, values.length, bytes);
    }

    IfdBuilder text(int tag, String value) {
        var encoded = (value + '\0').getBytes(StandardCharsets.UTF_8);
        return put(
                tag, TiffTag.TYPE_ASCII, encoded.length, little(encoded.length).put(encoded));
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private IfdBuilder put(int tag, int type, int count, ByteBuffer values) {
        fields.put(tag, new Field(type, count, values.array()));
        return this;
    }

    /** Bytes of the directory and the values behind it; a multiple of 8. */
    int length() {
        int length = tableLength();
        for (var field : fields.values()) {
            if (field.values().length > inlineBytes()) {
                length = even(length) + field.values().length;
            }
        }
        return (length + 7) / 8 * 8;
    }

    /** @param next position of the directory to follow, 0 for none */
    void write(ByteBuffer file, int position, long next) {
        file.position(position);
        if (big) {
            file.putLong(fields.size());
        } else {
            file.putShort((short) fields.size());
        }
        int behind = position + tableLength();
        for (Map.Entry<Integer, Field> entry : fields.entrySet()) {
            var field = entry.getValue();
            file.putShort(entry.getKey().shortValue()).putShort((short) field.type());
            putPosition(file, field.count());
            int after = file.position() + inlineBytes();
            if (field.values().length <= inlineBytes()) {
                file.put(field.values());
            } else {
                behind = even(behind);
                putPosition(file, behind);
                file.put(behind, field.values());
                behind += field.values().length;
            }
            file.position(after);
        }
        putPosition(file, next);
    }

    private void putPosition(ByteBuffer file, long value) {
        if (big) {
            file.putLong(value);
        } else {
            file.putInt((int) value);
        }
    }

    private int tableLength() {
        return big ? 8 + 20 * fields.size() + 8 : 2 + 12 * fields.size() + 4;
    }

    private int inlineBytes() {
        return big ? 8 : 4;
    }

    private static int even(int position) {
        return position + (position & 1);
    }
}
