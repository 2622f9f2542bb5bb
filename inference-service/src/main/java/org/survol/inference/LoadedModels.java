// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.store.ObjectStore;

/**
 * The models that runs are pinned to, by digest: fetched once, the last few ready to run. A model that gets loaded may
 * close the one unused for longest, so callers hold the device (one at a time) from {@link #get} until they are done.
 */
final class LoadedModels implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadedModels.class);

    private final ObjectStore store;
    private final WorkDirectory workDirectory;
    private final Device device;
    private final int threads;
    private final int limit;
    private final LinkedHashMap<String, SegmentationModel> loaded = new LinkedHashMap<>(8, 0.75f, true);

    LoadedModels(ObjectStore store, WorkDirectory workDirectory, Device device, int threads, int limit) {
        this.store = store;
        this.workDirectory = workDirectory;
        this.device = device;
        this.threads = threads;
        this.limit = Math.max(1, limit);
    }

    /**
     * @throws BadInputException when the store no longer has those very bytes, or they are no model that can run
     * @throws IOException when it could not be fetched this time
     */
    SegmentationModel get(PinnedModel pinned) throws IOException, InferenceException {
        var model = loaded.get(pinned.sha256());
        if (model == null) {
            var file = fetch(pinned);
            while (loaded.size() >= limit) {
                loaded.pollFirstEntry().getValue().close();
            }
            model = OnnxSegmentationModel.load(pinned.key(), file, pinned.card(), device, threads);
            loaded.put(pinned.sha256(), model);
            LOG.info(
                    "Model {} {} (sha256 {}) runs on {}",
                    pinned.card().name(),
                    pinned.card().version(),
                    Digest.shortened(pinned.sha256()),
                    model.device());
        }
        return model;
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

    @Override
    public void close() {
        loaded.values().forEach(SegmentationModel::close);
        loaded.clear();
    }
}
