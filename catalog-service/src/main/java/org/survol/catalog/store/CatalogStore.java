// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;

/**
 * What the catalogue remembers. Recording is idempotent and order-free: any order and any repetition of the same
 * sightings leaves the same content. All methods may block on the database and are safe to call from several threads.
 */
public interface CatalogStore {

    /** All or none; returns when they are durable. */
    void record(List<Sighting> sightings);

    /** Every acquisition that was registered, oldest first. */
    List<Delivery> deliveries();

    Optional<Delivery> delivery(String acquisition);

    /** Runs of one acquisition, or of all; oldest first. */
    List<RunRecord> runs(Optional<String> acquisition);

    Optional<Plan> plan(RunRef run);

    /** All that it says but for its tiles, which may be many. */
    Optional<Plan> planWithoutTiles(RunRef run);

    /** Newest first. */
    List<DeadLetter> deadLetters(Optional<String> acquisition, int limit);

    Optional<DeadLetter> deadLetter(String id);

    List<ItemEntry> search(ItemQuery query);

    /**
     * How many Items a search finds, and of which kinds; order, position and limit are not looked at.
     *
     * @throws TooMuchToCount when more of them would have to be looked at one by one than is done
     */
    ItemCounts count(ItemQuery query, Set<ItemField> by);

    /** What was registered under those ids. */
    Map<String, Registered> registered(Collection<String> ids);

    /**
     * All or none.
     *
     * @return ids of those that there were already; when there are any, nothing is written
     */
    List<String> register(List<Registration> registrations);

    /** @return false when what is there is not what that digest is of, or nothing */
    boolean replaceRegistered(Registration now, String digestBefore);

    /** @return false when what is there is not what that digest is of, or nothing */
    boolean removeRegistered(String id, String digestBefore);

    /** Of all Items that the collection ever had; empty while it never had one. */
    Optional<Extent> extent(String collection);

    /** Facts of those that are predicted. */
    Map<TileRef, Prediction> predictions(Collection<TileRef> tiles);

    /** A prediction's facts; empty when the tile is not predicted. */
    default Optional<Prediction> prediction(RunRef run, TileAddress tile) {
        var one = new TileRef(run, tile);
        return Optional.ofNullable(predictions(List.of(one)).get(one));
    }

    /** Empty while the tile has no stack. */
    Optional<TileReady> ready(RunRef run, TileAddress tile);

    /** Maps of those runs that have one. */
    Map<RunRef, Assembled> products(Collection<RunRef> runs);

    default Optional<Assembled> product(RunRef run) {
        return Optional.ofNullable(products(List.of(run)).get(run));
    }

    /** Runs with a product that are pinned to the model of that digest, newest first. */
    List<RunRef> mappedWith(String modelSha256, int limit);

    /** Tiles of a run whose event of that stage has been seen. */
    List<TileAddress> tiles(RunRef run, TileStage stage);

    /** Throws when the database does not answer. */
    void ping();

    enum TileStage {
        READY,
        SKIPPED,
        PREDICTED,
        VECTORIZED
    }

    /** @param digest of the document, as it is kept */
    record Registered(String document, String digest) {}

    /** A STAC Item that somebody wrote, and what searches find it by. */
    record Registration(ItemEntry entry, String document) {}

    record TileRef(RunRef run, TileAddress tile) {}

    record Delivery(AcquisitionRegistered event, Instant at, String item) {}

    record DeadLetter(DeadLettered event, Instant at) {}

    record Assembled(ProductAssembled event, Instant at) {
        /** Of the map's polygons. */
        public Nomenclature nomenclature(Plan plan) {
            return event.nomenclature().orElse(plan.model().card().nomenclature());
        }
    }

    /** @param ready absent while only the later event has been seen */
    record Prediction(TilePredicted predicted, Instant at, Optional<TileReady> ready) {}

    /** Units of work of one stage, and what they cost together. */
    record Tally(long count, long pixels, long wallMillis) {
        public static final Tally NONE = new Tally(0, 0, 0);
    }

    /**
     * @param failed tiles with a dead letter that were neither vectorized nor skipped all the same
     * @param firstSeen earliest event
     * @param lastSeen latest tile or run event
     */
    record RunRecord(
            RunRef run,
            String model,
            int plannedTiles,
            Instant firstSeen,
            Instant lastSeen,
            Map<TileStage, Tally> tallies,
            long failed,
            Optional<AcquisitionSettled> settled,
            Optional<Assembled> product) {

        public Tally tally(TileStage stage) {
            return tallies.getOrDefault(stage, Tally.NONE);
        }
    }
}
