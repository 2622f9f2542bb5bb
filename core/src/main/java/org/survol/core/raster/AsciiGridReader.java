// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.survol.core.BadInputException;

/**
 * Reads ESRI ASCII grids, the text form in which heights are still delivered. The whole text is scanned once, when the
 * first pixel is asked for, to learn where each row begins; windows then read and parse the rows they touch. Header
 * words come in any case and order; the CRS comes from elsewhere, as the format has none.
 */
final class AsciiGridReader implements RasterReader {

    private static final double DEFAULT_NODATA = -9_999;
    private static final int MAX_HEADER_BYTES = 4_096;
    private static final int SCAN_BYTES = 4 << 20;
    /** A value with its blank: what is longer than this is no grid. */
    private static final int MAX_VALUE_BYTES = 64;

    private static final int MAX_ROW_BYTES = 1 << 27;

    private final ByteSource source;
    private final Refusal refusal;
    private final RasterHeader header;
    private final BlockCache cache;
    private final long dataStart;
    /** where each row begins, and where the last one ends; null until it is needed */
    private long[] rows;

    private AsciiGridReader(ByteSource source, Refusal refusal, RasterHeader header, long dataStart, BlockCache cache) {
        this.source = source;
        this.refusal = refusal;
        this.header = header;
        this.dataStart = dataStart;
        this.cache = cache;
    }

    /** Begins with one of the words of a header, and is text. */
    static boolean recognises(byte[] first) {
        var text = new String(first, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
        return text.startsWith("ncols")
                || text.startsWith("nrows")
                || text.startsWith("xllc")
                || text.startsWith("yllc")
                || text.startsWith("cellsize")
                || text.startsWith("nodata_value");
    }

    static AsciiGridReader open(ByteSource source, GeoCompletion completion, BlockCache cache) throws IOException {
        var refusal = new Refusal(source.name(), "ASCII grid");
        var bytes = source.read(0, (int) Math.min(MAX_HEADER_BYTES, source.length()));
        var fields = new HashMap<String, Double>();
        int dataStart = header(bytes, fields, refusal);
        int width = count(fields, "ncols", refusal);
        int height = count(fields, "nrows", refusal);
        // two bytes a value, a digit and a blank, are the least there can be
        if ((long) width * height > source.length() / 2 + 1) {
            throw refusal.truncated(
                    width + " columns and " + height + " rows cannot stand in " + source.length() + " bytes");
        }
        var geo = completion.complete(placed(fields, height, refusal));
        return new AsciiGridReader(
                source,
                refusal,
                new RasterHeader(
                        source.name(),
                        width,
                        height,
                        1,
                        SampleType.FLOAT32,
                        geo.geo(),
                        geo.whyNot(),
                        OptionalDouble.of(fields.getOrDefault("nodata_value", DEFAULT_NODATA)),
                        false,
                        Optional.empty(),
                        List.of(),
                        Map.of()),
                dataStart,
                cache);
    }

    /** Reads pairs of a word and a number up to the first number that stands alone; returns where that begins. */
    private static int header(byte[] bytes, Map<String, Double> fields, Refusal refusal) {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = 0;
        while (true) {
            at = skipBlanks(text, at);
            if (at == text.length()) {
                throw refusal.truncated("it ends within its header");
            }
            if (!Character.isLetter(text.charAt(at)) || fields.size() > 20) {
                return at;
            }
            int end = wordEnd(text, at);
            var name = text.substring(at, end).toLowerCase(Locale.ROOT);
            if (name.equals("nan") || name.equals("inf")) {
                return at;
            }
            int value = skipBlanks(text, end);
            int valueEnd = wordEnd(text, value);
            fields.put(name, number(text.substring(value, valueEnd), name, refusal));
            at = valueEnd;
        }
    }

    private static int skipBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
        return at;
    }

