// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;

/** A store that is gone from its n-th call on, as for a process that is killed there. */
final class FailingStore implements ObjectStore {

    private final ObjectStore store;
    private int callsLeft;

    FailingStore(ObjectStore store, int callsLeft) {
        this.store = store;
        this.callsLeft = callsLeft;
    }

    private ObjectStore alive() throws IOException {
        if (callsLeft-- <= 0) {
            throw new IOException("killed");
        }
        return store;
    }

    @Override
    public Optional<Stat> stat(String key) throws IOException {
        return alive().stat(key);
    }

    @Override
    public byte[] read(String key) throws IOException {
        return alive().read(key);
    }

    @Override
    public byte[] read(String key, long offset, int length) throws IOException {
        return alive().read(key, offset, length);
    }

    @Override
    public void download(String key, Path file) throws IOException {
        alive().download(key, file);
    }

    @Override
    public ObjectRef write(String key, byte[] content, String contentType) throws IOException {
        return alive().write(key, content, contentType);
    }

    @Override
    public ObjectRef upload(String key, Path file, String contentType) throws IOException {
        return alive().upload(key, file, contentType);
    }

    @Override
    public boolean writeIfAbsent(String key, byte[] content, String contentType) throws IOException {
        return alive().writeIfAbsent(key, content, contentType);
    }

    @Override
    public List<Stat> list(String prefix) throws IOException {
        return alive().list(prefix);
    }

    @Override
    public void scan(String prefix, Consumer<Stat> visitor) throws IOException {
        alive().scan(prefix, visitor);
    }

    @Override
    public void delete(String key) throws IOException {
        alive().delete(key);
    }
}
