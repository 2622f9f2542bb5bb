// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.resteasy.reactive.RestStreamElementType;
import org.survol.catalog.Progress.Acquisition;
import org.survol.catalog.Progress.Letter;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;

/** Operations: what was delivered, how far it is, what was given up. */
@Path("/")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class AcquisitionResource {

    private static final Duration LOOK_EVERY = Duration.ofMillis(500);
    private static final int MOST_DEAD_LETTERS = 1_000;
    private static final String USUAL_DEAD_LETTERS = "100";

    private final Progress progress;
    private final CatalogStore store;
    private final Operations operations;
    private final PublicUrl url;

    AcquisitionResource(Progress progress, CatalogStore store, Operations operations, PublicUrl url) {
        this.progress = progress;
        this.store = store;
        this.operations = operations;
        this.url = url;
    }

    @GET
    @Path("acquisitions")
    public List<Acquisition> acquisitions() {
        return progress.all();
    }

    @GET
    @Path("acquisitions/{id}")
    public Acquisition acquisition(@PathParam("id") String id) {
        return progress.of(id).orElseThrow(() -> unknown(id));
    }

    /** The same document, sent anew whenever it changes. */
    @GET
    @Path("acquisitions/{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    public Multi<Acquisition> events(@PathParam("id") String id) {
        if (progress.of(id).isEmpty()) {
            throw unknown(id);
        }
        return Multi.createFrom()
                .ticks()
                .every(LOOK_EVERY)
                .onOverflow()
                .drop()
                .emitOn(Infrastructure.getDefaultWorkerPool())
                .map(tick -> progress.of(id))
                .filter(Optional::isPresent)
                .map(Optional::get)
                .skip()
                .repetitions();
    }

    /** Classes with labels and colours, of the map once there is one, of the model before, and the bounds to look at. */
    @GET
    @Path("acquisitions/{id}/runs/{run}/legend")
    public Legend legend(@PathParam("id") String id, @PathParam("run") String run) {
        var plan = plan(id, run);
        var ring = Footprints.of(plan.grid().epsg(), plan.footprint());
        var bounds = Footprints.bounds(ring);
        return new Legend(
                store.product(plan.run())
                        .map(product -> product.nomenclature(plan))
                        .orElse(plan.model().card().nomenclature()),
                List.of(bounds.west(), bounds.south(), bounds.east(), bounds.north()),
                plan.grid().epsg(),
                plan.grid().gsdMetres(),
                plan.vintage(),
                plan.datetime(),
                new Model(
                        plan.model().card().name(),
                        plan.model().card().version(),
                        plan.model().card().title(),
                        plan.model().sha256()),
                plan.sources().stream()
                        .map(source -> new Source(
                                source.asset(), source.key(), source.role().name()))
                        .toList());
    }

    record Model(String name, String version, String title, String sha256) {}

    record Source(String asset, String key, String role) {}

    record Legend(
            Nomenclature nomenclature,
            List<Double> bbox,
            int epsg,
            double gsdMetres,
            int vintage,
            java.time.Instant datetime,
            Model model,
            List<Source> sources) {}

    @GET
    @Path("dead-letters")
    public List<Letter> deadLetters(
            @QueryParam("acquisition") Optional<String> acquisition,
            @QueryParam("limit") @DefaultValue(USUAL_DEAD_LETTERS) String limit,
            @Context UriInfo uri) {
        // an empty one is given and wrong, not absent
        var given = Parameters.of(uri).getOrDefault("limit", USUAL_DEAD_LETTERS);
        return progress.deadLetters(acquisition, Parameters.limit(given, MOST_DEAD_LETTERS));
    }

    record Replayed(String id, String stage) {}

    /** Has what was given up tried once more, by the stage that gave it up; asked for twice, nothing is doubled. */
    @POST
    @Path("dead-letters/{letter}/replay")
    @APIResponse(responseCode = "202", description = "It will be tried")
    public Response replay(@PathParam("letter") String id) throws IOException {
        var letter = operations.replay(id);
        return Response.accepted(new Replayed(letter.id(), letter.stage())).build();
    }

    record Ordered(String acquisition, String progress) {}

    /** Has a flight mapped once more; two models of one flight are two maps side by side. */
    @POST
    @Path("acquisitions/{id}/runs")
    @APIResponse(responseCode = "202", description = "It will be mapped; Location says where its progress is told")
    public Response run(@PathParam("id") String id, @QueryParam("model") Optional<String> model) throws IOException {
        operations.run(id, model);
        return accepted(id);
    }

    /** Has no more work done for a run; what it has made so far stays. Mapping the flight once more goes on from there. */
    @POST
    @Path("acquisitions/{id}/runs/{run}/cancel")
    @APIResponse(
            responseCode = "202",
            description = "No stage begins anything more for it; Location says where it is told")
    public Response cancel(@PathParam("id") String id, @PathParam("run") String run) throws IOException {
        operations.cancel(id, run);
        return accepted(id);
    }

    private Response accepted(String id) {
        var progressUrl = url.of("acquisitions", id);
        return Response.accepted(new Ordered(id, progressUrl))
                .header("Location", progressUrl)
                .build();
    }

    private Plan plan(String acquisition, String run) {
        return Parameters.run(acquisition, run)
                .flatMap(store::plan)
                .orElseThrow(() -> Problem.notFound("there is no run \"" + run + "\" of \"" + acquisition + "\""));
    }

    private static Problem unknown(String id) {
        return Problem.notFound("no acquisition \"" + id + "\" was delivered");
    }
}
