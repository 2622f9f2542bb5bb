// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;

/**
 * Byte arrays on disk, in a file of bounded size that is written round and round: what is oldest is overwritten. The file
 * has no name once it is open and is gone with the process. Safe to use from several threads.
 */
final class SpillFile {

    private record Place(long offset, int length) {}

    private final long maxBytes;
    private final FileChannel channel;
    /** oldest first */
    private final LinkedHashMap<Object, Place> places = new LinkedHashMap<>();

    private long end;

    private SpillFile(long maxBytes, FileChannel channel) {
        this.maxBytes = maxBytes;
        this.channel = channel;
    }

    /** @param file is created and must not be there */
    static SpillFile create(Path file, long maxBytes) throws IOException {
        return new SpillFile(
                maxBytes,
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE));
    }

    synchronized boolean contains(Object key) {
        return places.containsKey(key);
    }

    /** No effect when it is there already, or larger than the file may be. */
    synchronized void put(Object key, byte[] bytes) throws IOException {
        if (bytes.length > maxBytes || places.containsKey(key)) {
            return;
        }
        long offset = end + bytes.length > maxBytes ? 0 : end;
        makeRoom(offset, offset + bytes.length, offset < end);
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer, offset + buffer.position());
        }
        places.put(key, new Place(offset, bytes.length));
        end = offset + bytes.length;
    }

    /** Forgets what lies in the range; after a turn to the start of the file, also what lies beyond the last end. */
    private void makeRoom(long from, long to, boolean turned) {
        var oldest = places.values().iterator();
        while (oldest.hasNext()) {
            var place = oldest.next();
            boolean leftBehind = turned && place.offset >= end;
            boolean overlaps = place.offset < to && place.offset + place.length > from;
            if (!leftBehind && !overlaps) {
                return;
            }
            oldest.remove();
        }
    }

    /** Null when it is not, or no longer, there. */
    synchronized byte[] get(Object key) throws IOException {
        var place = places.get(key);
        if (place == null) {
            return null;
        }
        var buffer = ByteBuffer.allocate(place.length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, place.offset + buffer.position()) < 0) {
                throw new IOException("the file of spilled blocks ends early");
            }
        }
        return buffer.array();
    }
}
