// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.survol.messaging.BrokerAndStore;

/** Requests that Schemathesis makes up from the service's own description, on a catalogue that holds a run. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(ApiFuzzIT.Fuzzed.class)
class ApiFuzzIT extends CatalogOfOneRun {

    private static final String USUAL_SECONDS = "60";
    private static final int MOST_REQUESTS = 8;

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
        var waiting = new ArrayList<Socket>();
        try {
            for (int i = 0; i < MOST_REQUESTS; i++) {
                var socket = new Socket(service.getHost(), service.getPort());
                waiting.add(socket);
                // never sends what it promises
                socket.getOutputStream()
                        .write(("POST /stac/search HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: 100\r\n\r\n{")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            var refused = await("stac", 429);
            assertThat(refused.headers().firstValue("retry-after")).contains("1");
            assertThat(refused.headers().firstValue("content-type")).contains("application/problem+json");
            assertThat(json(refused).path("status").asInt()).isEqualTo(429);
            assertThat(get("q/health/live").statusCode()).isEqualTo(200);
        } finally {
            for (var socket : waiting) {
                socket.close();
            }
        }
        await("stac", 200);
    }

    private HttpResponse<String> await(String address, int status) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            var answer = get(address);
            if (answer.statusCode() == status) {
                return answer;
            }
            assertThat(System.nanoTime()).as(answer.body()).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
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
