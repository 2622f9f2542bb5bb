// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.survol.core.BadInputException;

/**
 * Reads windows of JPEG 2000 files: JP2, JPX, or a bare codestream. A window is decoded in blocks of at most 1,024 x
 * 1,024 pixels that never span two tiles, so a file that is one single tile needs no more memory than its compressed
 * bytes and the blocks in hand. Levels are the halvings that the codestream itself holds.
 *
 * <p>1 to 5 unsigned components of up to 16 bits, or signed ones of 9 to 16; a component that the file defines as opacity
 * is the mask.
 */
final class Jpeg2000Reader implements RasterReader {

    static final int BLOCK = 1_024;
    /** Smaller overviews than this serve nobody. */
    private static final int SMALLEST_SIDE = 64;

    private static final Cleaner CLEANER = Cleaner.create();

    /** One resolution: columns and rows are counted from the image's own corner. */
    private record Level(int reduction, int left, int top, int width, int height) {}

    /** A piece of a tile at a level, by its place in the level. */
    private record Block(int tile, int index, int x, int y, int width, int height) {}

    private final J2kHeader codestream;
    private final Refusal refusal;
    private final RasterHeader header;
    private final List<Level> levels;
    private final BlockCache cache;
    /** component that holds opacity, or -1 */
    private final int alpha;

    private final int[] componentOfBand;
    private final OpenTiles.Owner owner;

    private Jpeg2000Reader(
            J2kHeader codestream,
            Refusal refusal,
            RasterHeader header,
            List<Level> levels,
            int alpha,
            int[] componentOfBand,
            BlockCache cache) {
        this.codestream = codestream;
        this.refusal = refusal;
        this.header = header;
        this.levels = levels;
        this.alpha = alpha;
        this.componentOfBand = componentOfBand;
        this.cache = cache;
        var mine = new OpenTiles.Owner();
        this.owner = mine;
        CLEANER.register(this, () -> OpenTiles.closeAll(mine));
    }

    static boolean recognises(byte[] first) {
        return Jp2Boxes.recognises(first) || J2kHeader.recognises(first);
    }

    static Jpeg2000Reader open(ByteSource source, GeoCompletion completion, BlockCache cache) throws IOException {
        var refusal = new Refusal(source.name(), "JPEG 2000");
        var input = new TiffInput(source, refusal);
        input.order(ByteOrder.BIG_ENDIAN);
        boolean bare = input.length() >= 2 && input.u16(0) == 0xff4f;
        var boxes = bare
                ? new Jp2Boxes(
                        new Jp2Boxes.Span(0, input.length(), true), List.of(), Optional.empty(), Optional.empty())
                : Jp2Boxes.read(input, refusal);
        var codestream = J2kHeader.read(input, boxes.codestream(), refusal);
        int alpha = alpha(boxes.channels(), codestream.components);
        var bands = bands(boxes.channels(), codestream.components, alpha);
        var geo = completion.complete(georeferencing(boxes, source.name(), refusal));
        var levels = levels(codestream);
        var full = levels.getFirst();
        var header = new RasterHeader(
                source.name(),
                full.width(),
                full.height(),
                bands.length,
                type(codestream, refusal),
                geo.geo(),
                geo.whyNot(),
                OptionalDouble.empty(),
                alpha >= 0,
                Optional.empty(),
                List.of(),
                Map.of());
        return new Jpeg2000Reader(codestream, refusal, header, levels, alpha, bands, cache);
    }

    private static SampleType type(J2kHeader codestream, Refusal refusal) {
        if (codestream.precision <= 8 && !codestream.signed) {
            return SampleType.UINT8;
        }
        if (codestream.precision > 16 || codestream.precision <= 8) {
            throw refusal.unsupported("JPEG 2000 with " + (codestream.signed ? "signed " : "") + "samples of "
                    + codestream.precision + " bits is not read");
        }
        return codestream.signed ? SampleType.INT16 : SampleType.UINT16;
    }

    private static int alpha(List<Jp2Boxes.Channel> channels, int components) {
        for (int c = 0; components > 1 && c < Math.min(components, channels.size()); c++) {
            if (channels.get(c).isAlpha()) {
                return c;
            }
        }
        return -1;
    }

