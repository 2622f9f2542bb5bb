// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import org.survol.core.nomenclature.Nomenclature;

/**
 * Writes a Cloud-Optimized GeoTIFF: tiles of 512 pixels, overviews down to 512 pixels, all directories in front, then the
 * overviews' tiles, smallest first, then the full image's. The layout is GDAL's (its "ghost area" says so), so that
 * readers may fetch a tile and its mask with one request. The same pixels and settings give the same bytes, however many
 * threads compress.
 *
 * <p>Memory: the caller's raster, a third more for the overviews, and the compressed tiles of one wave. The file appears
 * under its name only when it is whole.
 */
public final class CogWriter {

    static final int TILE_SIZE = 512;
    /** A level of at most this size gets no further overview. */
    private static final int SMALLEST_OVERVIEW = 512;

    /**
     * Measured on a five-band orthophoto, one core: level 1 takes 226 MB/s to 59 % of the size, level 3 81 MB/s to 57 %,
     * level 9 21 MB/s to 53 %. Class maps and probabilities hardly gain.
     */
    private static final int ZSTD_LEVEL = 1;

    private static final int DEFLATE_LEVEL = 6;
    /** Raw bytes that are compressed between two writes. */
    private static final int WAVE_BYTES = 64 << 20;

    private static final DateTimeFormatter TIFF_DATE_TIME =
            DateTimeFormatter.ofPattern("uuuu:MM:dd HH:mm:ss").withZone(ZoneOffset.UTC);

    private final Builder settings;
    private final boolean big;
    private final TileCompressor compressor;
    private final int predictor;

    private CogWriter(Builder settings) {
        this.settings = settings;
        this.big = settings.big || worstCaseBytes(settings.pixels) > 0xffff_ffffL - (16 << 20);
        this.compressor = new TileCompressor(
                settings.compression, settings.compression == Compression.ZSTD ? ZSTD_LEVEL : DEFLATE_LEVEL);
        // differences help pictures and measures; classes compress better as they are
        this.predictor = settings.colours != null
                ? TiffTag.PREDICTOR_NONE
                : settings.pixels.type() == SampleType.UINT8
                        ? TiffTag.PREDICTOR_HORIZONTAL
                        : TiffTag.PREDICTOR_FLOATING;
    }

    public static Builder of(ByteRaster raster) {
        return new Builder(new CogLevel.Bytes(raster, null));
    }

    public static Builder of(FloatRaster raster) {
        return new Builder(new CogLevel.Floats(raster, null));
    }

    /** What is written beside the pixels; everything is optional. */
    public static final class Builder {

        private CogLevel pixels;
        private GeoReference geo;
        private OptionalDouble nodata = OptionalDouble.empty();
        private Nomenclature colours;
        private List<String> bandNames = List.of();
        private OptionalDouble scale = OptionalDouble.empty();
        private Resampling overviews;
        private final Map<String, String> metadata = new TreeMap<>();
        private Instant datetime;
        private Compression compression = Compression.ZSTD;
        private ExecutorService pool;
        private int threads = 1;
        private boolean big;

        private Builder(CogLevel pixels) {
            this.pixels = pixels;
        }

        /** Of a projected CRS, as every grid that Survol maps on is. */
        public Builder georeference(GeoReference reference) {
            this.geo = Objects.requireNonNull(reference);
            return this;
        }

        /** @param valid one byte per pixel, row-major: non-zero where the pixel was measured; not copied */
        public Builder mask(byte[] valid) {
            if (valid.length != pixels.width * pixels.height) {
                throw new IllegalArgumentException(
                        "a mask of " + valid.length + " pixels for " + pixels.width + " x " + pixels.height);
            }
            this.pixels = switch (pixels) {
                case CogLevel.Bytes bytes -> bytes.with(valid);
                case CogLevel.Floats floats -> floats.with(valid);
            };
            return this;
        }

        /** Value that means "not measured", the same in every band; 0 to 255 for bytes. */
        public Builder nodata(double value) {
            if (pixels.type() == SampleType.UINT8 && (value != Math.rint(value) || value < 0 || value > 255)) {
                throw new IllegalArgumentException("no 8-bit value: " + value);
            }
            this.nodata = OptionalDouble.of(value);
            return this;
        }

        /**
         * Makes it a class raster: colour table, class names as metadata items {@code CLASS_n}, overviews by nearest
         * neighbour. For one band of bytes.
         */
        public Builder colours(Nomenclature classes) {
            if (pixels.type() != SampleType.UINT8 || pixels.bands() != 1) {
                throw new IllegalArgumentException("only one band of bytes has a colour table");
            }
            this.colours = Objects.requireNonNull(classes);
            return this;
        }

