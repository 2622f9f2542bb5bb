// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.survol.messaging.BrokerAndStore;

/** Requests that Schemathesis makes up from the service's own description, on a catalogue that holds a run. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(ApiFuzzIT.Fuzzed.class)
class ApiFuzzIT extends CatalogOfOneRun {

    private static final String USUAL_SECONDS = "60";
    private static final int MOST_REQUESTS = 4;

    public static final class Fuzzed extends Alone {
        @Override
        public Map<String, String> getConfigOverrides() {
            var overrides = new HashMap<>(super.getConfigOverrides());
            overrides.put("survol.catalog.most-requests", Integer.toString(MOST_REQUESTS));
            overrides.put("survol.database.url", "jdbc:h2:mem:api-fuzz-it;DB_CLOSE_DELAY=-1");
            return overrides;
        }
    }

    @Test
    void whoComesWhenItIsFullIsToldToComeBack() throws Exception {
        var search = HttpRequest.newBuilder(service.resolve("stac/search?limit=100"))
                .header("Origin", "https://other.example.org")
                .build();
        var answers = Stream.generate(() -> client.sendAsync(search, HttpResponse.BodyHandlers.ofString()))
                .limit(50L * MOST_REQUESTS)
                .toList();
        int refused = 0;
        for (var each : answers) {
            var answer = each.get();
            assertThat(answer.statusCode()).isIn(200, 429);
            assertThat(answer.headers().firstValue("access-control-allow-origin"))
                    .isPresent();
            if (answer.statusCode() == 429) {
                refused++;
                assertThat(answer.headers().firstValue("retry-after")).contains("1");
                assertThat(answer.headers().firstValue("content-type")).contains("application/problem+json");
                assertThat(json(answer).path("status").asInt()).isEqualTo(429);
            }
        }
        assertThat(refused).isPositive().isLessThan(answers.size());
        // the last ones may still be on their way out
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (get("stac").statusCode() != 200) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
        // all places are free again
        for (int i = 0; i < 3 * MOST_REQUESTS; i++) {
            assertThat(get("stac").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void noRequestIsAnsweredWithAServerErrorOrWithWhatWasNotPromised() throws Exception {
        var schemathesis = Path.of(System.getProperty("user.home"), ".cache/survol/clients-venv/bin/schemathesis");
        assumeTrue(Files.isExecutable(schemathesis), "no Schemathesis here; .ci/run installs it");

        var process = new ProcessBuilder(
                        schemathesis.toString(),
                        "run",
                        service + "q/openapi?format=json",
                        "--url",
                        service.toString(),
                        "--checks",
                        "not_a_server_error,status_code_conformance,content_type_conformance,"
                                + "response_schema_conformance,unsupported_method",
                        // a stream without end is no answer that could be looked at
                        "--exclude-path-regex",
                        "/events$",
                        "--max-time",
                        System.getProperty("fuzz.seconds", USUAL_SECONDS),
                        "--seed",
                        "1",
                        "--no-color")
                .directory(scratch.toFile())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
