// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStoreException;
import org.survol.catalog.store.Sighting;
import org.survol.core.Digest;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.messaging.CloudEvents;

/**
 * Takes events of every topic, fetches what they point at, records them, and only then lets the offsets be committed.
 * What another event said, or will say, never matters: see {@link CatalogStore}.
 */
@ApplicationScoped
class CatalogStage {

    private static final Logger LOG = Logger.getLogger(CatalogStage.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final EventReader reader;
    private final CatalogStore store;
    private final CloudEvents codec;
    private final Counter recorded;
    private final Counter unreadable;
    private final CountDownLatch stopping = new CountDownLatch(1);

    CatalogStage(EventReader reader, CatalogStore store, CloudEvents codec, MeterRegistry metrics) {
        this.reader = reader;
        this.store = store;
        this.codec = codec;
        this.recorded = metrics.counter("survol.catalog.events.recorded");
        this.unreadable = metrics.counter("survol.catalog.events.unreadable");
    }

    void stop(@Observes io.quarkus.runtime.ShutdownEvent event) {
        stopping.countDown();
    }

    @Incoming("catalog-events-in")
    @Blocking
    void record(ConsumerRecords<String, String> batch) throws InterruptedException {
        var wait = FIRST_WAIT;
        while (true) {
            try {
                var sightings = new ArrayList<Sighting>(batch.count());
                for (var message : batch) {
                    sightings.add(reader.read(decode(message), Instant.ofEpochMilli(message.timestamp())));
                }
                store.record(sightings);
                recorded.increment(sightings.size());
                return;
            } catch (IOException | CatalogStoreException e) {
                // Nothing is committed: the same events come again after a restart.
                LOG.warnf("%d events wait, next try in %s: %s", batch.count(), wait, e.getMessage());
                if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("stopped before " + batch.count() + " events were recorded", e);
                }
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private PipelineEvent decode(ConsumerRecord<String, String> message) {
        try {
            return codec.decode(message.value());
        } catch (RuntimeException e) {
            unreadable.increment();
            var where = message.topic() + " partition " + message.partition() + " offset " + message.offset();
            LOG.errorf(e, "%s is not an event of this system", where);
            return new DeadLettered(
                    Digest.ofParts("catalog", message.topic(), message.value()),
                    "catalog",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    FailureKind.BAD_INPUT,
                    where,
                    "the message is not an event that this version knows",
                    "Send events through the services, or update the catalogue",
                    Optional.ofNullable(message.value()));
        }
    }
}
