// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.catalog.store.JobStore;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.messaging.BrokerAndStore;

/** Orders of files, done by the service as it runs, fetched from a real S3 server by whoever has the address. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class ExportIT extends CatalogOfOneRun {

    private static final String EXECUTION = "ogc/processes/export/execution";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    JobStore jobs;

    private static String inputs(String more) {
        return "{\"inputs\":{\"map\":\"" + PRODUCT + "\"" + more + "}}";
    }

    private String order(String body) throws IOException, InterruptedException {
        var answer = post(EXECUTION, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        var location = answer.headers().firstValue("location").orElseThrow();
        assertThat(location)
                .isEqualTo(PUBLIC + "/ogc/jobs/" + json(answer).path("jobID").asText());
        return location.substring(PUBLIC.length() + 1);
    }

    private JsonNode ended(String job) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            var status = json(get(job));
            if (status.has("finished")) {
                return status;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("the job does not end: " + get(job).body());
    }

    @Test
    void aMapThatIsTooLargeToStreamIsMadeInTheStore() throws Exception {
        var refused = get("ogc/collections/" + PRODUCT + "/download");
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(json(refused).path("detail").asText()).contains(PUBLIC + "/" + EXECUTION);

        var job = order(inputs(",\"format\":\"parquet\""));
        var status = ended(job);
        assertThat(status.path("status").asText()).as(status.toString()).isEqualTo("successful");
        assertThat(status.path("progress").asInt()).isEqualTo(100);
        assertThat(status.path("survol:total").asInt()).isEqualTo(4 * 64);

        var file = json(get(job + "/results")).path("file");
        var direct = URI.create(file.path("href").asText());
        assertThat(direct.getQuery()).contains("X-Amz-Expires=3600");
        var fetched = client.send(HttpRequest.newBuilder(direct).build(), BodyHandlers.ofByteArray());
        assertThat(fetched.statusCode()).isEqualTo(200);
        assertThat(fetched.body()).hasSize(file.path("length").asInt());
        assertThat(Digest.of(fetched.body())).isEqualTo(file.path("sha256").asText());
        assertThat(getBytes(file.path("alternate").asText().substring(PUBLIC.length() + 1))
                        .body())
                .as("through the catalogue, for who does not reach the store")
                .isEqualTo(fetched.body());
        try (var parquet = ParquetFileReader.open(InputFile.of(ByteBuffer.wrap(fetched.body())))) {
            assertThat(parquet.getFileMetaData().numRows()).isEqualTo(4 * 64);
        }
    }

    @Test
    void theSameOrderIsTheSameJobAndAnotherAreaIsAnother() throws IOException, InterruptedException {
        var first = order(inputs(",\"format\":\"geojson\",\"bbox\":[2.3190,48.8377,2.3194,48.8380]"));
        ended(first);
        var again = order(inputs(",\"bbox\":{\"bbox\":[2.3190,48.8377,2.3194,48.8380]},\"format\":\"geojson\""));
        var other = order(inputs(",\"format\":\"geojson\",\"bbox\":[2.3190,48.8377,2.3193,48.8380]"));

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        var streamed =
                json(get("ogc/collections/" + PRODUCT + "/download?f=geojson&bbox=2.3190,48.8377,2.3194,48.8380"));
        var href = json(get(first + "/results")).at("/file/href").asText();
        var exported = client.send(HttpRequest.newBuilder(URI.create(href)).build(), BodyHandlers.ofString());
        assertThat(Json.MAPPER.readTree(exported.body())).isEqualTo(streamed);

        var listed = json(get("ogc/jobs?status=successful&processID=export&limit=1"));
        assertThat(listed.path("jobs")).hasSize(1);
        assertThat(json(get("ogc/jobs")).findValuesAsText("jobID")).contains(first.substring("ogc/jobs/".length()));
    }

    @Test
    void aDismissedJobLeavesNoFile() throws IOException, InterruptedException {
        var job = order(inputs(",\"format\":\"csv\",\"bbox\":[2.3191,48.8377,2.3194,48.8380]"));
        ended(job);
        var href = json(get(job + "/results")).at("/file/href").asText();

        var dismissed = client.send(
                HttpRequest.newBuilder(service.resolve(job)).DELETE().build(), BodyHandlers.ofString());

        assertThat(json(dismissed).path("status").asText()).isEqualTo("dismissed");
        assertThat(get(job + "/results").statusCode()).isEqualTo(404);
        var gone = client.send(HttpRequest.newBuilder(URI.create(href)).build(), BodyHandlers.discarding());
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(order(inputs(",\"format\":\"csv\",\"bbox\":[2.3191,48.8377,2.3194,48.8380]")))
                .as("can be ordered anew")
                .isEqualTo(job);
        assertThat(ended(job).path("status").asText()).isEqualTo("successful");
    }

    @Test
    void aJobWhoseServiceDiedIsDoneByTheNextOne() throws IOException, InterruptedException {
        var understood = "{\"map\":\"" + PRODUCT + "\",\"format\":\"fgb\",\"where\":{}}";
        var longAgo = Instant.now().minus(Duration.ofHours(1));
        jobs.order("left-behind", "export", understood, longAgo, 100);
        jobs.take("a service that died", longAgo, Duration.ofDays(1));

        var status = ended("ogc/jobs/left-behind");

        assertThat(status.path("status").asText()).as(status.toString()).isEqualTo("successful");
    }

    @Test
    void replayAndRerunAreJobsToo() throws IOException, InterruptedException {
        var letter = json(get("dead-letters")).at("/0/id").asText();
        var answer = post("ogc/processes/replay/execution", "{\"inputs\":{\"letter\":\"" + letter + "\"}}");
        // the sample's letter is about a file: nothing waits for it
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(409);

        var unknown = post(
                "ogc/processes/rerun/execution",
                "{\"inputs\":{\"acquisition\":\"" + FLIGHT + "\",\"model\":\"nothing\"}}");
        assertThat(unknown.statusCode()).as(unknown.body()).isEqualTo(400);
        assertThat(json(unknown).path("detail").asText()).contains("no model \"nothing\"");
    }

    @Test
    void processesSayWhatTheyWant() throws IOException, InterruptedException {
        assertThat(json(get("ogc/conformance")).path("conformsTo").toString())
                .contains("ogcapi-processes-1/1.0/conf/core", "ogcapi-processes-1/1.0/conf/job-list");
        assertThat(json(get("ogc")).findValuesAsText("rel"))
                .contains(
                        "http://www.opengis.net/def/rel/ogc/1.0/processes",
                        "http://www.opengis.net/def/rel/ogc/1.0/job-list");
        var list = json(get("ogc/processes")).path("processes");
        assertThat(list.findValuesAsText("id")).containsExactly("export", "replay", "rerun");
        for (var summary : list) {
            var process = json(get("ogc/processes/" + summary.path("id").asText()));
            assertThat(process.path("version").asText()).isNotBlank();
            assertThat(process.path("jobControlOptions").toString()).contains("async-execute", "dismiss");
            assertThat(process.path("inputs")).isNotEmpty().allMatch(input -> input.has("schema"));
            assertThat(process.path("outputs")).isNotEmpty().allMatch(output -> output.has("schema"));
        }
        assertThat(get("ogc/processes/nothing").statusCode()).isEqualTo(404);
        assertThat(get("ogc/jobs/nothing").statusCode()).isEqualTo(404);
        assertThat(get("ogc/jobs/nothing/results").statusCode()).isEqualTo(404);
        assertThat(get("ogc/jobs?status=asleep").statusCode()).isEqualTo(400);
        assertThat(get("ogc/jobs?token=-1").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "{\"inputs\":[]}",
                "{\"inputs\":{}}",
                "{\"inputs\":{\"map\":7}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"formt\":\"gpkg\"}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"format\":\"shp\"}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"bbox\":\"2,48,3,49\"}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"bbox\":[2,48,3]}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"bbox\":[3,48,2,49]}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"bbox\":[2,48,3,49],\"bbox-crs\":\"EPSG:1\"}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"bbox\":[2,48,3,49],\"polygon\":{}}}",
                "{\"inputs\":{\"map\":\"lille-2024.run-1\",\"polygon\":{\"type\":\"Point\",\"coordinates\":[2,48]}}}",
                "{\"inputs\":"
            })
    void whatCannotBeOrderedIsSaidAtOnce(String body) throws IOException, InterruptedException {
        var answer = post(EXECUTION, body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }
}
