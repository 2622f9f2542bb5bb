// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.BrokerAndStore;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;
import org.survol.messaging.Topics;
import org.survol.messaging.WorkQueues;

/** What operators set going anew reaches the broker as the stages expect it. Each test has a flight of its own. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(OperationsIT.Operated.class)
class OperationsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PUBLIC = "https://maps.example.org";

    public static class Operated implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.test-port", "0",
                    "survol.public-url", PUBLIC,
                    "survol.access.anonymous-change", "true",
                    "survol.database.url", "jdbc:h2:mem:operations-it;DB_CLOSE_DELAY=-1");
        }
    }

    @Inject
    ObjectStore objects;

    @Inject
    CatalogStore catalog;

    @Inject
    EventSink events;

    @Inject
    CloudEvents codec;

    @Inject
    WorkQueues queues;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String broker;

    @TestHTTPResource("/")
    URI service;

    @TempDir
    Path scratch;

    private final HttpClient client = HttpClient.newHttpClient();
    private final String flight = "flight-" + UUID.randomUUID();
    private SampleRun sample;

    @BeforeEach
    void deliver() throws IOException {
        sample = SampleRun.of(flight, "run-1", 2, 1);
        // writes Item and plan
        new StoredRun(sample, objects, scratch);
        events.publish(List.of(sample.registered(), sample.planned()));
        await(() -> catalog.delivery(flight).isPresent());
    }

    @Test
    void aDeadLetterIsReplayedToTheStageThatGaveItUp() throws IOException, InterruptedException {
        var given = sample.ready(sample.tile(1));
        var letter = letter("infer", Optional.of(codec.encode(given)));
        events.publish(List.of(letter));
        await(() -> catalog.deadLetter(letter.id()).isPresent());
        assertThat(Json.MAPPER
                        .readTree(get("dead-letters?acquisition=" + flight).body())
                        .at("/0/replay")
                        .asText())
                .endsWith("/dead-letters/" + letter.id() + "/replay");

        var first = post("dead-letters/" + letter.id() + "/replay");
        var second = post("dead-letters/" + letter.id() + "/replay");

        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(Json.MAPPER.readTree(first.body()).path("stage").asText()).isEqualTo("infer");
        assertThat(second.statusCode()).isEqualTo(202);
        assertThat(told(Topics.TILES_READY, TileReady.class).stream()
                        .filter(event -> event.run().acquisition().equals(flight)))
                .containsExactly(given, given);
    }

    /** A stage as services run it, on a queue of the real broker; only what it does with a tile is this test's own. */
    @Test
    void whatWasGivenUpIsDoneOnceItsCauseIsMendedAndItIsReplayed() throws IOException, InterruptedException {
        var tile = sample.tile(1);
        var stack = StoreLayout.stack(sample.run(), tile);
        var item = "stac/collections/predictions/items/" + Collections.predictionId(sample.run(), tile);
        try (var _ = queues.start("infer-" + flight, Topics.TILES_READY, 1, event -> {
            if (!(event instanceof TileReady ready) || !ready.run().equals(sample.run())) {
                return new Outcome.Skipped("of another test");
            }
            if (objects.stat(stack).isEmpty()) {
                throw new BadInputException(stack, "it is not there", "Cut the tile again");
            }
            return Outcome.Done.with(sample.predicted(ready.tile()));
        })) {
            events.publish(List.of(sample.ready(tile)));
            await(() -> !catalog.deadLetters(Optional.of(flight), 10).isEmpty());
            var letter = catalog.deadLetters(Optional.of(flight), 10).getFirst().event();
            assertThat(letter.stage()).isEqualTo("infer");
            assertThat(letter.file()).isEqualTo(stack);
            assertThat(get(item).statusCode()).isEqualTo(404);

            objects.write(stack, new byte[] {1}, "image/tiff");
            assertThat(post("dead-letters/" + letter.id() + "/replay").statusCode())
                    .isEqualTo(202);

            await(() -> catalog.prediction(sample.run(), tile).isPresent());
            assertThat(get(item).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aLetterWithoutWorkBehindItSaysWhatHelpsInstead() throws IOException, InterruptedException {
        var aboutAFile = letter("plan", Optional.empty());
        var notAnEvent = letter("catalog", Optional.of("{\"hello\": 1}"));
        events.publish(List.of(aboutAFile, notAnEvent));
        await(() -> catalog.deadLetters(Optional.of(flight), 10).size() == 2);

        for (var letter : List.of(aboutAFile, notAnEvent)) {
            var answer = post("dead-letters/" + letter.id() + "/replay");
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(Json.MAPPER.readTree(answer.body()).path("detail").asText())
                    .contains("Upload it again");
        }
        assertThat(post("dead-letters/nothing/replay").statusCode()).isEqualTo(404);
    }

    @Test
    void aFlightIsMappedOnceMoreWithAnotherModel() throws IOException, InterruptedException {
        objects.write(StoreLayout.model("other-" + flight), new byte[] {1}, "application/octet-stream");

        var answer = post("acquisitions/" + flight + "/runs?model=other-" + flight);
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.headers().firstValue("location").orElse("")).endsWith("/acquisitions/" + flight);

        var first = sample.registered();
        assertThat(told(Topics.ACQUISITIONS, AcquisitionRegistered.class).stream()
                        .filter(event -> event.acquisition().equals(flight)))
                .containsExactly(
                        first,
                        new AcquisitionRegistered(
                                flight, first.itemKey(), first.itemSha256(), Optional.of("other-" + flight)));
    }

    @Test
    void whatCannotBeMappedIsSaidBeforeAnythingIsTold() throws IOException, InterruptedException {
        var unknownModel = post("acquisitions/" + flight + "/runs?model=..%2Fnone");
        assertThat(unknownModel.statusCode()).isEqualTo(400);
        assertThat(Json.MAPPER.readTree(unknownModel.body()).path("detail").asText())
                .contains("../none", "there are");
        assertThat(post("acquisitions/nothing/runs").statusCode()).isEqualTo(404);
        assertThat(told(Topics.ACQUISITIONS, AcquisitionRegistered.class).stream()
                        .filter(event -> event.acquisition().equals(flight)))
                .hasSize(1);
    }

    @Test
    void aCancelledRunIsToldAsSuchAndItsLettersAreNotReplayed() throws IOException, InterruptedException {
        var run = sample.run();
        var letter = new DeadLettered(
                flight + ".tile",
                "infer",
                Optional.of(flight),
                Optional.of(run),
                Optional.of(sample.tile(1)),
                FailureKind.BAD_INPUT,
                "stack.tif",
                "it is cut off",
                "Cut it again",
                Optional.of(codec.encode(sample.ready(sample.tile(1)))));
        events.publish(List.of(letter));
        await(() -> catalog.deadLetter(letter.id()).isPresent());
        var offered = Json.MAPPER.readTree(get("acquisitions/" + flight).body()).at("/runs/0/cancel");
        assertThat(offered.asText()).isEqualTo(PUBLIC + "/acquisitions/" + flight + "/runs/" + run.run() + "/cancel");

        for (int time = 1; time <= 2; time++) {
            assertThat(post("acquisitions/" + flight + "/runs/" + run.run() + "/cancel")
                            .statusCode())
                    .isEqualTo(202);
        }

        assertThat(new CancelledRuns(objects).of(Optional.of(flight))).containsExactly(run);
        var told = Json.MAPPER.readTree(get("acquisitions/" + flight).body());
        assertThat(told.path("state").asText()).isEqualTo("cancelled");
        assertThat(told.at("/runs/0/state").asText()).isEqualTo("cancelled");
        assertThat(told.at("/runs/0/cancel").isMissingNode()).isTrue();
        assertThat(post("dead-letters/" + letter.id() + "/replay").statusCode()).isEqualTo(409);

        new CancelledRuns(objects).takeBack(run);
        assertThat(post("dead-letters/" + letter.id() + "/replay").statusCode()).isEqualTo(202);
        assertThat(Json.MAPPER
                        .readTree(get("acquisitions/" + flight).body())
                        .path("state")
                        .asText())
                .isNotEqualTo("cancelled");
    }

    @Test
    void onlyARunThatIsThereAndHasWorkLeftIsCancelled() throws IOException, InterruptedException {
        assertThat(post("acquisitions/" + flight + "/runs/no-run/cancel").statusCode())
                .isEqualTo(404);
        assertThat(post("acquisitions/..%2Fother/runs/no-run/cancel").statusCode())
                .isEqualTo(404);
        events.publish(List.of(sample.assembled(Map.of(), 0, 0, 0)));
        await(() -> catalog.product(sample.run()).isPresent());

        var answer = post("acquisitions/" + flight + "/runs/" + sample.run().run() + "/cancel");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(Json.MAPPER.readTree(answer.body()).path("detail").asText()).contains("is mapped");
        assertThat(new CancelledRuns(objects).of(Optional.of(flight))).isEmpty();
    }

    @Test
    void aPageFromElsewhereChangesNothing() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(service.resolve("acquisitions/" + flight + "/runs"))
                .POST(HttpRequest.BodyPublishers.noBody());
        var foreign = client.send(
                request.copy().header("Origin", "https://evil.example.com").build(),
                HttpResponse.BodyHandlers.ofString());
        var own = client.send(request.copy().header("Origin", PUBLIC).build(), HttpResponse.BodyHandlers.ofString());

        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(Json.MAPPER.readTree(foreign.body()).path("detail").asText()).contains("evil.example.com");
        assertThat(own.statusCode()).isEqualTo(202);
    }

    private DeadLettered letter(String stage, Optional<String> original) {
        return new DeadLettered(
                flight + "." + stage,
                stage,
                Optional.of(flight),
                Optional.empty(),
                Optional.empty(),
                FailureKind.BAD_INPUT,
                "inbox/rgb.tif",
                "it is cut off",
                "Upload it again",
                original);
    }

    /** Everything that a topic holds by now. */
    private <E extends PipelineEvent> List<E> told(String topic, Class<E> kind) {
        var partition = new TopicPartition(topic, 0);
        var told = new ArrayList<E>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", broker),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (var message : consumer.poll(Duration.ofMillis(200))) {
                    told.add(kind.cast(codec.decode(message.value())));
                }
            }
        }
        return told;
    }

    private static void await(BooleanSupplier condition) {
        var end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).isBefore(end);
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(50).toNanos());
        }
    }

    private HttpResponse<String> get(String address) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String address) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
