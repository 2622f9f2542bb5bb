// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.store.VersityGateway;
import org.survol.ingest.Arrivals.Fate;

/** VersityGW sends its notifications to Kafka, or to a webhook; nobody looks into the inbox. */
@QuarkusTest
@QuarkusTestResource(value = BrokerAndVersity.class, restrictToAnnotatedClass = true)
@TestProfile(VersityTriggersIT.Listening.class)
class VersityTriggersIT extends Triggers {

    private static final String ARCHIVE = "archive";
    private static final String TOKEN = "a-token-for-tests";

    public static class Listening implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.test-port",
                    "0",
                    "survol.tile-size",
                    "96",
                    "survol.ingest.webhook-token",
                    TOKEN,
                    "survol.ingest.allowed-buckets",
                    "other-archive," + ARCHIVE);
        }
    }

    @ConfigProperty(name = BrokerAndVersity.DATA)
    Optional<String> data;

    @BeforeEach
    @Override
    void listen() throws IOException {
        assumeTrue(VersityGateway.isAvailable(), VersityGateway.SKIPPED);
        super.listen();
    }

    @Test
    void aSecondGatewayTellsByWebhook() throws Exception {
        var id = "gateway-" + name();
        var address = service.resolve("notifications/s3").toString().replace("http://", "http://any:" + TOKEN + "@");
        try (var gateway = VersityGateway.start(Path.of(data.orElseThrow()), "--event-webhook-url", address);
                var throughIt = gateway.open()) {
            var flight =
                    new Flight(throughIt, id, scratch, 96).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);

            throughIt.write("inbox/" + id + "/item.json", flight.item(), "application/json");

            planned(id);
        }
    }

    @Test
    void imagesInABucketThatIsAllowedAreReadWhereTheyLie() throws Exception {
        var id = "elsewhere-" + name();
        Files.createDirectories(Path.of(data.orElseThrow(), ARCHIVE));
        Files.createDirectories(Path.of(data.orElseThrow(), "forbidden"));
        try (var gateway = VersityGateway.start(Path.of(data.orElseThrow()));
                var archive = gateway.open(ARCHIVE)) {
            var flight =
                    new Flight(archive, id, scratch, 96).image("a.tif", Role.RGB, TWO_TILES, 96, 96, (b, e, n) -> 7);
            var item = new String(flight.item(), StandardCharsets.UTF_8);

            var there = item.replace("s3://survol/", "s3://" + ARCHIVE + "/");
            assertThat(post("acquisitions", there).statusCode()).isEqualTo(202);
            var plan = Json.parse(store.read(planned(id).planKey()), Plan.class);
            assertThat(plan.sources())
                    .extracting(Plan.Source::key)
                    .containsExactly("s3://" + ARCHIVE + "/inbox/" + id + "/a.tif");

            var refused = post("acquisitions", item.replace("s3://survol/", "s3://forbidden/"));
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("survol.ingest.allowed-buckets");
        }
    }

    @Test
    void deletionsAreHeardAndIgnored() throws Exception {
        store.write("inbox/gone/note.txt", new byte[1], "text/plain");
        double before = counted(Fate.NO_CREATION);

        store.delete("inbox/gone/note.txt");

        await(() -> counted(Fate.NO_CREATION) > before);
    }

    @Test
    void aCallerWithoutTheTokenIsRefused() throws Exception {
        for (var wrong : new String[] {"Bearer another", "Bearer ", "Basic !", "Basic YTpi", "Digest x"}) {
            var request = HttpRequest.newBuilder(service.resolve("notifications/s3"))
                    .header("Authorization", wrong)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"));
            var answer = send(request);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).doesNotContain(TOKEN).contains("mend");
        }
    }
}
