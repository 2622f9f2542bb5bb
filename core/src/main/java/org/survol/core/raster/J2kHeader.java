// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The main header of a JPEG 2000 codestream (ISO 15444-1 annex A) and where its tile-parts lie. All sizes and counts are
 * checked here, against each other, the file's length and budgets, before the decoder sees a byte: it is native code, and
 * what it allocates follows from them.
 *
 * <p>Coordinates are those of the reference grid. Tiles are numbered row by row.
 */
final class J2kHeader {

    private static final int SOC = 0xff4f;
    private static final int SIZ = 0xff51;
    private static final int COD = 0xff52;
    private static final int COC = 0xff53;
    private static final int QCD = 0xff5c;
    private static final int QCC = 0xff5d;
    private static final int RGN = 0xff5e;
    private static final int POC = 0xff5f;
    private static final int PPM = 0xff60;
    private static final int SOT = 0xff90;
    private static final int SOD = 0xff93;
    private static final int EOC = 0xffd9;

    private static final int MAX_HEADER_BYTES = 1 << 20;
    private static final int MAX_COMPONENTS = 5;
    private static final int MAX_TILES = 65_535;
    private static final int MAX_TILE_PARTS = 1 << 20;
    private static final int MAX_PARTS_OF_A_TILE = 255;
    static final int MAX_LEVELS = 32;

    /** Code-blocks and precincts that any tile may have: about 100 MB of the decoder's bookkeeping. */
    private static final long FREE_NODES = 500_000;
    /** More must be paid for with coded bytes; a code-block that holds anything costs some ten. */
    private static final long NODES_PER_BYTE = 8;

    private static final long FREE_PACKETS = 1_000_000;
    private static final long PACKETS_PER_BYTE = 64;

    /** A tile beyond this size must hold something: blank ones are cut into tiles or not sent. */
    private static final long FREE_TILE_PIXELS = 1L << 26;

    private static final long PIXELS_PER_BYTE = 4_000;
    /** The decoder takes a tile's bytes in whole. */
    private static final long MAX_TILE_BYTES = 1L << 30;

    /** @param length from its SOT marker to the next one */
    record TilePart(long offset, long length) {}

    /** How a component is cut into code-blocks and precincts. */
    private record Coding(int levels, int codeBlockWidth, int codeBlockHeight, int[] precincts, int layers) {}

    private final TiffInput input;
    private final Refusal refusal;
    private final long end;

    final int x0;
    final int y0;
    final int x1;
    final int y1;
    final int tileX0;
    final int tileY0;
    final int tileWidth;
    final int tileHeight;
    final int components;
    /** bits of a sample */
    final int precision;

    final boolean signed;
    /** times that the image can be halved */
    final int levels;

    private int layers;
    private byte[] segments;
    private long firstTilePart;

    private List<List<TilePart>> parts;

    private J2kHeader(TiffInput input, Jp2Boxes.Span span, Refusal refusal) throws IOException {
        this.input = input;
        this.refusal = refusal;
        this.end = span.offset() + span.length();
        long at = span.offset();
        if (span.length() < 4 || input.u16(at) != SOC || input.u16(at + 2) != SIZ) {
            throw refusal.damaged("its codestream does not begin with its size");
        }
        int length = input.u16(at + 4);
        input.requireInside(at + 4, length, "codestream header");
        x1 = coordinate(at + 8);
        y1 = coordinate(at + 12);
        x0 = coordinate(at + 16);
        y0 = coordinate(at + 20);
        tileWidth = coordinate(at + 24);
        tileHeight = coordinate(at + 28);
        tileX0 = coordinate(at + 32);
        tileY0 = coordinate(at + 36);
        components = input.u16(at + 40);
        requireSize(length);
        int depth = input.u8(at + 42);
        precision = (depth & 0x7f) + 1;
        signed = (depth & 0x80) != 0;
        for (int c = 0; c < components; c++) {
            if (input.u8(at + 42 + 3L * c) != depth) {
                throw refusal.unsupported("JPEG 2000 with components of different depths is not read");
            }
            if (input.u8(at + 43 + 3L * c) != 1 || input.u8(at + 44 + 3L * c) != 1) {
                throw refusal.unsupported("JPEG 2000 with subsampled components is not read");
            }
        }
        levels = readSegments(at + 4 + length);
        requireEnd(span);
    }

