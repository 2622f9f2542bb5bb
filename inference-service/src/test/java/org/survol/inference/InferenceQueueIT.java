// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.survol.broker.EmbeddedBroker;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.CardAttachment;
import org.survol.core.model.ModelCard;
import org.survol.core.model.OnnxCard;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.S3ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.Topics;
import org.survol.objectstore.EmbeddedObjectStore;

/**
 * Two live processes of the packaged service at one queue, against a real broker and a real S3 server: whatever happens
 * to one of them, to a record or to an object, each tile ends once.
 */
class InferenceQueueIT {

    private static final Duration LOCK = Duration.ofSeconds(3);
    private static final int MAX_DELIVERIES = 3;
    private static final Duration BACK_OFF = Duration.ofMillis(300);
    private static final String CONFIDENCE = "confidence.tif";

    private static final CloudEvents CODEC = new CloudEvents("/inference-test");

    private static EmbeddedBroker broker;
    private static EmbeddedObjectStore server;
    private static StoreDoor door;
    private static ObjectStore store;
    private static KafkaProducer<String, String> producer;
    private static EventLog log;
    private static final List<WorkerProcess> workers = new ArrayList<>();
    private static int started;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void startEverything() throws IOException {
        broker = EmbeddedBroker.start();
        server = EmbeddedObjectStore.start();
        door = StoreDoor.before(server.endpoint());
        store = new S3ObjectStore(new S3ObjectStore.Connection(
                server.endpoint(),
                EmbeddedObjectStore.ACCESS_KEY,
                EmbeddedObjectStore.SECRET_KEY,
                EmbeddedObjectStore.BUCKET,
                EmbeddedObjectStore.REGION));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()), new StringSerializer(), new StringSerializer());
        callWorkers();
        log = new EventLog(broker.bootstrapServers(), CODEC);
    }

    @AfterAll
    static void stopEverything() throws InterruptedException {
        for (var worker : workers) {
            worker.close();
        }
        log.close();
        producer.close();
        door.close();
        server.close();
        broker.close();
    }

    /** Two of them, whomever an earlier test has killed. */
    @BeforeEach
    void twoWorkers() throws IOException {
        callWorkers();
    }

    private static void callWorkers() throws IOException {
        workers.removeIf(worker -> !worker.isAlive());
        var settings = new HashMap<>(server.settings());
        settings.put("survol.store.endpoint", door.endpoint());
        settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
        settings.put("survol.inference.device", "cpu");
        settings.put("survol.inference.threads", "1");
        settings.put("survol.inference.workers", "1");
        settings.put("survol.work.lock", LOCK.toString());
        settings.put("survol.work.max-deliveries", Integer.toString(MAX_DELIVERIES));
        settings.put("survol.work.back-off", BACK_OFF.toString());
        // shorter than the slow tile takes: liveness must not look at that
        settings.put("survol.work.stalled-after", LOCK.multipliedBy(2).toString());
        var called = new ArrayList<WorkerProcess>();
        while (workers.size() + called.size() < 2) {
            called.add(WorkerProcess.start("worker-" + ++started, settings));
        }
        called.forEach(WorkerProcess::awaitReady);
        workers.addAll(called);
    }

    @AfterEach
    void everythingIsAtRest() {
        Await.until("nobody is at work", () -> {
            for (var worker : workers) {
                if (worker.isAlive() && worker.isBusy()) {
                    return false;
                }
            }
            return true;
        });
    }

    @ParameterizedTest
    @CsvSource({"GET, stack.tif", "PUT, " + CONFIDENCE})
    void aTileWhoseWorkerIsKilledIsDoneByTheOtherOne(String method, String object) throws Exception {
        var run = new RunRef("killed", method.toLowerCase(Locale.ROOT));
        var toy = toy(run);
        toy.writePlan();
        var ready = toy.writeStack(ToyRun.HALO, scratch);
        var held = door.hold(method, tileFolder(ready) + object, 1);
        publish(ready);
        Await.until("a worker asks for it", () -> !held.arrivals().isEmpty());

        busyOne().kill();

        var predicted = log.next(run, TilePredicted.class);
        // what the dead one had sent may arrive as late as it likes
        held.release();
        everythingIsAtRest();
        assertThat(log.unread(run)).isEmpty();
        assertWhole(predicted);
        assertComputedAgainItIsTheSame(ready, predicted);
    }

    @Test
    void aWorkerThatWasFrozenWakesUpAndChangesNothing() throws Exception {
        var run = new RunRef("frozen", "run");
        var toy = toy(run);
        toy.writePlan();
        var ready = toy.writeStack(ToyRun.HALO, scratch);
        var held = door.hold("GET", ready.stack().key(), 1);
        publish(ready);
        Await.until("a worker asks for it", () -> !held.arrivals().isEmpty());
        var frozen = busyOne();

        frozen.freeze();
        var predicted = log.next(run, TilePredicted.class);
        frozen.thaw();
        held.release();

        var toldLate = log.next(run, TilePredicted.class);
        assertThat(CloudEvents.id(toldLate)).isEqualTo(CloudEvents.id(predicted));
        assertWhole(predicted);
        everythingIsAtRest();
        assertThat(frozen.ask("q/health/live").statusCode()).isEqualTo(200);
        assertThat(log.unread(run)).isEmpty();
    }

    @Test
    void aTileThatManyTellOfToTwoWorkersAtOnceIsOneSetOfObjects() throws Exception {
        var run = new RunRef("doubled", "run");
        var toy = toy(run);
        toy.writePlan();
        var ready = toy.writeStack(ToyRun.HALO, scratch);
        int told = 24;
        // both have found no result of the other when they begin
        var held = door.hold("GET", ready.stack().key(), 2);

        try (var tellers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < told; i++) {
                tellers.submit(() -> publish(ready));
            }
        }
        Await.until("both ask for it", () -> held.arrivals().size() == 2);
        held.release();

        var ids = new HashSet<String>();
        TilePredicted predicted = null;
        for (int i = 0; i < told; i++) {
            predicted = log.next(run, TilePredicted.class);
            ids.add(CloudEvents.id(predicted));
        }
        assertThat(ids).hasSize(1);
        assertWhole(predicted);
        assertThat(store.list(tileFolder(ready)))
                .extracting(ObjectStore.Stat::key)
                .containsExactlyInAnyOrder(
                        ready.stack().key(),
                        predicted.classes().key(),
                        StoreLayout.classNames(run, ready.tile()),
                        predicted.probabilities().key(),
                        predicted.confidence().key(),
                        StoreLayout.prediction(run, ready.tile()));
        everythingIsAtRest();
        assertThat(log.unread(run)).isEmpty();
    }

    @Test
    void aSlowTileStaysWithItsWorkerWhichStaysAlive() throws Exception {
        var run = new RunRef("slow", "run");
        var toy = toy(run);
        toy.writePlan();
        var slow = toy.writeStack(ToyRun.HALO, scratch);
        var quick = toy.writeStack(new TileAddress(12, -23), ToyRun.HALO, scratch);
        var held = door.hold("GET", slow.stack().key(), 1);
        publish(slow);
        Await.until("a worker asks for it", () -> !held.arrivals().isEmpty());
        var busy = busyOne();

        publish(quick);
        var first = log.next(run, TilePredicted.class);
        var end = held.arrivals().getFirst().plus(LOCK.multipliedBy(3));
        Await.until("three locks have passed", () -> {
            for (var worker : workers) {
                var live = worker.ask("q/health/live");
                assertThat(live.statusCode()).as(live.body()).isEqualTo(200);
            }
            return Instant.now().isAfter(end);
        });
        assertThat(busy.metric("survol_work_backlog\\{.*topic=\"survol.tiles.ready\".*"))
                .as("what is in work counts for scaling")
                .isEqualTo(1);
        assertThat(log.unread(run)).isEmpty();
        held.release();

        assertThat(first.tile()).isEqualTo(quick.tile());
        var predicted = log.next(run, TilePredicted.class);
        assertThat(predicted.tile()).isEqualTo(slow.tile());
        everythingIsAtRest();
        assertThat(held.arrivals()).as("begun once").hasSize(1);
        assertThat(busy.metric(endings("lock_lost"))).isZero();
        assertThat(log.unread(run)).isEmpty();
        Await.until("nothing waits", () -> busy.metric("survol_work_backlog\\{.*") == 0);
    }

    @Test
    void poisonedTilesAreOneDeadLetterEachAndTheOthersGoOn() throws Exception {
        var toy = toy(new RunRef("poisoned", "run"));
        toy.writePlan();
        var whole = toy.writeStack(new TileAddress(0, 0), ToyRun.HALO, scratch);
        var bytes = store.read(whole.stack().key());
        var cut = toy.ready(
                new TileAddress(1, 0),
                store.write(
                        StoreLayout.stack(whole.run(), new TileAddress(1, 0)),
                        Arrays.copyOf(bytes, bytes.length * 2 / 3),
                        "image/tiff"));
        var oneBand = toy.ready(new TileAddress(2, 0), oneBand(whole.run(), new TileAddress(2, 0)));
        var announced = toy.writeStack(new TileAddress(3, 0), ToyRun.HALO, scratch);
        var another = toy.ready(
                announced.tile(),
                new ObjectRef(announced.stack().key(), announced.stack().bytes(), "a".repeat(64)));
        var misfit = toy(new RunRef("misfit", "run"));
        var plain = pinned(Files.readAllBytes(plainNetwork()), FixtureReference.card());
        misfit.writePlan(plain, ToyRun.HALO);
        var misfitting = misfit.writeStack(ToyRun.HALO, scratch);
        var last = toy.writeStack(new TileAddress(4, 0), ToyRun.HALO, scratch);

        publish(cut, oneBand, another, misfitting, whole, last);

        var letters = new HashMap<TileAddress, DeadLettered>();
        for (int i = 0; i < 3; i++) {
            var letter = log.next(whole.run(), DeadLettered.class);
            letters.put(letter.tile().orElseThrow(), letter);
        }
        assertLetter(
                letters.get(cut.tile()), FailureKind.BAD_INPUT, cut.stack().key(), "beyond the end of the file", "");
        assertLetter(
                letters.get(oneBand.tile()),
                FailureKind.BAD_INPUT,
                oneBand.stack().key(),
                "1 bands",
                "");
        assertLetter(
                letters.get(another.tile()),
                FailureKind.TRANSIENT,
                another.stack().key(),
                "announced",
                "cut anew");
        assertLetter(
                log.next(misfitting.run(), DeadLettered.class),
                FailureKind.BAD_INPUT,
                plain.key(),
                "is not uint8",
                "Export the model");
        var sound = Set.of(
                log.next(whole.run(), TilePredicted.class).tile(),
                log.next(whole.run(), TilePredicted.class).tile());
        assertThat(sound).containsExactlyInAnyOrder(whole.tile(), last.tile());
        everythingIsAtRest();
        assertThat(log.unread(whole.run())).isEmpty();
        assertThat(log.unread(misfitting.run())).isEmpty();
    }

    @Test
    void aStoreThatIsBusyIsAskedAgainAfterGrowingPauses() throws Exception {
        var run = new RunRef("busy-store", "run");
        var toy = toy(run);
        toy.writePlan();
        var ready = toy.writeStack(ToyRun.HALO, scratch);
        var refused = door.turnAway("GET", ready.stack().key(), MAX_DELIVERIES - 1);

        publish(ready);

        assertWhole(log.next(run, TilePredicted.class));
        var tries = refused.arrivals();
        assertThat(tries).hasSize(MAX_DELIVERIES);
        assertThat(Duration.between(tries.get(0), tries.get(1))).isGreaterThanOrEqualTo(BACK_OFF);
        assertThat(Duration.between(tries.get(1), tries.get(2))).isGreaterThanOrEqualTo(BACK_OFF.multipliedBy(2));
        everythingIsAtRest();
        assertThat(log.unread(run)).isEmpty();
    }

    @Test
    void aStoreThatStaysBusyIsADeadLetterAfterTheLastDelivery() throws Exception {
        var run = new RunRef("busy-for-ever", "run");
        var toy = toy(run);
        toy.writePlan();
        var ready = toy.writeStack(ToyRun.HALO, scratch);
        var refused = door.turnAway("GET", ready.stack().key(), Integer.MAX_VALUE);

        publish(ready);

        assertLetter(
                log.next(run, DeadLettered.class),
                FailureKind.TRANSIENT,
                ready.key(),
                "failed " + MAX_DELIVERIES + " times, last: ",
                "replay");
        everythingIsAtRest();
        assertThat(refused.arrivals()).hasSize(MAX_DELIVERIES);
        assertThat(log.unread(run)).isEmpty();
    }

    @Test
    void aRunKeepsItsModelAndTheNextOneTakesTheNewOneWithoutARestart() throws Exception {
        var older = pinned(Files.readAllBytes(FixtureReference.file()));
        var newer = pinned(calibrated());
        var before = new RunRef("remapped", "before");
        var after = new RunRef("remapped", "after");
        var second = new TileAddress(12, -23);
        store.write(StoreLayout.model("fixture"), store.read(older.key()), "application/octet-stream");
        toy(before).writePlan(older, ToyRun.HALO);
        publish(toy(before).writeStack(ToyRun.HALO, scratch));
        var ofOlder = log.next(before, TilePredicted.class);

        // swapped, then taken away, in the middle of the run
        store.write(StoreLayout.model("fixture"), store.read(newer.key()), "application/octet-stream");
        store.delete(StoreLayout.model("fixture"));
        publish(toy(before).writeStack(second, ToyRun.HALO, scratch));
        var stillOfOlder = log.next(before, TilePredicted.class);
        toy(after).writePlan(newer, ToyRun.HALO);
        publish(toy(after).writeStack(ToyRun.HALO, scratch));
        var ofNewer = log.next(after, TilePredicted.class);

        assertThat(modelOf(ofOlder)).isEqualTo(older.sha256());
        assertThat(modelOf(stillOfOlder)).isEqualTo(older.sha256());
        assertThat(modelOf(ofNewer)).isEqualTo(newer.sha256());
        assertThat(ofNewer.tile()).isEqualTo(ofOlder.tile());
        assertThat(pixels(ofNewer.confidence()))
                .as("another model, another answer")
                .isNotEqualTo(pixels(ofOlder.confidence()));
        assertWhole(ofOlder);
        assertWhole(stillOfOlder);
        assertWhole(ofNewer);
    }

    @Test
    void tellsOverHttpWhatItDid() throws Exception {
        var run = new RunRef("measured", "run");
        var toy = toy(run);
        toy.writePlan();
        double pixels = told("survol_inference_pixels_total\\{device=\"cpu\"\\}");
        double shares = told("survol_inference_kept_share_sum.*");
        publish(toy.writeStack(ToyRun.HALO, scratch));
        var predicted = log.next(run, TilePredicted.class);

        assertThat(told("survol_inference_pixels_total\\{device=\"cpu\"\\}") - pixels)
                .isEqualTo(predicted.report().pixels());
        assertThat(told("survol_inference_kept_share_sum.*") - shares).isCloseTo(predicted.keptShare(), within(1e-6));
        for (var kind : List.of("download", "decode", "compute", "encode", "upload")) {
            int counted = 0;
            for (var worker : workers) {
                counted += (int) worker.metric("survol_inference_time_seconds_count\\{.*kind=\"" + kind + "\".*");
            }
            assertThat(counted).as(kind).isPositive();
        }
    }

    /** @return the sum over both workers, which nobody else's tile is at */
    private static double told(String metric) throws IOException, InterruptedException {
        double sum = 0;
        for (var worker : workers) {
            sum += worker.metric(metric);
        }
        return sum;
    }

    private static String endings(String ending) {
        return "survol_work_records_total\\{.*ending=\"" + ending + "\".*";
    }

    private static ToyRun toy(RunRef run) {
        return new ToyRun(store, new ToyScene(ToyScene.Hole.NONE), run);
    }

    private static String tileFolder(TileReady ready) {
        var key = ready.stack().key();
        return key.substring(0, key.lastIndexOf('/') + 1);
    }

    private static WorkerProcess busyOne() throws IOException, InterruptedException {
        var busy = new ArrayList<WorkerProcess>();
        for (var worker : workers) {
            if (worker.isAlive() && worker.isBusy()) {
                busy.add(worker);
            }
        }
        assertThat(busy).hasSize(1);
        return busy.getFirst();
    }

    private static void publish(PipelineEvent... events) {
        for (var event : events) {
            producer.send(new ProducerRecord<>(Topics.of(event), event.key(), CODEC.encode(event)));
        }
        producer.flush();
    }

    private static void assertWhole(TilePredicted predicted) throws IOException {
        for (var object : List.of(predicted.classes(), predicted.probabilities(), predicted.confidence())) {
            assertThat(Digest.of(store.read(object.key()))).as(object.key()).isEqualTo(object.sha256());
        }
        var told =
                Json.parse(store.read(StoreLayout.prediction(predicted.run(), predicted.tile())), TilePredicted.class);
        assertThat(CloudEvents.id(told)).isEqualTo(CloudEvents.id(predicted));
    }

    private static void assertComputedAgainItIsTheSame(TileReady ready, TilePredicted predicted) throws IOException {
        store.delete(StoreLayout.prediction(ready.run(), ready.tile()));
        publish(ready);
        assertThat(CloudEvents.id(log.next(ready.run(), TilePredicted.class))).isEqualTo(CloudEvents.id(predicted));
        assertWhole(predicted);
    }

    private static void assertLetter(
            DeadLettered letter, FailureKind kind, String file, String reasonPart, String mendPart) {
        assertThat(letter.stage()).isEqualTo("infer");
        assertThat(letter.kind()).isEqualTo(kind);
        assertThat(letter.file()).isEqualTo(file);
        assertThat(letter.reason()).contains(reasonPart);
        assertThat(letter.mend()).isNotBlank().containsIgnoringCase(mendPart);
        assertThat(letter.original()).isPresent();
    }

    private static PinnedModel pinned(byte[] onnx) throws IOException {
        return pinned(onnx, OnnxCard.read(ByteSources.ofBytes("model", onnx)));
    }

    private static PinnedModel pinned(byte[] onnx, ModelCard card) throws IOException {
        var sha256 = Digest.of(onnx);
        store.write(StoreLayout.pinnedModel(sha256), onnx, "application/octet-stream");
        return new PinnedModel(StoreLayout.pinnedModel(sha256), sha256, card);
    }

    /** The fixture's network, less sure of itself. */
    private static byte[] calibrated() throws IOException {
        var card = (ObjectNode) Json.MAPPER.readTree(Json.bytes(FixtureReference.card()));
        card.put("version", "2").put("temperature", 4.0);
        var network = card.putObject("network");
        network.put("gives", "LOGITS");
        var mean = network.putArray("mean");
        var std = network.putArray("std");
        for (int band = 0; band < ToyScene.BANDS; band++) {
            mean.add(128.0);
            std.add(64.0);
        }
        return CardAttachment.attach(
                "plain-18.onnx", Files.readAllBytes(plainNetwork()), "card.json", Json.bytes(card));
    }

    /** Takes normalised floats and gives logits: no network that keeps a card's promises. */
    private static Path plainNetwork() {
        try {
            return Path.of(InferenceQueueIT.class.getResource("/plain-18.onnx").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private ObjectRef oneBand(RunRef run, TileAddress tile) throws IOException {
        var extent = ToyRun.GRID.window(tile).grow(ToyRun.HALO);
        var file = scratch.resolve("one-band.tif");
        CogWriter.of(new ByteRaster(extent.width(), extent.height(), 1))
                .georeference(new GeoReference(
                        ToyRun.GRID.epsg(),
                        ToyRun.GRID.easting(extent.column()),
                        ToyRun.GRID.northing(extent.row()),
                        ToyRun.GRID.gsdMetres(),
                        ToyRun.GRID.gsdMetres()))
                .write(file);
        return store.upload(StoreLayout.stack(run, tile), file, "image/tiff");
    }

    private static String modelOf(TilePredicted predicted) throws IOException {
        return TiffReader.open(ByteSources.ofObject(store, predicted.classes().key()))
                .header()
                .metadata()
                .get("model_sha256");
    }

    private static byte[] pixels(ObjectRef raster) throws IOException {
        var reader = TiffReader.open(ByteSources.ofObject(store, raster.key()));
        return reader.readBytes(
                        0, 0, 0, reader.header().width(), reader.header().height())
                .plane(0);
    }
}
