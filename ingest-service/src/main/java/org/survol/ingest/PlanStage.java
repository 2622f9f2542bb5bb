// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink;

/**
 * Takes a registered acquisition, reads its files' headers, decides model, grid and tiles, stores the plan and announces
 * the tiles. A file that cannot be used is told and left out; the acquisition fails only when no model fits the rest.
 */
@ApplicationScoped
class PlanStage {

    private static final Logger LOG = Logger.getLogger(PlanStage.class);

    private final ObjectStore store;
    private final CancelledRuns cancelled;
    private final EventSink events;
    private final ModelRegistry models;
    private final IngestConfig config;

    PlanStage(ObjectStore store, EventSink events, ModelRegistry models, IngestConfig config) {
        this.store = store;
        this.cancelled = new CancelledRuns(store);
        this.events = events;
        this.models = models;
        this.config = config;
    }

    Outcome plan(AcquisitionRegistered registered) throws IOException {
        var item = DeliveredItem.parse(store.read(registered.itemKey()), config, Optional.empty());
        var candidates = candidates(registered);
        if (candidates.isEmpty()) {
            var unusable = models.firstUnusable();
            if (unusable.isPresent()) {
                return Outcome.Failed.badInput(unusable.get());
            }
            return new Outcome.Failed(
                    FailureKind.CONFIG,
                    StoreLayout.MODELS,
                    "there is no usable model in the store",
                    "Put a model with its card into models/",
                    null);
        }
        var inspection = inspect(item);
        AcquisitionPlanner.Decision decision;
        try {
            decision = new AcquisitionPlanner(
                            config.tileSize(),
                            config.windows(),
                            config.maxGsdFactor(),
                            config.maxTiles(),
                            config.featherMetres())
                    .plan(
                            item,
                            registered.itemKey(),
                            registered.itemSha256(),
                            inspection.sources(),
                            registered.model().isPresent()
                                    ? candidates
                                    : AcquisitionPlanner.meantFor(
                                            item, registered.itemKey(), inspection.sources(), candidates));
        } catch (BadInputException e) {
            return failed(registered, inspection, e);
        }
        tell(registered, decision.refused());
        tell(registered, inspection.refused());
        var plan = store(decision.plan());
        // whoever orders a cancelled run anew wants it after all
        cancelled.takeBack(plan.run());
        return announce(plan);
    }

    private List<PinnedModel> candidates(AcquisitionRegistered registered) throws IOException {
        return registered.model().isPresent()
                ? List.of(models.named(registered.model().get()))
                : models.usable();
    }

    private record Inspection(List<InspectedSource> sources, List<BadInputException> refused) {}

    private Inspection inspect(DeliveredItem item) throws IOException {
        var inspector = new SourceInspector(store);
        var sources = new ArrayList<InspectedSource>();
        var refused = new ArrayList<BadInputException>();
        for (var asset : item.assets()) {
            try {
                sources.add(inspector.inspect(item, asset));
            } catch (BadInputException e) {
                refused.add(e);
            }
        }
        return stretched(item, inspector, sources, refused);
    }

    /** Looks at pixels only where images have more than 8 bits and the Item does not say how to show them. */
    private Inspection stretched(
            DeliveredItem item,
            SourceInspector inspector,
            List<InspectedSource> sources,
            List<BadInputException> refused)
            throws IOException {
        var estimate = new StretchEstimate(config.stretchLowPercent(), config.stretchHighPercent());
        var readable = new ArrayList<InspectedSource>();
        for (var source : sources) {
            try {
                if (source.lacksStretch()) {
                    estimate.add(source.role(), inspector.open(item.asset(source.asset())));
                }
                readable.add(source);
            } catch (BadInputException e) {
                refused.add(e);
            }
        }
        readable.replaceAll(source -> source.lacksStretch() ? source.with(estimate.of(source.role())) : source);
        return new Inspection(readable, refused);
    }

    /**
     * The acquisition's own dead letter names the file to mend: where files were refused, the first of them is why no
     * model fits. The other files get letters of their own.
     */
    private Outcome failed(AcquisitionRegistered registered, Inspection inspection, BadInputException noModel) {
        var refused = inspection.refused();
        if (refused.isEmpty()) {
            return Outcome.Failed.badInput(noModel);
        }
        tell(registered, refused.subList(1, refused.size()));
        var first = refused.getFirst();
        return Outcome.Failed.badInput(new BadInputException(
                first.file(), first.reason() + "; without it " + noModel.reason(), first.mend(), noModel));
    }

    /** Told at once and not with the plan's events: they hold whether the plan succeeds or not. */
    private void tell(AcquisitionRegistered registered, List<BadInputException> refused) {
        for (var e : refused) {
            LOG.warnf("%s goes on without a file: %s", registered.acquisition(), e.getMessage());
        }
        if (!refused.isEmpty()) {
            events.publish(refused.stream()
                    .map(e -> Letters.whilePlanning(registered.acquisition(), e))
                    .toList());
        }
    }

    /** The first plan of a run stands: what was planned twice at once is planned alike for everybody. */
    private Plan store(Plan plan) throws IOException {
        var key = StoreLayout.plan(plan.run());
        return store.writeIfAbsent(key, Json.bytes(plan), "application/json")
                ? plan
                : Json.parse(store.read(key), Plan.class);
    }

    private static Outcome announce(Plan plan) {
        var key = StoreLayout.plan(plan.run());
        var announced = new ArrayList<PipelineEvent>();
        announced.add(new AcquisitionPlanned(plan.run(), key, plan.tiles().size()));
        plan.tiles().forEach(planned -> announced.add(new TilePlanned(plan.run(), key, planned.tile())));
        LOG.infof(
                "%s: %d tiles of EPSG:%d at %s m for %s from %s",
                plan.run(),
                plan.tiles().size(),
                plan.grid().epsg(),
                plan.grid().gsdMetres(),
                plan.model().card().name(),
                plan.sources().stream().collect(Collectors.groupingBy(Plan.Source::role, Collectors.counting())));
        return new Outcome.Done(announced);
    }
}
