// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** Reads a PMTiles file as its specification says, to compare with. */
final class PmTilesFile {

    final ByteBuffer bytes;

    PmTilesFile(Path file) throws IOException {
        bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    String magic() {
        return new String(bytes.array(), 0, 7, StandardCharsets.US_ASCII) + bytes.get(7);
    }

    long number(int at) {
        return bytes.getLong(at);
    }

    double degrees(int at) {
        return bytes.getInt(at) / 1e7;
    }

    String metadata() throws IOException {
        return new String(unzipped(number(24), number(32)), StandardCharsets.UTF_8);
    }

    Optional<byte[]> tile(int zoom, int x, int y) throws IOException {
        long id = PmTilesWriter.id(zoom, x, y);
        long at = number(8);
        long length = number(16);
        for (int depth = 0; depth < 4; depth++) {
            var directory = directory(at, length);
            int found = -1;
            for (int i = 0; i < directory[0].length && directory[0][i] <= id; i++) {
                found = i;
            }
            if (found < 0) {
                return Optional.empty();
            }
            long run = directory[1][found];
            if (run > 0) {
                return id < directory[0][found] + run
                        ? Optional.of(unzipped(number(56) + directory[3][found], directory[2][found]))
                        : Optional.empty();
            }
            at = number(40) + directory[3][found];
            length = directory[2][found];
        }
        throw new IOException("directories never end");
    }

    /** Ids, run lengths, lengths, offsets. */
    private long[][] directory(long at, long length) throws IOException {
        var in = ByteBuffer.wrap(unzipped(at, length));
        int n = (int) varint(in);
        var columns = new long[4][n];
        long id = 0;
        for (int i = 0; i < n; i++) {
            id += varint(in);
            columns[0][i] = id;
        }
        for (int i = 0; i < n; i++) {
            columns[1][i] = varint(in);
        }
        for (int i = 0; i < n; i++) {
            columns[2][i] = varint(in);
        }
        for (int i = 0; i < n; i++) {
            long offset = varint(in);
            columns[3][i] = offset == 0 ? columns[3][i - 1] + columns[2][i - 1] : offset - 1;
        }
        return columns;
    }

    static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private byte[] unzipped(long at, long length) throws IOException {
        var packed = Arrays.copyOfRange(bytes.array(), (int) at, (int) (at + length));
        try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }
}
