// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.function.ToLongFunction;
import java.util.zip.GZIPOutputStream;
import org.survol.catalog.store.LngLatBox;

/** A small PMTiles archive, written after the format's own description. */
public final class SamplePmTiles {

    private static final int HEADER = 127;
    private static final String METADATA = """
            {"name": "A small map", "vector_layers": [{"id": "land_cover", "minzoom": 14, "maxzoom": 16,
             "fields": {"class": "Number", "code": "String", "colour": "String", "label_en": "String"}}]}
            """;

    private record Entry(long id, int run, int length, long offset) {}

    private SamplePmTiles() {}

    /**
     * @param tiles by id, not packed
     * @param entriesOfLeaf 0: all entries in the root
     */
    public static byte[] of(
            SortedMap<Long, byte[]> tiles, int minZoom, int maxZoom, LngLatBox bounds, int entriesOfLeaf) {
        var data = new ByteArrayOutputStream();
        var entries = new ArrayList<Entry>();
        byte[] before = null;
        for (var tile : tiles.entrySet()) {
            var last = entries.isEmpty() ? null : entries.getLast();
            if (last != null && last.id() + last.run() == tile.getKey() && Arrays.equals(before, tile.getValue())) {
                entries.set(entries.size() - 1, new Entry(last.id(), last.run() + 1, last.length(), last.offset()));
                continue;
            }
            var packed = gzip(tile.getValue());
            entries.add(new Entry(tile.getKey(), 1, packed.length, data.size()));
            data.writeBytes(packed);
            before = tile.getValue();
        }
        var leaves = new ByteArrayOutputStream();
        List<Entry> root = entries;
        if (entriesOfLeaf > 0) {
            root = new ArrayList<>();
            for (int from = 0; from < entries.size(); from += entriesOfLeaf) {
                var part = entries.subList(from, Math.min(entries.size(), from + entriesOfLeaf));
                var leaf = directory(part);
                root.add(new Entry(part.getFirst().id(), 0, leaf.length, leaves.size()));
                leaves.writeBytes(leaf);
            }
        }
        var rootBytes = directory(root);
        var metadata = gzip(METADATA.getBytes(StandardCharsets.UTF_8));
        var header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.put("PMTiles".getBytes(StandardCharsets.US_ASCII)).put((byte) 3);
        long at = HEADER;
        for (long length : new long[] {rootBytes.length, metadata.length, leaves.size(), data.size()}) {
            header.putLong(at).putLong(length);
            at += length;
        }
        header.putLong(tiles.size()).putLong(entries.size()).putLong(entries.size());
        header.put((byte) 1)
                .put((byte) 2)
                .put((byte) 2)
                .put((byte) 1)
                .put((byte) minZoom)
                .put((byte) maxZoom);
        for (double degrees : new double[] {bounds.west(), bounds.south(), bounds.east(), bounds.north()}) {
            header.putInt((int) Math.round(degrees * 1e7));
        }
        var out = new ByteArrayOutputStream();
        out.writeBytes(header.array());
        out.writeBytes(rootBytes);
        out.writeBytes(metadata);
        out.writeBytes(leaves.toByteArray());
        out.writeBytes(data.toByteArray());
        return out.toByteArray();
    }

    private static byte[] directory(List<Entry> entries) {
        var out = new ByteArrayOutputStream();
        varint(out, entries.size());
        long last = 0;
        for (var entry : entries) {
            varint(out, entry.id() - last);
            last = entry.id();
        }
        for (var field : List.<ToLongFunction<Entry>>of(Entry::run, Entry::length)) {
            entries.forEach(entry -> varint(out, field.applyAsLong(entry)));
        }
        long next = -1;
        for (var entry : entries) {
            varint(out, entry.offset() == next ? 0 : entry.offset() + 1);
            next = entry.offset() + entry.length();
        }
        return gzip(out.toByteArray());
    }

    static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest > 127) {
            out.write((int) (rest & 127 | 128));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static byte[] gzip(byte[] bytes) {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