    static J2kHeader read(TiffInput input, Jp2Boxes.Span span, Refusal refusal) throws IOException {
        return new J2kHeader(input, span, refusal);
    }

    static boolean recognises(byte[] first) {
        return first.length >= 4
                && (first[0] & 0xff) == 0xff
                && first[1] == 0x4f
                && (first[2] & 0xff) == 0xff
                && first[3] == 0x51;
    }

    private int coordinate(long at) throws IOException {
        long value = input.u32(at);
        if (value > Integer.MAX_VALUE - 65_536) {
            throw refusal.damaged("its size is out of range");
        }
        return (int) value;
    }

    private void requireSize(int length) {
        if (x0 >= x1 || y0 >= y1 || tileWidth < 1 || tileHeight < 1 || length != 38 + 3 * components) {
            throw refusal.damaged("its size fields contradict each other");
        }
        if (tileX0 > x0 || tileY0 > y0 || (long) tileX0 + tileWidth <= x0 || (long) tileY0 + tileHeight <= y0) {
            throw refusal.damaged("its tiles do not begin at its first pixel");
        }
        if (components < 1 || components > MAX_COMPONENTS) {
            throw refusal.unsupported("JPEG 2000 with " + components + " components is not read, only 1 to 5");
        }
        if (x1 - x0 > TiffImage.MAX_SIDE || y1 - y0 > TiffImage.MAX_SIDE) {
            throw refusal.tooLarge("it is " + (x1 - x0) + " x " + (y1 - y0) + " pixels");
        }
        if ((long) tilesAcross() * tilesDown() > MAX_TILES) {
            throw refusal.damaged("it declares " + (long) tilesAcross() * tilesDown() + " tiles, more than the "
                    + MAX_TILES + " there can be");
        }
        long fewestBytes = (long) tilesAcross() * tilesDown() * 14;
        if (fewestBytes > end) {
            throw refusal.truncated(
                    "its " + (long) tilesAcross() * tilesDown() + " tiles cannot stand in " + end + " bytes");
        }
    }

    /** Keeps what decoding needs; returns how often every component can be halved. */
    private int readSegments(long start) throws IOException {
        long at = start;
        int fewest = MAX_LEVELS;
        boolean coded = false;
        boolean quantised = false;
        var kept = new ByteArrayOutputStream();
        while (true) {
            int marker = input.u16(at);
            if (marker == SOT) {
                break;
            }
            if (marker < 0xff00 || marker == SOD || marker == EOC) {
                throw refusal.damaged("its codestream header is cut off");
            }
            int length = input.u16(at + 2);
            if (length < 2 || at + 2 + length > end || at - start > MAX_HEADER_BYTES) {
                throw refusal.damaged("a segment of its codestream header has no end");
            }
            switch (marker) {
                case PPM -> throw refusal.unsupported("JPEG 2000 with packed packet headers (PPM) is not read");
                case COD, COC -> {
                    fewest = Math.min(fewest, coding(marker, at, length).levels());
                    coded |= marker == COD;
                }
                case QCD -> quantised = true;
                default -> {
                    // kept below, or not needed
                }
            }
            if (marker == COD || marker == COC || marker == QCD || marker == QCC || marker == RGN || marker == POC) {
                var bytes = new byte[length + 2];
                input.bytes(at, length + 2, "codestream header").get(bytes);
                kept.writeBytes(bytes);
            }
            at += 2 + length;
        }
        if (!coded || !quantised) {
            throw refusal.damaged("its codestream does not say how it is coded");
        }
        segments = kept.toByteArray();
        firstTilePart = at;
        return fewest;
    }