    private static int wordEnd(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) > ' ') {
            at++;
        }
        return at;
    }

    private static double number(String word, String name, Refusal refusal) {
        try {
            if (!word.isEmpty() && word.length() <= MAX_VALUE_BYTES) {
                return Double.parseDouble(word);
            }
        } catch (NumberFormatException e) {
            if (word.indexOf(',') >= 0) {
                throw decimalComma(refusal);
            }
        }
        throw refusal.damaged("its " + name + " is no number");
    }

    private static BadInputException decimalComma(Refusal refusal) {
        return new BadInputException(
                refusal.file(),
                "its numbers have decimal commas instead of points",
                "Export it again with decimal points, or send it as a GeoTIFF");
    }

    private static int count(Map<String, Double> fields, String name, Refusal refusal) {
        var value = fields.get(name);
        if (value == null) {
            throw refusal.damaged("its header has no " + name);
        }
        if (!(value >= 1 && value <= TiffImage.MAX_SIDE) || value != Math.rint(value)) {
            throw refusal.damaged("its " + name + " is " + value);
        }
        return value.intValue();
    }

    private static Georeferencing placed(Map<String, Double> fields, int height, Refusal refusal) {
        var cell = fields.get("cellsize");
        double dx = cell == null ? fields.getOrDefault("dx", Double.NaN) : cell;
        double dy = cell == null ? fields.getOrDefault("dy", Double.NaN) : cell;
        if (!(dx > 0 && dy > 0 && dx < 1e6 && dy < 1e6)) {
            throw refusal.damaged("its cell size is " + dx + " x " + dy);
        }
        double west = fields.containsKey("xllcenter")
                ? fields.get("xllcenter") - dx / 2
                : fields.getOrDefault("xllcorner", Double.NaN);
        double south = fields.containsKey("yllcenter")
                ? fields.get("yllcenter") - dy / 2
                : fields.getOrDefault("yllcorner", Double.NaN);
        return Georeferencing.ofAffine(dx, 0, west, 0, -dy, south + height * dy);
    }

    @Override
    public RasterHeader header() {
        return header;
    }

    @Override
    public int levels() {
        return 1;
    }

    @Override
    public int width(int level) {
        return header.width();
    }

    @Override
    public int height(int level) {
        return header.height();
    }

    @Override
    public AsciiGridReader withAlphaAsBand() {
        return this;
    }

    @Override
    public ByteRaster readBytes(int level, int x, int y, int width, int height) {
        throw refusal.unsupported("its samples are heights in text, and 8-bit ones are needed here");
    }

    @Override
    public FloatRaster readFloats(int level, int x, int y, int width, int height) throws IOException {
        if (level != 0
                || x < 0
                || y < 0
                || width < 1
                || height < 1
                || x > header.width() - width
                || y > header.height() - height) {
            throw new IllegalArgumentException("window " + x + "," + y + " " + width + " x " + height
                    + " is not inside the " + header.width() + " x " + header.height() + " pixels of "
                    + header.name());
        }
        var raster = new FloatRaster(width, height, 1);
        for (int row = 0; row < height; row++) {
            int line = y + row;
            var samples = cache.get(this, line, () -> parse(line));
            for (int i = 0; i < width; i++) {
                raster.plane(0)[row * width + i] = Float.intBitsToFloat(intAt(samples, 4 * (x + i)));
            }
        }
        return raster;
    }

    @Override
    public byte[] readMask(int level, int x, int y, int width, int height) throws IOException {
        var plane = readFloats(level, x, y, width, height).plane(0);
        float nodata = (float) header.nodata().orElseThrow();
        var valid = new byte[plane.length];
        for (int i = 0; i < valid.length; i++) {
            valid[i] = (byte) (plane[i] == nodata || Float.isNaN(plane[i]) ? 0 : 255);
        }
        return valid;
    }

    private static int intAt(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | bytes[at + 3] << 24;
    }

    /** A row's values as little-endian floats. */
    private byte[] parse(int row) throws IOException {
        var index = rows();
        long length = index[row + 1] - index[row];
        if (length > MAX_ROW_BYTES) {
            throw refusal.damaged("row " + row + " has " + length + " bytes");
        }
        var text = source.read(index[row], (int) length);
        var samples = new byte[4 * header.width()];
        int at = 0;
        for (int column = 0; column < header.width(); column++) {
            while (at < text.length && text[at] <= ' ' && text[at] >= 0) {
                at++;
            }
            int start = at;
            while (at < text.length && (text[at] > ' ' || text[at] < 0)) {
                at++;
            }
            int bits = Float.floatToRawIntBits((float)
                    number(new String(text, start, at - start, StandardCharsets.ISO_8859_1), "row " + row, refusal));
            samples[4 * column] = (byte) bits;
            samples[4 * column + 1] = (byte) (bits >> 8);
            samples[4 * column + 2] = (byte) (bits >> 16);
            samples[4 * column + 3] = (byte) (bits >> 24);
        }
        return samples;
    }

    /** Rows are counted by values and not by lines, which some writers break where they like. */
    private synchronized long[] rows() throws IOException {
        if (rows != null) {
            return rows;
        }
        var index = new long[header.height() + 1];
        long values = 0;
        long expected = (long) header.width() * header.height();
        boolean inValue = false;
        int valueBytes = 0;
        long end = source.length();
        for (long at = dataStart; at < end; at += SCAN_BYTES) {
            var piece = source.read(at, (int) Math.min(SCAN_BYTES, end - at));
            for (int i = 0; i < piece.length; i++) {
                boolean blank = piece[i] <= ' ' && piece[i] >= 0;
                if (blank) {
                    inValue = false;
                } else if (!inValue) {
                    if (values < expected && values % header.width() == 0) {
                        index[(int) (values / header.width())] = at + i;
                    }
                    values++;
                    inValue = true;
                    valueBytes = 1;
                } else if (++valueBytes > MAX_VALUE_BYTES) {
                    throw refusal.damaged("a value of it has more than " + MAX_VALUE_BYTES + " letters");
                }
                if (piece[i] == ',') {
                    throw decimalComma(refusal);
                }
            }
        }
        if (values < expected) {
            throw refusal.truncated("it has " + values + " values instead of " + expected);
        }
        if (values > expected) {
            throw refusal.damaged("it has " + values + " values instead of " + header.width() + " columns x "
                    + header.height() + " rows");
        }
        index[header.height()] = end;
        rows = index;
        return index;
    }
}
