// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.List;
import org.survol.core.raster.J2kHeader.TilePart;

/** One tile of a JPEG 2000 file as a codestream that has no other: a header of its own, its tile-parts, an end. */
final class TileCodestream implements ByteSource {

    private static final byte[] END = {(byte) 0xff, (byte) 0xd9};

    private final ByteSource file;
    private final byte[] header;
    private final List<TilePart> parts;
    private final long length;

    TileCodestream(ByteSource file, byte[] header, List<TilePart> parts) {
        this.file = file;
        this.header = header;
        this.parts = List.copyOf(parts);
        this.length = header.length + parts.stream().mapToLong(TilePart::length).sum() + END.length;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public byte[] read(long offset, int count) throws IOException {
        var bytes = new byte[count];
        copy(header, 0, offset, bytes);
        long start = header.length;
        for (int i = 0; i < parts.size(); i++) {
            var part = parts.get(i);
            long from = Math.max(start, offset);
            long to = Math.min(start + part.length(), offset + count);
            if (from < to) {
                var read = file.read(part.offset() + from - start, (int) (to - from));
                System.arraycopy(read, 0, bytes, (int) (from - offset), read.length);
                copy(startOfPart(part, i), start, offset, bytes);
            }
            start += part.length();
        }
        copy(END, start, offset, bytes);
        return bytes;
    }

    /** Its SOT marker, saying tile 0 and this part of so many. */
    private byte[] startOfPart(TilePart part, int index) {
        int size = (int) part.length();
        return new byte[] {
            (byte) 0xff,
            (byte) 0x90,
            0,
            10,
            0,
            0,
            (byte) (size >> 24),
            (byte) (size >> 16),
            (byte) (size >> 8),
            (byte) size,
            (byte) index,
            (byte) parts.size()
        };
    }

    /** Copies what of {@code piece}, which lies at {@code at}, falls into the bytes from {@code offset}. */
    private static void copy(byte[] piece, long at, long offset, byte[] bytes) {
        long from = Math.max(at, offset);
        long to = Math.min(at + piece.length, offset + bytes.length);
        if (from < to) {
            System.arraycopy(piece, (int) (from - at), bytes, (int) (from - offset), (int) (to - from));
        }
    }
}
