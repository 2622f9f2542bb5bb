// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.survol.core.Digest;

/**
 * PMTiles 3: tiles in the order of their ids (zoom by zoom along a Hilbert curve), found through a root directory in the
 * first 16 KiB and, where that is not enough, leaf directories. Equal tiles are stored once. Tiles wait in a file beside
 * until the directories are known.
 */
final class PmTilesWriter implements Closeable {

    private static final int HEADER = 127;
    /** A reader's first request is to hold header and root. */
    private static final int MOST_ROOT = 16_384 - HEADER;

    private static final int LEAF_ENTRIES = 4_096;
    private static final int VERSION = 3;
    private static final byte GZIP = 2;
    private static final byte MVT = 1;

    /** @param west degrees, like all sides */
    record Bounds(double west, double south, double east, double north) {}

    /** Where a tile's bytes wait. */
    private record Waiting(long id, long offset, int length) {}

    private static final class Entry {
        final long id;
        final long offset;
        final int length;
        int run = 1;

        Entry(long id, long offset, int length) {
            this.id = id;
            this.offset = offset;
            this.length = length;
        }
    }

    private final Path file;
    private final Path waiting;
    private final OutputStream tiles;
    private final Map<Long, Waiting> added = new TreeMap<>();
    private final Map<String, Waiting> contents = new HashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private long position;

    PmTilesWriter(Path file) throws IOException {
        this.file = file;
        waiting = file.resolveSibling(file.getFileName() + ".tiles");
        tiles = new BufferedOutputStream(Files.newOutputStream(waiting), 1 << 16);
    }

    /** Number of a tile among those of all zooms. */
    static long id(int zoom, int x, int y) {
        long id = 0;
        for (int z = 0; z < zoom; z++) {
            id += 1L << 2 * z;
        }
        int px = x;
        int py = y;
        for (int side = 1 << zoom - 1; zoom > 0 && side > 0; side >>= 1) {
            int rx = (px & side) == 0 ? 0 : 1;
            int ry = (py & side) == 0 ? 0 : 1;
            id += (long) side * side * (3 * rx ^ ry);
            if (ry == 0) {
                if (rx == 1) {
                    px = side - 1 - px;
                    py = side - 1 - py;
                }
                int swap = px;
                px = py;
                py = swap;
            }
            px &= side - 1;
            py &= side - 1;
        }
        return id;
    }

    /** Tiles may come in any order, each once. */
    void add(long id, byte[] tile) throws IOException {
        var packed = gzip(tile);
        var digest = Digest.of(packed);
        var same = contents.get(digest);
        if (same == null) {
            tiles.write(packed);
            same = new Waiting(id, position, packed.length);
            position += packed.length;
            contents.put(digest, same);
        }
        if (added.putIfAbsent(id, same) != null) {
            throw new IllegalArgumentException("tile " + id + " is in already");
        }
    }

    /** Gives every tile its place in the file: contents in the order of the first id that has them.
     *  @return contents in that order */
    private List<Waiting> arrange() {
        var ordered = new ArrayList<Waiting>();
        var places = new HashMap<Waiting, Entry>();
        long place = 0;
        for (var tile : added.entrySet()) {
            long id = tile.getKey();
            var content = tile.getValue();
            var first = places.get(content);
            if (first == null) {
                first = new Entry(id, place, content.length);
                places.put(content, first);
                entries.add(first);
                ordered.add(content);
                place += content.length;
                continue;
            }
            var last = entries.getLast();
            if (last.offset == first.offset && last.id + last.run == id) {
                last.run++;
            } else {
                entries.add(new Entry(id, first.offset, first.length));
            }
        }
        return ordered;
    }

    private void copy(List<Waiting> contents, OutputStream out) throws IOException {
        try (var from = FileChannel.open(waiting)) {
            for (var content : contents) {
                var bytes = ByteBuffer.allocate(content.length);
                while (bytes.hasRemaining()) {
                    if (from.read(bytes, content.offset + bytes.position()) < 0) {
                        throw new EOFException(waiting + " ends before tile " + content.id);
                    }
                }
                out.write(bytes.array());
            }
        }
    }

    void finish(String metadata, int minZoom, int maxZoom, Bounds bounds) throws IOException {
        tiles.close();
        var ordered = arrange();
        var leaves = new ByteArrayOutputStream();
        var root = directory(entries);
        for (int each = LEAF_ENTRIES; root.length > MOST_ROOT; each *= 2) {
            leaves.reset();
            var pointers = new ArrayList<Entry>();
            for (int from = 0; from < entries.size(); from += each) {
                var leaf = directory(entries.subList(from, Math.min(entries.size(), from + each)));
                var pointer = new Entry(entries.get(from).id, leaves.size(), leaf.length);
                pointer.run = 0;
                pointers.add(pointer);
                leaves.write(leaf);
            }
            root = directory(pointers);
        }
        var json = gzip(metadata.getBytes(StandardCharsets.UTF_8));
        long metadataAt = HEADER + (long) root.length;
        long leavesAt = metadataAt + json.length;
        long tilesAt = leavesAt + leaves.size();
        var header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.put("PMTiles".getBytes(StandardCharsets.US_ASCII)).put((byte) VERSION);
        header.putLong(HEADER).putLong(root.length);
        header.putLong(metadataAt).putLong(json.length);
        header.putLong(leavesAt).putLong(leaves.size());
        header.putLong(tilesAt).putLong(position);
        header.putLong(added.size()).putLong(entries.size()).putLong(contents.size());
        header.put((byte) 1).put(GZIP).put(GZIP).put(MVT);
        header.put((byte) minZoom).put((byte) maxZoom);
        header.putInt(e7(bounds.west))
                .putInt(e7(bounds.south))
                .putInt(e7(bounds.east))
                .putInt(e7(bounds.north));
        header.put((byte) ((minZoom + maxZoom) / 2));
        header.putInt(e7((bounds.west + bounds.east) / 2)).putInt(e7((bounds.south + bounds.north) / 2));
        try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(header.array());
            out.write(root);
            out.write(json);
            leaves.writeTo(out);
            copy(ordered, out);
        }
    }

    private static byte[] directory(List<Entry> entries) throws IOException {
        var out = new ProtoBuffer();
        out.varint(entries.size());
        long last = 0;
        for (var entry : entries) {
            out.varint(entry.id - last);
            last = entry.id;
        }
        entries.forEach(entry -> out.varint(entry.run));
        entries.forEach(entry -> out.varint(entry.length));
        long next = -1;
        for (var entry : entries) {
            out.varint(entry.offset == next ? 0 : entry.offset + 1);
            next = entry.offset + entry.length;
        }
        return gzip(out.toBytes());
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var packed = new ByteArrayOutputStream(bytes.length / 2 + 64);
        try (var out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static int e7(double degrees) {
        return (int) Math.round(degrees * 1e7);
    }

    @Override
    public void close() throws IOException {
        tiles.close();
        Files.deleteIfExists(waiting);
    }
}
