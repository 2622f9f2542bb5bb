// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.survol.core.Json;
import org.survol.core.grid.TileAddress;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PlannedTile;
import org.survol.core.store.ObjectStore;

/** Plans of the runs that are worked on. A stored plan never changes, so it is read once. */
@ApplicationScoped
class Plans {

    private static final int KEPT = 8;

    /** A plan with its tiles by address. */
    record Indexed(Plan plan, Map<TileAddress, PlannedTile> tiles) {}

    private final ObjectStore store;
    private final Map<String, Indexed> plans = new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Indexed> eldest) {
            return size() > KEPT;
        }
    };

    Plans(ObjectStore store) {
        this.store = store;
    }

    Indexed read(String planKey) throws IOException {
        synchronized (plans) {
            var plan = plans.get(planKey);
            if (plan == null) {
                plan = indexed(Json.parse(store.read(planKey), Plan.class));
                plans.put(planKey, plan);
            }
            return plan;
        }
    }

    private static Indexed indexed(Plan plan) {
        var tiles = new LinkedHashMap<TileAddress, PlannedTile>();
        plan.tiles().forEach(tile -> tiles.put(tile.tile(), tile));
        return new Indexed(plan, tiles);
    }
}
