// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.ByteOrder;

/**
 * The layout of one image of a TIFF file: how its pixels are cut into blocks (tiles, or strips seen as tiles of full
 * width), where those lie and how they are coded. Immutable once read.
 */
final class TiffImage {

    static final int MAX_SIDE = 10_000_000;
    static final int MAX_SAMPLES = 4_096;
    /** 4 M blocks of 512 x 512 are a million pixels square; their index is 50 MB. */
    static final int MAX_BLOCKS = 1 << 22;
    /** Decoded bytes of one block; a whole-image strip of 6,600 pixels square in RGB still fits. */
    static final int MAX_BLOCK_BYTES = 1 << 27;
    /** Uncompressed strips larger than this are read in parts. */
    private static final int PART_BYTES = 1 << 20;

    final int width;
    final int height;
    final int samples;
    final SampleType type;
    /** bits of a sample in the file: 8 x the type's bytes, or 1 for bi-level images, which become bytes 0 and 1 */
    final int bits;

    final int compression;
    final int predictor;
    final int photometric;
    final boolean planar;
    final boolean tiled;
    final ByteOrder order;
    final byte[] jpegTables;
    /** sample that holds opacity by its ExtraSamples field, or -1 */
    final int alpha;

    final int blockWidth;
    final int blockHeight;
    final int across;
    final int down;
    private final long[] offsets;
    private final long[] byteCounts;

    private TiffImage(TiffDirectory directory, TiffInput input, Refusal refusal) throws IOException {
        width = size(directory, TiffTag.IMAGE_WIDTH, refusal);
        height = size(directory, TiffTag.IMAGE_LENGTH, refusal);
        samples = directory.number(TiffTag.SAMPLES_PER_PIXEL, 1);
        if (samples < 1 || samples > MAX_SAMPLES) {
            throw refusal.unsupported("it has " + samples + " samples per pixel");
        }
        bits = uniform(directory, TiffTag.BITS_PER_SAMPLE, 1, samples, refusal);
        type = typeOf(bits, uniform(directory, TiffTag.SAMPLE_FORMAT, 1, samples, refusal), refusal);
        compression = directory.number(TiffTag.COMPRESSION, TiffTag.COMPRESSION_NONE);
        predictor = directory.number(TiffTag.PREDICTOR, TiffTag.PREDICTOR_NONE);
        photometric = directory.number(TiffTag.PHOTOMETRIC, TiffTag.PHOTOMETRIC_MIN_IS_BLACK);
        planar = samples > 1 && directory.number(TiffTag.PLANAR_CONFIGURATION, 1) == 2;
        tiled = directory.has(TiffTag.TILE_WIDTH);
        order = input.order();
        jpegTables = directory.raw(TiffTag.JPEG_TABLES);
        alpha = alphaOf(directory, samples);
        requireSupported(directory, refusal);

        int fileBlockHeight;
        if (tiled) {
            blockWidth = size(directory, TiffTag.TILE_WIDTH, refusal);
            fileBlockHeight = size(directory, TiffTag.TILE_LENGTH, refusal);
        } else {
            blockWidth = width;
            fileBlockHeight = Math.clamp(directory.number(TiffTag.ROWS_PER_STRIP, Integer.MAX_VALUE), 1, height);
        }
        boolean parted = !tiled && compression == TiffTag.COMPRESSION_NONE && rowBytes() < PART_BYTES;
        int rowsOfPart = parted ? (int) Math.max(1, PART_BYTES / rowBytes()) : fileBlockHeight;
        blockHeight = Math.min(fileBlockHeight, rowsOfPart);
        if (rowBytes() * blockHeight > MAX_BLOCK_BYTES) {
            throw refusal.tooLarge("one block of " + blockWidth + " x " + blockHeight + " pixels takes "
                    + rowBytes() * blockHeight + " bytes, more than the " + MAX_BLOCK_BYTES + " that are read at once");
        }
        across = ceilDiv(width, blockWidth);
        down = ceilDiv(height, blockHeight);
        int fileDown = ceilDiv(height, fileBlockHeight);
        long fileBlocks = (long) across * fileDown * planes();
        if (fileBlocks > MAX_BLOCKS || (long) across * down * planes() > MAX_BLOCKS) {
            throw refusal.tooLarge("it is cut into " + fileBlocks + " blocks");
        }
        var fileOffsets =
                blockIndex(directory, tiled ? TiffTag.TILE_OFFSETS : TiffTag.STRIP_OFFSETS, (int) fileBlocks, refusal);
        var fileCounts = blockCounts(directory, (int) fileBlocks, fileBlockHeight, refusal);
        if (blockHeight == fileBlockHeight) {
            offsets = fileOffsets;
            byteCounts = fileCounts;
        } else {
            offsets = new long[across * down * planes()];
            byteCounts = new long[offsets.length];
            part(fileOffsets, fileCounts, fileBlockHeight, fileDown);
        }
        requireBlocksInside(input, refusal);
    }

