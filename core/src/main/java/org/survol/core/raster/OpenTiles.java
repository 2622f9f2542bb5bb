// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tiles of JPEG 2000 files that the decoder has taken in and that are larger than one block: kept for the next block, in
 * native memory, so few and bounded for the whole process. Blocks of the same tile are decoded one after the other, those
 * of different tiles side by side.
 */
final class OpenTiles {

    private static final long MAX_BYTES = 512 << 20;
    private static final int MAX_TILES = 32;

    /** A reader; when it is gone so are its tiles. */
    static final class Owner {}

    private record Key(Owner owner, int tile, int reduction) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.owner == owner && key.tile == tile && key.reduction == reduction;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * System.identityHashCode(owner) + tile) + reduction;
        }
    }

    interface Maker {
        ByteSource codestream() throws IOException;
    }

    interface Work {
        void decode(OpenJpegTile tile) throws IOException;
    }

    /** One tile: whoever holds its lock works on it, the others wait. */
    private static final class Slot {
        private OpenJpegTile tile;
        /** those who work on it or wait; guarded by {@link #SLOTS}, as is all but the tile */
        private int users;

        private long bytes;
        private boolean removed;

        private void close() {
            if (tile != null) {
                tile.close();
                tile = null;
            }
        }
    }

    /** The least recently used first. */
    private static final Map<Key, Slot> SLOTS = new LinkedHashMap<>(16, 0.75f, true);

    private OpenTiles() {}

    /** @param once whether nothing more of the tile will be asked for */
    static void with(Owner owner, int tile, int reduction, Maker maker, Refusal refusal, boolean once, Work work)
            throws IOException {
        if (once) {
            try (var open = new OpenJpegTile(maker.codestream(), reduction, refusal)) {
                work.decode(open);
            }
            return;
        }
        var slot = take(new Key(owner, tile, reduction));
        long bytes = 0;
        try {
            synchronized (slot) {
                boolean sound = false;
                try {
                    if (slot.tile == null) {
                        slot.tile = new OpenJpegTile(maker.codestream(), reduction, refusal);
                    }
                    work.decode(slot.tile);
                    bytes = slot.tile.bytes();
                    sound = true;
                } finally {
                    if (!sound) {
                        slot.close();
                    }
                }
            }
        } finally {
            giveBack(slot, bytes);
        }
    }

    static void closeAll(Owner owner) {
        var idle = new ArrayList<Slot>();
        synchronized (SLOTS) {
            SLOTS.entrySet().removeIf(entry -> entry.getKey().owner() == owner && remove(entry.getValue(), idle));
        }
        idle.forEach(Slot::close);
    }

    private static Slot take(Key key) {
        synchronized (SLOTS) {
            var slot = SLOTS.computeIfAbsent(key, k -> new Slot());
            slot.users++;
            return slot;
        }
    }

    private static void giveBack(Slot slot, long bytes) {
        var idle = new ArrayList<Slot>();
        synchronized (SLOTS) {
            slot.users--;
            slot.bytes = bytes;
            if (slot.removed && slot.users == 0) {
                idle.add(slot);
            }
            long total = SLOTS.values().stream().mapToLong(s -> s.bytes).sum();
            for (var eldest = SLOTS.values().iterator();
                    eldest.hasNext() && (total > MAX_BYTES || SLOTS.size() > MAX_TILES); ) {
                var old = eldest.next();
                if (old.users == 0) {
                    total -= old.bytes;
                    eldest.remove();
                    remove(old, idle);
                }
            }
        }
        idle.forEach(Slot::close);
    }

    /** Whoever still works on it closes it at the end. */
    private static boolean remove(Slot slot, List<Slot> idle) {
        slot.removed = true;
        if (slot.users == 0) {
            idle.add(slot);
        }
        return true;
    }
}
