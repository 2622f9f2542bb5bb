// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/**
 * A plain TIFF writer for tests: every byte order, block shape and compression that the reader takes, and any field set to
 * any value. It shares no code with the writer under test.
 */
public final class TiffFixture {

    private record Field(int type, long[] values) {}

    private final int width;
    private final int height;
    private final int samples;
    private final SampleType type;
    private final long[][] raw;
    private final Map<Integer, Field> overrides = new TreeMap<>();
    private boolean bigEndian;
    private boolean bigTiff;
    private boolean planar;
    private int tileWidth;
    private int blockHeight;
    private int compression = TiffTag.COMPRESSION_NONE;
    private int predictor = TiffTag.PREDICTOR_NONE;

    /** @param raw one array of sample bit patterns per band, row-major */
    private TiffFixture(int width, int height, SampleType type, long[][] raw) {
        this.width = width;
        this.height = height;
        this.samples = raw.length;
        this.type = type;
        this.raw = raw;
        this.blockHeight = height;
    }

    public static TiffFixture of(ByteRaster raster) {
        var raw = new long[raster.bands()][raster.width() * raster.height()];
        for (int band = 0; band < raw.length; band++) {
            for (int i = 0; i < raw[band].length; i++) {
                raw[band][i] = raster.plane(band)[i] & 0xff;
            }
        }
        return new TiffFixture(raster.width(), raster.height(), SampleType.UINT8, raw);
    }

    public static TiffFixture of(int width, int height, SampleType type, long[]... raw) {
        return new TiffFixture(width, height, type, raw);
    }

    public TiffFixture bigEndian(boolean value) {
        bigEndian = value;
        return this;
    }

    public TiffFixture bigTiff(boolean value) {
        bigTiff = value;
        return this;
    }

    public TiffFixture planar(boolean value) {
        planar = value && samples > 1;
        return this;
    }

    public TiffFixture strips(int rows) {
        tileWidth = 0;
        blockHeight = Math.min(rows, height);
        return this;
    }

    public TiffFixture tiles(int newTileWidth, int newTileHeight) {
        tileWidth = newTileWidth;
        blockHeight = newTileHeight;
        return this;
    }

    public TiffFixture compression(int value) {
        compression = value;
        return this;
    }

    public TiffFixture predictor(int value) {
        predictor = value;
        return this;
    }

    /** Sets a field to anything, right or wrong; without values it is left out. */
    public TiffFixture field(int tag, int fieldType, long... values) {
        overrides.put(tag, new Field(fieldType, values));
        return this;
    }

    public TiffFixture doubles(int tag, double... values) {
        var bits = new long[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Double.doubleToRawLongBits(values[i]);
        }
        return field(tag, TiffTag.TYPE_DOUBLE, bits);
    }

    public TiffFixture text(int tag, String value) {
        var bytes = new long[value.length() + 1];
        for (int i = 0; i < value.length(); i++) {
            bytes[i] = value.charAt(i);
        }
        return field(tag, TiffTag.TYPE_ASCII, bytes);
    }