    /** Components in the order of the colours that they are said to be; the file's own order where nothing is said. */
    private static int[] bands(List<Jp2Boxes.Channel> channels, int components, int alpha) {
        var order = new ArrayList<Integer>();
        for (int c = 0; c < components; c++) {
            if (c != alpha) {
                order.add(c);
            }
        }
        boolean defined = channels.size() == components
                && order.stream()
                                .map(c -> channels.get(c).association())
                                .filter(a -> a >= 1 && a <= 3)
                                .distinct()
                                .count()
                        == 3;
        if (defined) {
            order.sort((one, other) -> Integer.compare(
                    place(channels.get(one).association()),
                    place(channels.get(other).association())));
        }
        return order.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int place(int association) {
        return association >= 1 && association <= 3 ? association : Integer.MAX_VALUE;
    }

    /** GeoJP2 first, then GMLJP2: the first knows CRSs by number and has no axis order to get wrong. */
    private static Georeferencing georeferencing(Jp2Boxes boxes, String name, Refusal refusal) throws IOException {
        var found = Georeferencing.NONE;
        if (boxes.geoJp2().isPresent()) {
            var inner = new Refusal(name, "GeoJP2 box");
            var tiff = new TiffInput(ByteSources.ofBytes(name, boxes.geoJp2().get()), inner);
            found = GeoTags.of(TiffDirectory.readAll(tiff, inner).getFirst());
        }
        if (!found.isComplete() && boxes.gml().isPresent()) {
            found = found.or(Gmljp2.parse(boxes.gml().get(), refusal));
        }
        return found;
    }

    private static List<Level> levels(J2kHeader c) {
        var levels = new ArrayList<Level>();
        for (int r = 0; r <= Math.min(c.levels, 30); r++) {
            var level = new Level(
                    r,
                    halved(c.x0, r),
                    halved(c.y0, r),
                    halved(c.x1, r) - halved(c.x0, r),
                    halved(c.y1, r) - halved(c.y0, r));
            if (r > 0 && Math.max(level.width(), level.height()) < SMALLEST_SIDE
                    || Math.min(level.width(), level.height()) < 1) {
                break;
            }
            levels.add(level);
        }
        return List.copyOf(levels);
    }

    /** A coordinate of the reference grid at a resolution: divided and rounded up (ISO 15444-1, B-14). */
    private static int halved(int coordinate, int times) {
        return (int) ((coordinate + (1L << times) - 1) >> times);
    }

    @Override
    public Jpeg2000Reader withAlphaAsBand() {
        if (alpha < 0) {
            return this;
        }
        var all = new int[codestream.components];
        for (int c = 0; c < all.length; c++) {
            all[c] = c;
        }
        var plain = header.withAlphaAsBand(false);
        return new Jpeg2000Reader(codestream, refusal, plain, levels, -1, all, cache);
    }

    @Override
    public RasterHeader header() {
        return header;
    }

    @Override
    public int levels() {
        return levels.size();
    }

    @Override
    public int width(int level) {
        return levels.get(level).width();
    }

    @Override
    public int height(int level) {
        return levels.get(level).height();
    }

    @Override
    public ByteRaster readBytes(int level, int x, int y, int width, int height) throws IOException {
        return readComponents(level, x, y, width, height, componentOfBand);
    }

    @Override
    public ByteRaster readBands(int level, int x, int y, int width, int height, int... bands) throws IOException {
        var components = new int[bands.length];
        Arrays.setAll(components, i -> componentOfBand[bands[i]]);
        return readComponents(level, x, y, width, height, components);
    }

    private ByteRaster readComponents(int level, int x, int y, int width, int height, int[] components)
            throws IOException {
        requireInside(level, x, y, width, height);
        if (header.type() != SampleType.UINT8) {
            throw refusal.unsupported("its samples are " + header.type() + ", and 8-bit ones are needed here");
        }
        var raster = new ByteRaster(width, height, components.length);
        forEachBlock(level, x, y, width, height, (block, samples) -> {
            for (int band = 0; band < components.length; band++) {
                copyBytes(block, samples, components[band], x, y, width, height, raster.plane(band));
            }
        });
        return raster;
    }

    @Override
    public FloatRaster readFloats(int level, int x, int y, int width, int height) throws IOException {
        requireInside(level, x, y, width, height);
        var raster = new FloatRaster(width, height, header.bands());
        forEachBlock(level, x, y, width, height, (block, samples) -> {
            for (int band = 0; band < componentOfBand.length; band++) {
                copyFloats(block, samples, componentOfBand[band], x, y, width, height, raster.plane(band));
            }
        });
        return raster;
    }

    @Override
    public byte[] readMask(int level, int x, int y, int width, int height) throws IOException {
        requireInside(level, x, y, width, height);
        var valid = new byte[ByteRaster.planeLength(width, height)];
        if (alpha < 0) {
            Arrays.fill(valid, (byte) 255);
            return valid;
        }
        var opacity = new float[valid.length];
        forEachBlock(
                level,
                x,
                y,
                width,
                height,
                (block, samples) -> copyFloats(block, samples, alpha, x, y, width, height, opacity));
        for (int i = 0; i < valid.length; i++) {
            valid[i] = (byte) (opacity[i] > 0 ? 255 : 0);
        }
        return valid;
    }

    private void requireInside(int level, int x, int y, int width, int height) {
        if (level < 0 || level >= levels.size()) {
            throw new IllegalArgumentException(header.name() + " has " + levels.size() + " levels, not " + level);
        }
        var of = levels.get(level);
        if (x < 0 || y < 0 || width < 1 || height < 1 || x > of.width() - width || y > of.height() - height) {
            throw new IllegalArgumentException("window " + x + "," + y + " " + width + " x " + height
                    + " is not inside the " + of.width() + " x " + of.height() + " pixels of " + header.name());
        }
    }

    /** Samples lie component after component, little-endian. */
    private interface BlockSink {
        void take(Block block, byte[] samples);
    }

    private int sampleBytes() {
        return header.type().bytes();
    }

    private static void copyBytes(
            Block block, byte[] samples, int component, int x, int y, int width, int height, byte[] plane) {
        int fromX = Math.max(x, block.x());
        int toX = Math.min(x + width, block.x() + block.width());
        int fromY = Math.max(y, block.y());
        int toY = Math.min(y + height, block.y() + block.height());
        int first = component * block.width() * block.height();
        for (int row = fromY; row < toY; row++) {
            System.arraycopy(
                    samples,
                    first + (row - block.y()) * block.width() + fromX - block.x(),
                    plane,
                    (row - y) * width + fromX - x,
                    toX - fromX);
        }
    }

    private void copyFloats(
            Block block, byte[] samples, int component, int x, int y, int width, int height, float[] plane) {
        int fromX = Math.max(x, block.x());
        int toX = Math.min(x + width, block.x() + block.width());
        int fromY = Math.max(y, block.y());
        int toY = Math.min(y + height, block.y() + block.height());
        boolean wide = sampleBytes() == 2;
        boolean signed = header.type() == SampleType.INT16;
        int first = component * block.width() * block.height();
        for (int row = fromY; row < toY; row++) {
            int from = first + (row - block.y()) * block.width() + fromX - block.x();
            int to = (row - y) * width + fromX - x;
            for (int i = 0; i < toX - fromX; i++) {
                int at = from + i;
                if (wide) {
                    int value = samples[2 * at] & 0xff | samples[2 * at + 1] << 8;
                    plane[to + i] = signed ? value : value & 0xffff;
                } else {
                    plane[to + i] = samples[at] & 0xff;
                }
            }
        }
    }

    private void forEachBlock(int level, int x, int y, int width, int height, BlockSink sink) throws IOException {
        for (var block : blocks(level, x, y, width, height)) {
            var samples = cache.get(levels.get(level), block.index(), () -> decoded(levels.get(level), block));
            sink.take(block, samples);
        }
    }

    /** Blocks that touch a window; each tile is cut from its own corner. */
    private List<Block> blocks(int level, int x, int y, int width, int height) {
        var of = levels.get(level);
        var blocks = new ArrayList<Block>();
        int r = of.reduction();
        int across = codestream.tilesAcross();
        int perTileAcross = perTile(Math.min(codestream.tileWidth, codestream.x1), r);
        int perTileDown = perTile(Math.min(codestream.tileHeight, codestream.y1), r);
        int firstColumn = tileAt((long) x + of.left(), r, codestream.tileX0, codestream.tileWidth, across);
        int lastColumn = tileAt((long) x + width - 1 + of.left(), r, codestream.tileX0, codestream.tileWidth, across);
        int down = codestream.tilesDown();
        int firstRow = tileAt((long) y + of.top(), r, codestream.tileY0, codestream.tileHeight, down);
        int lastRow = tileAt((long) y + height - 1 + of.top(), r, codestream.tileY0, codestream.tileHeight, down);
        for (int tileRow = firstRow; tileRow <= lastRow; tileRow++) {
            for (int tileColumn = firstColumn; tileColumn <= lastColumn; tileColumn++) {
                int tile = tileRow * across + tileColumn;
                int left = halved(codestream.tileLeft(tile), r) - of.left();
                int top = halved(codestream.tileTop(tile), r) - of.top();
                int right = halved(codestream.tileRight(tile), r) - of.left();
                int bottom = halved(codestream.tileBottom(tile), r) - of.top();
                for (int by = Math.max(0, (y - top) / BLOCK); top + by * BLOCK < Math.min(bottom, y + height); by++) {
                    for (int bx = Math.max(0, (x - left) / BLOCK);
                            left + bx * BLOCK < Math.min(right, x + width);
                            bx++) {
                        int blockX = left + bx * BLOCK;
                        int blockY = top + by * BLOCK;
                        blocks.add(new Block(
                                tile,
                                (tile * perTileDown + by) * perTileAcross + bx,
                                blockX,
                                blockY,
                                Math.min(BLOCK, right - blockX),
                                Math.min(BLOCK, bottom - blockY)));
                    }
                }
            }
        }
        return blocks;
    }

    private static int perTile(int side, int reduction) {
        return (halved(side, reduction) + 1) / BLOCK + 1;
    }

    /** The tile of a coordinate; at a reduced resolution the one that holds the last of the pixels it stands for. */
    private static int tileAt(long coordinate, int reduction, int origin, int side, int tiles) {
        long tile = ((coordinate << reduction) - origin) / side;
        return (int) Math.clamp(tile, 0, tiles - 1);
    }

    private byte[] decoded(Level level, Block block) throws IOException {
        try {
            return decode(level, block);
        } catch (LinkageError e) {
            throw new BadInputException(
                    header.name(),
                    "JPEG 2000 cannot be decoded on this kind of machine (" + System.getProperty("os.name") + ", "
                            + System.getProperty("os.arch") + ")",
                    "Run Survol on Linux (x86-64 or arm64), or send the image as a GeoTIFF",
                    e);
        }
    }

    private byte[] decode(Level level, Block block) throws IOException {
        int r = level.reduction();
        int components = codestream.components;
        int plane = block.width() * block.height();
        int bytes = sampleBytes();
        var samples = new byte[Math.multiplyExact(plane * components, bytes)];
        long left = (long) block.x() + level.left() << r;
        long top = (long) block.y() + level.top() << r;
        long right = (long) block.x() + block.width() + level.left() << r;
        long bottom = (long) block.y() + block.height() + level.top() << r;
        OpenTiles.with(
                owner,
                block.tile(),
                r,
                () -> codestream.tile(block.tile()),
                refusal,
                isWhole(block, r),
                tile -> tile.decode(
                        (int) Math.max(left, codestream.tileLeft(block.tile())),
                        (int) Math.max(top, codestream.tileTop(block.tile())),
                        (int) Math.min(right, codestream.tileRight(block.tile())),
                        (int) Math.min(bottom, codestream.tileBottom(block.tile())),
                        block.width(),
                        block.height(),
                        components,
                        (component, row, values) -> {
                            int at = (component * plane + row * block.width()) * bytes;
                            if (bytes == 1) {
                                for (int i = 0; i < block.width(); i++) {
                                    samples[at + i] = (byte) values[i];
                                }
                            } else {
                                for (int i = 0; i < block.width(); i++) {
                                    samples[at + 2 * i] = (byte) values[i];
                                    samples[at + 2 * i + 1] = (byte) (values[i] >> 8);
                                }
                            }
                        }));
        return samples;
    }

    /** A tile that is one block is done with once it is decoded. */
    private boolean isWhole(Block block, int reduction) {
        int tile = block.tile();
        return halved(codestream.tileRight(tile), reduction) - halved(codestream.tileLeft(tile), reduction)
                        == block.width()
                && halved(codestream.tileBottom(tile), reduction) - halved(codestream.tileTop(tile), reduction)
                        == block.height();
    }
}
