// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemField;
import org.survol.catalog.store.Sighting;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.PipelineEvent.TileVectorized;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** Fetches what an event points at, so that the event can be recorded without asking anybody again. */
@Singleton
final class EventReader {

    private static final Logger LOG = Logger.getLogger(EventReader.class);
    private static final int PLANS_KEPT = 64;

    private final ObjectStore objects;
    private final LruCache<RunRef, Optional<Plan>> plans = new LruCache<>(PLANS_KEPT, plan -> 1);

    EventReader(ObjectStore objects) {
        this.objects = objects;
    }

    /** @throws IOException when the object store does not answer; worth a retry */
    Sighting read(PipelineEvent event, Instant at) throws IOException {
        return switch (event) {
            case AcquisitionRegistered e -> registered(e, at);
            case AcquisitionPlanned e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case TilePlanned e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case TileReady e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case TileSkipped e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case TileVectorized e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case AcquisitionSettled e -> ofRun(e, at, plan(e.run(), e.planKey()));
            case TilePredicted e -> {
                var plan = plan(e.run(), e.planKey());
                yield ofRun(
                        e,
                        at,
                        plan,
                        plan.map(p -> predictionEntry(p, e, at)).map(List::of).orElse(List.of()));
            }
            case ProductAssembled e -> {
                var plan = plan(e.run(), e.planKey());
                yield ofRun(
                        e,
                        at,
                        plan,
                        plan.map(p -> productEntry(p, e, at)).map(List::of).orElse(List.of()));
            }
            case DeadLettered e ->
                ofRun(
                        e,
                        at,
                        e.run().isPresent()
                                ? plan(e.run().get(), StoreLayout.plan(e.run().get()))
                                : Optional.empty());
        };
    }

    private static Sighting ofRun(PipelineEvent event, Instant at, Optional<Plan> plan) {
        return ofRun(event, at, plan, List.of());
    }

    private static Sighting ofRun(PipelineEvent event, Instant at, Optional<Plan> plan, List<ItemEntry> entries) {
        return new Sighting(event, at, plan, Optional.empty(), entries, plan.map(known -> modelEntry(known, at)));
    }

    private Sighting registered(AcquisitionRegistered event, Instant at) throws IOException {
        String item;
        try {
            item = new String(objects.read(event.itemKey()), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            LOG.warnf(
                    "%s: its Item %s is gone from the store; it is listed without one",
                    event.acquisition(), e.getFile());
            item = "{}";
        }
        return new Sighting(
                event,
                at,
                Optional.empty(),
                Optional.of(item),
                entryOf(event.acquisition(), item).map(List::of).orElse(List.of()),
                Optional.empty());
    }

    /** A plan never changes under its key: the run id digests all that decides it. */
    private Optional<Plan> plan(RunRef run, String key) throws IOException {
        var known = plans.get(run);
        if (known.isPresent()) {
            return known.get();
        }
        try {
            var plan = Optional.of(Json.parse(objects.read(key), Plan.class));
            plans.put(run, plan);
            return plan;
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            LOG.errorf("%s does not hold a plan: %s", key, e.getOriginalMessage());
            return Optional.empty();
        }
    }

    private static ItemEntry predictionEntry(Plan plan, TilePredicted event, Instant at) {
        var ring = Footprints.ofTile(plan.grid(), event.tile());
        var facts = factsOfRun(plan, at);
        facts.put(ItemField.KEPT_SHARE, event.keptShare());
        GivenItem.put(facts, ItemField.DEVICE, event.report().device());
        return new ItemEntry(
                Collections.PREDICTIONS,
                Collections.predictionId(event.run(), event.tile()),
                event.run().acquisition(),
                Optional.of(event.run().run()),
                Optional.of(event.tile()),
                plan.datetime(),
                Optional.of(Footprints.bounds(ring)),
                Optional.of(Footprints.polygon(ring)),
                facts);
    }

    private static ItemEntry productEntry(Plan plan, ProductAssembled event, Instant at) {
        var ring = Footprints.of(plan.grid().epsg(), plan.footprint());
        var facts = factsOfRun(plan, at);
        facts.put(ItemField.VINTAGE, (long) plan.vintage());
        facts.put(ItemField.POLYGONS, event.polygons());
        facts.put(ItemField.AREA, event.areaSquareMetres());
        facts.put(ItemField.MISSING_TILES, (long) event.missingTiles());
        return new ItemEntry(
                Collections.PRODUCTS,
                Collections.productId(plan.run()),
                plan.run().acquisition(),
                Optional.of(plan.run().run()),
                Optional.empty(),
                plan.datetime(),
                Optional.of(Footprints.bounds(ring)),
                Optional.of(Footprints.polygon(ring)),
                facts);
    }

    private static Map<ItemField, Object> factsOfRun(Plan plan, Instant at) {
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        facts.put(ItemField.CREATED, at.truncatedTo(ChronoUnit.MILLIS));
        facts.put(ItemField.GSD, plan.grid().gsdMetres());
        facts.put(ItemField.PROJ_CODE, "EPSG:" + plan.grid().epsg());
        GivenItem.put(facts, ItemField.MODEL, plan.model().card().name());
        GivenItem.put(facts, ItemField.MODEL_VERSION, plan.model().card().version());
        return facts;
    }

    /** @param at when an event of a run with it was seen; the earliest one counts */
    private static ItemEntry modelEntry(Plan plan, Instant at) {
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        var card = plan.model().card();
        facts.put(ItemField.CREATED, at.truncatedTo(ChronoUnit.MILLIS));
        facts.put(ItemField.GSD, card.gsdMetres());
        GivenItem.put(facts, ItemField.TITLE, card.title());
        GivenItem.put(facts, ItemField.VERSION, card.version());
        return new ItemEntry(
                Collections.MODELS,
                Collections.modelId(plan.model()),
                plan.run().acquisition(),
                Optional.of(plan.run().run()),
                Optional.empty(),
                at.truncatedTo(ChronoUnit.MILLIS),
                Optional.empty(),
                Optional.empty(),
                facts);
    }

    /** Intake has checked the Item; what it let through without a place or a time is listed but not found by search. */
    private static Optional<ItemEntry> entryOf(String acquisition, String json) {
        try {
            return GivenItem.entry(Collections.ACQUISITIONS, acquisition, Json.MAPPER.readTree(json))
                    .filter(entry -> entry.bounds().isPresent());
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeException e) {
            LOG.warnf("%s: its Item cannot be searched: %s", acquisition, e.getMessage());
            return Optional.empty();
        }
    }
}