    static TiffImage of(TiffDirectory directory, TiffInput input, Refusal refusal) throws IOException {
        return new TiffImage(directory, input, refusal);
    }

    private static int size(TiffDirectory directory, int tag, Refusal refusal) throws IOException {
        int size = directory.number(tag, 0);
        if (size < 1) {
            throw refusal.damaged("field " + tag + " (a width or height) is missing or zero");
        }
        if (size > MAX_SIDE) {
            throw refusal.tooLarge("a side of " + size + " pixels is more than the " + MAX_SIDE + " that are accepted");
        }
        return size;
    }

    private static int uniform(TiffDirectory directory, int tag, int fallback, int samples, Refusal refusal)
            throws IOException {
        if (!directory.has(tag)) {
            return fallback;
        }
        var values = directory.numbers(tag, 0, (int) Math.min(samples, directory.count(tag)));
        for (var value : values) {
            if (value != values[0]) {
                throw refusal.unsupported("its bands have different sample types");
            }
        }
        return values.length == 0 ? fallback : (int) Math.min(values[0], Integer.MAX_VALUE);
    }

    private static SampleType typeOf(int bits, int format, Refusal refusal) {
        SampleType type =
                switch (format) {
                    case 1, 4 -> // 4 is "undefined": GDAL and libtiff read it as unsigned
                        switch (bits) {
                            case 1, 8 -> SampleType.UINT8;
                            case 16 -> SampleType.UINT16;
                            case 32 -> SampleType.UINT32;
                            default -> null;
                        };
                    case 2 -> bits == 16 ? SampleType.INT16 : bits == 32 ? SampleType.INT32 : null;
                    case 3 -> bits == 32 ? SampleType.FLOAT32 : bits == 64 ? SampleType.FLOAT64 : null;
                    default -> null;
                };
        if (type == null) {
            throw refusal.unsupported("samples of " + bits + " bits and format " + format + " are not read");
        }
        return type;
    }

    /** ExtraSamples 1 is premultiplied and 2 plain opacity; both mean: not part of what was measured. */
    private static int alphaOf(TiffDirectory directory, int samples) throws IOException {
        int extra = (int) Math.min(directory.count(TiffTag.EXTRA_SAMPLES), samples - 1);
        var kinds = directory.numbers(TiffTag.EXTRA_SAMPLES, 0, extra);
        for (int i = 0; i < extra; i++) {
            if (kinds[i] == 1 || kinds[i] == 2) {
                return samples - extra + i;
            }
        }
        return -1;
    }

    private void requireSupported(TiffDirectory directory, Refusal refusal) throws IOException {
        switch (compression) {
            case TiffTag.COMPRESSION_NONE,
                    TiffTag.COMPRESSION_LZW,
                    TiffTag.COMPRESSION_DEFLATE,
                    TiffTag.COMPRESSION_DEFLATE_OLD,
                    TiffTag.COMPRESSION_PACKBITS,
                    TiffTag.COMPRESSION_ZSTD -> {
                if (photometric == TiffTag.PHOTOMETRIC_YCBCR) {
                    throw refusal.unsupported("YCbCr colours are read only with JPEG compression");
                }
            }
            case TiffTag.COMPRESSION_JPEG -> {
                if (bits != 8 || !planar && samples > 4) {
                    throw refusal.unsupported("JPEG compression is read for 1 to 4 samples of 8 bits");
                }
                if (photometric == TiffTag.PHOTOMETRIC_YCBCR && (planar || samples != 3)) {
                    throw refusal.unsupported("YCbCr colours need three interleaved samples");
                }
            }
            default ->
                throw refusal.unsupported("compression " + compression + compressionName(compression) + " is not read");
        }
        boolean predictable = compression == TiffTag.COMPRESSION_LZW
                || compression == TiffTag.COMPRESSION_DEFLATE
                || compression == TiffTag.COMPRESSION_DEFLATE_OLD
                || compression == TiffTag.COMPRESSION_ZSTD;
        boolean known =
                switch (predictor) {
                    case TiffTag.PREDICTOR_NONE -> true;
                    case TiffTag.PREDICTOR_HORIZONTAL -> bits >= 8;
                    case TiffTag.PREDICTOR_FLOATING -> type.isFloating();
                    default -> false;
                };
        if (predictable && !known) {
            throw refusal.unsupported("predictor " + predictor + " on samples of " + bits + " bits is not read");
        }
        if (bits == 1 && !planar && samples > 1) {
            throw refusal.unsupported("several samples of one bit are not read");
        }
        if (directory.number(TiffTag.FILL_ORDER, 1) != 1 && bits == 1) {
            throw refusal.unsupported("reversed bit order is not read");
        }
    }

    private static String compressionName(int compression) {
        return switch (compression) {
            case 2, 3, 4 -> " (fax)";
            case 6 -> " (old JPEG)";
            case 34_712, 33_003, 33_005 -> " (JPEG 2000)";
            case 34_887 -> " (LERC)";
            case 34_925 -> " (LZMA)";
            case 50_001 -> " (WebP)";
            case 50_002, 52_546 -> " (JPEG XL)";
            default -> "";
        };
    }