    private Coding coding(int marker, long at, int length) throws IOException {
        boolean all = marker == COD;
        int style = input.u8(at + (all ? 4 : 5));
        long p = at + (all ? 9 : 6);
        if (length < (all ? 12 : 9)) {
            throw refusal.damaged("its coding style is cut off");
        }
        if (all) {
            layers = input.u16(at + 6);
        }
        int decompositions = input.u8(p);
        int width = input.u8(p + 1);
        int height = input.u8(p + 2);
        if (decompositions > MAX_LEVELS || width > 8 || height > 8 || width + height > 8 || layers < 1) {
            throw refusal.damaged("its coding style is none of ISO 15444-1");
        }
        if ((input.u8(p + 3) & 0xc0) != 0) {
            throw refusal.unsupported("high-throughput JPEG 2000 (HTJ2K) is not read");
        }
        var precincts = new int[decompositions + 1];
        Arrays.fill(precincts, 0xff);
        if ((style & 1) != 0) {
            if (length < (all ? 12 : 9) + precincts.length) {
                throw refusal.damaged("its precincts are cut off");
            }
            for (int r = 0; r < precincts.length; r++) {
                precincts[r] = input.u8(p + 5 + r);
                if (r > 0 && ((precincts[r] & 15) == 0 || precincts[r] >> 4 == 0)) {
                    throw refusal.damaged("it has precincts without pixels");
                }
            }
        }
        var coding = new Coding(decompositions, 1 << width + 2, 1 << height + 2, precincts, layers);
        requireBudget(coding, Math.min(end, MAX_TILE_BYTES));
        return coding;
    }

    /** What the decoder keeps of a tile: a node per code-block and precinct, a mark per packet. */
    private void requireBudget(Coding coding, long bytes) {
        long width = Math.min(tileWidth, x1 - x0);
        long height = Math.min(tileHeight, y1 - y0);
        double nodes = 0;
        double precincts = 0;
        for (int r = 0; r <= coding.levels(); r++) {
            int halvings = coding.levels() - r;
            double w = Math.ceil(width / Math.pow(2, halvings));
            double h = Math.ceil(height / Math.pow(2, halvings));
            int precinctWidth = 1 << (coding.precincts()[r] & 15);
            int precinctHeight = 1 << (coding.precincts()[r] >> 4);
            double cut = (Math.ceil(w / precinctWidth) + 1) * (Math.ceil(h / precinctHeight) + 1);
            int halved = r == 0 ? 1 : 2;
            double blockWidth = Math.min(coding.codeBlockWidth(), precinctWidth / (double) halved);
            double blockHeight = Math.min(coding.codeBlockHeight(), precinctHeight / (double) halved);
            precincts += cut;
            nodes += cut + (w / blockWidth + 1) * (h / blockHeight + 1);
        }
        nodes *= components;
        double packets = precincts * components * coding.layers();
        if (nodes > FREE_NODES + (double) NODES_PER_BYTE * bytes
                || packets > FREE_PACKETS + (double) PACKETS_PER_BYTE * bytes
                || (double) width * height > FREE_TILE_PIXELS + (double) PIXELS_PER_BYTE * bytes) {
            throw refusal.damaged("a tile of " + width + " x " + height + " pixels in " + (long) nodes
                    + " pieces cannot stand in " + bytes + " bytes");
        }
    }

    /** A file that lacks its end is noticed without looking at its tiles. */
    private void requireEnd(Jp2Boxes.Span span) throws IOException {
        if (end - 2 <= firstTilePart || input.u16(end - 2) != EOC) {
            if (span.open()) {
                throw refusal.truncated("its codestream has no end marker");
            }
            parts(); // some writers leave the marker out of a box: then the tiles must be whole
        }
    }

    int tilesAcross() {
        return (int) (((long) x1 - tileX0 + tileWidth - 1) / tileWidth);
    }

    int tilesDown() {
        return (int) (((long) y1 - tileY0 + tileHeight - 1) / tileHeight);
    }

    int tileLeft(int tile) {
        return (int) Math.max(x0, tileX0 + (long) tile % tilesAcross() * tileWidth);
    }

    int tileTop(int tile) {
        return (int) Math.max(y0, tileY0 + (long) tile / tilesAcross() * tileHeight);
    }

    int tileRight(int tile) {
        return (int) Math.min(x1, tileX0 + ((long) tile % tilesAcross() + 1) * tileWidth);
    }

    int tileBottom(int tile) {
        return (int) Math.min(y1, tileY0 + ((long) tile / tilesAcross() + 1) * tileHeight);
    }

