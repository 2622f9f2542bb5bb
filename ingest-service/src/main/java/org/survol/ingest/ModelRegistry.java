// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.model.OnnxCard;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.raster.ByteSources;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink;

/**
 * The models that lie in the store, with their cards. A file without a readable card is told once and left out. Files are
 * read again only when they change, and each state that was usable is kept under its digest: whoever replaces or removes
 * the file changes nothing for the runs that were planned with it.
 */
@ApplicationScoped
class ModelRegistry {

    private static final Logger LOG = Logger.getLogger(ModelRegistry.class);
    private static final String SUFFIX = ".onnx";

    /** @param model empty when the file is not usable; {@code why} is there then */
    private record Known(String etag, Optional<PinnedModel> model, Optional<BadInputException> why) {}

    private final ObjectStore store;
    private final EventSink events;
    private final Map<String, Known> known = new HashMap<>();

    ModelRegistry(ObjectStore store, EventSink events) {
        this.store = store;
        this.events = events;
    }

    /** All usable models, by key. */
    synchronized List<PinnedModel> usable() throws IOException {
        var models = new ArrayList<PinnedModel>();
        for (var file : store.list(StoreLayout.MODELS)) {
            if (file.key().endsWith(SUFFIX)) {
                look(file).model().ifPresent(models::add);
            }
        }
        return models;
    }

    /** What is wrong with the first file that is not usable, by key. */
    synchronized Optional<BadInputException> firstUnusable() throws IOException {
        for (var file : store.list(StoreLayout.MODELS)) {
            if (file.key().endsWith(SUFFIX) && look(file).why().isPresent()) {
                return look(file).why();
            }
        }
        return Optional.empty();
    }

    /**
     * The model of that name.
     *
     * @throws BadInputException when there is none, or its file is not usable
     */
    synchronized PinnedModel named(String name) throws IOException {
        var key = StoreLayout.model(name);
        var file = store.stat(key)
                .orElseThrow(() -> new BadInputException(
                        key, "there is no such model", "Put it there, or ask for one of those in models/"));
        var found = look(file);
        return found.model().orElseThrow(() -> found.why().orElseThrow());
    }

    private Known look(ObjectStore.Stat file) throws IOException {
        var before = known.get(file.key());
        if (before != null && before.etag().equals(file.etag())) {
            return before;
        }
        Known now;
        try {
            // by range reads: a file that is no model is not fetched whole
            OnnxCard.read(ByteSources.ofObject(store, file.key()));
            var model = pin(file.key());
            now = new Known(file.etag(), Optional.of(model), Optional.empty());
            LOG.infof(
                    "Model %s: %s %s, bands %s",
                    file.key(),
                    model.card().name(),
                    model.card().version(),
                    model.card().bands());
        } catch (BadInputException e) {
            // told before it is remembered: a broker that is away now is asked again next time
            events.publish(List.of(Letters.aboutModel(e)));
            LOG.warnf("Model left out: %s", e.getMessage());
            now = new Known(file.etag(), Optional.empty(), Optional.of(e));
        }
        known.put(file.key(), now);
        return now;
    }

    private PinnedModel pin(String key) throws IOException {
        var copy = Files.createTempFile("survol-model-", ".onnx");
        try {
            store.download(key, copy);
            var sha256 = Digest.of(copy);
            var pinned = StoreLayout.pinnedModel(sha256);
            if (store.stat(pinned).isEmpty()) {
                store.upload(pinned, copy, "application/octet-stream");
            }
            return new PinnedModel(pinned, sha256, OnnxCard.read(ByteSources.ofFile(copy)));
        } finally {
            Files.deleteIfExists(copy);
        }
    }
}
