// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes PNG (ISO/IEC 15948), the two kinds that map tiles need. Own code, because {@code javax.imageio} brings the
 * whole desktop module into a server's image and is several times slower on such small pictures.
 */
final class Png {

    private static final byte[] SIGNATURE = {(byte) 137, 'P', 'N', 'G', '\r', '\n', 26, '\n'};
    private static final int RGBA = 6;
    private static final int PALETTE = 3;
    private static final int FILTER_NONE = 0;
    private static final int FILTER_SUB = 1;
    private static final int COMPRESSION = 5;

    private Png() {}

    /** @param pixels row by row, each 0xAARRGGBB, alpha not multiplied in */
    static byte[] rgba(int width, int height, int[] pixels) {
        var raw = ByteBuffer.allocate(height * (1 + 4 * width));
        for (int row = 0; row < height; row++) {
            raw.put((byte) FILTER_SUB);
            int before = 0;
            for (int column = 0; column < width; column++) {
                int pixel = pixels[row * width + column];
                raw.put((byte) ((pixel >> 16) - (before >> 16)));
                raw.put((byte) ((pixel >> 8) - (before >> 8)));
                raw.put((byte) (pixel - before));
                raw.put((byte) ((pixel >>> 24) - (before >>> 24)));
                before = pixel;
            }
        }
        var out = new ByteArrayOutputStream(raw.capacity() / 2);
        start(out, width, height, RGBA);
        chunk(out, "IDAT", deflate(raw.array()));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** @param indices row by row
     *  @param palette 256 colours, each 0xAARRGGBB */
    static byte[] indexed(int width, int height, byte[] indices, int[] palette) {
        var raw = new byte[height * (1 + width)];
        for (int row = 0; row < height; row++) {
            raw[row * (1 + width)] = FILTER_NONE;
            System.arraycopy(indices, row * width, raw, row * (1 + width) + 1, width);
        }
        var colours = new byte[palette.length * 3];
        var alphas = new byte[palette.length];
        for (int i = 0; i < palette.length; i++) {
            colours[3 * i] = (byte) (palette[i] >> 16);
            colours[3 * i + 1] = (byte) (palette[i] >> 8);
            colours[3 * i + 2] = (byte) palette[i];
            alphas[i] = (byte) (palette[i] >>> 24);
        }
        var out = new ByteArrayOutputStream(1 << 13);
        start(out, width, height, PALETTE);
        chunk(out, "PLTE", colours);
        chunk(out, "tRNS", alphas);
        chunk(out, "IDAT", deflate(raw));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void start(ByteArrayOutputStream out, int width, int height, int colourType) {
        out.writeBytes(SIGNATURE);
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) 8)
                        .put((byte) colourType)
                        .put((byte) 0)
                        .put((byte) 0)
                        .put((byte) 0)
                        .array());
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
        var body = ByteBuffer.allocate(4 + content.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .array();
        var crc = new CRC32();
        crc.update(body);
        out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
        out.writeBytes(body);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    private static byte[] deflate(byte[] raw) {
        try (var deflater = new Deflater(COMPRESSION)) {
            deflater.setInput(raw);
            deflater.finish();
            var out = new ByteArrayOutputStream(raw.length / 2 + 64);
            var buffer = new byte[1 << 13];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }
}
