// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;

/**
 * The bytes of {@code topology.bin}: equal topologies give equal bytes. All numbers but the last are LEB128 (seven bits
 * a byte, low first), signed ones zigzag first.
 *
 * <pre>
 * "SVTP" version
 * column row (signed) width height
 * regions; each: class, pixels, first pixel minus the previous region's, confidence sum, pixels that are
 *   not in it, smallest confidence, uncertain pixels, classes that got any probability; each: value, sum of probabilities, pixels whose set holds it
 * arcs; each: left, right, x and y minus those of the previous arc's start (signed), first heading, corners - 1, then
 *   for each step its length, times two plus one where a right turn leads into it
 * north, east, south, west: runs; each: region, length
 * CRC-32C of all before, 4 bytes, low first
 * </pre>
 */
public final class TopologyCodec {

    /** Part of what a tile's outcome on record depends on. */
    public static final int VERSION = 2;

    private static final byte[] MAGIC = "SVTP".getBytes(StandardCharsets.US_ASCII);
    private static final String MEND = "Have the tile vectorized again";

    private TopologyCodec() {}

    public static byte[] encode(TileTopology tile) {
        var out = new Out(1024 + 8 * tile.regions() + 2 * tile.corners.length + 8 * tile.arcs());
        out.raw(MAGIC);
        out.number(VERSION);
        out.signed(tile.window.column());
        out.signed(tile.window.row());
        out.number(tile.window.width());
        out.number(tile.window.height());
        out.number(tile.regions());
        int first = 0;
        for (int r = 1; r <= tile.regions(); r++) {
            out.number(tile.classes[r] & 0xFF);
            out.number(tile.pixels[r]);
            out.number(tile.first[r] - first);
            first = tile.first[r];
            out.number(tile.confidenceSum[r]);
            out.number(tile.pixels[r] - tile.confidencePixels[r]);
            out.number(tile.confidenceMin[r] & 0xFF);
            out.number(tile.uncertain[r]);
            var evidence = tile.evidence;
            out.number(evidence.start.at[r + 1] - evidence.start.at[r]);
            for (int i = evidence.start.at[r]; i < evidence.start.at[r + 1]; i++) {
                out.number(evidence.value[i] & 0xFF);
                out.number(evidence.probability[i]);
                out.number(evidence.inSet[i]);
            }
        }
        out.number(tile.arcs());
        int originX = 0;
        int originY = 0;
        for (int a = 0; a < tile.arcs(); a++) {
            int begin = tile.arcStart[a];
            int end = tile.arcStart[a + 1];
            int x = tile.corners[begin] >>> 16;
            int y = tile.corners[begin] & 0xFFFF;
            out.number(tile.left[a]);
            out.number(tile.right[a]);
            out.signed(x - originX);
            out.signed(y - originY);
            originX = x;
            originY = y;
            int heading = Heading.of(x, y, tile.corners[begin + 1] >>> 16, tile.corners[begin + 1] & 0xFFFF);
            out.number(heading);
            out.number(end - begin - 1);
            for (int i = begin + 1; i < end; i++) {
                int nextX = tile.corners[i] >>> 16;
                int nextY = tile.corners[i] & 0xFFFF;
                int turned = Heading.of(x, y, nextX, nextY);
                int length = Math.abs(nextX - x) + Math.abs(nextY - y);
                out.number((long) length << 1 | (turned == Heading.right(heading) ? 1 : 0));
                heading = turned;
                x = nextX;
                y = nextY;
            }
        }
        for (var side : new TileTopology.Side[] {tile.north, tile.east, tile.south, tile.west}) {
            out.number(side.regions().length);
            int from = 0;
            for (int i = 0; i < side.regions().length; i++) {
                out.number(side.regions()[i]);
                out.number(side.ends()[i] - from);
                from = side.ends()[i];
            }
        }
        return out.withChecksum();
    }

    /**
     * @param file what to name in a refusal
     * @throws BadInputException when the bytes are not such a file, whole and in this version
     */
    public static TileTopology decode(String file, byte[] bytes) {
        int body = bytes.length - 4;
        if (body < MAGIC.length + 1
                || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                || checksum(bytes, body) != lastInt(bytes)) {
            throw new BadInputException(file, "it is not a whole tile topology (checksum)", MEND);
        }
        try {
            return read(new In(bytes, MAGIC.length, body), file);
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            throw new BadInputException(file, "its tile topology contradicts itself", MEND, e);
        }
    }

