// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the boxes of a JP2 or JPX file (ISO 15444-1 annex I) say round the codestream. Pixels are never looked at here, and
 * every size is checked against the file and a budget first.
 *
 * @param codestream where the codestream lies
 * @param channels what each component shows, in the order of the components; empty when the file does not say
 * @param geoJp2 the degenerate GeoTIFF of a GeoJP2 box
 * @param gml the GML of a GMLJP2 box
 */
record Jp2Boxes(Span codestream, List<Channel> channels, Optional<byte[]> geoJp2, Optional<byte[]> gml) {

    /** Bytes of a file; {@code open} when their end was not declared but is the file's. */
    record Span(long offset, long length, boolean open) {}

    /**
     * @param type 0 colour, 1 opacity, 2 premultiplied opacity
     * @param association 0 the whole image, else the number of the colour, counted from 1
     */
    record Channel(int type, int association) {
        boolean isAlpha() {
            return type == 1 || type == 2;
        }
    }

    private static final int HEADER = 0x6a703268; // jp2h
    private static final int CODESTREAM = 0x6a703263; // jp2c
    private static final int COLOUR = 0x636f6c72; // colr
    private static final int PALETTE = 0x70636c72; // pclr
    private static final int CHANNELS = 0x63646566; // cdef
    private static final int UUID = 0x75756964; // uuid
    private static final int ASSOCIATION = 0x61736f63; // asoc
    private static final int XML = 0x786d6c20; // xml

    private static final byte[] GEO_JP2 = {
        (byte) 0xb1,
        0x4b,
        (byte) 0xf8,
        (byte) 0xbd,
        0x08,
        0x3d,
        0x4b,
        0x43,
        (byte) 0xa5,
        (byte) 0xae,
        (byte) 0x8c,
        (byte) 0xd7,
        (byte) 0xd5,
        (byte) 0xa6,
        (byte) 0xce,
        0x03
    };

    private static final int MAX_BOXES = 10_000;
    private static final int MAX_DEPTH = 8;
    /** Boxes that are read whole. */
    private static final int MAX_BOX_BYTES = 1 << 20;

    private static final int SYCC = 18;

    static boolean recognises(byte[] first) {
        return first.length >= 12
                && first[0] == 0
                && first[1] == 0
                && first[2] == 0
                && first[3] == 12
                && new String(first, 4, 4, StandardCharsets.US_ASCII).equals("jP  ");
    }

    static Jp2Boxes read(TiffInput input, Refusal refusal) throws IOException {
        return new Walk(input, refusal).read();
    }

    private static final class Walk {

        private final TiffInput input;
        private final Refusal refusal;
        private int boxes;
        private Span codestream;
        private List<Channel> channels = List.of();
        private byte[] geoJp2;
        private byte[] gml;

        Walk(TiffInput input, Refusal refusal) {
            this.input = input;
            this.refusal = refusal;
        }

        Jp2Boxes read() throws IOException {
            walk(0, input.length(), 0);
            if (codestream == null) {
                throw refusal.damaged("it has no codestream");
            }
            return new Jp2Boxes(codestream, channels, Optional.ofNullable(geoJp2), Optional.ofNullable(gml));
        }

        private void walk(long start, long end, int depth) throws IOException {
            long at = start;
            while (at + 8 <= end) {
                if (++boxes > MAX_BOXES || depth > MAX_DEPTH) {
                    throw refusal.damaged("it has too many boxes");
                }
                long length = input.u32(at);
                int type = (int) input.u32(at + 4);
                long body = at + 8;
                boolean open = length == 0;
                if (length == 1) {
                    length = input.u64(at + 8);
                    body = at + 16;
                } else if (open) {
                    length = end - at;
                }
                if (length < body - at) {
                    throw refusal.damaged("a box is " + length + " bytes long");
                }
                if (length > end - at) {
                    throw refusal.truncated("box at byte " + at + " of " + length + " bytes ends beyond "
                            + (depth == 0 ? "the file, which has " + end + " bytes" : "the box that holds it"));
                }
                take(type, body, at + length - body, open, depth);
                at += length;
            }
            if (at != end && depth == 0) {
                throw refusal.truncated("it ends within a box");
            }
        }

        private void take(int type, long body, long length, boolean open, int depth) throws IOException {
            switch (type) {
                case CODESTREAM -> {
                    if (codestream == null) {
                        codestream = new Span(body, length, open);
                    }
                }
                case HEADER, ASSOCIATION -> walk(body, body + length, depth + 1);
                case CHANNELS -> channels = channels(bytes(body, length));
                case PALETTE -> throw refusal.unsupported("JPEG 2000 with a palette is not read");
                case COLOUR -> requireRgb(bytes(body, length));
                case UUID -> {
                    if (length > GEO_JP2.length
                            && geoJp2 == null
                            && Arrays.equals(bytes(body, GEO_JP2.length), GEO_JP2)) {
                        geoJp2 = bytes(body + GEO_JP2.length, length - GEO_JP2.length);
                    }
                }
                case XML -> {
                    if (depth > 0 && gml == null) {
                        var xml = bytes(body, length);
                        if (Gmljp2.mayBe(xml)) {
                            gml = xml;
                        }
                    }
                }
                default -> {
                    // signature, file type, labels and the many that only describe
                }
            }
        }

        private byte[] bytes(long offset, long length) throws IOException {
            if (length > MAX_BOX_BYTES) {
                throw refusal.damaged("a box that describes the image has " + length + " bytes");
            }
            var view = input.bytes(offset, (int) length, "box");
            var bytes = new byte[(int) length];
            view.get(bytes);
            return bytes;
        }

        private void requireRgb(byte[] colour) {
            if (colour.length >= 7 && colour[0] == 1 && colour[3] == 0 && colour[6] == SYCC) {
                throw refusal.unsupported("JPEG 2000 in sYCC colours is not read");
            }
        }

        private List<Channel> channels(byte[] box) {
            int count = box.length < 2 ? 0 : (box[0] & 0xff) << 8 | box[1] & 0xff;
            if (box.length < 2 + 6 * count) {
                throw refusal.damaged("its channel definitions are cut off");
            }
            var found = new ArrayList<Channel>();
            for (int i = 0; i < count; i++) {
                found.add(new Channel(0, 0));
            }
            for (int i = 0; i < count; i++) {
                int at = 2 + 6 * i;
                int component = (box[at] & 0xff) << 8 | box[at + 1] & 0xff;
                if (component >= count) {
                    return List.of();
                }
                found.set(
                        component,
                        new Channel(
                                (box[at + 2] & 0xff) << 8 | box[at + 3] & 0xff,
                                (box[at + 4] & 0xff) << 8 | box[at + 5] & 0xff));
            }
            return found;
        }
    }
}
