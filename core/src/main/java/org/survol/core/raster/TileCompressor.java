// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.Deflater;

/** Compresses single tiles. The same bytes in give the same bytes out, on any thread. */
record TileCompressor(Compression compression, int level) {

    /** Idle contexts by level, never more than there were threads that compressed at the same time. */
    private static final ConcurrentHashMap<Integer, Queue<Context>> CONTEXTS = new ConcurrentHashMap<>();

    byte[] compress(byte[] tile) {
        return switch (compression) {
            case ZSTD -> zstd(tile);
            case DEFLATE -> deflate(tile);
        };
    }

    /** With a context that an earlier tile used: making one takes as long as compressing some kilobytes. */
    private byte[] zstd(byte[] tile) {
        var contexts = CONTEXTS.computeIfAbsent(level, any -> new ConcurrentLinkedQueue<>());
        var idle = contexts.poll();
        var context = idle != null ? idle : new Context(new ZstdCompressCtx().setLevel(level));
        try {
            return context.compress(tile);
        } finally {
            contexts.add(context);
        }
    }

    /** Used by one thread at a time. */
    private static final class Context {

        private final ZstdCompressCtx zstd;
        private byte[] out = new byte[0];

        Context(ZstdCompressCtx zstd) {
            this.zstd = zstd;
        }

        byte[] compress(byte[] tile) {
            int bound = Math.toIntExact(Zstd.compressBound(tile.length));
            if (out.length < bound) {
                out = new byte[bound];
            }
            int length = zstd.compressByteArray(out, 0, out.length, tile, 0, tile.length);
            return Arrays.copyOf(out, length);
        }
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
