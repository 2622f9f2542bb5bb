// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.survol.catalog.Operations;
import org.survol.catalog.Problem;
import org.survol.catalog.store.Job;
import org.survol.core.Digest;
import org.survol.core.Json;

/** What was given up, tried once more. */
@Singleton
final class ReplayProcess implements JobProcess {

    private static final String LETTER = "letter";

    private final Operations operations;

    ReplayProcess(Operations operations) {
        this.operations = operations;
    }

    @Override
    public String id() {
        return "replay";
    }

    @Override
    public String title() {
        return "Try a dead letter again";
    }

    @Override
    public String description() {
        return "Has what was given up tried once more by the stage that gave it up; asked for twice, nothing is doubled";
    }

    @Override
    public List<Input> inputs() {
        return List.of(new Input(
                LETTER,
                "Identifier of the dead letter, as /dead-letters lists it",
                true,
                Json.MAPPER.createObjectNode().put("type", "string")));
    }

    @Override
    public ObjectNode outputs() {
        var outputs = Json.MAPPER.createObjectNode();
        outputs.putObject("stage")
                .put("title", "The stage that tries it")
                .putObject("schema")
                .put("type", "string");
        return outputs;
    }

    @Override
    public Prepared prepare(ObjectNode inputs) throws IOException {
        if (!inputs.path(LETTER).isTextual()) {
            throw Problem.badRequest("the input letter must be the identifier of a dead letter");
        }
        operations.refuseReplay(inputs.path(LETTER).asText());
        return new Prepared(Digest.ofParts(id(), UUID.randomUUID()), Json.text(inputs));
    }

    @Override
    public ObjectNode run(Job job, Progress progress) throws IOException {
        var letter = operations.replay(
                Json.MAPPER.readTree(job.inputs()).path(LETTER).asText());
        return Json.MAPPER.createObjectNode().put("stage", letter.stage());
    }

    @Override
    public ObjectNode results(Job job, JsonNode result) {
        return (ObjectNode) result;
    }

    @Override
    public void discard(Job job) {
        // it made nothing of its own
    }
}
