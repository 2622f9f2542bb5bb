// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.survol.catalog.Parameters;
import org.survol.catalog.store.Extent;
import org.survol.catalog.store.LngLatBox;
import org.survol.catalog.store.Words;

/** Which collections; one that holds nothing yet reaches everywhere, as it says of itself. */
record CollectionSearch(Optional<LngLatBox> bbox, Optional<Parameters.Interval> datetime, Words words) {

    static CollectionSearch of(Map<String, String> parameters) {
        return new CollectionSearch(
                Optional.ofNullable(parameters.get("bbox")).map(Parameters::bbox),
                Optional.ofNullable(parameters.get("datetime")).map(Parameters::datetime),
                SearchRequest.words(Parameters.names("q", Optional.ofNullable(parameters.get("q")))));
    }

    boolean matches(String id, String description, Supplier<Optional<Extent>> extent) {
        if (!words.isEmpty() && !words.isIn(id, description)) {
            return false;
        }
        if (bbox.isEmpty() && datetime.isEmpty()) {
            return true;
        }
        var known = extent.get();
        boolean near = bbox.isEmpty()
                || known.flatMap(Extent::bounds)
                        .map(bounds -> bounds.intersects(bbox.get()))
                        .orElse(true);
        return near && known.map(this::isInTime).orElse(true);
    }

    private boolean isInTime(Extent extent) {
        return datetime.isEmpty()
                || datetime.get()
                                .from()
                                .map(from -> !extent.last().isBefore(from))
                                .orElse(true)
                        && datetime.get()
                                .to()
                                .map(to -> !extent.first().isAfter(to))
                                .orElse(true);
    }
}
