// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/** Connects the stages to their queues. */
@ApplicationScoped
class IngestService {

    private static final int ARRIVALS_AT_ONCE = 2;

    @Produces
    @Singleton
    IngestConfig config(
            @ConfigProperty(name = "survol.store.bucket") String bucket,
            @ConfigProperty(name = "survol.tile-size", defaultValue = "5120") int tileSize,
            @ConfigProperty(name = "survol.windows", defaultValue = "card") String windows,
            @ConfigProperty(name = "survol.ingest.workers", defaultValue = "1") int workers,
            @ConfigProperty(name = "survol.ingest.threads") Optional<Integer> threads,
            @ConfigProperty(name = "survol.ingest.block-cache-mebibytes", defaultValue = "256") int blockCacheMebibytes,
            @ConfigProperty(name = "survol.ingest.spill-mebibytes", defaultValue = "4096") int spillMebibytes,
            @ConfigProperty(name = "survol.ingest.max-gsd-factor", defaultValue = "2.5") double maxGsdFactor,
            @ConfigProperty(name = "survol.ingest.max-tiles", defaultValue = "100000") int maxTiles,
            @ConfigProperty(name = "survol.ingest.max-item-bytes", defaultValue = "1000000") int maxItemBytes,
            @ConfigProperty(name = "survol.ingest.stretch-low-percent", defaultValue = "0.5") double stretchLowPercent,
            @ConfigProperty(name = "survol.ingest.stretch-high-percent", defaultValue = "99.5")
                    double stretchHighPercent,
            @ConfigProperty(name = "survol.ingest.feather-metres", defaultValue = "0") double featherMetres,
            @ConfigProperty(name = "survol.ingest.allowed-buckets") Optional<Set<String>> allowedBuckets) {
        return new IngestConfig(
                bucket,
                tileSize,
                windows,
                workers,
                threads.orElseGet(() -> Runtime.getRuntime().availableProcessors()),
                blockCacheMebibytes,
                spillMebibytes,
                maxGsdFactor,
                maxTiles,
                maxItemBytes,
                stretchLowPercent,
                stretchHighPercent,
                featherMetres,
                allowedBuckets.orElse(Set.of()));
    }

    @Produces
    @Singleton
    TriggerConfig triggers(
            @ConfigProperty(name = "survol.ingest.object-events-topic", defaultValue = Topics.OBJECT_EVENTS)
                    String topic,
            @ConfigProperty(name = "survol.ingest.webhook-token") Optional<String> webhookToken,
            @ConfigProperty(name = "survol.ingest.poll") Optional<Duration> poll,
            @ConfigProperty(name = "survol.ingest.settle") Optional<Duration> settle) {
        return new TriggerConfig(topic, webhookToken, poll, settle);
    }

    void start(
            @Observes StartupEvent started,
            WorkQueues queues,
            Arrivals arrivals,
            InboxPoller poller,
            PlanStage plan,
            TileStage tile,
            IngestConfig config,
            TriggerConfig triggers) {
        // a share group, not a consumer group: a notification that must wait for its object holds up no other, and
        // retries, dead letters and hour-long inspections are what the queue does anyway; order does not matter here
        queues.startOfTexts(
                Topics.stageOf(Topics.OBJECT_EVENTS),
                "survol-intake",
                triggers.topic(),
                ARRIVALS_AT_ONCE,
                arrivals::take);
        poller.start();
        queues.start("survol-plan", Topics.ACQUISITIONS, 1, event -> switch (event) {
            case AcquisitionRegistered registered -> plan.plan(registered);
            default -> new Outcome.Skipped("not an acquisition to plan");
        });
        queues.start("survol-tile", Topics.TILES_PLANNED, config.workers(), event -> switch (event) {
            case TilePlanned planned -> tile.cut(planned);
            default -> new Outcome.Skipped("not a tile to cut");
        });
    }
}
