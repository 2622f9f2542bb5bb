// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/** Connects the stages to their queues. */
@ApplicationScoped
class IngestService {

    @Produces
    @Singleton
    IngestConfig config(
            @ConfigProperty(name = "survol.store.bucket") String bucket,
            @ConfigProperty(name = "survol.tile-size", defaultValue = "5120") int tileSize,
            @ConfigProperty(name = "survol.ingest.workers", defaultValue = "1") int workers,
            @ConfigProperty(name = "survol.ingest.threads") Optional<Integer> threads,
            @ConfigProperty(name = "survol.ingest.block-cache-mebibytes", defaultValue = "256") int blockCacheMebibytes,
            @ConfigProperty(name = "survol.ingest.max-gsd-factor", defaultValue = "2.5") double maxGsdFactor,
            @ConfigProperty(name = "survol.ingest.max-tiles", defaultValue = "100000") int maxTiles,
            @ConfigProperty(name = "survol.ingest.max-item-bytes", defaultValue = "1000000") int maxItemBytes) {
        return new IngestConfig(
                bucket,
                tileSize,
                workers,
                threads.orElseGet(() -> Runtime.getRuntime().availableProcessors()),
                blockCacheMebibytes,
                maxGsdFactor,
                maxTiles,
                maxItemBytes);
    }

    void start(@Observes StartupEvent started, WorkQueues queues, PlanStage plan, TileStage tile, IngestConfig config) {
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
