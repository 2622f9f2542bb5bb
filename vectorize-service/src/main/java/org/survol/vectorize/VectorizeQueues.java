// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import org.survol.core.crs.Crs;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/** Takes work while the service runs: tiles to trace, runs to assemble. */
@ApplicationScoped
class VectorizeQueues {

    private static final String VECTORIZE_GROUP = "survol-vectorize";
    private static final String ASSEMBLE_GROUP = "survol-assemble";
    private static final int LONG_LAT = 4326;

    void start(
            @Observes StartupEvent event,
            WorkQueues factory,
            VectorizeConfig config,
            VectorizeStage vectorize,
            AssembleStage assemble)
            throws IOException {
        assemble.removeLeftovers();
        // The first CRS unpacks the registry, which takes seconds; nobody need wait for that when a map is ready.
        Thread.ofVirtual().name("crs").start(() -> Crs.ofEpsg(LONG_LAT).wkt());
        factory.start(VECTORIZE_GROUP, Topics.TILES_PREDICTED, config.workers(), vectorize::handle);
        factory.start(ASSEMBLE_GROUP, Topics.ACQUISITIONS_SETTLED, config.assembleWorkers(), assemble::handle);
    }
}
