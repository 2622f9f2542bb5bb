// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.survol.messaging.BrokerAndStore;

/** Requests that Schemathesis makes up from the service's own description, on a catalogue that holds a run. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(ApiFuzzIT.Fuzzed.class)
class ApiFuzzIT extends CatalogOfOneRun {

    private static final String USUAL_SECONDS = "60";

    public static final class Fuzzed extends Alone {
        @Override
        public Map<String, String> getConfigOverrides() {
            var overrides = new HashMap<>(super.getConfigOverrides());
            overrides.put("survol.database.url", "jdbc:h2:mem:api-fuzz-it;DB_CLOSE_DELAY=-1");
            return overrides;
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
