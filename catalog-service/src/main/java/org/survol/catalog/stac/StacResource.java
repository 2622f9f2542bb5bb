// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.survol.catalog.Collections;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.Json;

/** STAC API: what exists, where and when. */
@Path("/stac")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class StacResource {

    /** Each is proven by a test; nothing is declared that is not. */
    static final List<String> CONFORMANCE = List.of(
            "https://api.stacspec.org/v1.0.0/core",
            "https://api.stacspec.org/v1.0.0/collections",
            "https://api.stacspec.org/v1.0.0/ogcapi-features",
            "https://api.stacspec.org/v1.0.0/item-search",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson");

    private static final int MOST_ITEMS = 1_000;
    private static final Set<String> SEARCH_PARAMETERS =
            Set.of("bbox", "datetime", "collections", "ids", "limit", "token");
    private static final Set<String> ITEMS_PARAMETERS = Set.of("bbox", "datetime", "limit", "token");

    private static final Map<String, String> DESCRIPTIONS = new LinkedHashMap<>();

    static {
        DESCRIPTIONS.put(Collections.ACQUISITIONS, "Flights as they were delivered");
        DESCRIPTIONS.put(Collections.PREDICTIONS, "Classes, probabilities and confidence, tile by tile");
        DESCRIPTIONS.put(Collections.PRODUCTS, "Finished land-cover maps");
        DESCRIPTIONS.put(Collections.MODELS, "Networks that maps were made with");
    }

    private final CatalogStore store;
    private final StacItems items;
    private final PublicUrl url;

    StacResource(CatalogStore store, StacItems items, PublicUrl url) {
        this.store = store;
        this.items = items;
        this.url = url;
    }

    @GET
    public ObjectNode landing() {
        var landing = Json.MAPPER.createObjectNode();
        landing.put("type", "Catalog");
        landing.put("stac_version", StacItems.STAC_VERSION);
        landing.put("id", "survol");
        landing.put("title", "Survol");
        landing.put("description", "Aerial flights, and the land-cover maps made from them");
        CONFORMANCE.forEach(landing.putArray("conformsTo")::add);
        var links = landing.putArray("links");
        StacItems.link(links, "self", url.of("stac"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "conformance", url.of("stac", "conformance"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "data", url.of("stac", "collections"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "search", url.of("stac", "search"), StacItems.GEOJSON)
                .put("method", "GET");
        StacItems.link(
                links,
                "service-desc",
                url.of("q", "openapi") + "?format=json",
                "application/vnd.oai.openapi+json;version=3.1");
        for (var collection : DESCRIPTIONS.keySet()) {
            StacItems.link(links, "child", url.of("stac", "collections", collection), MediaType.APPLICATION_JSON)
                    .put("title", DESCRIPTIONS.get(collection));
        }
        return landing;
    }

    @GET
    @Path("conformance")
    public ObjectNode conformance() {
        var conformance = Json.MAPPER.createObjectNode();
        CONFORMANCE.forEach(conformance.putArray("conformsTo")::add);
        return conformance;
    }

    @GET
    @Path("collections")
    public ObjectNode collections() {
        var document = Json.MAPPER.createObjectNode();
        var all = document.putArray("collections");
        DESCRIPTIONS.keySet().forEach(id -> all.add(collection(id)));
        var links = document.putArray("links");
        StacItems.link(links, "self", url.of("stac", "collections"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("collections/{collection}")
    public ObjectNode collection(@PathParam("collection") String id) {
        known(id);
        var collection = Json.MAPPER.createObjectNode();
        collection.put("type", "Collection");
        collection.put("stac_version", StacItems.STAC_VERSION);
        collection.put("id", id);
        collection.put("title", DESCRIPTIONS.get(id));
        collection.put("description", DESCRIPTIONS.get(id));
        // every delivery brings its own terms
        collection.put("license", "other");
        var extent = store.extent(id);
        var spatial = collection
                .putObject("extent")
                .putObject("spatial")
                .putArray("bbox")
                .addArray();
        var box = extent.flatMap(found -> found.bounds());
        spatial.add(box.map(b -> b.west()).orElse(-180.0));
        spatial.add(box.map(b -> b.south()).orElse(-90.0));
        spatial.add(box.map(b -> b.east()).orElse(180.0));
        spatial.add(box.map(b -> b.north()).orElse(90.0));
        var interval = ((ObjectNode) collection.get("extent"))
                .putObject("temporal")
                .putArray("interval")
                .addArray();
        interval.add(extent.map(found -> found.first().toString()).orElse(null));
        interval.add(extent.map(found -> found.last().toString()).orElse(null));
        var links = collection.putArray("links");
        StacItems.link(links, "self", url.of("stac", "collections", id), MediaType.APPLICATION_JSON);
        StacItems.link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "parent", url.of("stac"), MediaType.APPLICATION_JSON);
        StacItems.link(links, "items", url.of("stac", "collections", id, "items"), StacItems.GEOJSON);
        return collection;
    }

    @GET
    @Path("collections/{collection}/items")
    @Produces({StacItems.GEOJSON, MediaType.APPLICATION_JSON})
    public ObjectNode items(
            @PathParam("collection") String collection,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("datetime") Optional<String> datetime,
            @QueryParam("limit") @DefaultValue("10") String limit,
            @QueryParam("token") Optional<String> token,
            @Context UriInfo request) {
        known(collection);
        refuseOthers(request, ITEMS_PARAMETERS);
        return page(
                query(List.of(collection), List.of(), bbox, datetime, limit, token),
                url.of("stac", "collections", collection, "items"),
                request);
    }

    @GET
    @Path("collections/{collection}/items/{id}")
    @Produces({StacItems.GEOJSON, MediaType.APPLICATION_JSON})
    public ObjectNode item(@PathParam("collection") String collection, @PathParam("id") String id) {
        known(collection);
        return store.search(ItemQuery.one(collection, id)).stream()
                .findFirst()
                .flatMap(items::item)
                .orElseThrow(() -> Problem.notFound("there is no Item \"" + id + "\" in " + collection));
    }

    @GET
    @Path("search")
    @Produces({StacItems.GEOJSON, MediaType.APPLICATION_JSON})
    public ObjectNode search(
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("datetime") Optional<String> datetime,
            @QueryParam("collections") Optional<String> collections,
            @QueryParam("ids") Optional<String> ids,
            @QueryParam("limit") @DefaultValue("10") String limit,
            @QueryParam("token") Optional<String> token,
            @Context UriInfo request) {
        refuseOthers(request, SEARCH_PARAMETERS);
        return page(
                query(
                        Parameters.names("collections", collections),
                        Parameters.names("ids", ids),
                        bbox,
                        datetime,
                        limit,
                        token),
                url.of("stac", "search"),
                request);
    }

    private static ItemQuery query(
            List<String> collections,
            List<String> ids,
            Optional<String> bbox,
            Optional<String> datetime,
            String limit,
            Optional<String> token) {
        var interval = datetime.map(Parameters::datetime);
        return new ItemQuery(
                collections,
                ids,
                bbox.map(Parameters::bbox),
                interval.flatMap(Parameters.Interval::from),
                interval.flatMap(Parameters.Interval::to),
                token.map(PageToken::decode),
                Parameters.limit(limit, MOST_ITEMS));
    }

    private ObjectNode page(ItemQuery query, String address, UriInfo request) {
        // one more than asked for tells whether there is a next page
        var found = store.search(new ItemQuery(
                query.collections(),
                query.ids(),
                query.bounds(),
                query.from(),
                query.to(),
                query.after(),
                query.limit() + 1));
        var shown = found.subList(0, Math.min(found.size(), query.limit()));
        var page = Json.MAPPER.createObjectNode();
        page.put("type", "FeatureCollection");
        var features = page.putArray("features");
        shown.forEach(entry -> items.item(entry).ifPresent(features::add));
        page.put("numberReturned", features.size());
        ArrayNode links = page.putArray("links");
        StacItems.link(links, "self", address(address, request, Optional.empty()), StacItems.GEOJSON);
        StacItems.link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        if (found.size() > query.limit()) {
            StacItems.link(
                            links,
                            "next",
                            address(address, request, Optional.of(PageToken.encode(shown.getLast()))),
                            StacItems.GEOJSON)
                    .put("method", "GET");
        }
        return page;
    }

    /** The request's own parameters, encoded anew, behind our own address. */
    private static String address(String address, UriInfo request, Optional<String> token) {
        var parameters = new LinkedHashMap<String, String>();
        request.getQueryParameters().forEach((name, values) -> parameters.put(name, values.getFirst()));
        token.ifPresent(next -> parameters.put("token", next));
        var query = parameters.entrySet().stream()
                .map(entry -> PublicUrl.encode(entry.getKey()) + "=" + PublicUrl.encode(entry.getValue()))
                .collect(Collectors.joining("&"));
        return query.isEmpty() ? address : address + "?" + query;
    }

    private static void known(String collection) {
        if (!DESCRIPTIONS.containsKey(collection)) {
            throw Problem.notFound("there is no collection \"" + collection + "\"; there are "
                    + String.join(", ", DESCRIPTIONS.keySet()));
        }
    }

    /** A filter that is not understood must not silently be answered as if it were not there. */
    private static void refuseOthers(UriInfo request, Set<String> parameters) {
        for (var name : request.getQueryParameters().keySet()) {
            if (!parameters.contains(name)) {
                throw Problem.badRequest("the parameter \"" + name + "\" is not known here; known are "
                        + parameters.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
    }
}
