// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.survol.catalog.Operations;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.Job;
import org.survol.core.Digest;
import org.survol.core.Json;

/** A flight mapped once more. The job ends when the order is given; how far the run is, its progress says. */
@Singleton
final class RerunProcess implements JobProcess {

    private static final String ACQUISITION = "acquisition";
    private static final String MODEL = "model";

    private final Operations operations;
    private final PublicUrl url;

    RerunProcess(Operations operations, PublicUrl url) {
        this.operations = operations;
        this.url = url;
    }

    @Override
    public String id() {
        return "rerun";
    }

    @Override
    public String title() {
        return "Map a flight once more";
    }

    @Override
    public String description() {
        return "Has a flight mapped again, by a model of the store or else the best that fits";
    }

    @Override
    public List<Input> inputs() {
        var text = Json.MAPPER.createObjectNode().put("type", "string");
        return List.of(
                new Input(ACQUISITION, "Name of a delivered flight", true, text),
                new Input(MODEL, "Name of a model; absent: the best that fits", false, text.deepCopy()));
    }

    @Override
    public ObjectNode outputs() {
        var outputs = Json.MAPPER.createObjectNode();
        outputs.putObject("progress")
                .put("title", "Address of the flight's progress")
                .putObject("schema")
                .put("type", "string")
                .put("format", "uri");
        return outputs;
    }

    @Override
    public Prepared prepare(ObjectNode inputs) throws IOException {
        if (!inputs.path(ACQUISITION).isTextual()
                || inputs.has(MODEL) && !inputs.path(MODEL).isTextual()) {
            throw Problem.badRequest("the inputs acquisition and, where given, model must be names");
        }
        operations.refuseRun(inputs.path(ACQUISITION).asText(), model(inputs));
        return new Prepared(Digest.ofParts(id(), UUID.randomUUID()), Json.text(inputs));
    }

    private static Optional<String> model(JsonNode inputs) {
        return inputs.has(MODEL) ? Optional.of(inputs.path(MODEL).asText()) : Optional.empty();
    }

    @Override
    public ObjectNode run(Job job, Progress progress) throws IOException {
        var inputs = Json.MAPPER.readTree(job.inputs());
        var acquisition = inputs.path(ACQUISITION).asText();
        operations.run(acquisition, model(inputs));
        return Json.MAPPER.createObjectNode().put("progress", url.of("acquisitions", acquisition));
    }

    @Override
    public ObjectNode results(Job job, JsonNode result) {
        return (ObjectNode) result;
    }

    @Override
    public void discard(Job job) {
        // what it ordered goes its own way
    }
}
