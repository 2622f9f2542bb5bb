// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.locationtech.jts.geom.Geometry;
import org.survol.core.grid.TileAddress;

/**
 * The searchable part of a STAC Item, and where the facts behind it are found.
 *
 * @param collection {@code acquisitions}, {@code predictions}, {@code products}, {@code models} or {@code references}
 * @param id unique within the collection
 * @param acquisition of a model: one that was mapped with it; of a reference: its own id
 * @param run absent for acquisitions and references; of a model: one that is pinned to it
 * @param tile present for predictions only
 * @param bounds of the geometry, degrees; absent for models, which lie nowhere
 * @param footprint longitude first; absent where only the bounds are known
 * @param facts values of the fields that have a column of their own and no other place here: {@link String}, {@link Double},
 *     {@link Long} or {@link Instant}, as the field's type says; absent ones are not in it
 */
public record ItemEntry(
        String collection,
        String id,
        String acquisition,
        Optional<String> run,
        Optional<TileAddress> tile,
        Instant datetime,
        Optional<LngLatBox> bounds,
        Optional<Geometry> footprint,
        Map<ItemField, Object> facts) {

    public ItemEntry {
        Objects.requireNonNull(collection, "collection");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(datetime, "datetime");
        Objects.requireNonNull(bounds, "bounds");
        Objects.requireNonNull(footprint, "footprint");
        facts = Map.copyOf(facts);
    }

    /** Of which no more is known than where its bounds are. */
    public ItemEntry(
            String collection,
            String id,
            String acquisition,
            Optional<String> run,
            Optional<TileAddress> tile,
            Instant datetime,
            Optional<LngLatBox> bounds) {
        this(collection, id, acquisition, run, tile, datetime, bounds, Optional.empty(), Map.of());
    }

    /** The footprint, or else the bounds as a polygon. */
    public Optional<Geometry> geometry() {
        return footprint.or(() -> bounds.map(LngLatBox::polygon));
    }
}
