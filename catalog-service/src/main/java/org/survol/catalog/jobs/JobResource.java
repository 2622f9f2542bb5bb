// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.Job;
import org.survol.catalog.store.JobStore;
import org.survol.core.Json;

/** OGC API Processes: what was ordered, how far it is, what came of it. */
@Path("/ogc/jobs")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class JobResource {

    private static final int MOST = 1_000;
    private static final String USUAL = "100";

    private final JobStore jobs;
    private final Processes processes;
    private final JobDocuments documents;
    private final PublicUrl url;

    JobResource(JobStore jobs, Processes processes, JobDocuments documents, PublicUrl url) {
        this.jobs = jobs;
        this.processes = processes;
        this.documents = documents;
        this.url = url;
    }

    @GET
    public ObjectNode list(
            @QueryParam("status") Optional<String> status,
            @QueryParam("processID") Optional<String> process,
            @QueryParam("limit") @DefaultValue(USUAL) String limitText,
            @QueryParam("token") Optional<String> token,
            @Context UriInfo uri) {
        int limit = Parameters.limit(Parameters.of(uri).getOrDefault("limit", USUAL), MOST);
        long skip = token.map(JobResource::skip).orElse(0L);
        var wanted = status.map(word -> Job.Status.of(word)
                .orElseThrow(
                        () -> Problem.badRequest("status must be accepted, running, successful, failed or dismissed,"
                                + " not \"" + Parameters.shown(word) + "\"")));
        var found = jobs.list(wanted, process, limit + 1, skip);
        var document = Json.MAPPER.createObjectNode();
        var list = document.putArray("jobs");
        found.stream().limit(limit).forEach(job -> list.add(documents.status(job)));
        var links = document.putArray("links");
        link(links, "self", uri(wanted, process, limitText, token), MediaType.APPLICATION_JSON);
        if (found.size() > limit) {
            var next = Optional.of(Long.toString(skip + limit));
            link(links, "next", uri(wanted, process, limitText, next), MediaType.APPLICATION_JSON);
        }
        return document;
    }

    private static long skip(String token) {
        try {
            long skip = Long.parseLong(token);
            if (skip >= 0) {
                return skip;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Problem.badRequest("the token is not one that this service gave; start again without it");
    }

    private String uri(Optional<Job.Status> status, Optional<String> process, String limit, Optional<String> token) {
        var address = new StringBuilder(url.of("ogc", "jobs")).append("?limit=").append(PublicUrl.encode(limit));
        status.ifPresent(word -> address.append("&status=").append(word.word()));
        process.ifPresent(id -> address.append("&processID=").append(PublicUrl.encode(id)));
        token.ifPresent(text -> address.append("&token=").append(PublicUrl.encode(text)));
        return address.toString();
    }

    @GET
    @Path("{job}")
    public ObjectNode job(@PathParam("job") String id) {
        return documents.status(found(id));
    }

    @GET
    @Path("{job}/results")
    public ObjectNode results(@PathParam("job") String id) throws IOException {
        var job = found(id);
        return switch (job.status()) {
            case SUCCESSFUL ->
                processes
                        .named(job.process())
                        .results(job, Json.MAPPER.readTree(job.result().orElseThrow()));
            case FAILED ->
                throw Problem.conflict("the job failed, so there is no result: "
                        + job.message().orElse(""));
            case ACCEPTED, RUNNING, DISMISSED ->
                throw Problem.notFound("the job is " + job.status().word() + ", so there is no result"
                        + (job.status().isFinal() ? "; order it anew" : " yet; ask its status first"));
        };
    }

    /** Ends a job that waits or runs; of one that has ended, takes the result away. */
    @DELETE
    @Path("{job}")
    public ObjectNode dismiss(@PathParam("job") String id) throws IOException {
        var before = jobs.dismiss(id, Instant.now()).orElseThrow(() -> unknown(id));
        if (before.status().isFinal()) {
            processes.named(before.process()).discard(before);
        }
        return documents.status(found(id));
    }

    private Job found(String id) {
        return jobs.find(id).orElseThrow(() -> unknown(id));
    }

    private static Problem unknown(String id) {
        return Problem.notFound("there is no job \"" + Parameters.shown(id) + "\"");
    }
}
