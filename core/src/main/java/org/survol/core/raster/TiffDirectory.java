// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * One image file directory: its fields, whose values are read when asked for. All sizes a file declares are checked
 * against the file's length and a budget before anything is allocated.
 */
final class TiffDirectory {

    private static final int MAX_DIRECTORIES = 256;
    private static final int MAX_FIELDS = 4_096;
    /** Most values a field other than the block index may have; the longest in use are metadata texts. */
    private static final int MAX_VALUES = 1 << 22;

    /** @param position of the values in the file, whether they stand in the field itself or elsewhere */
    private record Field(int type, long count, long position) {}

    private final TiffInput input;
    private final Refusal refusal;
    private final Map<Integer, Field> fields;

    private TiffDirectory(TiffInput input, Refusal refusal, Map<Integer, Field> fields) {
        this.input = input;
        this.refusal = refusal;
        this.fields = fields;
    }

    /** All directories of the chain, the first one first. */
    static List<TiffDirectory> readAll(TiffInput input, Refusal refusal) throws IOException {
        boolean big = readSignature(input, refusal);
        var directories = new ArrayList<TiffDirectory>();
        var seen = new HashSet<Long>();
        long position = big ? input.u64(8) : input.u32(4);
        while (position != 0) {
            if (!seen.add(position)) {
                throw refusal.damaged("its directories form a circle");
            }
            if (directories.size() == MAX_DIRECTORIES) {
                throw refusal.unsupported("it has more than " + MAX_DIRECTORIES + " pages");
            }
            position = readOne(input, refusal, position, big, directories);
        }
        if (directories.isEmpty()) {
            throw refusal.damaged("it has no image");
        }
        return directories;
    }

    /** Sets the byte order; true for BigTIFF. */
    private static boolean readSignature(TiffInput input, Refusal refusal) throws IOException {
        if (input.length() < 8) {
            throw refusal.notAnImage(input.length() == 0 ? "the file is empty" : "not a TIFF: only a few bytes long");
        }
        int mark = input.u16(0);
        if (mark != 0x4949 && mark != 0x4d4d) {
            throw refusal.notAnImage(FileKind.of(input.bytes(0, 8, "signature")));
        }
        input.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int version = input.u16(2);
        if (version == 42) {
            return false;
        }
        if (version != 43) {
            throw refusal.notAnImage("not a TIFF: unknown version " + version);
        }
        if (input.u16(4) != 8 || input.u16(6) != 0) {
            throw refusal.damaged("BigTIFF with offsets of other than 8 bytes");
        }
        return true;
    }

    private static long readOne(
            TiffInput input, Refusal refusal, long position, boolean big, List<TiffDirectory> directories)
            throws IOException {
        long declared = big ? input.u64(position) : input.u16(position);
        if (declared == 0 || declared > MAX_FIELDS) {
            throw refusal.damaged("a directory declares " + declared + " fields");
        }
        int count = (int) declared;
        int fieldBytes = big ? 20 : 12;
        long start = position + (big ? 8 : 2);
        var table = input.bytes(start, count * fieldBytes + (big ? 8 : 4), "directory");
        var fields = new HashMap<Integer, Field>();
        for (int i = 0; i < count; i++) {
            int at = i * fieldBytes;
            int tag = table.getShort(at) & 0xffff;
            int type = table.getShort(at + 2) & 0xffff;
            long values = big ? table.getLong(at + 4) : table.getInt(at + 4) & 0xffff_ffffL;
            int size = TiffTag.bytesOfType(type);
            if (size == 0) {
                continue; // TIFF 6.0: skip fields of unknown type
            }
            if (values < 0 || values > input.length()) {
                throw refusal.truncated("field " + tag + " declares " + values + " values");
            }
            int inline = big ? 8 : 4;
            int valueAt = at + (big ? 12 : 8);
            long bytes = values * size;
            long where = bytes <= inline
                    ? start + valueAt
                    : big ? table.getLong(valueAt) : table.getInt(valueAt) & 0xffff_ffffL;
            input.requireInside(where, bytes, "field " + tag);
            fields.putIfAbsent(tag, new Field(type, values, where));
        }
        directories.add(new TiffDirectory(input, refusal, fields));
        int next = count * fieldBytes;
        long following = big ? table.getLong(next) : table.getInt(next) & 0xffff_ffffL;
        if (following < 0) {
            throw refusal.damaged("the next directory's offset is out of range");
        }
        return following;
    }

