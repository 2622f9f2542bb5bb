// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.Arrivals.Fate;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.Topics;

/** What every S3 server must lead to, whatever way its objects are noticed. */
abstract class Triggers {

    static final GeoReference TWO_TILES = new GeoReference(2154, 36_500 * 19.2, 343_750 * 19.2, 0.2, 0.2);

    @Inject
    ObjectStore store;

    @Inject
    CloudEvents codec;

    @Inject
    MeterRegistry meters;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String brokers;

    @ConfigProperty(name = "survol.ingest.webhook-token")
    Optional<String> token;

    @TestHTTPResource("/")
    URI service;

    @TempDir
    Path scratch;

    final HttpClient http = HttpClient.newHttpClient();
    HeardEvents events;
    private KafkaProducer<String, String> producer;

    @BeforeEach
    void listen() throws IOException {
        new Flight(store, "any", scratch, 96).model(Deliveries.card("small", Deliveries.RGB));
        events = new HeardEvents(
                brokers, codec, List.of(Topics.ACQUISITIONS, Topics.ACQUISITIONS_PLANNED, Topics.DEAD_LETTERS));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers), new StringSerializer(), new StringSerializer());
    }

    @AfterEach
    void stopListening() {
        if (events != null) {
            events.close();
            producer.close();
        }
    }

    @Test
    void imagesAndThenAnItemBecomeAnAcquisition() throws Exception {
        var flight = flight("item-" + name()).image("a.tif", Role.RGB, TWO_TILES, 192, 96, (b, e, n) -> 7);

        store.write("inbox/item-" + name() + "/item.json", flight.item(), "application/json");

        var planned = planned("item-" + name());
        assertThat(planned.tiles()).isEqualTo(2);
    }

    @Test
    void aFolderWithAMarkerIsInspected() throws Exception {
        var id = "folder-2025-" + name();
        flight(id).image("32-2025-0500-6275-LA93-0M20-E080.tif", Role.RGB, TWO_TILES, 192, 96, (b, e, n) -> 7);

        store.write("inbox/" + id + "/_SUCCESS", new byte[0], "application/octet-stream");

        var plan = Json.parse(store.read(planned(id).planKey()), Plan.class);
        assertThat(plan.vintage()).isEqualTo(2025);
        assertThat(plan.tiles()).hasSize(2);
    }

    @Test
    void aHundredNotificationsAreOneAcquisition() throws Exception {
        var id = "hundred-" + name();
        var flight = flight(id).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);
        var key = "inbox/" + id + "/item.json";
        store.write(key, flight.item(), "application/json");
        double before = counted(Fate.REPEATED);

        for (int i = 0; i < 100; i++) {
            notify(S3EventsTest.record("s3:ObjectCreated:Put", store(), key));
        }

        await(() -> counted(Fate.REPEATED) - before >= 99);
        planned(id);
        events.listen(Duration.ofSeconds(1));
        assertThat(events.soFar(
                        AcquisitionRegistered.class, e -> e.acquisition().equals(id)))
                .hasSize(1);
        assertThat(events.soFar(
                        AcquisitionPlanned.class, e -> e.run().acquisition().equals(id)))
                .hasSize(1);
    }

    @Test
    void aWebhookCallIsAsGoodAsARecord() throws Exception {
        var id = "webhook-" + name();
        var flight = flight(id).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);
        store.write("inbox/" + id + "/strange name.json", flight.item(), "application/json");

        var answer = call(S3EventsTest.record("ObjectCreated:Put", store(), "inbox/" + id + "/strange+name.json"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        planned(id);
        assertThat(call(S3EventsTest.record("ObjectCreated:Put", "other", "x")).statusCode())
                .isEqualTo(202);
        assertThat(call("{\"Service\": \"S3\", \"Event\": \"s3:TestEvent\"}").statusCode())
                .isEqualTo(202);
        assertThat(call("{}").statusCode()).isEqualTo(400);
        assertThat(call(" ".repeat(2 << 20)).statusCode()).isEqualTo(413);
        assertThat(send(HttpRequest.newBuilder(service.resolve("notifications/s3"))
                                .method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aRecordThatIsNoNotificationIsALetterAndTheOthersGoOn() throws Exception {
        var id = "beside-" + name();
        var flight = flight(id).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);

        notify("hello " + name());
        notify("{\"Records\": [{\"eventName\": 17}]}");
        store.write("inbox/" + id + "/item.json", flight.item(), "application/json");

        planned(id);
        var letters = events.await(
                DeadLettered.class, e -> e.stage().equals("intake") && e.file().startsWith(Topics.OBJECT_EVENTS), 2);
        assertThat(letters).allSatisfy(letter -> {
            assertThat(letter.mend()).contains("S3 event notifications");
            assertThat(letter.original()).isPresent();
        });
    }

    @Test
    void aFolderIsDeliveredByHttpWithItsGuesses() throws Exception {
        var id = "http-2024-" + name();
        flight(id).image("strip.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);

        var answer = post("deliveries", "{\"prefix\": \"inbox/" + id + "/\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(answer.headers().firstValue("Location")).contains("/acquisitions/" + id);
        var body = Json.MAPPER.readTree(answer.body());
        assertThat(body.path("item").path("properties").path("datetime").asText())
                .startsWith("2024");
        assertThat(body.path("guessed")).isNotEmpty();
        planned(id);

        assertThat(post("deliveries", "{\"keys\": [\"inbox/" + id + "/strip.tif\"]}")
                        .statusCode())
                .as("the same again")
                .isEqualTo(202);
        assertThat(post("deliveries", "{\"prefix\": \"inbox/" + id + "/\", \"datetime\": \"2020-01-01T00:00:00Z\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(post("deliveries", "{\"prefix\": \"inbox/nothing/\"}").statusCode())
                .isEqualTo(404);
        assertThat(post("deliveries", "{\"keys\": [\"inbox/" + id + "/other.tif\"]}")
                        .statusCode())
                .isEqualTo(404);
        for (var refused : List.of(
                "{}",
                "[]",
                "no",
                "null",
                "{\"prefix\": \"inbox/\"}",
                "{\"prefix\": \"runs/x/\"}",
                "{\"prefix\": \"inbox/../runs/\"}",
                "{\"keys\": []}",
                "{\"keys\": [\"models/small.onnx\"]}",
                "{\"prefix\": \"inbox/" + id + "/\", \"id\": \"../x\"}",
                "{\"prefix\": \"inbox/" + id + "/\", \"model\": \"../x\"}",
                "{\"prefix\": \"inbox/" + id + "/\", \"datetime\": \"yesterday\"}")) {
            var problem = post("deliveries", refused);
            assertThat(problem.statusCode()).as(refused + problem.body()).isEqualTo(400);
            assertThat(Json.MAPPER.readTree(problem.body()).path("mend").asText())
                    .as(refused)
                    .isNotBlank();
        }
    }

    @Test
    void anItemInAnInboxFolderIsDeliveredByHttp() throws Exception {
        var id = "keyed-" + name();
        var flight = flight(id).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);
        store.write("inbox/" + id + "/the-item.json", flight.item(), "application/json");

        var answer = post("deliveries", "{\"prefix\": \"inbox/" + id + "\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(Json.MAPPER.readTree(answer.body()).path("guessed")).isEmpty();
        assertThat(store.stat(StoreLayout.item(id))).isPresent();
    }

    /** Of the bucket that notifications name. */
    String store() {
        return Deliveries.BUCKET;
    }

    /** Of the server under test, so that two of them may share a broker. */
    String name() {
        return getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    Flight flight(String id) {
        return new Flight(store, id, scratch, 96);
    }

    AcquisitionPlanned planned(String id) {
        return events.await(AcquisitionPlanned.class, e -> e.run().acquisition().equals(id), 1)
                .getFirst();
    }

    void notify(String notification) throws Exception {
        producer.send(new ProducerRecord<>(Topics.OBJECT_EVENTS, notification)).get();
    }

    HttpResponse<String> call(String notification) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(service.resolve("notifications/s3"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(notification.getBytes(StandardCharsets.UTF_8)));
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return send(request);
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(service.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    double counted(Fate fate) {
        return meters.get("survol.ingest.arrivals")
                .tag("fate", fate.name().toLowerCase(Locale.ROOT))
                .counter()
                .count();
    }

    static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in time");
            }
            Thread.sleep(100);
        }
    }
}