        public Builder bandNames(List<String> names) {
            if (names.size() != pixels.bands()) {
                throw new IllegalArgumentException(names.size() + " names for " + pixels.bands() + " bands");
            }
            this.bandNames = List.copyOf(names);
            return this;
        }

        /**
         * What GIS multiply samples with to show measured values, for example 1/255 for shares. Our own readers give
         * samples as they are.
         */
        public Builder scale(double factor) {
            if (!(factor > 0) || Double.isInfinite(factor)) {
                throw new IllegalArgumentException("a scale must be positive: " + factor);
            }
            this.scale = OptionalDouble.of(factor);
            return this;
        }

        /** AVERAGE unless said otherwise, NEAREST for class rasters. */
        public Builder overviews(Resampling resampling) {
            this.overviews = Objects.requireNonNull(resampling);
            return this;
        }

        /** Items that gdalinfo shows and {@link RasterHeader#metadata} gives back. */
        public Builder metadata(Map<String, String> items) {
            metadata.putAll(items);
            return this;
        }

        /** When the image was taken. */
        public Builder datetime(Instant time) {
            this.datetime = Objects.requireNonNull(time);
            return this;
        }

        public Builder compression(Compression method) {
            this.compression = Objects.requireNonNull(method);
            return this;
        }

        /**
         * Lets tiles be compressed on a pool beside the calling thread, which always takes part: a pool that is busy, even
         * with the caller itself, slows writing down but cannot block it.
         *
         * @param count threads to use, the caller's included
         */
        public Builder pool(ExecutorService executor, int count) {
            if (count < 1) {
                throw new IllegalArgumentException("threads must be positive: " + count);
            }
            this.pool = Objects.requireNonNull(executor);
            this.threads = count;
            return this;
        }

        /** BigTIFF whatever the size. Without this it is chosen when 4 GiB could be exceeded. */
        Builder bigTiff() {
            this.big = true;
            return this;
        }

        /** Writes or replaces the file. */
        public void write(Path file) throws IOException {
            new CogWriter(this).write(file);
        }
    }

    /** A level's directories, and where its tiles went. */
    private static final class LevelPlan {

        final CogLevel pixels;
        final int across;
        final long[] offsets;
        final int[] byteCounts;
        final long[] maskOffsets;
        final int[] maskByteCounts;

        LevelPlan(CogLevel pixels) {
            this.pixels = pixels;
            this.across = (pixels.width + TILE_SIZE - 1) / TILE_SIZE;
            int tiles = across * ((pixels.height + TILE_SIZE - 1) / TILE_SIZE);
            this.offsets = new long[tiles];
            this.byteCounts = new int[tiles];
            this.maskOffsets = new long[tiles];
            this.maskByteCounts = new int[tiles];
        }
    }

