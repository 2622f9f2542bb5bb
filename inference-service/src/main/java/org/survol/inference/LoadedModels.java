// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.plan.Windowing;
import org.survol.core.store.ObjectStore;

/**
 * The models that runs are pinned to, by digest: fetched once, the last few ready to run. A model that gets loaded
 * closes the one unused for longest; when all are in use it waits for one. Safe to use from several threads.
 */
final class LoadedModels implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadedModels.class);

    private final ObjectStore store;
    private final WorkDirectory workDirectory;
    private final Accelerator accelerator;
    private final InferenceConfig config;
    private final Lock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    /** the models share one device */
    private final Semaphore freeCores;

    private final LinkedHashMap<Key, Loaded> loaded = new LinkedHashMap<>(8, 0.75f, true);

    private record Key(String sha256, Windowing windowing) {}

    private static final class Loaded {
        private final WindowFeed feed;
        private int users;

        Loaded(WindowFeed feed) {
            this.feed = feed;
        }
    }

    /** A model that stays loaded until this is closed. */
    final class Lease implements AutoCloseable {
        private final Loaded model;

        private Lease(Loaded model) {
            this.model = model;
        }

        WindowFeed feed() {
            return model.feed;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                model.users--;
                released.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    LoadedModels(ObjectStore store, WorkDirectory workDirectory, Accelerator accelerator, InferenceConfig config) {
        this.store = store;
        this.workDirectory = workDirectory;
        this.accelerator = accelerator;
        this.config = config;
        this.freeCores = new Semaphore(config.threadCount(), true);
    }

    /**
     * @throws BadInputException when the store no longer has those very bytes, or they are no model that can run
     * @throws IOException when it could not be fetched this time
     */
    Lease lease(PinnedModel pinned, Windowing windowing) throws IOException, InferenceException {
        var key = new Key(pinned.sha256(), windowing);
        lock.lock();
        try {
            var model = loaded.get(key);
            while (model == null && !makeRoom()) {
                awaitRelease();
                model = loaded.get(key);
            }
            if (model == null) {
                model = new Loaded(load(pinned, windowing));
                loaded.put(key, model);
            }
            model.users++;
            return new Lease(model);
        } finally {
            lock.unlock();
        }
    }

    /** Closes unused models until one more is allowed. */
    private boolean makeRoom() {
        Iterator<Loaded> longestUnused = loaded.values().iterator();
        while (loaded.size() >= Math.max(1, config.loadedModels()) && longestUnused.hasNext()) {
            var candidate = longestUnused.next();
            if (candidate.users == 0) {
                longestUnused.remove();
                candidate.feed.close();
            }
        }
        return loaded.size() < Math.max(1, config.loadedModels());
    }

    private void awaitRelease() throws InterruptedIOException {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException)
                    new InterruptedIOException("interrupted while waiting for a model").initCause(e);
        }
    }

    private WindowFeed load(PinnedModel pinned, Windowing windowing) throws IOException, InferenceException {
        var card = pinned.card();
        int wanted = config.batch().orElse(accelerator.usualWindowsAtOnce());
        var cores = Cores.on(accelerator, config.runs(), freeCores, config.threadCount(), windowing.window());
        int windows = Math.min(wanted, WindowBatch.mostWindows(card, windowing.window(), WindowFeed.batches(cores)));
        var network =
                OnnxNetwork.load(pinned.key(), fetch(pinned), card, windowing, accelerator, windows, cores.ofARun());
        LOG.info(
                "Model {} {} (sha256 {}) runs on {}: {} runs at once, each of {} windows of {} pixels",
                card.name(),
                card.version(),
                Digest.shortened(pinned.sha256()),
                network.device(),
                cores.runs(),
                network.windowsAtOnce(),
                windowing.window());
        return new WindowFeed(card, network, windowing.window(), cores);
    }

    private Path fetch(PinnedModel pinned) throws IOException {
        var file = workDirectory.model(pinned.sha256());
        if (Files.exists(file) && Digest.of(file).equals(pinned.sha256())) {
            return file;
        }
        try (var scratch = workDirectory.scratch()) {
            var download = scratch.file("model.onnx");
            store.download(pinned.key(), download);
            var sha256 = Digest.of(download);
            if (!sha256.equals(pinned.sha256())) {
                throw new BadInputException(
                        pinned.key(),
                        "the run was planned with the model of sha256 " + pinned.sha256()
                                + ", but another one lies there now, of sha256 " + sha256,
                        "Put the first one back and replay, or submit the acquisition again to map it with the new one");
            }
            Files.move(download, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return file;
        } catch (NoSuchFileException e) {
            throw new BadInputException(
                    pinned.key(),
                    "the run was planned with this model, of sha256 " + pinned.sha256()
                            + ", which is no longer in the store",
                    "Put it back and replay, or submit the acquisition again to map it with another model",
                    e);
        }
    }

    /** Waits for the batches that are being computed. */
    @Override
    public void close() {
        lock.lock();
        try {
            loaded.values().forEach(model -> model.feed.close());
            loaded.clear();
        } finally {
            lock.unlock();
        }
    }
}
