// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Decoded blocks, the least recently used dropped first, bounded in bytes; one cache may serve many readers. Safe to use
 * from several threads: a block that several of them need at once is fetched by one and decoded by one.
 */
public final class BlockCache {

    /**
     * What was done so far.
     *
     * @param decoded blocks decoded
     * @param decodedAgain those of them that had been decoded before and dropped since
     * @param found blocks that needed no decoding
     * @param heldBytes decoded bytes held now
     */
    public record Statistics(long decoded, long decodedAgain, long found, long heldBytes) {}

    /** @param image a level of a file, known by its identity */
    private record Key(Object image, int block) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Key(Object otherImage, int otherBlock)
                    && otherImage == image
                    && otherBlock == block;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(image) + block;
        }
    }

    private final long maxBytes;
    private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Object, BitSet> decodedBefore = new WeakHashMap<>();
    private long bytes;
    private long decoded;
    private long decodedAgain;
    private long found;

    /** @param maxBytes decoded bytes to keep at most; what is being decoded comes on top */
    public BlockCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    public synchronized Statistics statistics() {
        return new Statistics(decoded, decodedAgain, found, bytes);
    }

    /**
     * The block's entry. Whoever gets it with {@link Claim#mine} must fetch the block, or {@link Entry#abandon} it: others
     * may be waiting.
     */
    synchronized Claim claim(Object image, int block) {
        var key = new Key(image, block);
        var known = entries.get(key);
        if (known != null) {
            found++;
            return new Claim(known, false);
        }
        var entry = new Entry(key);
        entries.put(key, entry);
        return new Claim(entry, true);
    }

    /** The block's samples: decoded by the first who asks, while the others wait. */
    byte[] get(Object image, int block, Callable<byte[]> decoder) throws IOException {
        while (true) {
            var claim = claim(image, block);
            if (claim.mine()) {
                claim.entry().fetched(decoder);
            }
            if (claim.entry().help()) {
                return claim.entry().samples();
            }
        }
    }

    record Claim(Entry entry, boolean mine) {}

    private synchronized void keep(Entry entry, int length) {
        decoded++;
        var before = decodedBefore.computeIfAbsent(entry.key.image(), image -> new BitSet());
        if (before.get(entry.key.block())) {
            decodedAgain++;
        }
        before.set(entry.key.block());
        if (entries.get(entry.key) != entry) {
            return;
        }
        if (length > maxBytes) {
            entries.remove(entry.key);
            return;
        }
        entry.heldBytes = length;
        bytes += length;
        var eldest = entries.values().iterator();
        while (bytes > maxBytes) {
            var dropped = eldest.next();
            if (dropped.heldBytes > 0) {
                bytes -= dropped.heldBytes;
                eldest.remove();
            }
        }
    }

    private synchronized void drop(Entry entry) {
        if (entries.remove(entry.key, entry)) {
            bytes -= entry.heldBytes;
        }
    }

    /** A block on its way into memory: fetched by the thread that claimed it, decoded by the first that gets to it. */
    final class Entry {

        private final Key key;
        /** completed with null when the block was given up */
        private final CompletableFuture<FutureTask<byte[]>> fetched = new CompletableFuture<>();
        /** 0 until it is decoded; guarded by the cache */
        private int heldBytes;

        private Entry(Key key) {
            this.key = key;
        }

        int block() {
            return key.block();
        }

        /** The block's bytes are there; {@code decoder} turns them into samples. */
        void fetched(Callable<byte[]> decoder) {
            fetched.complete(new FutureTask<>(() -> {
                var samples = decoder.call();
                keep(this, samples.length);
                return samples;
            }));
        }

        /** Those who wait must claim it anew. No effect once it is fetched. */
        void abandon() {
            if (fetched.complete(null)) {
                drop(this);
            }
        }

        /** Waits until it is fetched, then decodes it unless another thread does. False when it was given up. */
        boolean help() {
            var task = fetched.join();
            if (task != null) {
                task.run();
            }
            return task != null;
        }

        /** The samples, after {@link #help} returned true. Nobody may change them. */
        byte[] samples() throws IOException {
            var task = fetched.join();
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return task.get();
                    } catch (InterruptedException e) {
                        interrupted = true; // a block takes milliseconds
                    } catch (ExecutionException e) {
                        drop(this);
                        throw thrown(e.getCause());
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private static IOException thrown(Throwable cause) {
            switch (cause) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case IOException e -> {
                    return e;
                }
                default -> throw new IllegalStateException(cause);
            }
        }
    }
}
