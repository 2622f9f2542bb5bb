// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.survol.core.Digest;

/** Objects in memory, for tests of what stands above the store; keeps the same contract as the S3 adapter. */
public final class MemoryObjectStore implements ObjectStore {

    private record Entry(byte[] bytes, Instant written) {}

    private final InstantSource clock;

    private final ConcurrentSkipListMap<String, Entry> objects = new ConcurrentSkipListMap<>();

    public MemoryObjectStore() {
        this(InstantSource.system());
    }

    /** @param clock tells when an object is written */
    public MemoryObjectStore(InstantSource clock) {
        this.clock = clock;
    }

    private Entry entry(byte[] bytes) {
        return new Entry(bytes.clone(), clock.instant());
    }

    @Override
    public Optional<Stat> stat(String key) {
        return Optional.ofNullable(objects.get(key)).map(entry -> stat(key, entry));
    }

    @Override
    public byte[] read(String key) throws IOException {
        var entry = objects.get(key);
        if (entry == null) {
            throw new NoSuchFileException(key);
        }
        return entry.bytes().clone();
    }

    @Override
    public byte[] read(String key, long offset, int length) throws IOException {
        var bytes = read(key);
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("negative range of " + key);
        }
        if (length == 0) {
            return new byte[0];
        }
        if (offset + length > bytes.length) {
            throw new EOFException(key + " ends before " + (offset + length));
        }
        return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
    }

    @Override
    public void download(String key, Path file) throws IOException {
        Files.write(file, read(key));
    }

    @Override
    public ObjectRef write(String key, byte[] content, String contentType) {
        objects.put(key, entry(content));
        return new ObjectRef(key, content.length, Digest.of(content));
    }

    @Override
    public ObjectRef upload(String key, Path file, String contentType) throws IOException {
        return write(key, Files.readAllBytes(file), contentType);
    }

    @Override
    public boolean writeIfAbsent(String key, byte[] content, String contentType) {
        return objects.putIfAbsent(key, entry(content)) == null;
    }

    @Override
    public List<Stat> list(String prefix) {
        return objects.tailMap(prefix, true).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .map(entry -> stat(entry.getKey(), entry.getValue()))
                .toList();
    }

    @Override
    public void scan(String prefix, Consumer<Stat> visitor) {
        list(prefix).forEach(visitor);
    }

    @Override
    public void delete(String key) {
        objects.remove(key);
    }

    private static Stat stat(String key, Entry entry) {
        var bytes = entry.bytes();
        return new Stat(key, bytes.length, Digest.shortened(Digest.of(bytes)), entry.written());
    }
}
