// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.survol.core.BadInputException;

/**
 * Reads windows of a TIFF file or object, fetching only the header, the block index and the blocks that a window touches.
 * Nothing a file declares is believed before it is checked: what is truncated, damaged or of a kind that is not read
 * ends as a {@link BadInputException}, an unreachable source as an {@link IOException}.
 *
 * <p>Classic and BigTIFF; strips and tiles; interleaved and planar; no compression, LZW, Deflate, PackBits, Zstandard,
 * JPEG; predictors 1 to 3. Levels are the full image and its internal overviews, largest first. Safe to use from several
 * threads; holds nothing open.
 */
public final class TiffReader implements RasterReader {

    private static final long DEFAULT_CACHE_BYTES = 64 << 20;
    /** Neighbouring blocks are fetched with one request up to this size ... */
    private static final int MAX_FETCH_BYTES = 8 << 20;
    /** ... and when at most this much lies between them, which costs less than another request. */
    private static final int MAX_GAP_BYTES = 1 << 16;

    private static final DateTimeFormatter TIFF_DATE_TIME = DateTimeFormatter.ofPattern("uuuu:MM:dd HH:mm:ss");

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOATS =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle DOUBLES =
            MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

    /** @param mask null when the level has none */
    private record Level(TiffImage image, TiffImage mask) {}

    /** Takes the part of a block that a window wants; null stands for a block that the file leaves out. */
    private interface BlockSink {
        void take(byte[] block, BlockPart part);
    }

    /**
     * @param plane stored plane of the block
     * @param fromX first wanted column within the block, {@code fromY} likewise
     * @param toX where that column goes in the window, {@code toY} likewise
     */
    private record BlockPart(int plane, int fromX, int fromY, int toX, int toY, int width, int height) {}

    private final ByteSource source;
    private final Refusal refusal;
    private final RasterHeader header;
    private final List<Level> levels;
    private final BlockCache cache;
    /** sample that holds opacity, or -1 */
    private final int alpha;
    /** sample of the file that each band is */
    private final int[] sampleOfBand;

    private TiffReader(
            ByteSource source, Refusal refusal, RasterHeader header, List<Level> levels, int alpha, BlockCache cache) {
        this.source = source;
        this.refusal = refusal;
        this.header = header;
        this.levels = levels;
        this.cache = cache;
        this.alpha = alpha;
        this.sampleOfBand = new int[header.bands()];
        for (int band = 0; band < sampleOfBand.length; band++) {
            sampleOfBand[band] = alpha >= 0 && band >= alpha ? band + 1 : band;
        }
    }

    public static TiffReader open(ByteSource source) throws IOException {
        return open(source, DEFAULT_CACHE_BYTES);
    }

    /** @param cacheBytes decoded blocks to keep for windows to come */
    public static TiffReader open(ByteSource source, long cacheBytes) throws IOException {
        return open(source, GeoCompletion.NONE, new BlockCache(cacheBytes));
    }

    /** @param cache of decoded blocks, which several readers may share */
    static TiffReader open(ByteSource source, GeoCompletion completion, BlockCache cache) throws IOException {
        var refusal = new Refusal(source.name());
        var input = new TiffInput(source, refusal);
        var directories = TiffDirectory.readAll(input, refusal);
        var main = directories.getFirst();
        var image = TiffImage.of(main, input, refusal);
        var levels = levels(image, directories, input, refusal);
        var metadata = GdalMetadata.parse(main.text(TiffTag.GDAL_METADATA), image.samples);
        int alpha = alpha(image, metadata);
        var geo = completion.complete(GeoTags.of(main));
        var header = header(source.name(), main, levels.getFirst(), geo, metadata, alpha);
        return new TiffReader(source, refusal, header, levels, alpha, cache);
    }

    @Override
    public TiffReader withAlphaAsBand() {
        if (alpha < 0) {
            return this;
        }
        var plain = header.withAlphaAsBand(levels.getFirst().mask() != null);
        return new TiffReader(source, refusal, plain, levels, -1, cache);
    }

    /** GDAL's word goes before the TIFF's: it corrects fields that a conversion left wrong. */
    private static int alpha(TiffImage image, GdalMetadata metadata) {
        if (image.samples == 1) {
            return -1;
        }
        for (var colour : metadata.colours().entrySet()) {
            if (colour.getValue().equalsIgnoreCase("Alpha")) {
                return colour.getKey();
            }
        }
        return metadata.colours().containsKey(image.alpha) ? -1 : image.alpha;
    }