    private void write(Path file) throws IOException {
        var levels = pyramid();
        var target = file.toAbsolutePath();
        var part = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            try (var channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                // the header's length does not depend on the positions it will hold
                channel.position(header(levels).remaining());
                for (var level : levels.reversed()) {
                    writeTiles(level, channel);
                }
                writeFully(channel.position(0), header(levels));
            }
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private List<LevelPlan> pyramid() {
        var resampling = settings.overviews != null
                ? settings.overviews
                : settings.colours != null ? Resampling.NEAREST : Resampling.AVERAGE;
        var levels = new ArrayList<LevelPlan>();
        var level = settings.pixels;
        levels.add(new LevelPlan(level));
        while (Math.max(level.width, level.height) > SMALLEST_OVERVIEW) {
            level = level.half(resampling, settings.nodata, settings.pool, settings.threads);
            levels.add(new LevelPlan(level));
        }
        return levels;
    }

    /** Tiles row by row, each followed by its mask. */
    private void writeTiles(LevelPlan level, FileChannel channel) throws IOException {
        var pixels = level.pixels;
        int tileBytes = TILE_SIZE * TILE_SIZE * pixels.bands() * pixels.type().bytes();
        int waveTiles = Math.clamp(WAVE_BYTES / tileBytes, settings.threads, 256);
        int tiles = level.offsets.length;
        for (int first = 0; first < tiles; first += waveTiles) {
            int wave = Math.min(waveTiles, tiles - first);
            var coded = new byte[wave][];
            var codedMasks = new byte[wave][];
            int start = first;
            Wave.run(settings.pool, settings.threads, wave, i -> {
                int column = (start + i) % level.across;
                int row = (start + i) / level.across;
                coded[i] = compressor.compress(pixels.tile(column, row, TILE_SIZE, predictor));
                if (pixels.valid != null) {
                    codedMasks[i] = compressor.compress(pixels.maskTile(column, row, TILE_SIZE));
                }
            });
            for (int i = 0; i < wave; i++) {
                level.offsets[first + i] = append(channel, coded[i]);
                level.byteCounts[first + i] = coded[i].length;
                if (pixels.valid != null) {
                    level.maskOffsets[first + i] = append(channel, codedMasks[i]);
                    level.maskByteCounts[first + i] = codedMasks[i].length;
                }
            }
        }
    }

    /** A block with GDAL's leader (its size) and trailer (its last four bytes again); returns where it starts. */
    private static long append(FileChannel channel, byte[] block) throws IOException {
        long offset = channel.position() + 4;
        var bytes = ByteBuffer.allocate(block.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(block.length).put(block).put(block, block.length - 4, 4).flip();
        writeFully(channel, bytes);
        return offset;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private ByteBuffer header(List<LevelPlan> levels) {
        var directories = new ArrayList<IfdBuilder>();
        for (var level : levels) {
            boolean full = level == levels.getFirst();
            directories.add(imageDirectory(level, full));
            if (level.pixels.valid != null) {
                directories.add(maskDirectory(level, full));
            }
        }
        var ghost = ghostArea(levels.getFirst().pixels.valid != null);
        int fixed = big ? 16 : 8;
        int firstDirectory = fixed + ghost.length;
        firstDirectory += firstDirectory & 1;
        int length = firstDirectory;
        for (var directory : directories) {
            length += directory.length();
        }
        var header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort((short) 0x4949);
        if (big) {
            header.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(firstDirectory);
        } else {
            header.putShort((short) 42).putInt(firstDirectory);
        }
        header.put(ghost);
        int position = firstDirectory;
        for (var directory : directories) {
            int next = position + directory.length();
            directory.write(header, position, directory == directories.getLast() ? 0 : next);
            position = next;
        }
        return header.clear();
    }

    /** GDAL documents it under "COG driver, Header ghost area". */
    private static byte[] ghostArea(boolean masked) {
        var lines = "LAYOUT=IFDS_BEFORE_DATA\n"
                + "BLOCK_ORDER=ROW_MAJOR\n"
                + "BLOCK_LEADER=SIZE_AS_UINT4\n"
                + "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
                + "KNOWN_INCOMPATIBLE_EDITION=NO\n " // the blank makes room for YES
                + (masked ? "MASK_INTERLEAVED_WITH_IMAGERY=YES\n" : "");
        return "GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n%s"
                .formatted(lines.length(), lines)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private IfdBuilder imageDirectory(LevelPlan level, boolean full) {
        var pixels = level.pixels;
        int bands = pixels.bands();
        var bits = new int[bands];
        Arrays.fill(bits, 8 * pixels.type().bytes());
        var formats = new int[bands];
        Arrays.fill(formats, pixels.type().isFloating() ? 3 : 1);
        var directory = new IfdBuilder(big)
                .longs(TiffTag.NEW_SUBFILE_TYPE, full ? 0 : TiffTag.SUBFILE_REDUCED)
                .longs(TiffTag.IMAGE_WIDTH, pixels.width)
                .longs(TiffTag.IMAGE_LENGTH, pixels.height)
                .shorts(TiffTag.BITS_PER_SAMPLE, bits)
                .shorts(TiffTag.COMPRESSION, settings.compression.tag())
                .shorts(TiffTag.SAMPLES_PER_PIXEL, bands)
                .shorts(TiffTag.PLANAR_CONFIGURATION, 1)
                .shorts(TiffTag.TILE_WIDTH, TILE_SIZE)
                .shorts(TiffTag.TILE_LENGTH, TILE_SIZE)
                .positions(TiffTag.TILE_OFFSETS, level.offsets)
                .longs(TiffTag.TILE_BYTE_COUNTS, level.byteCounts)
                .shorts(TiffTag.SAMPLE_FORMAT, formats);
        if (predictor != TiffTag.PREDICTOR_NONE) {
            directory.shorts(TiffTag.PREDICTOR, predictor);
        }
        int colourBands = photometric(directory);
        if (bands > colourBands) {
            directory.shorts(TiffTag.EXTRA_SAMPLES, new int[bands - colourBands]);
        }
        settings.nodata.ifPresent(value -> directory.text(TiffTag.GDAL_NODATA, nodataText(value)));
        if (full) {
            description(directory);
        }
        return directory;
    }

    /** Returns how many bands the colours take; the others are "extra samples" of unspecified meaning. */
    private int photometric(IfdBuilder directory) {
        if (settings.colours != null) {
            directory
                    .shorts(TiffTag.PHOTOMETRIC, TiffTag.PHOTOMETRIC_PALETTE)
                    .shorts(TiffTag.COLOR_MAP, colourMap(settings.colours));
            return 1;
        }
        boolean rgb = settings.pixels.type() == SampleType.UINT8
                && settings.pixels.bands() >= 3
                && (settings.bandNames.isEmpty()
                        ? settings.pixels.bands() == 3
                        : settings.bandNames.subList(0, 3).equals(List.of("RED", "GREEN", "BLUE")));
        directory.shorts(TiffTag.PHOTOMETRIC, rgb ? TiffTag.PHOTOMETRIC_RGB : TiffTag.PHOTOMETRIC_MIN_IS_BLACK);
        return rgb ? 3 : 1;
    }

    /** 256 reds, greens and blues of 16 bits; values without a class are black. */
    private static int[] colourMap(Nomenclature classes) {
        var map = new int[3 * 256];
        for (var landClass : classes.classes()) {
            for (int channel = 0; channel < 3; channel++) {
                map[256 * channel + landClass.value()] = (landClass.rgb() >> (16 - 8 * channel) & 0xff) * 257;
            }
        }
        return map;
    }

    private void description(IfdBuilder directory) {
        var items = new TreeMap<>(settings.metadata);
        if (settings.colours != null) {
            items.put("NOMENCLATURE", settings.colours.id());
            for (var landClass : settings.colours.classes()) {
                items.put("CLASS_" + landClass.value(), landClass.code() + ": " + landClass.labelEn());
            }
        }
        if (!items.isEmpty() || !settings.bandNames.isEmpty() || settings.scale.isPresent()) {
            var xml = new GdalMetadata(items, settings.bandNames, Map.of())
                    .toXml(settings.pixels.bands(), settings.scale);
            directory.text(TiffTag.GDAL_METADATA, xml);
        }
        if (settings.datetime != null) {
            directory.text(TiffTag.DATE_TIME, TIFF_DATE_TIME.format(settings.datetime));
        }
        if (settings.geo != null) {
            var geo = settings.geo;
            directory
                    .doubles(TiffTag.MODEL_PIXEL_SCALE, geo.pixelWidth(), geo.pixelHeight(), 0)
                    .doubles(TiffTag.MODEL_TIEPOINT, 0, 0, 0, geo.west(), geo.north(), 0)
                    // version 1.1.0 and three keys: a projected model, pixels as areas, the CRS
                    .shorts(
                            TiffTag.GEO_KEY_DIRECTORY,
                            1,
                            1,
                            0,
                            3,
                            TiffTag.GEO_MODEL_TYPE,
                            0,
                            1,
                            1,
                            TiffTag.GEO_RASTER_TYPE,
                            0,
                            1,
                            1,
                            TiffTag.GEO_PROJECTED_CRS,
                            0,
                            1,
                            geo.epsg());
        }
    }

    private IfdBuilder maskDirectory(LevelPlan level, boolean full) {
        return new IfdBuilder(big)
                .longs(
                        TiffTag.NEW_SUBFILE_TYPE,
                        full ? TiffTag.SUBFILE_MASK : TiffTag.SUBFILE_MASK | TiffTag.SUBFILE_REDUCED)
                .longs(TiffTag.IMAGE_WIDTH, level.pixels.width)
                .longs(TiffTag.IMAGE_LENGTH, level.pixels.height)
                .shorts(TiffTag.BITS_PER_SAMPLE, 1)
                .shorts(TiffTag.COMPRESSION, settings.compression.tag())
                .shorts(TiffTag.PHOTOMETRIC, TiffTag.PHOTOMETRIC_MASK)
                .shorts(TiffTag.SAMPLES_PER_PIXEL, 1)
                .shorts(TiffTag.PLANAR_CONFIGURATION, 1)
                .shorts(TiffTag.TILE_WIDTH, TILE_SIZE)
                .shorts(TiffTag.TILE_LENGTH, TILE_SIZE)
                .positions(TiffTag.TILE_OFFSETS, level.maskOffsets)
                .longs(TiffTag.TILE_BYTE_COUNTS, level.maskByteCounts)
                .shorts(TiffTag.SAMPLE_FORMAT, 1);
    }

    private static String nodataText(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** Full tiles of all levels, not compressible at all, with masks. */
    private static long worstCaseBytes(CogLevel pixels) {
        long tiles = 0;
        int width = pixels.width;
        int height = pixels.height;
        while (true) {
            tiles += ((width + TILE_SIZE - 1L) / TILE_SIZE) * ((height + TILE_SIZE - 1L) / TILE_SIZE);
            if (Math.max(width, height) <= SMALLEST_OVERVIEW) {
                break;
            }
            width = CogLevel.halfOf(width);
            height = CogLevel.halfOf(height);
        }
        long tileBytes =
                (long) TILE_SIZE * TILE_SIZE * pixels.bands() * pixels.type().bytes();
        return tiles * (tileBytes + tileBytes / 128 + TILE_SIZE * TILE_SIZE / 8 + 2_048);
    }
}
