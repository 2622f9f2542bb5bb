// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
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
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.ByteSources;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink;

/**
 * The models that lie in the store, with their cards. A file without a readable card is told once and left out. Files are
 * read again only when they change.
 */
@ApplicationScoped
class ModelRegistry {

    private static final Logger LOG = Logger.getLogger(ModelRegistry.class);
    private static final String SUFFIX = ".onnx";
    private static final int CHUNK = 4 << 20;

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
        var source = ByteSources.ofObject(store, file.key());
        Known now;
        try {
            var card = OnnxCard.read(source);
            now = new Known(
                    file.etag(), Optional.of(new PinnedModel(file.key(), sha256(source), card)), Optional.empty());
            LOG.infof("Model %s: %s %s, bands %s", file.key(), card.name(), card.version(), card.bands());
        } catch (BadInputException e) {
            // told before it is remembered: a broker that is away now is asked again next time
            events.publish(List.of(Letters.aboutModel(e)));
            LOG.warnf("Model left out: %s", e.getMessage());
            now = new Known(file.etag(), Optional.empty(), Optional.of(e));
        }
        known.put(file.key(), now);
        return now;
    }

    private static String sha256(ByteSource source) throws IOException {
        var digest = Digest.sha256();
        for (long at = 0; at < source.length(); at += CHUNK) {
            digest.update(source.read(at, (int) Math.min(CHUNK, source.length() - at)));
        }
        return Digest.hex(digest.digest());
    }
}
