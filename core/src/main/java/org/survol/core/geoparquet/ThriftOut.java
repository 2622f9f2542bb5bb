// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geoparquet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** Thrift's compact protocol, as far as the footers and page headers of Parquet need it. */
final class ThriftOut {

    private static final int BOOLEAN_TRUE = 1;
    private static final int BOOLEAN_FALSE = 2;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deque<Integer> outer = new ArrayDeque<>();
    private int last;

    byte[] bytes() {
        return out.toByteArray();
    }

    /** An element that was written on its own. */
    ThriftOut raw(byte[] element) {
        out.writeBytes(element);
        return this;
    }

    ThriftOut i32(int field, int value) {
        field(field, I32);
        zigzag(value);
        return this;
    }

    ThriftOut i64(int field, long value) {
        field(field, I64);
        zigzag(value);
        return this;
    }

    ThriftOut bool(int field, boolean value) {
        field(field, value ? BOOLEAN_TRUE : BOOLEAN_FALSE);
        return this;
    }

    ThriftOut text(int field, String value) {
        return binary(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ThriftOut binary(int field, byte[] value) {
        field(field, BINARY);
        element(value);
        return this;
    }

    ThriftOut begin(int field) {
        field(field, STRUCT);
        return beginElement();
    }

    /** A structure in a list has no field number. */
    ThriftOut beginElement() {
        outer.push(last);
        last = 0;
        return this;
    }

    ThriftOut end() {
        out.write(0);
        if (!outer.isEmpty()) {
            last = outer.pop();
        }
        return this;
    }

    ThriftOut structs(int field, int count) {
        return list(field, STRUCT, count);
    }

    ThriftOut i32s(int field, int... values) {
        list(field, I32, values.length);
        for (int value : values) {
            zigzag(value);
        }
        return this;
    }

    ThriftOut texts(int field, String... values) {
        list(field, BINARY, values.length);
        for (var value : values) {
            element(value.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    private ThriftOut list(int field, int kind, int count) {
        field(field, LIST);
        if (count < 15) {
            out.write(count << 4 | kind);
        } else {
            out.write(15 << 4 | kind);
            number(count);
        }
        return this;
    }

    private void element(byte[] value) {
        number(value.length);
        out.writeBytes(value);
    }

    private void field(int field, int kind) {
        int step = field - last;
        if (step > 0 && step < 16) {
            out.write(step << 4 | kind);
        } else {
            out.write(kind);
            zigzag(field);
        }
        last = field;
    }

    private void zigzag(long value) {
        number(value << 1 ^ value >> 63);
    }

    private void number(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
