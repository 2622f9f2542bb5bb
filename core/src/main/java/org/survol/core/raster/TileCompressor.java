// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import com.github.luben.zstd.Zstd;
import java.util.Arrays;
import java.util.zip.Deflater;

/** Compresses single tiles. The same bytes in give the same bytes out, on any thread. */
record TileCompressor(Compression compression, int level) {

    byte[] compress(byte[] tile) {
        return switch (compression) {
            case ZSTD -> Zstd.compress(tile, level);
            case DEFLATE -> deflate(tile);
        };
    }

    private byte[] deflate(byte[] tile) {
        try (var deflater = new Deflater(level)) {
            deflater.setInput(tile);
            deflater.finish();
            var out = new byte[tile.length / 2 + 1_024];
            int filled = 0;
            while (!deflater.finished()) {
                if (filled == out.length) {
                    out = Arrays.copyOf(out, out.length * 2);
                }
                filled += deflater.deflate(out, filled, out.length - filled);
            }
            return Arrays.copyOf(out, filled);
        }
    }
}
