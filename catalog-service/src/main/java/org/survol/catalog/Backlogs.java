// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/** The backlog of every stage as a metric, also while no pod of the stage runs: the catalogue always does. */
@Singleton
class Backlogs {

    private static final List<String> QUEUES = List.of(
            Topics.ACQUISITIONS,
            Topics.TILES_PLANNED,
            Topics.TILES_READY,
            Topics.TILES_PREDICTED,
            Topics.ACQUISITIONS_SETTLED);

    void watch(@Observes StartupEvent event, WorkQueues queues) {
        for (var topic : QUEUES) {
            // as the services name their groups
            queues.watch("survol-" + Topics.stageOf(topic), topic);
        }
    }
}
