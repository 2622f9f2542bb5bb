// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.survol.core.Json;
import org.survol.standalone.AcquisitionProgress.DeadLetter;

/** The catalogue and the intake, seen from outside over HTTP. */
final class Catalogue {

    /** What the intake said to a delivery. */
    sealed interface Receipt {
        /** @param guessed one sentence each; empty when nothing had to be */
        record Accepted(String id, List<String> guessed) implements Receipt {}

        /** @param detail why, and what to do */
        record Refused(int status, String title, String detail) implements Receipt {}
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration INSPECTION = Duration.ofMinutes(10);
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERROR = 500;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Instance instance;

    Catalogue(Instance instance) {
        this.instance = instance;
    }

    /** @throws IOException when the intake does not answer or cannot work now: the delivery may be repeated */
    Receipt deliver(byte[] item, Optional<String> model) throws IOException, InterruptedException {
        var query = model.map(name -> "?model=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                .orElse("");
        return post("/acquisitions" + query, "application/geo+json", item, TIMEOUT);
    }

    /** The same for files that lie in the store without an Item; looking at many takes its time. */
    Receipt deliver(ObjectNode order) throws IOException, InterruptedException {
        return post("/deliveries", "application/json", Json.bytes(order), INSPECTION);
    }

    private static HttpRequest.Builder request(String address) {
        var request = HttpRequest.newBuilder(URI.create(address));
        var token = System.getenv("SURVOL_TOKEN");
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private Receipt post(String path, String type, byte[] body, Duration patience)
            throws IOException, InterruptedException {
        var request = request(instance.ingest() + path)
                .timeout(patience)
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() == ACCEPTED) {
            var answer = json(response);
            return new Receipt.Accepted(answer.path("id").asText(), guesses(answer.path("guessed")));
        }
        if (response.statusCode() >= SERVER_ERROR) {
            throw new IOException("the intake at " + instance.ingest() + " answered " + response.statusCode());
        }
        var problem = json(response);
        return new Receipt.Refused(
                response.statusCode(),
                problem.path("title").asText(),
                sentence(problem.path("detail").asText()) + problem.path("mend").asText());
    }

    private static List<String> guesses(JsonNode guessed) {
        var sentences = new ArrayList<String>();
        for (var guess : guessed) {
            int files = guess.path("files").asInt();
            sentences.add(
                    guess.path("field").asText() + " " + guess.path("value").asText()
                            + (files > 1 ? " (" + files + " files)" : "") + ": "
                            + guess.path("why").asText());
        }
        return sentences;
    }

    List<AcquisitionProgress> acquisitions() throws IOException, InterruptedException {
        return Json.MAPPER.readValue(get("/acquisitions").orElseThrow(), new TypeReference<>() {});
    }

    /** Empty as long as the catalogue has not heard of it. */
    Optional<AcquisitionProgress> acquisition(String id) throws IOException, InterruptedException {
        var body = get("/acquisitions/" + id);
        return body.isEmpty() ? Optional.empty() : Optional.of(Json.parse(body.get(), AcquisitionProgress.class));
    }

    /** All dead letters, those that belong to no acquisition included. */
    List<DeadLetter> deadLetters() throws IOException, InterruptedException {
        return Json.MAPPER.readValue(get("/dead-letters").orElseThrow(), new TypeReference<>() {});
    }

    /** Whether a service says that it is ready. */
    boolean isReady(URI service) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(service + "/q/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
        } catch (IOException e) {
            return false;
        }
    }

    private Optional<byte[]> get(String path) throws IOException, InterruptedException {
        var request = request(instance.catalog() + path)
                .timeout(TIMEOUT)
                .header("Accept", "application/json")
                .build();
        var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return switch (response.statusCode()) {
            case OK -> Optional.of(response.body());
            case NOT_FOUND -> Optional.empty();
            default ->
                throw new IOException(
                        "the catalogue at " + instance.catalog() + path + " answered " + response.statusCode());
        };
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        try {
            return Json.MAPPER.readTree(response.body());
        } catch (IOException e) {
            return Json.MAPPER.createObjectNode();
        }
    }

    private static String sentence(String text) {
        return text.isEmpty() || text.endsWith(". ") ? text : text.replaceFirst("\\.?$", "") + ". ";
    }
}