    private static TileTopology read(In in, String file) {
        int version = in.number();
        if (version != VERSION) {
            throw new BadInputException(file, "its topology has version " + version + ", not " + VERSION, MEND);
        }
        long column = in.signed();
        long row = in.signed();
        var window = new PixelWindow(column, row, in.number(), in.number());
        int regions = in.count();
        var classes = new byte[regions + 1];
        var pixels = new int[regions + 1];
        var first = new int[regions + 1];
        var confidenceSum = new long[regions + 1];
        var confidencePixels = new int[regions + 1];
        var confidenceMin = new byte[regions + 1];
        confidenceMin[0] = (byte) 0xFF;
        var uncertain = new int[regions + 1];
        var evidence = new ClassEvidence(regions);
        for (int r = 1; r <= regions; r++) {
            classes[r] = (byte) in.number();
            pixels[r] = in.number();
            first[r] = first[r - 1] + in.number();
            confidenceSum[r] = in.bits();
            confidencePixels[r] = pixels[r] - within(in.number(), pixels[r]);
            confidenceMin[r] = (byte) in.number();
            uncertain[r] = within(in.number(), pixels[r]);
            int classesWithEvidence = in.count();
            for (int i = 0; i < classesWithEvidence; i++) {
                evidence.add(within(in.number(), 0xFF), in.bits(), in.bits());
            }
            evidence.endRegion();
        }
        int arcs = in.count();
        var arcStart = new int[arcs + 1];
        var corners = new Ints(2 * arcs);
        var left = new int[arcs];
        var right = new int[arcs];
        int originX = 0;
        int originY = 0;
        for (int a = 0; a < arcs; a++) {
            left[a] = within(in.number(), regions);
            right[a] = within(in.number(), regions);
            originX += (int) in.signed();
            originY += (int) in.signed();
            int x = originX;
            int y = originY;
            int heading = in.number() & 3;
            int steps = in.count();
            corners.add(x << 16 | y);
            for (int i = 0; i < steps; i++) {
                int step = in.number();
                if (i > 0) {
                    heading = (step & 1) != 0 ? Heading.right(heading) : Heading.left(heading);
                }
                int length = step >>> 1;
                switch (heading) {
                    case Heading.EAST -> x += length;
                    case Heading.SOUTH -> y += length;
                    case Heading.WEST -> x -= length;
                    default -> y -= length;
                }
                within(x, window.width());
                within(y, window.height());
                corners.add(x << 16 | y);
            }
            arcStart[a + 1] = corners.size;
        }
        return new TileTopology(
                window,
                classes,
                pixels,
                first,
                confidenceSum,
                confidencePixels,
                confidenceMin,
                uncertain,
                evidence,
                arcStart,
                corners.trimmed(),
                left,
                right,
                side(in, regions, window.width()),
                side(in, regions, window.height()),
                side(in, regions, window.width()),
                side(in, regions, window.height()));
    }

    private static TileTopology.Side side(In in, int regions, int length) {
        int runs = in.count();
        var region = new int[runs];
        var ends = new int[runs];
        int end = 0;
        for (int i = 0; i < runs; i++) {
            region[i] = within(in.number(), regions);
            end += in.number();
            ends[i] = end;
        }
        if (end != length) {
            throw new IllegalArgumentException("an edge of " + length + " pixels has " + end);
        }
        return new TileTopology.Side(region, ends);
    }

    private static int within(int value, int limit) {
        if (value < 0 || value > limit) {
            throw new IllegalArgumentException(value + " is not in 0 to " + limit);
        }
        return value;
    }

    private static int checksum(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static int lastInt(byte[] bytes) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value |= (bytes[bytes.length - 4 + i] & 0xFF) << 8 * i;
        }
        return value;
    }

    private static final class Out {
        private byte[] bytes;
        private int size;

        Out(int guess) {
            bytes = new byte[guess];
        }

        void raw(byte[] some) {
            room(some.length);
            System.arraycopy(some, 0, bytes, size, some.length);
            size += some.length;
        }

        void number(long value) {
            room(10);
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                bytes[size++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            bytes[size++] = (byte) rest;
        }

        void signed(long value) {
            number(value << 1 ^ value >> 63);
        }

        byte[] withChecksum() {
            int crc = checksum(bytes, size);
            for (int i = 0; i < 4; i++) {
                room(1);
                bytes[size++] = (byte) (crc >>> 8 * i);
            }
            return Arrays.copyOf(bytes, size);
        }

        private void room(int more) {
            if (bytes.length - size < more) {
                bytes = Arrays.copyOf(bytes, Ints.Growth.next(bytes.length + more));
            }
        }
    }

    private static final class In {
        private final byte[] bytes;
        private int at;
        private final int end;

        In(byte[] bytes, int from, int end) {
            this.bytes = bytes;
            at = from;
            this.end = end;
        }

        int number() {
            return Math.toIntExact(bits());
        }

        /** A number of things that follow, each at least a byte long. */
        int count() {
            return within(number(), end - at);
        }

        long signed() {
            long zigzag = bits();
            return zigzag >>> 1 ^ -(zigzag & 1);
        }

        long bits() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (at >= end) {
                    throw new IndexOutOfBoundsException("the topology ends early");
                }
                byte b = bytes[at++];
                value |= (b & 0x7FL) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("a number of more than 64 bits");
        }
    }
}
