// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What vector tiles need of Protocol Buffers' wire format. */
final class ProtoBuffer {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private byte[] bytes = new byte[64];
    private int size;

    ProtoBuffer varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        return put((byte) rest);
    }

    ProtoBuffer zigzag(int value) {
        return varint((value << 1 ^ value >> 31) & 0xFFFFFFFFL);
    }

    ProtoBuffer number(int field, long value) {
        return varint((long) field << 3 | VARINT).varint(value);
    }

    ProtoBuffer real(int field, double value) {
        varint((long) field << 3 | FIXED64);
        long bits = Double.doubleToLongBits(value);
        for (int i = 0; i < Long.BYTES; i++) {
            put((byte) (bits >>> 8 * i));
        }
        return this;
    }

    ProtoBuffer text(int field, String value) {
        var utf8 = value.getBytes(StandardCharsets.UTF_8);
        return varint((long) field << 3 | BYTES).varint(utf8.length).raw(utf8, utf8.length);
    }

    ProtoBuffer message(int field, ProtoBuffer content) {
        return varint((long) field << 3 | BYTES).varint(content.size).raw(content.bytes, content.size);
    }

    void append(ProtoBuffer other) {
        raw(other.bytes, other.size);
    }

    void clear() {
        size = 0;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private ProtoBuffer put(byte b) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = b;
        return this;
    }

    private ProtoBuffer raw(byte[] some, int length) {
        if (bytes.length - size < length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + length));
        }
        System.arraycopy(some, 0, bytes, size, length);
        size += length;
        return this;
    }
}