    public byte[] write() {
        var blocks = blocks();
        long position = bigTiff ? 16 : 8;
        var offsets = new long[blocks.size()];
        var counts = new long[blocks.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = position;
            counts[i] = blocks.get(i).length;
            position += counts[i] + (counts[i] & 1);
        }
        var fields = new TreeMap<Integer, Field>();
        int wide = bigTiff ? TiffTag.TYPE_LONG8 : TiffTag.TYPE_LONG;
        put(fields, TiffTag.IMAGE_WIDTH, TiffTag.TYPE_LONG, width);
        put(fields, TiffTag.IMAGE_LENGTH, TiffTag.TYPE_LONG, height);
        put(fields, TiffTag.BITS_PER_SAMPLE, TiffTag.TYPE_SHORT, repeated(8L * type.bytes()));
        put(fields, TiffTag.COMPRESSION, TiffTag.TYPE_SHORT, compression);
        put(fields, TiffTag.PHOTOMETRIC, TiffTag.TYPE_SHORT, 1);
        put(fields, TiffTag.SAMPLES_PER_PIXEL, TiffTag.TYPE_SHORT, samples);
        put(fields, TiffTag.PLANAR_CONFIGURATION, TiffTag.TYPE_SHORT, planar ? 2 : 1);
        put(fields, TiffTag.PREDICTOR, TiffTag.TYPE_SHORT, predictor);
        int format = type.isFloating() ? 3 : type.name().startsWith("INT") ? 2 : 1;
        put(fields, TiffTag.SAMPLE_FORMAT, TiffTag.TYPE_SHORT, repeated(format));
        if (tileWidth > 0) {
            put(fields, TiffTag.TILE_WIDTH, TiffTag.TYPE_LONG, tileWidth);
            put(fields, TiffTag.TILE_LENGTH, TiffTag.TYPE_LONG, blockHeight);
            put(fields, TiffTag.TILE_OFFSETS, wide, offsets);
            put(fields, TiffTag.TILE_BYTE_COUNTS, wide, counts);
        } else {
            put(fields, TiffTag.ROWS_PER_STRIP, TiffTag.TYPE_LONG, blockHeight);
            put(fields, TiffTag.STRIP_OFFSETS, wide, offsets);
            put(fields, TiffTag.STRIP_BYTE_COUNTS, wide, counts);
        }
        overrides.forEach((tag, field) -> {
            if (field.values().length == 0) {
                fields.remove(tag);
            } else {
                fields.put(tag, field);
            }
        });
        var file = ByteBuffer.allocate((int) position + 65_536 + 64 * blocks.size())
                .order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        file.putShort((short) (bigEndian ? 0x4d4d : 0x4949));
        if (bigTiff) {
            file.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(position);
        } else {
            file.putShort((short) 42).putInt((int) position);
        }
        for (int i = 0; i < offsets.length; i++) {
            file.put((int) offsets[i], blocks.get(i));
        }
        return directory(file, fields, (int) position);
    }

    private byte[] directory(ByteBuffer file, Map<Integer, Field> fields, int position) {
        file.position(position);
        if (bigTiff) {
            file.putLong(fields.size());
        } else {
            file.putShort((short) fields.size());
        }
        int inline = bigTiff ? 8 : 4;
        int behind = position + (bigTiff ? 16 + 20 * fields.size() : 6 + 12 * fields.size());
        for (var entry : fields.entrySet()) {
            var field = entry.getValue();
            file.putShort(entry.getKey().shortValue()).putShort((short) field.type());
            if (bigTiff) {
                file.putLong(field.values().length);
            } else {
                file.putInt(field.values().length);
            }
            int size = TiffTag.bytesOfType(field.type());
            int at = file.position();
            int values = at;
            if (size * field.values().length > inline) {
                values = behind;
                if (bigTiff) {
                    file.putLong(behind);
                } else {
                    file.putInt(behind);
                }
                behind += size * field.values().length;
                behind += behind & 1;
            }
            for (long value : field.values()) {
                switch (size) {
                    case 1 -> file.put(values, (byte) value);
                    case 2 -> file.putShort(values, (short) value);
                    case 4 -> file.putInt(values, (int) value);
                    default -> file.putLong(values, value);
                }
                values += size;
            }
            file.position(at + inline);
        }
        var bytes = new byte[behind];
        file.get(0, bytes);
        return bytes;
    }

    private static void put(Map<Integer, Field> fields, int tag, int fieldType, long... values) {
        fields.put(tag, new Field(fieldType, values));
    }

    private long[] repeated(long value) {
        var values = new long[samples];
        java.util.Arrays.fill(values, value);
        return values;
    }

    private List<byte[]> blocks() {
        int blockWidth = tileWidth > 0 ? tileWidth : width;
        var blocks = new ArrayList<byte[]>();
        for (int plane = 0; plane < (planar ? samples : 1); plane++) {
            for (int top = 0; top < height; top += blockHeight) {
                int rows = tileWidth > 0 ? blockHeight : Math.min(blockHeight, height - top);
                for (int left = 0; left < width; left += blockWidth) {
                    blocks.add(block(plane, left, top, blockWidth, rows));
                }
            }
        }
        return blocks;
    }

