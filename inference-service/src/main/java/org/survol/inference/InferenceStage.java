// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.StageReport;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ClassSideFile;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/**
 * Takes a tile whose stack is ready, scores it with the run's model, stores classes, probabilities and confidence, and
 * says so.
 *
 * <p>Doing a tile twice gives the same objects. When its outcome is on record (a redelivery, after a crash between
 * storing and acknowledging) it is told again without computing, also because another device may round differently.
 */
@ApplicationScoped
class InferenceStage {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceStage.class);
    private static final String GROUP = "survol-infer";
    private static final String COG = "image/tiff; application=geotiff; profile=cloud-optimized";

    private final ObjectStore store;
    private final Plans plans;
    private final WorkDirectory workDirectory;
    private final Accelerator accelerator;
    private final LoadedModels models;
    private final String software;
    private final MeterRegistry meters;
    /** decodes and encodes beside the device */
    private final ExecutorService pool;

    private final int threads;

    @Inject
    InferenceStage(
            ObjectStore store,
            InferenceConfig config,
            @ConfigProperty(name = "survol.work-dir") Path workDirectory,
            @ConfigProperty(name = "quarkus.application.version") String version,
            MeterRegistry meters)
            throws IOException {
        this.store = store;
        this.plans = new Plans(store);
        this.workDirectory = new WorkDirectory(workDirectory);
        this.accelerator = Accelerator.choose(config.device(), config.precision(), this.workDirectory.engines());
        this.models = new LoadedModels(store, this.workDirectory, accelerator, config);
        this.threads = config.threadCount();
        this.pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("raster-", 0).daemon().factory());
        this.software = "Survol " + version;
        this.meters = meters;
    }

    void start(@Observes StartupEvent event, WorkQueues queues, InferenceConfig config) {
        LOG.info(
                "Inference on {}, {} threads a run, {} tiles in work at once",
                accelerator.device(),
                config.threadCount(),
                config.workers());
        queues.start(GROUP, Topics.TILES_READY, config.workers(), this::handle);
    }

    /** The queues are closed by then. */
    void stop(@Observes ShutdownEvent event) {
        close();
    }

    /** Waits for the windows that are being computed. */
    void close() {
        pool.shutdownNow();
        models.close();
    }

    Outcome handle(PipelineEvent event) throws IOException {
        if (!(event instanceof TileReady ready)) {
            return new Outcome.Skipped("not a tile that is ready");
        }
        var told = onRecord(ready);
        if (told.isPresent()) {
            LOG.info("{} {} was predicted before; told again", ready.run(), ready.tile());
            return Outcome.Done.with(told.get());
        }
        try {
            return Outcome.Done.with(predict(ready));
        } catch (InferenceException e) {
            return new Outcome.Failed(
                    FailureKind.TRANSIENT,
                    ready.stack().key(),
                    e.getMessage(),
                    "Look at the device's memory and driver, then replay",
                    e);
        } catch (AnotherStackException e) {
            return new Outcome.Failed(
                    FailureKind.TRANSIENT,
                    ready.stack().key(),
                    e.getMessage(),
                    "Submit the acquisition again so that the tile is cut anew, or put the object back and replay",
                    e);
        }
    }

    private TilePredicted predict(TileReady ready) throws IOException, InferenceException {
        var times = new Times();
        var plan = plans.get(ready.planKey());
        try (var scratch = workDirectory.scratch()) {
            var stack = times.of("download", () -> fetch(ready.stack(), scratch.file("stack.tif")));
            var scored = score(ready, plan, stack, times);
            var prediction = scored.prediction();
            var rasters = new PredictionRasters(
                    plan.model().card(), position(plan, ready), metadata(plan, scored.device()), pool, threads);
            var classes = scratch.file("classes.tif");
            var probabilities = scratch.file("probabilities.tif");
            var confidence = scratch.file("confidence.tif");
            times.of("encode", () -> {
                rasters.writeClasses(prediction, classes);
                rasters.writeProbabilities(prediction, probabilities);
                rasters.writeConfidence(prediction, confidence);
                return null;
            });
            long upload = System.nanoTime();
            var classesRef = store.upload(StoreLayout.classes(ready.run(), ready.tile()), classes, COG);
            store.write(
                    StoreLayout.classNames(ready.run(), ready.tile()),
                    ClassSideFile.of(plan.model().card().nomenclature()),
                    "application/xml");
            var probabilitiesRef =
                    store.upload(StoreLayout.probabilities(ready.run(), ready.tile()), probabilities, COG);
            var confidenceRef = store.upload(StoreLayout.confidence(ready.run(), ready.tile()), confidence, COG);
            times.add("upload", System.nanoTime() - upload);
            var predicted = new TilePredicted(
                    ready.run(),
                    ready.planKey(),
                    ready.tile(),
                    classesRef,
                    probabilitiesRef,
                    confidenceRef,
                    prediction.keptShare(),
                    new StageReport(prediction.pixelsWithImage(), times.wallMillis(), times.millis(), scored.device()));
            store.write(StoreLayout.prediction(ready.run(), ready.tile()), Json.bytes(predicted), "application/json");
            measure(predicted);
            return predicted;
        }
    }

    private record Scored(Prediction prediction, String device) {}

    private Scored score(TileReady ready, Plan plan, Path file, Times times) throws IOException, InferenceException {
        var card = plan.model().card();
        var tile = plan.grid().window(ready.tile());
        var extent = tile.grow(plan.halo());
        var scorer = new TileScorer(card, plan.windowing(), plan.world());
        if (!extent.contains(scorer.seenBy(tile))) {
            throw new BadInputException(
                    ready.planKey(),
                    "its halo of " + plan.halo() + " pixels is smaller than what the windows of model " + card.name()
                            + " see around a tile",
                    "Submit the acquisition again so that it is planned anew");
        }
        var stack = TiffStack.open(ready.stack().key(), file, plan, extent);
        try (var model = models.lease(plan.model(), plan.windowing())) {
            var prediction = scorer.score(tile, extent, stack, model.feed(), pool, times);
            return new Scored(prediction, model.feed().device());
        }
    }

    /** Under the stack's key lie other bytes than were announced; the right ones may be on their way. */
    private static final class AnotherStackException extends IOException {
        private static final long serialVersionUID = 1;

        AnotherStackException(String message) {
            super(message);
        }
    }

    private Path fetch(ObjectRef stack, Path file) throws IOException {
        store.download(stack.key(), file);
        if (Files.size(file) != stack.bytes() || !Digest.of(file).equals(stack.sha256())) {
            throw new AnotherStackException("it is not the object of " + stack.bytes() + " bytes and sha256 "
                    + stack.sha256() + " that was announced");
        }
        return file;
    }

    /** The outcome of an earlier delivery, when its objects are still there. */
    private Optional<TilePredicted> onRecord(TileReady ready) throws IOException {
        var key = StoreLayout.prediction(ready.run(), ready.tile());
        if (store.stat(key).isEmpty()) {
            return Optional.empty();
        }
        var told = Json.parse(store.read(key), TilePredicted.class);
        for (var object : List.of(told.classes(), told.probabilities(), told.confidence())) {
            if (store.stat(object.key())
                    .filter(stat -> stat.bytes() == object.bytes())
                    .isEmpty()) {
                return Optional.empty();
            }
        }
        return Optional.of(told);
    }

    private static GeoReference position(Plan plan, TileReady ready) {
        var grid = plan.grid();
        var window = grid.window(ready.tile());
        return new GeoReference(
                grid.epsg(),
                grid.easting(window.column()),
                grid.northing(window.row()),
                grid.gsdMetres(),
                grid.gsdMetres());
    }

    private Map<String, String> metadata(Plan plan, String device) {
        var card = plan.model().card();
        var items = new LinkedHashMap<String, String>();
        items.put("acquisition", plan.run().acquisition());
        items.put("run", plan.run().run());
        items.put("datetime", plan.datetime().toString());
        items.put("model", card.name());
        items.put("model_version", card.version());
        items.put("model_sha256", plan.model().sha256());
        items.put("nomenclature", card.nomenclature().id());
        items.put("device", device);
        items.put("software", software);
        return items;
    }

    private void measure(TilePredicted predicted) {
        var report = predicted.report();
        meters.summary("survol.inference.kept.share").record(predicted.keptShare());
        meters.counter("survol.inference.pixels", "device", report.device()).increment(report.pixels());
        report.shares().forEach((kind, millis) -> meters.timer("survol.inference.time", "kind", kind)
                .record(millis, TimeUnit.MILLISECONDS));
        LOG.info(
                "{} {} predicted in {} ms {}, {} % of the computed pixels kept",
                predicted.run(),
                predicted.tile(),
                report.wallMillis(),
                report.shares(),
                Math.round(100 * predicted.keptShare()));
    }
}
