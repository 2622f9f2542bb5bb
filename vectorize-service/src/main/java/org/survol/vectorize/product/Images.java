// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.index.hprtree.HPRtree;
import org.survol.core.plan.Plan;

/** Which of a run's images lie under a polygon: those whose footprint shares ground with its box. */
final class Images {

    private final Plan plan;
    private final HPRtree index = new HPRtree();

    Images(Plan plan) {
        this.plan = plan;
        for (int i = 0; i < plan.sources().size(); i++) {
            var ground = plan.sources().get(i).footprint();
            index.insert(
                    new Envelope(ground.minEasting(), ground.maxEasting(), ground.minNorthing(), ground.maxNorthing()),
                    i);
        }
    }

    /** @param names of their assets, separated by spaces, in the plan's order
     *  @param first when the earliest was taken; the flight's time where an image does not say */
    record Found(String names, Instant first, Instant last) {}

    Found under(MapFeature feature) {
        var hits = new BitSet();
        if (!plan.sources().isEmpty()) {
            index.query(new Envelope(feature.west, feature.east, feature.south, feature.north), item -> {
                var ground = plan.sources().get((int) item).footprint();
                // A common edge is no common ground.
                if (ground.minEasting() < feature.east
                        && ground.maxEasting() > feature.west
                        && ground.minNorthing() < feature.north
                        && ground.maxNorthing() > feature.south) {
                    hits.set((int) item);
                }
            });
        }
        List<String> names = new ArrayList<>();
        Instant first = null;
        Instant last = null;
        for (int i = hits.nextSetBit(0); i >= 0; i = hits.nextSetBit(i + 1)) {
            var source = plan.sources().get(i);
            names.add(source.asset());
            var taken = source.datetime().orElse(plan.datetime());
            first = first == null || taken.isBefore(first) ? taken : first;
            last = last == null || taken.isAfter(last) ? taken : last;
        }
        return new Found(
                String.join(" ", names),
                first == null ? plan.datetime() : first,
                last == null ? plan.datetime() : last);
    }
}
