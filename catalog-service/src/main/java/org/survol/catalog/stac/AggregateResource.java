// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.survol.access.Reads;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemQuery;
import org.survol.catalog.store.TooMuchToCount;
import org.survol.core.Json;

/** STAC API, Aggregation extension: how many Items a search finds, and of which kinds. */
@Path("/stac")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class AggregateResource {

    private static final String WANTED = "aggregations";

    /** What shapes a page of Items has no meaning here. */
    private static final Set<String> OF_PAGES = Set.of("limit", "token", "fields", "sortby");

    private static final Set<String> PARAMETERS = SearchRequest.PARAMETERS.stream()
            .filter(name -> !OF_PAGES.contains(name))
            .collect(Collectors.toUnmodifiableSet());

    private final CatalogStore store;
    private final PublicUrl url;

    AggregateResource(CatalogStore store, PublicUrl url) {
        this.store = store;
        this.url = url;
    }

    @GET
    @Path("aggregations")
    public ObjectNode aggregations() {
        return listed(Optional.empty(), url.of("stac", "aggregations"), url.of("stac", "aggregate"));
    }

    @GET
    @Path("collections/{collection}/aggregations")
    public ObjectNode aggregations(@PathParam("collection") String id) {
        KnownCollections.check(id);
        return listed(
                Optional.of(id),
                url.of("stac", "collections", id, "aggregations"),
                url.of("stac", "collections", id, "aggregate"));
    }

    @GET
    @Path("aggregate")
    public ObjectNode aggregate(
            @QueryParam(WANTED) String aggregations,
            @QueryParam("bbox") String bbox,
            @QueryParam("intersects") String intersects,
            @QueryParam("datetime") String datetime,
            @QueryParam("collections") String collections,
            @QueryParam("ids") String ids,
            @QueryParam("filter") String filter,
            @QueryParam("filter-lang") String filterLanguage,
            @QueryParam("filter-crs") String filterCrs,
            @QueryParam("q") String q,
            @QueryParam("query") String query,
            @Context UriInfo uri) {
        return aggregate(Optional.empty(), uri, url.of("stac", "aggregate"));
    }

    @GET
    @Path("collections/{collection}/aggregate")
    public ObjectNode aggregateOf(
            @PathParam("collection") String id,
            @QueryParam(WANTED) String aggregations,
            @QueryParam("bbox") String bbox,
            @QueryParam("intersects") String intersects,
            @QueryParam("datetime") String datetime,
            @QueryParam("ids") String ids,
            @QueryParam("filter") String filter,
            @QueryParam("filter-lang") String filterLanguage,
            @QueryParam("filter-crs") String filterCrs,
            @QueryParam("q") String q,
            @QueryParam("query") String query,
            @Context UriInfo uri) {
        KnownCollections.check(id);
        return aggregate(Optional.of(id), uri, url.of("stac", "collections", id, "aggregate"));
    }

    @POST
    @Reads
    @Path("aggregate")
    @Consumes(MediaType.APPLICATION_JSON)
    public ObjectNode aggregate(byte[] body) {
        var request = SearchRequest.body(body);
        var wanted = request.has(WANTED) ? SearchRequest.names(request, WANTED) : List.<String>of();
        request.remove(WANTED);
        SearchRequest.refuseOthers(
                request.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet()), PARAMETERS);
        return counted(Optional.empty(), SearchRequest.ofBody(request).query(), wanted, url.of("stac", "aggregate"));
    }

    private ObjectNode aggregate(Optional<String> collection, UriInfo uri, String address) {
        var parameters = Parameters.of(uri);
        var self = PublicUrl.with(address, parameters);
        var wanted = Parameters.names(WANTED, Optional.ofNullable(parameters.remove(WANTED)));
        SearchRequest.refuseOthers(parameters.keySet(), PARAMETERS);
        var query = SearchRequest.ofParameters(parameters).query();
        return counted(collection, collection.map(id -> query.of(id)).orElse(query), wanted, self);
    }

    private ObjectNode counted(Optional<String> collection, ItemQuery query, List<String> wanted, String self) {
        var known = Aggregation.of(collection);
        for (var name : wanted) {
            if (known.stream().noneMatch(each -> each.name().equals(name))) {
                throw Problem.badRequest("there is no aggregation \"" + Parameters.shown(name) + "\"; there are "
                        + known.stream().map(Aggregation::name).collect(Collectors.joining(", ")));
            }
        }
        // the extension returns none that is not asked for; a total is what one who asks for nothing wants to know
        var chosen = known.stream()
                .filter(each -> wanted.isEmpty() ? each instanceof Aggregation.Total : wanted.contains(each.name()))
                .toList();
        var fields = chosen.stream()
                .map(Aggregation::field)
                .flatMap(Optional::stream)
                .collect(Collectors.toSet());
        var answer = Json.MAPPER.createObjectNode().put("type", "AggregationCollection");
        var aggregations = answer.putArray(WANTED);
        try {
            var counts = store.count(query, fields);
            for (var each : chosen) {
                each.describe(
                        counts,
                        aggregations.addObject().put("name", each.name()).put("data_type", each.dataType()));
            }
        } catch (TooMuchToCount e) {
            throw Problem.badRequest(
                    e.getMessage() + "; narrow the search by collections, datetime or properties, or ask for less");
        }
        var links = answer.putArray("links");
        link(links, "self", self, MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        return answer;
    }

    private ObjectNode listed(Optional<String> collection, String self, String aggregate) {
        var list = Json.MAPPER.createObjectNode();
        var aggregations = list.putArray(WANTED);
        for (var each : Aggregation.of(collection)) {
            aggregations.addObject().put("name", each.name()).put("data_type", each.dataType());
        }
        var links = list.putArray("links");
        link(links, "self", self, MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "aggregate", aggregate, MediaType.APPLICATION_JSON);
        return list;
    }
}
