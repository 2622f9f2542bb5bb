// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileVectorized;
import org.survol.core.event.StageReport;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteSources;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.vectorize.topology.TopologyCodec;

/**
 * Takes a predicted tile, traces its regions and arcs, stores them, and says so; says too when it was the last tile that
 * its run waited for.
 *
 * <p>Doing a tile twice gives the same objects. When its outcome is on record it is told again without tracing.
 */
@ApplicationScoped
class VectorizeStage {

    private static final Logger LOG = LoggerFactory.getLogger(VectorizeStage.class);
    private static final String TOPOLOGY = "application/octet-stream";

    private final ObjectStore store;
    private final Plans plans;
    private final Settlement settlement;
    private final MeterRegistry meters;
    private final int maxCorners;
    private final ProductRules rules;

    @Inject
    VectorizeStage(ObjectStore store, VectorizeConfig config, MeterRegistry meters) {
        this.store = store;
        maxCorners = config.maxCorners();
        rules = ProductRules.load(config.rules());
        this.meters = meters;
        plans = new Plans(store);
        settlement = new Settlement(store, plans);
    }

    Outcome handle(PipelineEvent event) throws IOException {
        if (!(event instanceof TilePredicted predicted)) {
            return new Outcome.Skipped("not a predicted tile");
        }
        var plan = plans.get(predicted.planKey());
        if (plan.tiles().stream().noneMatch(planned -> planned.tile().equals(predicted.tile()))) {
            return new Outcome.Skipped("tile " + predicted.tile() + " is not in the plan of " + predicted.run());
        }
        var told = onRecord(plan, predicted);
        var vectorized = told.isPresent() ? told.get() : vectorize(plan, predicted);
        var settled = told.isPresent()
                ? settlement.settled(predicted.run())
                : settlement.record(
                        predicted.run(),
                        predicted.tile(),
                        SettledTile.vectorized(
                                predicted.classes().sha256(),
                                rules.tracing(plan.model().card()),
                                vectorized));
        var facts = new ArrayList<PipelineEvent>();
        facts.add(vectorized);
        settled.ifPresent(facts::add);
        return new Outcome.Done(facts);
    }

    private Optional<TileVectorized> onRecord(Plan plan, TilePredicted predicted) throws IOException {
        return settlement
                .ending(predicted.run(), predicted.tile())
                .filter(ending -> ending.classesSha256()
                        .equals(Optional.of(predicted.classes().sha256())))
                .filter(ending -> ending.isOf(rules.tracing(plan.model().card())))
                .flatMap(SettledTile::vectorized);
    }

    private TileVectorized vectorize(Plan plan, TilePredicted predicted) throws IOException {
        var times = new Times();
        var window = plan.grid().window(predicted.tile());
        var classes = times.of("download", () -> StoredObjects.read(store, predicted.classes()));
        var probabilities = times.of("download", () -> StoredObjects.read(store, predicted.probabilities()));
        var confidence = times.of("download", () -> StoredObjects.read(store, predicted.confidence()));
        var topology = rules.vectorizer(plan.model().card(), plan.grid().gsdMetres(), maxCorners)
                .vectorize(
                        window,
                        new TileVectorizer.Rasters(
                                ByteSources.ofBytes(predicted.classes().key(), classes),
                                ByteSources.ofBytes(predicted.probabilities().key(), probabilities),
                                ByteSources.ofBytes(predicted.confidence().key(), confidence)),
                        times);
        var bytes = times.of("encode", () -> TopologyCodec.encode(topology));
        var stored = times.of(
                "upload", () -> store.write(StoreLayout.topology(predicted.run(), predicted.tile()), bytes, TOPOLOGY));
        var report = new StageReport(window.pixels(), times.wallMillis(), times.millis(), "cpu");
        meters.counter("survol.vectorize.pixels").increment(window.pixels());
        meters.counter("survol.vectorize.regions").increment(topology.regions());
        LOG.info(
                "{} {}: {} regions, {} bytes, {} ms",
                predicted.run(),
                predicted.tile(),
                topology.regions(),
                bytes.length,
                report.wallMillis());
        return new TileVectorized(
                predicted.run(), predicted.planKey(), predicted.tile(), stored, topology.regions(), report);
    }
}