    /** Full image first; pages that are neither its overviews nor masks of these are left aside. */
    private static List<Level> levels(TiffImage main, List<TiffDirectory> directories, TiffInput input, Refusal refusal)
            throws IOException {
        var images = new ArrayList<TiffImage>(List.of(main));
        var masks = new ArrayList<TiffImage>();
        for (var directory : directories.subList(1, directories.size())) {
            int kind = directory.number(TiffTag.NEW_SUBFILE_TYPE, 0);
            if ((kind & TiffTag.SUBFILE_MASK) != 0) {
                var mask = TiffImage.of(directory, input, refusal);
                if (mask.samples == 1 && mask.type == SampleType.UINT8) {
                    masks.add(mask);
                }
            } else if ((kind & TiffTag.SUBFILE_REDUCED) != 0) {
                var overview = TiffImage.of(directory, input, refusal);
                if (overview.samples == main.samples && overview.type == main.type && overview.width <= main.width) {
                    images.add(overview);
                }
            }
        }
        images.sort(Comparator.comparingInt((TiffImage image) -> image == main ? 0 : 1)
                .thenComparing(Comparator.comparingInt((TiffImage image) -> image.width)
                        .reversed()));
        var levels = new ArrayList<Level>();
        for (var image : images) {
            var mask = masks.stream()
                    .filter(m -> m.width == image.width && m.height == image.height)
                    .findFirst();
            levels.add(new Level(image, mask.orElse(null)));
        }
        return List.copyOf(levels);
    }

    private static RasterHeader header(
            String name, TiffDirectory directory, Level full, Georeferencing geo, GdalMetadata metadata, int alpha)
            throws IOException {
        var image = full.image();
        int bands = alpha >= 0 ? image.samples - 1 : image.samples;
        var names = new ArrayList<>(metadata.bandNames());
        if (alpha >= 0 && !names.isEmpty()) {
            names.remove(alpha);
        }
        return new RasterHeader(
                name,
                image.width,
                image.height,
                bands,
                image.type,
                geo.geo(),
                geo.whyNot(),
                nodata(directory.text(TiffTag.GDAL_NODATA)),
                full.mask() != null || alpha >= 0,
                datetime(directory.text(TiffTag.DATE_TIME)),
                names,
                metadata.items());
    }

