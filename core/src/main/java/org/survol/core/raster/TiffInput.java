// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Numbers at positions of a file, in its byte order (JPEG 2000 files are big-endian). Reads the source in chunks and keeps the last few, so
 * a header costs one or two requests. Every position is checked against the file's end first. For one thread.
 */
final class TiffInput {

    private static final int CHUNK_BYTES = 1 << 16;
    private static final int CHUNKS_KEPT = 8;

    private final ByteSource source;
    private final long length;
    private final Refusal refusal;
    private final Map<Long, byte[]> chunks = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > CHUNKS_KEPT;
        }
    };
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    TiffInput(ByteSource source, Refusal refusal) throws IOException {
        this.source = source;
        this.length = source.length();
        this.refusal = refusal;
    }

    ByteSource source() {
        return source;
    }

    long length() {
        return length;
    }

    ByteOrder order() {
        return order;
    }

    void order(ByteOrder fileOrder) {
        this.order = fileOrder;
    }

    int u8(long position) throws IOException {
        return bytes(position, 1, "header").get() & 0xff;
    }

    int u16(long position) throws IOException {
        return bytes(position, 2, "header").getShort() & 0xffff;
    }

    long u32(long position) throws IOException {
        return bytes(position, 4, "header").getInt() & 0xffff_ffffL;
    }

    /** Unsigned; a value beyond 2^63 is refused because no file has it. */
    long u64(long position) throws IOException {
        long value = bytes(position, 8, "header").getLong();
        if (value < 0) {
            throw refusal.damaged("a 64-bit number at byte " + position + " is out of range");
        }
        return value;
    }

    /** Checks that a range lies inside the file without reading it. */
    void requireInside(long position, long count, String what) {
        if (position < 0 || count < 0 || position > length - count) {
            throw refusal.truncated(what + " at bytes " + position + " to " + (position + count)
                    + " lies beyond the end of the file, which has " + length + " bytes");
        }
    }

    /** A view of {@code count} bytes in the file's byte order. */
    ByteBuffer bytes(long position, int count, String what) throws IOException {
        requireInside(position, count, what);
        long chunk = position / CHUNK_BYTES;
        if ((position + Math.max(0, count - 1)) / CHUNK_BYTES == chunk) {
            return ByteBuffer.wrap(chunk(chunk), (int) (position % CHUNK_BYTES), count)
                    .slice()
                    .order(order);
        }
        return ByteBuffer.wrap(source.read(position, count)).order(order);
    }

    private byte[] chunk(long index) throws IOException {
        var kept = chunks.get(index);
        if (kept == null) {
            long start = index * CHUNK_BYTES;
            kept = source.read(start, (int) Math.min(CHUNK_BYTES, length - start));
            chunks.put(index, kept);
        }
        return kept;
    }
}
