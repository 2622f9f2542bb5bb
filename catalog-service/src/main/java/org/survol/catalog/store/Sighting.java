// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.survol.core.event.PipelineEvent;
import org.survol.core.plan.Plan;

/**
 * An event as it was seen, with the documents it points at already fetched, so that recording needs no other store.
 *
 * @param at when the broker took the event; told again, it may carry a later time
 * @param plan the run's plan; absent for events without a run, or when the run is known already
 * @param item the delivered STAC Item as JSON text; present for a registered acquisition only
 * @param entries what STAC search shall find because of this event
 * @param model what it shall find because of the model that the run is pinned to: of all sightings the earliest counts
 */
public record Sighting(
        PipelineEvent event,
        Instant at,
        Optional<Plan> plan,
        Optional<String> item,
        List<ItemEntry> entries,
        Optional<ItemEntry> model) {

    public Sighting {
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(at, "at");
        entries = List.copyOf(entries);
    }
}