    /**
     * A codestream of its own for one tile: same pixels, same coordinates, but no other tile. The decoder then keeps
     * nothing for the others, and can take the tile in once and give windows of it.
     */
    synchronized TileCodestream tile(int tile) throws IOException {
        var own = parts().get(tile);
        if (own.isEmpty()) {
            throw refusal.truncated("tile " + tile + " is missing");
        }
        long bytes = own.stream().mapToLong(TilePart::length).sum();
        if (own.size() > MAX_PARTS_OF_A_TILE) {
            throw refusal.damaged("its tile " + tile + " is in " + own.size() + " parts");
        }
        if (bytes > MAX_TILE_BYTES) {
            throw refusal.tooLarge("its tile " + tile + " has " + bytes + " bytes, more than can be decoded at once");
        }
        for (var part : own) {
            requireTilePart(part, bytes);
        }
        return new TileCodestream(input.source(), mainHeader(tile), own);
    }

    /** A tile may change how it is coded: the budget holds for that too. */
    private void requireTilePart(TilePart part, long tileBytes) throws IOException {
        long at = part.offset() + 12;
        long partEnd = part.offset() + part.length();
        while (true) {
            if (at + 2 > partEnd) {
                throw refusal.damaged("a tile-part has no data");
            }
            int marker = input.u16(at);
            if (marker == SOD) {
                return;
            }
            if (at + 4 > partEnd || marker < 0xff00) {
                throw refusal.damaged("the header of a tile-part is cut off");
            }
            int length = input.u16(at + 2);
            if (length < 2 || at + 2 + length > partEnd) {
                throw refusal.damaged("the header of a tile-part has no end");
            }
            if (marker == COD || marker == COC) {
                requireBudget(coding(marker, at, length), tileBytes);
            }
            at += 2 + length;
        }
    }

    private byte[] mainHeader(int tile) {
        var header = ByteBuffer.allocate(2 + 2 + 38 + 3 * components + segments.length);
        header.putShort((short) SOC);
        header.putShort((short) SIZ).putShort((short) (38 + 3 * components)).putShort((short) 0);
        header.putInt(tileRight(tile)).putInt(tileBottom(tile));
        header.putInt(tileLeft(tile)).putInt(tileTop(tile));
        header.putInt(tileRight(tile) - tileLeft(tile)).putInt(tileBottom(tile) - tileTop(tile));
        header.putInt(tileLeft(tile)).putInt(tileTop(tile));
        header.putShort((short) components);
        for (int c = 0; c < components; c++) {
            header.put((byte) (precision - 1 | (signed ? 0x80 : 0)))
                    .put((byte) 1)
                    .put((byte) 1);
        }
        return header.put(segments).array();
    }

    /** Follows the chain of tile-parts once; where it leads beyond the file or to another tile's number, the file is cut. */
    private synchronized List<List<TilePart>> parts() throws IOException {
        if (parts != null) {
            return parts;
        }
        int tiles = tilesAcross() * tilesDown();
        var found = new ArrayList<List<TilePart>>();
        for (int i = 0; i < tiles; i++) {
            found.add(new ArrayList<>(1));
        }
        long at = firstTilePart;
        int count = 0;
        while (at + 12 <= end) {
            int marker = input.u16(at);
            if (marker == EOC) {
                break;
            }
            if (marker != SOT || input.u16(at + 2) != 10) {
                throw refusal.damaged("tile-part " + count + " does not begin where the one before it ends");
            }
            int tile = input.u16(at + 4);
            long length = input.u32(at + 6);
            if (length == 0) {
                length = end - at - (input.u16(end - 2) == EOC ? 2 : 0); // the last one may run to the end
            }
            if (tile >= tiles || length < 14 || ++count > MAX_TILE_PARTS) {
                throw refusal.damaged("a tile-part of tile " + tile + " has " + length + " bytes");
            }
            if (length > end - at) {
                throw refusal.truncated("tile " + tile + " at bytes " + at + " to " + (at + length)
                        + " lies beyond the end of the codestream");
            }
            found.get(tile).add(new TilePart(at, length));
            at += length;
        }
        if (found.stream().anyMatch(List::isEmpty)) {
            throw refusal.truncated("some of its " + tiles + " tiles are missing");
        }
        parts = found;
        return found;
    }
}