    private static long[] blockIndex(TiffDirectory directory, int tag, int blocks, Refusal refusal) throws IOException {
        if (directory.count(tag) < blocks) {
            throw refusal.damaged("its size needs " + blocks + " blocks, but the index lists " + directory.count(tag));
        }
        return directory.numbers(tag, 0, blocks);
    }

    /** Missing counts are allowed without compression, where they follow from the size (TIFF 6.0, page 39). */
    private long[] blockCounts(TiffDirectory directory, int blocks, int fileBlockHeight, Refusal refusal)
            throws IOException {
        int tag = tiled ? TiffTag.TILE_BYTE_COUNTS : TiffTag.STRIP_BYTE_COUNTS;
        if (directory.has(tag) || compression != TiffTag.COMPRESSION_NONE) {
            return blockIndex(directory, tag, blocks, refusal);
        }
        var counts = new long[blocks];
        int downInFile = ceilDiv(height, fileBlockHeight);
        for (int i = 0; i < blocks; i++) {
            int top = i / across % downInFile * fileBlockHeight;
            counts[i] = rowBytes() * (tiled ? fileBlockHeight : Math.min(fileBlockHeight, height - top));
        }
        return counts;
    }

    /** Cuts tall uncompressed strips into blocks of a few rows; rows of different strips never share a block. */
    private void part(long[] fileOffsets, long[] fileCounts, int fileBlockHeight, int fileDown) {
        for (int plane = 0; plane < planes(); plane++) {
            for (int row = 0; row < down; row++) {
                int strip = row * blockHeight / fileBlockHeight;
                long into = (long) (row * blockHeight - strip * fileBlockHeight) * rowBytes();
                int from = plane * fileDown + strip;
                boolean sparse = fileOffsets[from] == 0 || fileCounts[from] == 0;
                offsets[plane * down + row] = sparse ? 0 : fileOffsets[from] + into;
                byteCounts[plane * down + row] = sparse ? 0 : rowBytes() * rowsOf(row);
            }
        }
    }

    private void requireBlocksInside(TiffInput input, Refusal refusal) {
        for (int i = 0; i < offsets.length; i++) {
            if (isSparse(i)) {
                continue;
            }
            input.requireInside(offsets[i], byteCounts[i], "block " + i);
            long decoded = decodedBytes(i);
            boolean excessive = compression != TiffTag.COMPRESSION_NONE && byteCounts[i] > 2 * decoded + 65_536;
            if (excessive || decoded / expansionLimit() > byteCounts[i]) {
                throw refusal.damaged("block " + i + " declares " + byteCounts[i] + " bytes for " + decoded);
            }
        }
    }

    /**
     * Bytes that one byte can become at most, rounded up: 128 KiB from a 4-byte block of Zstandard, 258 bytes from 2 bits
     * of Deflate, a string of 3,838 bytes from 12 bits of LZW, 128 bytes from 2 of PackBits, 64 samples from a bit of
     * JPEG. What claims more is a bomb and is not allocated.
     */
    private long expansionLimit() {
        return switch (compression) {
            case TiffTag.COMPRESSION_NONE -> 1;
            case TiffTag.COMPRESSION_PACKBITS -> 65;
            case TiffTag.COMPRESSION_ZSTD -> 33_000;
            case TiffTag.COMPRESSION_LZW -> 2_600;
            default -> 1_100;
        };
    }

    /** Planes stored apart: the samples of a planar image, else one. */
    int planes() {
        return planar ? samples : 1;
    }

    /** Samples that stand together in a block. */
    int blockSamples() {
        return planar ? 1 : samples;
    }

    /** Bytes of a block's row in the file. */
    long rowBytes() {
        return ((long) blockWidth * blockSamples() * bits + 7) / 8;
    }

    /** Rows that a block of a block row holds: strips end with the image, tiles are always full. */
    int rowsOf(int blockRow) {
        return tiled ? blockHeight : Math.min(blockHeight, height - blockRow * blockHeight);
    }

    int blockRow(int block) {
        return block / across % down;
    }

    /** Bytes of a block once decompressed, before one-bit samples are spread to bytes. */
    long decodedBytes(int block) {
        return rowBytes() * rowsOf(blockRow(block));
    }

    /** GDAL leaves blocks without data out of the file; they read as nodata or zero. */
    boolean isSparse(int block) {
        return offsets[block] == 0 || byteCounts[block] == 0;
    }

    long offset(int block) {
        return offsets[block];
    }

    /** Bytes of a block in the file. Files are known that declare more than an uncompressed block needs. */
    int byteCount(int block) {
        return (int)
                (compression == TiffTag.COMPRESSION_NONE
                        ? Math.min(byteCounts[block], decodedBytes(block))
                        : byteCounts[block]);
    }

    private static int ceilDiv(int dividend, int divisor) {
        return (int) (((long) dividend + divisor - 1) / divisor);
    }
}
