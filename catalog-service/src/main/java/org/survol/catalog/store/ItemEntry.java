// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.survol.core.grid.TileAddress;

/**
 * The searchable part of a STAC Item, and where the facts behind it are found.
 *
 * @param collection {@code acquisitions}, {@code predictions}, {@code products} or {@code models}
 * @param id unique within the collection
 * @param acquisition of a model: one that was mapped with it
 * @param run absent for acquisitions; of a model: one that is pinned to it
 * @param tile present for predictions only
 * @param bounds of the geometry, degrees; absent for models, which lie nowhere
 */
public record ItemEntry(
        String collection,
        String id,
        String acquisition,
        Optional<String> run,
        Optional<TileAddress> tile,
        Instant datetime,
        Optional<LngLatBox> bounds) {

    public ItemEntry {
        Objects.requireNonNull(collection, "collection");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(datetime, "datetime");
        Objects.requireNonNull(bounds, "bounds");
    }
}
