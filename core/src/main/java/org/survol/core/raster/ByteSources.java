// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import org.survol.core.store.ObjectStore;

/** The places bytes come from. None holds anything open between reads, so none needs closing. */
public final class ByteSources {

    private ByteSources() {}

    public static ByteSource ofFile(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return new FileSource(file, Files.size(file));
    }

    /** The array is not copied and must not change. */
    public static ByteSource ofBytes(String name, byte[] bytes) {
        return new BytesSource(name, bytes);
    }

    /** Asks the store for the object's size now, and for ranges later; a missing object fails here. */
    public static ByteSource ofObject(ObjectStore store, String key) throws IOException {
        var stat = store.stat(key).orElseThrow(() -> new NoSuchFileException(key));
        return new ObjectSource(store, key, stat.bytes());
    }

    private static void requireRange(String name, long offset, int length, long end) throws EOFException {
        if (offset < 0 || length < 0 || offset > end - length) {
            throw new EOFException(name + ": bytes " + offset + " to " + (offset + length) + " of " + end);
        }
    }

    private record FileSource(Path file, long length) implements ByteSource {

        @Override
        public String name() {
            return file.toString();
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            requireRange(name(), offset, length, this.length);
            var buffer = ByteBuffer.allocate(length);
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, offset + buffer.position()) < 0) {
                        throw new EOFException(file + " became shorter");
                    }
                }
            }
            return buffer.array();
        }
    }

    private static final class BytesSource implements ByteSource {

        private final String name;
        private final byte[] bytes;

        BytesSource(String name, byte[] bytes) {
            this.name = Objects.requireNonNull(name);
            this.bytes = bytes;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            requireRange(name, offset, length, bytes.length);
            return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
        }
    }

    private record ObjectSource(ObjectStore store, String key, long length) implements ByteSource {

        @Override
        public String name() {
            return key;
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            requireRange(key, offset, length, this.length);
            return length == 0 ? new byte[0] : store.read(key, offset, length);
        }
    }
}
