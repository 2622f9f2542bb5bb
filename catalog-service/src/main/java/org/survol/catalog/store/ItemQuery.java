// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which Items, newest first; ties in order of collection, then id.
 *
 * @param collections any of these; empty: all
 * @param ids any of these; empty: all
 * @param from inclusive
 * @param to inclusive
 * @param after only Items that follow this one in the order
 * @param limit at most this many
 */
public record ItemQuery(
        List<String> collections,
        List<String> ids,
        Optional<LngLatBox> bounds,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<Position> after,
        int limit) {

    /** A place in the order of results. */
    public record Position(long datetimeMillis, String collection, String id) {}

    public ItemQuery {
        collections = List.copyOf(collections);
        ids = List.copyOf(ids);
    }

    public static ItemQuery one(String collection, String id) {
        return new ItemQuery(
                List.of(collection),
                List.of(id),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1);
    }
}
