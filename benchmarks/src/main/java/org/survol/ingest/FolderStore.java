// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.survol.core.Digest;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;

/** A bucket as a folder, so that a run measures the work and not an object server. */
public final class FolderStore implements ObjectStore {

    private final Path root;

    public FolderStore(Path root) {
        this.root = root;
    }

    public Path path(String key) {
        return root.resolve(key);
    }

    @Override
    public Optional<Stat> stat(String key) throws IOException {
        var file = path(key);
        return Files.isRegularFile(file)
                ? Optional.of(new Stat(
                        key,
                        Files.size(file),
                        "" + Files.getLastModifiedTime(file),
                        Files.getLastModifiedTime(file).toInstant()))
                : Optional.empty();
    }

    @Override
    public byte[] read(String key) throws IOException {
        return Files.readAllBytes(path(key));
    }

    @Override
    public byte[] read(String key, long offset, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length);
        try (var channel = FileChannel.open(path(key), StandardOpenOption.READ)) {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new EOFException(key);
                }
            }
        }
        return buffer.array();
    }

    @Override
    public void download(String key, Path file) throws IOException {
        Files.copy(path(key), file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public ObjectRef write(String key, byte[] content, String contentType) throws IOException {
        Files.createDirectories(path(key).getParent());
        Files.write(path(key), content);
        return new ObjectRef(key, content.length, Digest.of(content));
    }

    /** The digest, which every stage needs, and a second name. */
    @Override
    public ObjectRef upload(String key, Path file, String contentType) throws IOException {
        var object = new ObjectRef(key, Files.size(file), Digest.of(file));
        Files.createDirectories(path(key).getParent());
        Files.deleteIfExists(path(key));
        Files.createLink(path(key), file);
        return object;
    }

    @Override
    public boolean writeIfAbsent(String key, byte[] content, String contentType) throws IOException {
        Files.createDirectories(path(key).getParent());
        try {
            Files.write(path(key), content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Override
    public List<Stat> list(String prefix) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(key -> key.startsWith(prefix))
                    .sorted()
                    .map(this::listed)
                    .toList();
        }
    }

    private Stat listed(String key) {
        try {
            return stat(key).orElseThrow(() -> new NoSuchFileException(key));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void scan(String prefix, Consumer<Stat> visitor) throws IOException {
        list(prefix).forEach(visitor);
    }

    @Override
    public Level level(String prefix) throws IOException {
        var all = list(prefix);
        return new Level(
                all.stream()
                        .filter(object -> object.key().indexOf('/', prefix.length()) < 0)
                        .toList(),
                all.stream()
                        .map(object -> object.key().indexOf('/', prefix.length()) < 0
                                ? ""
                                : object.key().substring(0, object.key().indexOf('/', prefix.length()) + 1))
                        .filter(folder -> !folder.isEmpty())
                        .distinct()
                        .toList());
    }

    @Override
    public void delete(String key) throws IOException {
        Files.deleteIfExists(path(key));
    }
}