    boolean has(int tag) {
        return fields.containsKey(tag);
    }

    /** Values a field declares; 0 when it is missing. */
    long count(int tag) {
        var field = fields.get(tag);
        return field == null ? 0 : field.count();
    }

    /** An unsigned number that fits an int; the fallback when the field is missing. */
    int number(int tag, int fallback) throws IOException {
        var field = fields.get(tag);
        if (field == null || field.count() == 0) {
            return fallback;
        }
        long value = numbers(tag, 0, 1)[0];
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw refusal.damaged("field " + tag + " has the value " + value);
        }
        return (int) value;
    }

    /** All values of an integer field; none when it is missing. */
    long[] numbers(int tag) throws IOException {
        return numbers(tag, 0, within(tag, MAX_VALUES));
    }

    /** The first {@code count} values of an integer field, which must have as many. */
    long[] numbers(int tag, int from, int count) throws IOException {
        if (count == 0) {
            return new long[0];
        }
        var field = fields.get(tag);
        if (field == null || field.count() < (long) from + count) {
            throw refusal.damaged("field " + tag + " is missing or too short");
        }
        int size = TiffTag.bytesOfType(field.type());
        if (field.type() != TiffTag.TYPE_BYTE
                && field.type() != TiffTag.TYPE_SHORT
                && field.type() != TiffTag.TYPE_LONG
                && field.type() != TiffTag.TYPE_LONG8
                && field.type() != 13
                && field.type() != 18) {
            throw refusal.damaged("field " + tag + " is not of an unsigned integer type");
        }
        var bytes = input.bytes(field.position() + (long) from * size, Math.multiplyExact(count, size), "field " + tag);
        var values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (size) {
                case 1 -> bytes.get() & 0xff;
                case 2 -> bytes.getShort() & 0xffff;
                case 4 -> bytes.getInt() & 0xffff_ffffL;
                default -> bytes.getLong();
            };
        }
        return values;
    }

    /** All values of a DOUBLE or FLOAT field; none when it is missing. */
    double[] doubles(int tag) throws IOException {
        int count = within(tag, 1 << 16);
        if (count == 0) {
            return new double[0];
        }
        var field = fields.get(tag);
        boolean isDouble = field.type() == TiffTag.TYPE_DOUBLE;
        if (!isDouble && field.type() != 11) {
            throw refusal.damaged("field " + tag + " is not of a floating type");
        }
        var bytes = input.bytes(field.position(), count * (isDouble ? 8 : 4), "field " + tag);
        var values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = isDouble ? bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }

    /** Up to the first NUL; empty when the field is missing. */
    String text(int tag) throws IOException {
        var bytes = raw(tag);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /** Values of a BYTE, ASCII or UNDEFINED field as they stand; empty when the field is missing. */
    byte[] raw(int tag) throws IOException {
        int count = within(tag, MAX_VALUES);
        if (count == 0) {
            return new byte[0];
        }
        var field = fields.get(tag);
        if (TiffTag.bytesOfType(field.type()) != 1) {
            throw refusal.damaged("field " + tag + " is not made of bytes");
        }
        var bytes = new byte[count];
        input.bytes(field.position(), count, "field " + tag).get(bytes);
        return bytes;
    }

    private int within(int tag, int most) {
        long count = count(tag);
        if (count > most) {
            throw refusal.damaged("field " + tag + " declares " + count + " values");
        }
        return (int) count;
    }
}
