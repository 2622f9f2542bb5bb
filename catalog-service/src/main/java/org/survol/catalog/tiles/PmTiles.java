// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.survol.catalog.LruCache;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.Json;
import org.survol.core.raster.ByteSource;

/**
 * A PMTiles 3 archive read by ranges: the header once, directories as tiles ask for them, then the tile's own bytes as
 * they are stored. Safe to call from several threads.
 */
final class PmTiles {

    private static final int HEADER = 127;
    private static final int VERSION = 3;
    private static final int GZIP = 2;
    private static final int MVT = 1;
    /** Root, leaves, and one more level than writers make. */
    private static final int DEEPEST = 3;

    private static final int MOST_BYTES = 32 << 20;
    private static final double E7 = 1e7;

    private final ByteSource source;
    private final String identity;
    private final LruCache<DirectoryKey, Directory> directories;
    private final ByteBuffer header;

    /** @param archive its key and digest */
    record DirectoryKey(String archive, long offset) {}

    /** Entries ordered by tile id; a run of 0 points to a directory below. */
    record Directory(long[] ids, int[] runs, int[] lengths, long[] offsets) {

        /** What an entry weighs in memory. */
        static final int ENTRY_BYTES = 24;

        int size() {
            return ids.length;
        }

        /** Last entry whose id is not larger; -1 when there is none. */
        private int find(long id) {
            int at = Arrays.binarySearch(ids, id);
            return at >= 0 ? at : -at - 2;
        }
    }

    private PmTiles(
            ByteSource source, String identity, LruCache<DirectoryKey, Directory> directories, ByteBuffer header) {
        this.source = source;
        this.identity = identity;
        this.directories = directories;
        this.header = header;
    }

    /**
     * @param identity of its bytes: other bytes, another identity
     * @param directories that are kept, of any number of archives
     */
    static PmTiles open(ByteSource source, String identity, LruCache<DirectoryKey, Directory> directories)
            throws IOException {
        if (source.length() < HEADER) {
            throw new IOException(source.name() + " is too short for a PMTiles archive");
        }
        var header = ByteBuffer.wrap(source.read(0, HEADER)).order(ByteOrder.LITTLE_ENDIAN);
        if (!new String(header.array(), 0, 7, java.nio.charset.StandardCharsets.US_ASCII).equals("PMTiles")
                || header.get(7) != VERSION) {
            throw new IOException(source.name() + " is not a PMTiles archive of version 3");
        }
        if (header.get(97) != GZIP || header.get(98) != GZIP || header.get(99) != MVT) {
            throw new IOException(source.name() + " does not hold vector tiles packed with gzip");
        }
        return new PmTiles(source, identity, directories, header);
    }

    int minZoom() {
        return header.get(100);
    }

    int maxZoom() {
        return header.get(101);
    }

    LngLatBox bounds() {
        return new LngLatBox(
                header.getInt(102) / E7, header.getInt(106) / E7, header.getInt(110) / E7, header.getInt(114) / E7);
    }

    /** What its writer says of it: {@code name}, {@code vector_layers}. */
    JsonNode metadata() throws IOException {
        long length = header.getLong(32);
        return length == 0
                ? Json.MAPPER.createObjectNode()
                : Json.MAPPER.readTree(unpacked(header.getLong(24), length));
    }

    /** The tile packed with gzip; empty where the archive has none. */
    Optional<byte[]> tile(int zoom, int column, int row) throws IOException {
        long id = id(zoom, column, row);
        long at = header.getLong(8);
        long length = header.getLong(16);
        for (int depth = 0; depth <= DEEPEST; depth++) {
            var directory = directory(at, length);
            int entry = directory.find(id);
            if (entry < 0) {
                return Optional.empty();
            }
            int run = directory.runs[entry];
            if (run > 0) {
                return id - directory.ids[entry] < run
                        ? Optional.of(read(header.getLong(56) + directory.offsets[entry], directory.lengths[entry]))
                        : Optional.empty();
            }
            at = header.getLong(40) + directory.offsets[entry];
            length = directory.lengths[entry];
        }
        throw new IOException(source.name() + " has directories that lead nowhere");
    }

    /** Number of a tile among those of all zooms: zoom by zoom, along a Hilbert curve. */
    static long id(int zoom, int column, int row) {
        long before = ((1L << 2 * zoom) - 1) / 3;
        long along = 0;
        long x = column;
        long y = row;
        for (int level = zoom - 1; level >= 0; level--) {
            long side = 1L << level;
            boolean right = (x & side) != 0;
            boolean lower = (y & side) != 0;
            along += (right ? lower ? 2 : 3 : lower ? 1 : 0) * side * side;
            x &= side - 1;
            y &= side - 1;
            if (!lower) {
                long turned = right ? side - 1 - y : y;
                y = right ? side - 1 - x : x;
                x = turned;
            }
        }
        return before + along;
    }

    private Directory directory(long offset, long length) throws IOException {
        var key = new DirectoryKey(identity, offset);
        var known = directories.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        var directory = parse(ByteBuffer.wrap(unpacked(offset, length)));
        directories.put(key, directory);
        return directory;
    }

    private Directory parse(ByteBuffer bytes) throws IOException {
        long count = varint(bytes);
        // each entry has four numbers of a byte at least
        if (count < 0 || count > bytes.remaining() / 4) {
            throw new IOException(
                    source.name() + " has a directory of " + count + " entries in " + bytes.limit() + " bytes");
        }
        int size = (int) count;
        var directory = new Directory(new long[size], new int[size], new int[size], new long[size]);
        long id = 0;
        for (int i = 0; i < size; i++) {
            id += varint(bytes);
            directory.ids[i] = id;
        }
        for (int i = 0; i < size; i++) {
            directory.runs[i] = (int) varint(bytes);
        }
        for (int i = 0; i < size; i++) {
            directory.lengths[i] = (int) varint(bytes);
        }
        for (int i = 0; i < size; i++) {
            long offset = varint(bytes);
            directory.offsets[i] =
                    offset == 0 && i > 0 ? directory.offsets[i - 1] + directory.lengths[i - 1] : offset - 1;
        }
        return directory;
    }

    private long varint(ByteBuffer bytes) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && bytes.hasRemaining(); shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IOException(source.name() + " has a directory that ends within a number");
    }

    private byte[] unpacked(long offset, long length) throws IOException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(read(offset, length)))) {
            var bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IOException(source.name() + " has a directory of more than " + MOST_BYTES + " bytes");
            }
            return bytes;
        }
    }

    private byte[] read(long offset, long length) throws IOException {
        boolean inside = offset >= 0 && length >= 0 && offset <= source.length() - length;
        if (!inside || length > MOST_BYTES) {
            throw new IOException(source.name() + " points to " + length + " bytes at " + offset);
        }
        return source.read(offset, (int) length);
    }
}
