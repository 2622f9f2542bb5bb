// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Json;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.EventSink;

/** The service as it runs, told of a finished run through a real broker, its files in a real S3 server. */
abstract class CatalogOfOneRun {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    static final String PUBLIC = "https://maps.example.org/survol";
    static final String FLIGHT = "lille-2024";
    static final String RUN = "run-1";
    static final String PRODUCT = FLIGHT + "." + RUN;

    public static class Alone implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.test-port", "0",
                    "survol.public-url", PUBLIC,
                    "survol.access.anonymous-change", "true",
                    "survol.catalog.download-polygons", "200",
                    "survol.catalog.window-pixels", "700",
                    "survol.database.url", "jdbc:h2:mem:catalog-it;DB_CLOSE_DELAY=-1");
        }
    }

    @Inject
    ObjectStore store;

    @Inject
    EventSink events;

    @TestHTTPResource("/")
    URI service;

    @TempDir
    Path scratch;

    final HttpClient client = HttpClient.newHttpClient();
    final SampleRun sample = SampleRun.of(FLIGHT, RUN, 3, 2);

    private static URI told;

    /** Once for all tests of one service: everything twice, in any order. */
    @BeforeEach
    void tell() throws IOException, InterruptedException {
        if (service.equals(told)) {
            return;
        }
        var story = new StoredRun(sample, store, scratch).story();
        var deliveries = new ArrayList<>(story);
        deliveries.addAll(story);
        Collections.shuffle(deliveries, new Random(5));
        events.publish(deliveries);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            var answer = get("acquisitions/" + FLIGHT);
            if (answer.statusCode() == 200) {
                var run = json(answer).at("/runs/0");
                if (run.path("state").asText().equals("done")
                        && run.at("/tiles/vectorized").asInt() == 4
                        && run.at("/tiles/ready").asInt() == 5
                        && run.at("/tiles/failed").asInt() == 1
                        && run.at("/tiles/skipped").asInt() == 1
                        && json(get("stac/search?limit=100"))
                                        .at("/numberReturned")
                                        .asInt()
                                == 7) {
                    told = service;
                    return;
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
        throw new AssertionError(
                "the catalogue did not learn of the run: " + get("acquisitions").body());
    }

    /** With a Host header's friend that proxies send and forgers too. */
    HttpResponse<String> get(String address) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .header("X-Forwarded-Host", "evil.example.com")
                        .header("Forwarded", "host=evil.example.com")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<byte[]> getBytes(String address) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    static JsonNode json(HttpResponse<String> answer) throws IOException {
        assertThat(answer.body()).doesNotContain("evil.example.com");
        return Json.MAPPER.readTree(answer.body());
    }

    HttpResponse<String> post(String address, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .header("Content-Type", "application/json")
                        .header("X-Forwarded-Host", "evil.example.com")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** What one writes behind an equals sign. */
    static String encoded(String value) {
        return PublicUrl.encode(value);
    }
}
