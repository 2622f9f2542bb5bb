// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Turns a block's bytes in the file into samples: decompresses, undoes the byte order and the predictor. The result
 * holds the block's rows, pixels interleaved, samples of several bytes in little-endian order.
 */
final class BlockDecoder {

    private BlockDecoder() {}

    static byte[] decode(TiffImage image, int block, byte[] coded, Refusal refusal) {
        int rows = image.rowsOf(image.blockRow(block));
        if (image.compression == TiffTag.COMPRESSION_JPEG) {
            return JpegBlock.decode(image, rows, coded, refusal);
        }
        int size = (int) image.decodedBytes(block);
        byte[] decoded =
                switch (image.compression) {
                    case TiffTag.COMPRESSION_NONE -> coded;
                    case TiffTag.COMPRESSION_LZW -> Lzw.decode(coded, size, refusal);
                    case TiffTag.COMPRESSION_PACKBITS -> packBits(coded, size);
                    case TiffTag.COMPRESSION_ZSTD -> zstd(coded, size, refusal);
                    default -> inflate(coded, size, refusal);
                };
        if (decoded.length < size) {
            throw refusal.damaged("block " + block + " holds fewer pixels than its size needs");
        }
        boolean predicted = image.compression != TiffTag.COMPRESSION_NONE
                && image.compression != TiffTag.COMPRESSION_PACKBITS
                && image.predictor != TiffTag.PREDICTOR_NONE;
        if (image.bits == 1) {
            return spread(decoded, image.blockWidth, rows);
        }
        if (predicted && image.predictor == TiffTag.PREDICTOR_FLOATING) {
            Predictor.undoFloating(decoded, rows, image.blockWidth, image.blockSamples(), image.type.bytes());
            return decoded;
        }
        if (image.order == ByteOrder.BIG_ENDIAN && image.type.bytes() > 1) {
            reverse(decoded, image.type.bytes());
        }
        if (predicted) {
            Predictor.undoHorizontal(decoded, rows, image.blockWidth, image.blockSamples(), image.type.bytes());
        }
        return decoded;
    }

    private static byte[] inflate(byte[] coded, int size, Refusal refusal) {
        var out = new byte[size];
        try (var inflater = new Inflater()) {
            inflater.setInput(coded);
            int filled = 0;
            while (filled < size) {
                int more = inflater.inflate(out, filled, size - filled);
                if (more == 0 && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
                    throw refusal.damaged("a Deflate block ends before its last pixel");
                }
                filled += more;
            }
            return out;
        } catch (DataFormatException e) {
            throw refusal.damaged("a Deflate block cannot be decompressed", e);
        }
    }

    private static byte[] zstd(byte[] coded, int size, Refusal refusal) {
        var out = new byte[size];
        long filled;
        try {
            filled = Zstd.decompressByteArray(out, 0, size, coded, 0, coded.length);
        } catch (ZstdException e) {
            throw refusal.damaged("a Zstandard block cannot be decompressed", e);
        }
        if (filled < size) {
            throw refusal.damaged("a Zstandard block ends before its last pixel");
        }
        return out;
    }

    /** TIFF 6.0 section 9. Returns what the input yields, at most {@code size} bytes. */
    private static byte[] packBits(byte[] coded, int size) {
        var out = new byte[size];
        int filled = 0;
        int at = 0;
        while (filled < size && at < coded.length) {
            int head = coded[at++];
            if (head >= 0) {
                int run = Math.min(Math.min(head + 1, coded.length - at), size - filled);
                System.arraycopy(coded, at, out, filled, run);
                at += head + 1;
                filled += run;
            } else if (head != -128 && at < coded.length) {
                byte value = coded[at++];
                int end = Math.min(size, filled + 1 - head);
                while (filled < end) {
                    out[filled++] = value;
                }
            }
        }
        return filled == size ? out : new byte[0];
    }

    private static byte[] spread(byte[] packed, int width, int rows) {
        int rowBytes = (width + 7) / 8;
        var out = new byte[width * rows];
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < width; x++) {
                out[y * width + x] = (byte) (packed[y * rowBytes + (x >> 3)] >> (7 - (x & 7)) & 1);
            }
        }
        return out;
    }

    private static void reverse(byte[] samples, int bytes) {
        for (int at = 0; at + bytes <= samples.length; at += bytes) {
            for (int i = 0, j = bytes - 1; i < j; i++, j--) {
                byte low = samples[at + i];
                samples[at + i] = samples[at + j];
                samples[at + j] = low;
            }
        }
    }
}
