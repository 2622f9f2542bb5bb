// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
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
     * @param found blocks that were in memory
     * @param unspilled blocks that came back from disk
     * @param heldBytes decoded bytes in memory now
     */
    public record Statistics(long decoded, long decodedAgain, long found, long unspilled, long heldBytes) {}

    /** A strip this wide holds pixels of many tiles, each of which would decode it again. */
    private static final int WIDE_PIXELS = 16_384;

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
    private long unspilled;
    private final SpillFile spill;

    /** @param maxBytes decoded bytes to keep at most; what is being decoded comes on top */
    public BlockCache(long maxBytes) {
        this(maxBytes, null);
    }

    private BlockCache(long maxBytes, SpillFile spill) {
        this.maxBytes = maxBytes;
        this.spill = spill;
    }

    /**
     * A cache that puts what it drops of very wide strips on disk: tiles side by side need the same strips, more of them
     * than memory should hold.
     *
     * @param file created for it, and gone when the process ends
     */
    public static BlockCache withSpill(long maxBytes, Path file, long maxSpillBytes) throws IOException {
        return new BlockCache(maxBytes, SpillFile.create(file, maxSpillBytes));
    }

    public synchronized Statistics statistics() {
        return new Statistics(decoded, decodedAgain, found, unspilled, bytes);
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
        if (spill != null && spill.contains(key)) {
            entry.spilled();
            return new Claim(entry, false);
        }
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

    private void keep(Entry entry, byte[] samples, boolean fromDisk) throws IOException {
        for (var dropped : hold(entry, samples, fromDisk)) {
            if (spill != null && dropped.key.image() instanceof TiffImage image && image.blockWidth >= WIDE_PIXELS) {
                spill.put(dropped.key, dropped.held);
            }
        }
    }

    /** Returns what had to leave. */
    private synchronized List<Entry> hold(Entry entry, byte[] samples, boolean fromDisk) {
        if (fromDisk) {
            unspilled++;
            return holdMore(entry, samples);
        }
        decoded++;
        var before = decodedBefore.computeIfAbsent(entry.key.image(), image -> new BitSet());
        if (before.get(entry.key.block())) {
            decodedAgain++;
        }
        before.set(entry.key.block());
        return holdMore(entry, samples);
    }

    private List<Entry> holdMore(Entry entry, byte[] samples) {
        var droppedEntries = new ArrayList<Entry>();
        if (entries.get(entry.key) != entry) {
            return droppedEntries;
        }
        if (samples.length > maxBytes) {
            entries.remove(entry.key);
            return droppedEntries;
        }
        entry.held = samples;
        bytes += samples.length;
        var eldest = entries.values().iterator();
        while (bytes > maxBytes) {
            var dropped = eldest.next();
            if (dropped.held != null) {
                bytes -= dropped.held.length;
                eldest.remove();
                if (dropped != entry) {
                    droppedEntries.add(dropped);
                }
            }
        }
        return droppedEntries;
    }

    private synchronized void drop(Entry entry) {
        if (entries.remove(entry.key, entry)) {
            bytes -= entry.heldBytes();
        }
    }

    /** A spilled block was overwritten before it was read. */
    static final class SpillLost extends IOException {

        private static final long serialVersionUID = 1;
    }

    /** A block on its way into memory: fetched by the thread that claimed it, decoded by the first that gets to it. */
    final class Entry {

        private final Key key;
        /** completed with null when the block was given up */
        private final CompletableFuture<FutureTask<byte[]>> fetched = new CompletableFuture<>();
        /** null until it is decoded; guarded by the cache */
        private byte[] held;

        private int heldBytes() {
            return held == null ? 0 : held.length;
        }

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
                keep(this, samples, false);
                return samples;
            }));
        }

        /** The samples lie on disk; when they were overwritten there meanwhile, it is given up. */
        private void spilled() {
            fetched.complete(new FutureTask<>(() -> {
                var samples = spill.get(key);
                if (samples == null) {
                    drop(this);
                    throw new SpillLost();
                }
                keep(this, samples, true);
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
