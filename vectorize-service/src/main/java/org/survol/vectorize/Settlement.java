// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.vectorize.SettledTile.Ending;

/**
 * Knows when a run has no tile left to wait for, by what lies in the store, never by what a process remembers.
 *
 * <p>Write the ending, then ask, then tell, then acknowledge: whichever process writes the last ending sees all of them
 * (listing is strongly consistent), and one killed in between gets its event again. Two that finish together both tell,
 * with the same words.
 */
final class Settlement {

    private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);
    private static final String JSON = "application/json";

    private final ObjectStore store;
    private final Plans plans;

    Settlement(ObjectStore store, Plans plans) {
        this.store = store;
        this.plans = plans;
    }

    /** How a tile ended, if it has. */
    Optional<SettledTile> ending(RunRef run, TileAddress tile) throws IOException {
        try {
            return Optional.of(Json.parse(store.read(StoreLayout.settled(run, tile)), SettledTile.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Records how a tile ended. A tile that made it into the map stays there, whatever is said of it later; one that had
     * failed gets in when it is traced after all.
     *
     * @return what to tell when the run is settled now
     */
    Optional<AcquisitionSettled> record(RunRef run, TileAddress tile, SettledTile ending) throws IOException {
        String key = StoreLayout.settled(run, tile);
        if (ending.outcome() == Ending.VECTORIZED) {
            store.write(key, Json.bytes(ending), JSON);
        } else if (!store.writeIfAbsent(key, Json.bytes(ending), JSON)) {
            LOG.info("{} {} had ended before; {} changes nothing", run, tile, ending.outcome());
        }
        return settled(run);
    }

    /** The event that ends a run, once every planned tile has ended. */
    Optional<AcquisitionSettled> settled(RunRef run) throws IOException {
        String planKey = StoreLayout.plan(run);
        var plan = plans.get(planKey);
        if (store.list(StoreLayout.settledPrefix(run)).size() < plan.tiles().size()) {
            return Optional.empty();
        }
        var endings = endings(plan);
        if (endings.size() < plan.tiles().size()) {
            return Optional.empty();
        }
        return Optional.of(new AcquisitionSettled(
                run,
                planKey,
                count(endings, Ending.VECTORIZED),
                count(endings, Ending.SKIPPED),
                count(endings, Ending.FAILED)));
    }

    /** How the planned tiles ended that have, from north to south, then from west to east. */
    Map<TileAddress, SettledTile> endings(Plan plan) throws IOException {
        var present = new HashSet<String>();
        for (var stat : store.list(StoreLayout.settledPrefix(plan.run()))) {
            present.add(stat.key());
        }
        var endings = new TreeMap<TileAddress, SettledTile>();
        for (var planned : plan.tiles()) {
            String key = StoreLayout.settled(plan.run(), planned.tile());
            if (present.contains(key)) {
                endings.put(planned.tile(), Json.parse(store.read(key), SettledTile.class));
            }
        }
        return endings;
    }

    static int count(Map<TileAddress, SettledTile> endings, Ending ending) {
        return (int)
                endings.values().stream().filter(t -> t.outcome() == ending).count();
    }
}
