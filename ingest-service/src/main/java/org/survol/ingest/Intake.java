// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
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

    /** Two notifications at once in this process are told once; two processes may tell twice, which is harmless. */
    private final ReentrantLock telling = new ReentrantLock();

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
        return register(json, Optional.empty(), model);
    }

    /** @param folder what the Item's relative hrefs count from; the acquisition's own inbox when absent */
    Receipt register(byte[] json, Optional<String> folder, Optional<String> model) throws IOException {
        var item = DeliveredItem.parse(json, config, folder);
        model.ifPresent(name -> DeliveredItem.modelName("model", name));
        var content = item.canonical(json, config.bucket());
        var receipt = store(item, content);
        if (receipt instanceof Receipt.Accepted) {
            tell(item, content, model);
        }
        return receipt;
    }

    /**
     * As {@link #register}, for triggers that repeat themselves: what has been told of an arrival is not told again, so
     * that a hundred notifications do not cause a hundred runs. Told at least once, whenever a process dies.
     *
     * @param arrival digest of what arrived; another one, of the same Item, is told anew
     * @return with {@code first} false when this arrival had been told before
     */
    Receipt registerOnce(byte[] json, Optional<String> folder, String arrival) throws IOException {
        var item = DeliveredItem.parse(json, config, folder);
        var content = item.canonical(json, config.bucket());
        var told = StoreLayout.told(item.id(), arrival);
        var receipt = store(item, content);
        if (receipt instanceof Receipt.Conflict) {
            return receipt;
        }
        telling.lock();
        try {
            boolean first = store.stat(told).isEmpty();
            if (first) {
                tell(item, content, Optional.empty());
                store.write(told, new byte[0], "text/plain");
            }
            return new Receipt.Accepted(item.id(), first);
        } finally {
            telling.unlock();
        }
    }

    private Receipt store(DeliveredItem item, byte[] content) throws IOException {
        var key = StoreLayout.item(item.id());
        boolean first = store.writeIfAbsent(key, content, "application/geo+json");
        return first || Arrays.equals(store.read(key), content)
                ? new Receipt.Accepted(item.id(), first)
                : new Receipt.Conflict(item.id());
    }

    private void tell(DeliveredItem item, byte[] content, Optional<String> model) {
        events.publish(List.of(new AcquisitionRegistered(
                item.id(), StoreLayout.item(item.id()), Digest.of(content), model.or(item::model))));
    }
}