    private byte[] block(int plane, int left, int top, int blockWidth, int rows) {
        int together = planar ? 1 : samples;
        var values = new long[rows][blockWidth * together];
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < blockWidth; x++) {
                for (int s = 0; s < together; s++) {
                    boolean inside = left + x < width && top + y < height;
                    values[y][x * together + s] = inside ? raw[planar ? plane : s][(top + y) * width + left + x] : 0;
                }
            }
        }
        if (compression == TiffTag.COMPRESSION_JPEG) {
            return jpeg(values, blockWidth);
        }
        var out = ByteBuffer.allocate(rows * blockWidth * together * type.bytes())
                .order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (var row : values) {
            if (predictor == TiffTag.PREDICTOR_FLOATING) {
                out.put(floating(row, together));
                continue;
            }
            for (int i = 0; i < row.length; i++) {
                long value = predictor == TiffTag.PREDICTOR_HORIZONTAL && i >= together
                        ? row[i] - row[i - together]
                        : row[i];
                switch (type.bytes()) {
                    case 1 -> out.put((byte) value);
                    case 2 -> out.putShort((short) value);
                    case 4 -> out.putInt((int) value);
                    default -> out.putLong(value);
                }
            }
        }
        return switch (compression) {
            case TiffTag.COMPRESSION_LZW -> lzw(out.array());
            case TiffTag.COMPRESSION_DEFLATE, TiffTag.COMPRESSION_DEFLATE_OLD -> deflate(out.array());
            case TiffTag.COMPRESSION_PACKBITS -> packBits(out.array());
            case TiffTag.COMPRESSION_ZSTD -> com.github.luben.zstd.Zstd.compress(out.array());
            default -> out.array();
        };
    }

    private byte[] floating(long[] row, int together) {
        var sorted = new byte[row.length * type.bytes()];
        for (int b = 0; b < type.bytes(); b++) {
            for (int i = 0; i < row.length; i++) {
                sorted[b * row.length + i] = (byte) (row[i] >> 8 * (type.bytes() - 1 - b));
            }
        }
        var differences = sorted.clone();
        for (int i = together; i < sorted.length; i++) {
            differences[i] = (byte) (sorted[i] - sorted[i - together]);
        }
        return differences;
    }

    private static byte[] jpeg(long[][] values, int blockWidth) {
        int together = values[0].length / blockWidth;
        var image = new BufferedImage(
                blockWidth, values.length, together == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < values.length; y++) {
            for (int i = 0; i < values[y].length; i++) {
                image.getRaster().setSample(i / together, y, i % together, (int) values[y][i]);
            }
        }
        var out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "jpeg", out);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] deflate(byte[] bytes) {
        try (var deflater = new Deflater()) {
            deflater.setInput(bytes);
            deflater.finish();
            var out = new byte[bytes.length + bytes.length / 8 + 256];
            return java.util.Arrays.copyOf(out, deflater.deflate(out));
        }
    }

    private static byte[] packBits(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < bytes.length; ) {
            int run = 1;
            while (i + run < bytes.length && run < 128 && bytes[i + run] == bytes[i]) {
                run++;
            }
            if (run > 1) {
                out.write(1 - run);
                out.write(bytes[i]);
            } else {
                out.write(0);
                out.write(bytes[i]);
            }
            i += run;
        }
        return out.toByteArray();
    }

    /** Strings are kept as text, one character per byte, which is slow and plain. */
    private static byte[] lzw(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        var table = new HashMap<String, Integer>();
        long[] bits = {0, 0};
        int width = 9;
        emit(out, bits, 256, width);
        int next = 258;
        var known = "";
        for (byte b : bytes) {
            var longer = known + (char) (b & 0xff);
            if (longer.length() == 1 || table.containsKey(longer)) {
                known = longer;
                continue;
            }
            emit(out, bits, known.length() == 1 ? known.charAt(0) : table.get(known), width);
            table.put(longer, next++);
            if (next == 512 || next == 1_024 || next == 2_048) {
                width++;
            } else if (next == 4_095) {
                emit(out, bits, 256, width);
                table.clear();
                next = 258;
                width = 9;
            }
            known = "" + (char) (b & 0xff);
        }
        emit(out, bits, known.length() == 1 ? known.charAt(0) : table.get(known), width);
        next++;
        if (next == 512 || next == 1_024 || next == 2_048) {
            width++;
        }
        emit(out, bits, 257, width);
        emit(out, bits, 0, 7);
        return out.toByteArray();
    }

    /** @param bits pending bits and how many */
    private static void emit(ByteArrayOutputStream out, long[] bits, int code, int width) {
        bits[0] = bits[0] << width | code;
        bits[1] += width;
        while (bits[1] >= 8) {
            out.write((int) (bits[0] >> (bits[1] - 8)));
            bits[1] -= 8;
            bits[0] &= (1L << bits[1]) - 1;
        }
    }
}
