// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.BrokerAndStore;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;
import org.survol.messaging.Topics;

/** The service as it runs, against a real broker and a real S3 server. */
@QuarkusTest
@QuarkusTestResource(value = BrokerAndStore.class, restrictToAnnotatedClass = true)
@TestProfile(IngestIT.SmallTiles.class)
class IngestIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final GeoReference TWO_TILES = new GeoReference(2154, 36_500 * 19.2, 343_750 * 19.2, 0.2, 0.2);

    public static class SmallTiles implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.test-port", "0", "survol.tile-size", "96");
        }
    }

    @Inject
    ObjectStore store;

    @Inject
    EventSink events;

    @Inject
    CloudEvents codec;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String brokers;

    @TestHTTPResource("/acquisitions")
    URI acquisitions;

    @TempDir
    Path scratch;

    private final HttpClient http = HttpClient.newHttpClient();
    private HeardEvents heard;

    @BeforeEach
    void listen() throws IOException {
        new Flight(store, "any", scratch, 96).model(Deliveries.card("small", Deliveries.RGB));
        heard = new HeardEvents(
                brokers,
                codec,
                List.of(Topics.ACQUISITIONS_PLANNED, Topics.TILES_PLANNED, Topics.TILES_READY, Topics.DEAD_LETTERS));
    }

    @AfterEach
    void stopListening() {
        heard.close();
    }

    @Test
    void aDeliveredFlightBecomesStacksAndADoubleDeliveryTheSame() throws Exception {
        var flight = new Flight(store, "twice", scratch, 96)
                .image("a.tif", Role.RGB, TWO_TILES, 192, 96, (band, e, n) -> (e * 7 + n * 3 + band) % 256);

        var answer = post("", flight.item());
        var planned = heard.await(
                        AcquisitionPlanned.class, e -> e.run().acquisition().equals("twice"), 1)
                .getFirst();
        var ready = heard.await(TileReady.class, e -> e.run().equals(planned.run()), 2);

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.headers().firstValue("Location")).contains("/acquisitions/twice");
        assertThat(planned.tiles()).isEqualTo(2);
        for (var tile : ready) {
            var stack = store.read(tile.stack().key());
            assertThat(Digest.of(stack)).isEqualTo(tile.stack().sha256());
            assertThat(stack).hasSize((int) tile.stack().bytes());
        }

        // as if everything but the sources had been lost, and everything were delivered again
        for (var object : store.list("runs/twice/")) {
            store.delete(object.key());
        }
        assertThat(post("?model=small", flight.item()).statusCode()).isEqualTo(202);
        var again = heard.await(TileReady.class, e -> e.run().equals(planned.run()), 4);

        assertThat(again.subList(2, 4))
                .extracting(TileReady::stack)
                .containsExactlyInAnyOrderElementsOf(
                        ready.stream().map(TileReady::stack).toList());
        for (var tile : ready) {
            assertThat(Digest.of(store.read(tile.stack().key())))
                    .isEqualTo(tile.stack().sha256());
        }
        assertThat(heard.await(TilePlanned.class, e -> e.run().equals(planned.run()), 4))
                .hasSize(4);
    }

    @Test
    void aBadFileIsOneDeadLetterAndTheOthersGoOn() throws Exception {
        var flight = new Flight(store, "one-bad", scratch, 96)
                .image("a.tif", Role.RGB, TWO_TILES, 96, 96, (band, e, n) -> band)
                .file("broken.tif", "RGB", "no image".getBytes(StandardCharsets.UTF_8));

        post("", flight.item());

        var letter = heard.await(DeadLettered.class, e -> e.acquisition().equals(Optional.of("one-bad")), 1)
                .getFirst();
        assertThat(letter.file()).isEqualTo("inbox/one-bad/broken.tif");
        assertThat(letter.stage()).isEqualTo("plan");
        heard.await(TileReady.class, e -> e.run().acquisition().equals("one-bad"), 1);
    }

    @Test
    void aFlightOfOneMissingFileIsOneDeadLetterForItself() throws Exception {
        post("", new Flight(store, "missing", scratch, 96).asset("a.tif", "RGB").item());

        var letter = heard.await(DeadLettered.class, e -> e.acquisition().equals(Optional.of("missing")), 1)
                .getFirst();
        assertThat(letter.file()).isEqualTo("inbox/missing/a.tif");
        assertThat(letter.original()).isPresent();
        assertThat(letter.mend()).isNotBlank();
    }

    @Test
    void refusalsAreProblemsThatNameTheMend() throws Exception {
        var item = Deliveries.item("refused", Map.of("a.tif", "RGB"));
        var outside = new String(item, StandardCharsets.UTF_8).replace("s3://survol/", "http://169.254.169.254/");

        assertProblem(post("", outside.getBytes(StandardCharsets.UTF_8)), 400, "assets.a-tif.href");
        assertProblem(post("", "no json".getBytes(StandardCharsets.UTF_8)), 400, "JSON");
        assertProblem(post("?model=../x", item), 400, "model");
        assertProblem(post("", new byte[1_000_001]), 413, "1000001");
        assertThat(store.stat("acquisitions/refused/item.json")).isEmpty();

        assertThat(post("", item).statusCode()).isEqualTo(202);
        assertProblem(post("", Deliveries.item("refused", Map.of("b.tif", "RGB"))), 409, "refused");
    }

    @Test
    void anItemOfFiftyMegabytesIsRefusedBeforeItIsRead() throws Exception {
        try (var connection = new Socket(acquisitions.getHost(), acquisitions.getPort())) {
            connection.setSoTimeout((int) PATIENCE.toMillis());
            var head = "POST /acquisitions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/geo+json\r\n"
                    + "Content-Length: 50000000\r\n\r\n{";
            connection.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            var answer =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));

            assertThat(answer.readLine()).startsWith("HTTP/1.1 413");
        }
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String named) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        JsonNode problem = Json.MAPPER.readTree(answer.body());
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("detail").asText()).contains(named);
        assertThat(problem.path("mend").asText()).isNotBlank();
    }

    private HttpResponse<String> post(String query, byte[] item) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(acquisitions + query))
                .header("Content-Type", "application/geo+json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(item))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
