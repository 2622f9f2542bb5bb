// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Instant;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.access.Reads;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.JobStore;
import org.survol.core.Json;

/** OGC API Processes: what can be done, and orders for it. Everything is done later, as a job. */
@Path("/ogc/processes")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class ProcessResource {

    private static final String VERSION = "1.0.0";
    private static final String EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute";

    private final Processes processes;
    private final JobStore jobs;
    private final JobRunner runner;
    private final JobDocuments documents;
    private final PublicUrl url;
    private final int mostWaiting;

    ProcessResource(
            Processes processes,
            JobStore jobs,
            JobRunner runner,
            JobDocuments documents,
            PublicUrl url,
            @ConfigProperty(name = "survol.catalog.jobs-waiting") int mostWaiting) {
        this.processes = processes;
        this.jobs = jobs;
        this.runner = runner;
        this.documents = documents;
        this.url = url;
        this.mostWaiting = mostWaiting;
    }

    @GET
    public ObjectNode list() {
        var document = Json.MAPPER.createObjectNode();
        var list = document.putArray("processes");
        processes.all().forEach(process -> list.add(summary(process)));
        link(document.putArray("links"), "self", url.of("ogc", "processes"), MediaType.APPLICATION_JSON);
        return document;
    }

    private ObjectNode summary(JobProcess process) {
        var summary = Json.MAPPER.createObjectNode();
        summary.put("id", process.id())
                .put("title", process.title())
                .put("description", process.description())
                .put("version", VERSION);
        summary.putArray("jobControlOptions").add("async-execute").add("dismiss");
        summary.putArray("outputTransmission").add("reference");
        var links = summary.putArray("links");
        var address = url.of("ogc", "processes", process.id());
        link(links, "self", address, MediaType.APPLICATION_JSON);
        link(links, EXECUTE, address + "/execution", MediaType.APPLICATION_JSON);
        return summary;
    }

    @GET
    @Path("{process}")
    public ObjectNode process(@PathParam("process") String id) {
        var process = processes.named(id);
        var document = summary(process);
        var inputs = document.putObject("inputs");
        for (var input : process.inputs()) {
            var described = inputs.putObject(input.name());
            described.put("title", input.title());
            described.put("minOccurs", input.required() ? 1 : 0).put("maxOccurs", 1);
            described.set("schema", input.schema());
        }
        document.set("outputs", process.outputs());
        return document;
    }

    /** Whoever may read a map may have it as a file. */
    @POST
    @Path("export/execution")
    @Consumes(MediaType.APPLICATION_JSON)
    @Reads
    public Response export(JsonNode request) throws IOException {
        return order(ExportProcess.ID, request);
    }

    @POST
    @Path("{process}/execution")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response execute(@PathParam("process") String id, JsonNode request) throws IOException {
        return order(id, request);
    }

    private Response order(String id, JsonNode request) throws IOException {
        var process = processes.named(id);
        var prepared = process.prepare(inputs(process, request));
        return switch (jobs.order(prepared.id(), id, prepared.inputs(), Instant.now(), mostWaiting)) {
            case JobStore.Order.Accepted(var job) -> {
                runner.wake();
                yield created(documents.status(job), job.id());
            }
            case JobStore.Order.Known(var job) -> created(documents.status(job), job.id());
            case JobStore.Order.Refused(var waiting) ->
                throw Problem.unavailable(waiting + " jobs wait already; order again when some are done");
        };
    }

    private Response created(ObjectNode status, String job) {
        return Response.status(Response.Status.CREATED)
                .header("Location", url.of("ogc", "jobs", job))
                .entity(status)
                .build();
    }

    private static ObjectNode inputs(JobProcess process, JsonNode request) {
        if (!(request instanceof ObjectNode) || !(request.path("inputs") instanceof ObjectNode inputs)) {
            throw Problem.badRequest("an order is a JSON object with the member inputs, an object of "
                    + process.inputs().stream().map(JobProcess.Input::name).collect(Collectors.joining(", ")));
        }
        inputs.fieldNames().forEachRemaining(name -> {
            if (process.inputs().stream().noneMatch(input -> input.name().equals(name))) {
                throw Problem.badRequest("the process " + process.id() + " has no input \"" + Parameters.shown(name)
                        + "\"; it has "
                        + process.inputs().stream().map(JobProcess.Input::name).collect(Collectors.joining(", ")));
            }
        });
        return inputs;
    }
}