    private static OptionalDouble nodata(String text) {
        try {
            return text.isBlank() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text.strip()));
        } catch (NumberFormatException e) {
            // C writes "nan" and "inf" where Java expects "NaN" and "Infinity"
            return text.strip().toLowerCase(Locale.ROOT).contains("nan")
                    ? OptionalDouble.of(Double.NaN)
                    : OptionalDouble.empty();
        }
    }

    private static Optional<Instant> datetime(String text) {
        try {
            return text.isBlank()
                    ? Optional.empty()
                    : Optional.of(
                            LocalDateTime.parse(text.strip(), TIFF_DATE_TIME).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
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
        return levels.get(level).image().width;
    }

    @Override
    public int height(int level) {
        return levels.get(level).image().height;
    }

    @Override
    public ByteRaster readBytes(int level, int x, int y, int width, int height) throws IOException {
        return readSamples(level, x, y, width, height, sampleOfBand);
    }

    @Override
    public ByteRaster readBands(int level, int x, int y, int width, int height, int... bands) throws IOException {
        var samples = new int[bands.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = sampleOfBand[bands[i]];
        }
        return readSamples(level, x, y, width, height, samples);
    }

    private ByteRaster readSamples(int level, int x, int y, int width, int height, int[] samples) throws IOException {
        var image = image(level, x, y, width, height);
        if (image.type != SampleType.UINT8) {
            throw refusal.unsupported("its samples are " + image.type + ", and 8-bit ones are needed here");
        }
        var raster = new ByteRaster(width, height, samples.length);
        byte fill = (byte) header.nodata().orElse(0);
        readSamples(image, samples, x, y, width, height, fill, raster::plane);
        return raster;
    }

    @Override
    public FloatRaster readFloats(int level, int x, int y, int width, int height) throws IOException {
        var image = image(level, x, y, width, height);
        var raster = new FloatRaster(width, height, header.bands());
        float fill = (float) header.nodata().orElse(0);
        forEachBlock(image, planesOf(image, sampleOfBand), x, y, width, height, (block, part) -> {
            for (int band = 0; band < header.bands(); band++) {
                int sample = sampleOfBand[band];
                if (image.planar && sample != part.plane()) {
                    continue;
                }
                copyFloats(image, image.planar ? 0 : sample, block, part, raster.plane(band), width, fill);
            }
        });
        return raster;
    }

    @Override
    public byte[] readMask(int level, int x, int y, int width, int height) throws IOException {
        var image = image(level, x, y, width, height);
        var mask = levels.get(level).mask();
        var valid = new byte[ByteRaster.planeLength(width, height)];
        if (mask != null) {
            readSamples(mask, new int[] {0}, x, y, width, height, (byte) 0, band -> valid);
        } else if (alpha >= 0 && image.type == SampleType.UINT8) {
            readSamples(image, new int[] {alpha}, x, y, width, height, (byte) 0, band -> valid);
        } else {
            Arrays.fill(valid, (byte) 255);
        }
        for (int i = 0; i < valid.length; i++) {
            valid[i] = (byte) (valid[i] == 0 ? 0 : 255);
        }
        if (header.nodata().isPresent() || image.type.isFloating()) {
            clearNodata(image, level, x, y, width, height, valid);
        }
        return valid;
    }

    private void clearNodata(TiffImage image, int level, int x, int y, int width, int height, byte[] valid)
            throws IOException {
        double nodata = header.nodata().orElse(Double.NaN);
        var measured = new boolean[valid.length];
        if (image.type == SampleType.UINT8) {
            var raster = readBytes(level, x, y, width, height);
            for (int band = 0; band < raster.bands(); band++) {
                var plane = raster.plane(band);
                for (int i = 0; i < plane.length; i++) {
                    measured[i] |= (plane[i] & 0xff) != nodata;
                }
            }
        } else {
            var raster = readFloats(level, x, y, width, height);
            float nodataFloat = (float) nodata;
            for (int band = 0; band < raster.bands(); band++) {
                var plane = raster.plane(band);
                for (int i = 0; i < plane.length; i++) {
                    measured[i] |= plane[i] != nodataFloat && !Float.isNaN(plane[i]);
                }
            }
        }
        for (int i = 0; i < valid.length; i++) {
            if (!measured[i]) {
                valid[i] = 0;
            }
        }
    }

    private TiffImage image(int level, int x, int y, int width, int height) {
        if (level < 0 || level >= levels.size()) {
            throw new IllegalArgumentException(header.name() + " has " + levels.size() + " levels, not " + level);
        }
        var image = levels.get(level).image();
        if (x < 0 || y < 0 || width < 1 || height < 1 || x > image.width - width || y > image.height - height) {
            throw new IllegalArgumentException("window " + x + "," + y + " " + width + " x " + height
                    + " is not inside the " + image.width + " x " + image.height + " pixels of " + header.name());
        }
        return image;
    }

    private interface Planes {
        byte[] plane(int index);
    }

    private void readSamples(
            TiffImage image, int[] samples, int x, int y, int width, int height, byte fill, Planes planes)
            throws IOException {
        int step = image.blockSamples();
        forEachBlock(image, planesOf(image, samples), x, y, width, height, (block, part) -> {
            for (int i = 0; i < samples.length; i++) {
                if (image.planar && samples[i] != part.plane()) {
                    continue;
                }
                var plane = planes.plane(i);
                int first = image.planar ? 0 : samples[i];
                for (int row = 0; row < part.height(); row++) {
                    int to = (part.toY() + row) * width + part.toX();
                    int from = ((part.fromY() + row) * image.blockWidth + part.fromX()) * step + first;
                    if (block == null) {
                        Arrays.fill(plane, to, to + part.width(), fill);
                    } else if (step == 1) {
                        System.arraycopy(block, from, plane, to, part.width());
                    } else {
                        for (int end = to + part.width(); to < end; to++, from += step) {
                            plane[to] = block[from];
                        }
                    }
                }
            }
        });
    }

    private static void copyFloats(
            TiffImage image, int sample, byte[] block, BlockPart part, float[] plane, int width, float fill) {
        int bytes = image.type.bytes();
        int step = image.blockSamples() * bytes;
        for (int row = 0; row < part.height(); row++) {
            int to = (part.toY() + row) * width + part.toX();
            int end = to + part.width();
            if (block == null) {
                Arrays.fill(plane, to, end, fill);
                continue;
            }
            int from = ((part.fromY() + row) * image.blockWidth + part.fromX()) * step + sample * bytes;
            switch (image.type) {
                case UINT8 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = block[from] & 0xff;
                    }
                }
                case UINT16 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (short) SHORTS.get(block, from) & 0xffff;
                    }
                }
                case INT16 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (short) SHORTS.get(block, from);
                    }
                }
                case UINT32 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (int) INTS.get(block, from) & 0xffff_ffffL;
                    }
                }
                case INT32 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (int) INTS.get(block, from);
                    }
                }
                case FLOAT32 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (float) FLOATS.get(block, from);
                    }
                }
                case FLOAT64 -> {
                    for (; to < end; to++, from += step) {
                        plane[to] = (float) (double) DOUBLES.get(block, from);
                    }
                }
            }
        }
    }

    /** Stored planes that hold the samples. */
    private static int[] planesOf(TiffImage image, int[] samples) {
        return image.planar ? samples : new int[] {0};
    }

    /** Hands on every block that the window touches, in no particular order. */
    private void forEachBlock(TiffImage image, int[] planes, int x, int y, int width, int height, BlockSink sink)
            throws IOException {
        var mine = new ArrayList<BlockCache.Entry>();
        var others = new ArrayList<BlockCache.Entry>();
        try {
            for (int plane : planes) {
                for (int row = y / image.blockHeight; row <= (y + height - 1) / image.blockHeight; row++) {
                    for (int column = x / image.blockWidth; column <= (x + width - 1) / image.blockWidth; column++) {
                        int block = (plane * image.down + row) * image.across + column;
                        if (image.isSparse(block)) {
                            sink.take(null, part(image, block, x, y, width, height));
                        } else {
                            var claim = cache.claim(image, block);
                            (claim.mine() ? mine : others).add(claim.entry());
                        }
                    }
                }
            }
            fetchAndDecode(
                    image, mine, entry -> sink.take(entry.samples(), part(image, entry.block(), x, y, width, height)));
        } finally {
            mine.forEach(BlockCache.Entry::abandon);
        }
        // from the far end: another thread is decoding the same blocks from the near one
        for (var entry : others.reversed()) {
            entry.help();
        }
        for (var entry : others) {
            var samples = samplesOf(image, entry);
            sink.take(samples, part(image, entry.block(), x, y, width, height));
        }
    }

    /** What is done with an entry once it can be decoded. */
    private interface Fetched {
        void take(BlockCache.Entry entry) throws IOException;
    }

    private void fetchAndDecode(TiffImage image, List<BlockCache.Entry> entries, Fetched then) throws IOException {
        var ordered = new ArrayList<>(entries);
        ordered.sort(Comparator.comparingLong(entry -> image.offset(entry.block())));
        for (int first = 0; first < ordered.size(); ) {
            int last = first;
            long start = image.offset(ordered.get(first).block());
            long end = start + image.byteCount(ordered.get(first).block());
            while (last + 1 < ordered.size()) {
                int next = ordered.get(last + 1).block();
                long nextEnd = Math.max(end, image.offset(next) + image.byteCount(next));
                if (image.offset(next) - end > MAX_GAP_BYTES || nextEnd - start > MAX_FETCH_BYTES) {
                    break;
                }
                end = nextEnd;
                last++;
            }
            var bytes = source.read(start, Math.toIntExact(end - start));
            var group = ordered.subList(first, last + 1);
            for (var entry : group) {
                int block = entry.block();
                int from = (int) (image.offset(block) - start);
                int to = from + image.byteCount(block);
                entry.fetched(() -> BlockDecoder.decode(image, block, Arrays.copyOfRange(bytes, from, to), refusal));
            }
            for (var entry : group) {
                entry.help();
                then.take(entry);
            }
            first = last + 1;
        }
    }

    /** Of a block that another thread fetches, or that lies on disk. */
    private byte[] samplesOf(TiffImage image, BlockCache.Entry entry) throws IOException {
        try {
            return entry.help() ? entry.samples() : readAlone(image, entry.block());
        } catch (BlockCache.SpillLost e) {
            return readAlone(image, entry.block());
        }
    }

    private byte[] readAlone(TiffImage image, int block) throws IOException {
        while (true) {
            var claim = cache.claim(image, block);
            try {
                if (claim.mine()) {
                    fetchAndDecode(image, List.of(claim.entry()), entry -> {});
                }
                if (claim.entry().help()) {
                    return claim.entry().samples();
                }
            } catch (BlockCache.SpillLost e) {
                // the next claim fetches it
            } finally {
                if (claim.mine()) {
                    claim.entry().abandon();
                }
            }
        }
    }

    private static BlockPart part(TiffImage image, int block, int x, int y, int width, int height) {
        int left = block % image.across * image.blockWidth;
        int top = image.blockRow(block) * image.blockHeight;
        int fromX = Math.max(x, left);
        int fromY = Math.max(y, top);
        return new BlockPart(
                block / image.across / image.down,
                fromX - left,
                fromY - top,
                fromX - x,
                fromY - y,
                Math.min(x + width, left + image.blockWidth) - fromX,
                Math.min(y + height, top + image.blockHeight) - fromY);
    }
}
