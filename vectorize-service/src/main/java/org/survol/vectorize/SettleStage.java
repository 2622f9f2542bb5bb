// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;

/**
 * Hears of tiles that end without a map (no image there, or given up) and records that, so that their run need not wait
 * for them. Offsets are committed only when the ending is stored and, if it was the last, the settlement is told.
 */
@ApplicationScoped
class SettleStage {

    private static final Logger LOG = LoggerFactory.getLogger(SettleStage.class);
    /** A dead letter of these ends its tile; any other says nothing about a tile's pixels. */
    private static final Set<String> TILE_STAGES = Set.of("tile", "infer", "vectorize");

    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Settlement settlement;
    private final EventSink sink;
    private final CloudEvents codec;
    private final CountDownLatch stopping = new CountDownLatch(1);

    @Inject
    SettleStage(ObjectStore store, EventSink sink, CloudEvents codec) {
        this.settlement = new Settlement(store, new Plans(store));
        this.sink = sink;
        this.codec = codec;
    }

    void stop(@Observes ShutdownEvent event) {
        stopping.countDown();
    }

    @Incoming("vectorize-skipped-in")
    @Blocking
    void skipped(String message) throws InterruptedException {
        settle(message);
    }

    @Incoming("vectorize-dead-letters-in")
    @Blocking
    void deadLettered(String message) throws InterruptedException {
        settle(message);
    }

    /** Holds the channel up until the store and the broker have taken it: order and offsets stay as they are. */
    private void settle(String message) throws InterruptedException {
        PipelineEvent event;
        try {
            event = codec.decode(message);
        } catch (BadInputException e) {
            LOG.error("passed over: {}", e.getMessage());
            return;
        }
        var wait = FIRST_WAIT;
        while (true) {
            try {
                handle(event).ifPresent(settled -> sink.publish(List.of(settled)));
                return;
            } catch (IOException | EventSink.PublishException e) {
                LOG.warn("{} waits, next try in {}: {}", event.key(), wait, e.getMessage());
                if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("stopped before " + event.key() + " was settled", e);
                }
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    /** @return what to tell when the run is settled now */
    Optional<AcquisitionSettled> handle(PipelineEvent event) throws IOException {
        try {
            return switch (event) {
                case TileSkipped skipped ->
                    settlement.record(skipped.run(), skipped.tile(), SettledTile.skipped(skipped.reason()));
                case DeadLettered letter
                when TILE_STAGES.contains(letter.stage())
                        && letter.run().isPresent()
                        && letter.tile().isPresent() ->
                    settlement.record(letter.run().get(), letter.tile().get(), SettledTile.failed(letter.reason()));
                default -> Optional.empty();
            };
        } catch (NoSuchFileException | BadInputException e) {
            LOG.error("{} belongs to no run that can be settled: {}", event.key(), e.getMessage());
            return Optional.empty();
        }
    }
}
