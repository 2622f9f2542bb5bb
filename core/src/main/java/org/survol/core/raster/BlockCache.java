// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.LinkedHashMap;

/** Decoded blocks, the least recently used dropped first, bounded in bytes. Safe to use from several threads. */
final class BlockCache {

    /** @param image a level of a file, known by its identity */
    record Key(Object image, int block) {

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
    private final LinkedHashMap<Key, byte[]> blocks = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    BlockCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Null when it is not there. */
    synchronized byte[] get(Object image, int block) {
        return blocks.get(new Key(image, block));
    }

    synchronized void put(Object image, int block, byte[] decoded) {
        if (decoded.length > maxBytes) {
            return;
        }
        var before = blocks.put(new Key(image, block), decoded);
        bytes += decoded.length - (before == null ? 0 : before.length);
        var eldest = blocks.entrySet().iterator();
        while (bytes > maxBytes) {
            bytes -= eldest.next().getValue().length;
            eldest.remove();
        }
    }
}
