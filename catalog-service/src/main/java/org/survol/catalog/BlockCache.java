// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.inject.Singleton;
import java.io.IOException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.core.raster.ByteSource;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;

/**
 * Range reads of stored objects in aligned blocks, the last used kept in memory. An object is known by key and digest:
 * when a key gets new bytes, the old blocks are simply not asked for any more. Safe to call from several threads.
 */
@Singleton
public final class BlockCache {

    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int MOST_BLOCKS_AT_ONCE = 64;

    private record BlockKey(String object, String sha256, long block) {}

    private final ObjectStore objects;
    private final LruCache<BlockKey, byte[]> blocks;

    public BlockCache(
            ObjectStore objects, @ConfigProperty(name = "survol.catalog.cache-mebibytes") int cacheMebibytes) {
        this.objects = objects;
        this.blocks = new LruCache<>(cacheMebibytes * 1024L * 1024, block -> block.length);
    }

    public ByteSource open(ObjectRef object) {
        return new Blocks(object);
    }

    private final class Blocks implements ByteSource {

        private final ObjectRef object;

        private Blocks(ObjectRef object) {
            this.object = object;
        }

        @Override
        public String name() {
            return object.key();
        }

        @Override
        public long length() {
            return object.bytes();
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            if (offset < 0 || length < 0 || offset + length > object.bytes()) {
                throw new IOException(object.key() + " has no bytes " + offset + " to " + (offset + length));
            }
            var result = new byte[length];
            int done = 0;
            while (done < length) {
                long at = offset + done;
                long block = at / BLOCK_BYTES;
                var bytes = block(block, (offset + length - 1) / BLOCK_BYTES);
                int within = (int) (at - block * BLOCK_BYTES);
                int count = Math.min(length - done, bytes.length - within);
                System.arraycopy(bytes, within, result, done, count);
                done += count;
            }
            return result;
        }

        /** That block; on a miss the missing ones after it, up to {@code last}, come with the same request. */
        private byte[] block(long block, long last) throws IOException {
            var known = blocks.get(key(block));
            if (known.isPresent()) {
                return known.get();
            }
            long end = block;
            while (end < last
                    && end - block < MOST_BLOCKS_AT_ONCE - 1
                    && blocks.get(key(end + 1)).isEmpty()) {
                end++;
            }
            long from = block * BLOCK_BYTES;
            int length = (int) (Math.min(object.bytes(), (end + 1) * BLOCK_BYTES) - from);
            var bytes = objects.read(object.key(), from, length);
            byte[] first = null;
            for (int at = 0; at < length; at += BLOCK_BYTES) {
                var part = java.util.Arrays.copyOfRange(bytes, at, Math.min(length, at + BLOCK_BYTES));
                blocks.put(key(block + at / BLOCK_BYTES), part);
                if (first == null) {
                    first = part;
                }
            }
            return first;
        }

        private BlockKey key(long block) {
            return new BlockKey(object.key(), object.sha256(), block);
        }
    }
}
