// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink;

/**
 * Takes a delivered Item in: checks its structure, stores it, tells the planner. Every trigger ends here, and delivering
 * the same Item again is harmless and even heals: what was stored before a crash but never told is told now.
 */
@ApplicationScoped
class Intake {

    /** How a delivery was received. */
    sealed interface Receipt {

        String id();

        /** @param first false when the same Item had been taken in before */
        record Accepted(String id, boolean first) implements Receipt {}

        /** Another Item already has this id; it stays as it is. */
        record Conflict(String id) implements Receipt {}
    }

    private final ObjectStore store;
    private final EventSink events;
    private final IngestConfig config;

    Intake(ObjectStore store, EventSink events, IngestConfig config) {
        this.store = store;
        this.events = events;
        this.config = config;
    }

    /**
     * @param model name of the model asked for; goes before the Item's own wish
     * @throws BadInputException when the Item is not sound
     * @throws EventSink.PublishException when the broker cannot be reached; the Item is stored, send again
     * @throws IOException when the store cannot be reached; nothing was told, send again
     */
    Receipt register(byte[] json, Optional<String> model) throws IOException {
        var item = DeliveredItem.parse(json, config.bucket());
        var wanted = model.map(name -> DeliveredItem.modelName("model", name)).or(item::model);
        var content = DeliveredItem.canonical(json);
        var key = StoreLayout.item(item.id());

        boolean first = store.writeIfAbsent(key, content, "application/geo+json");
        if (!first && !Arrays.equals(store.read(key), content)) {
            return new Receipt.Conflict(item.id());
        }
        events.publish(List.of(new AcquisitionRegistered(item.id(), key, Digest.of(content), wanted)));
        return new Receipt.Accepted(item.id(), first);
    }
}
