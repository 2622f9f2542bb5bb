// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.survol.catalog.Links.link;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.survol.catalog.Conformance;
import org.survol.catalog.Parameters;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemField;
import org.survol.core.Json;

/** STAC API: what exists, where and when. */
@Path("/stac")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class StacResource {

    private static final String SCHEMA_JSON = "application/schema+json";
    private static final String SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables";
    private static final int MOST_COLLECTIONS = 1_000;
    private static final String QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

    /** Each is proven by a test; nothing is declared that is not. */
    static final List<String> CONFORMANCE = Conformance.of(
            List.of(
                    "https://api.stacspec.org/v1.0.0/core",
                    "https://api.stacspec.org/v1.0.0/collections",
                    "https://api.stacspec.org/v1.0.0/ogcapi-features",
                    "https://api.stacspec.org/v1.0.0/item-search",
                    "https://api.stacspec.org/v1.0.0-rc.2/children",
                    "https://api.stacspec.org/v1.0.0-rc.2/browseable",
                    "https://api.stacspec.org/v0.3.0/aggregation",
                    "https://api.stacspec.org/v0.3.0/aggregation#query",
                    "https://api.stacspec.org/v0.3.0/aggregation#filter",
                    "https://api.stacspec.org/v1.0.0/ogcapi-features/extensions/transaction",
                    "https://api.stacspec.org/v1.0.0/item-search#fields",
                    "https://api.stacspec.org/v1.0.0/ogcapi-features#fields",
                    "https://api.stacspec.org/v1.0.0/item-search#query",
                    "https://api.stacspec.org/v1.0.0/ogcapi-features#query",
                    "https://api.stacspec.org/v1.0.0/item-search#sort",
                    "https://api.stacspec.org/v1.0.0/ogcapi-features#sort",
                    "https://api.stacspec.org/v1.1.0/item-search#sortables",
                    "https://api.stacspec.org/v1.1.0/ogcapi-features#sortables",
                    "https://api.stacspec.org/v1.0.0-rc.1/item-search#free-text",
                    "https://api.stacspec.org/v1.0.0-rc.1/ogcapi-features#free-text",
                    "https://api.stacspec.org/v1.0.0-rc.1/collection-search",
                    "https://api.stacspec.org/v1.0.0-rc.1/collection-search#free-text",
                    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/simple-query",
                    "https://api.stacspec.org/v1.0.0-rc.2/item-search#filter",
                    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
                    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
                    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions"),
            Conformance.FILTERS);

    private static final Set<String> COLLECTION_PARAMETERS = Set.of("bbox", "datetime", "q", "limit");

    private final CatalogStore store;
    private final BrowseResource browse;
    private final PublicUrl url;

    StacResource(CatalogStore store, BrowseResource browse, PublicUrl url) {
        this.store = store;
        this.browse = browse;
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
        link(links, "self", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "conformance", url.of("stac", "conformance"), MediaType.APPLICATION_JSON);
        link(links, "data", url.of("stac", "collections"), MediaType.APPLICATION_JSON);
        link(links, "children", url.of("stac", "children"), MediaType.APPLICATION_JSON);
        link(links, "search", url.of("stac", "search"), StacItems.GEOJSON).put("method", "GET");
        link(links, "search", url.of("stac", "search"), StacItems.GEOJSON).put("method", "POST");
        link(links, QUERYABLES, url.of("stac", "queryables"), SCHEMA_JSON);
        link(links, SORTABLES, url.of("stac", "sortables"), SCHEMA_JSON);
        link(links, "aggregate", url.of("stac", "aggregate"), MediaType.APPLICATION_JSON)
                .put("method", "GET");
        link(links, "aggregate", url.of("stac", "aggregate"), MediaType.APPLICATION_JSON)
                .put("method", "POST");
        link(links, "aggregations", url.of("stac", "aggregations"), MediaType.APPLICATION_JSON);
        link(
                links,
                "service-desc",
                url.of("q", "openapi") + "?format=json",
                "application/vnd.oai.openapi+json;version=3.1");
        for (var collection : KnownCollections.TITLES.keySet()) {
            link(links, "child", url.of("stac", "collections", collection), MediaType.APPLICATION_JSON)
                    .put("title", KnownCollections.TITLES.get(collection));
        }
        link(links, "child", url.of("stac", "browse"), MediaType.APPLICATION_JSON)
                .put("title", BrowseResource.TITLE);
        return landing;
    }

    @GET
    @Path("conformance")
    public ObjectNode conformance() {
        var conformance = Json.MAPPER.createObjectNode();
        CONFORMANCE.forEach(conformance.putArray("conformsTo")::add);
        return conformance;
    }

    /** All, or those that reach into a box and a time and have one of some words in what is said of them. */
    @GET
    @Path("collections")
    public ObjectNode collections(
            @QueryParam("bbox") String bbox,
            @QueryParam("datetime") String datetime,
            @QueryParam("q") String q,
            @QueryParam("limit") @DefaultValue("100") String limit,
            @Context UriInfo uri) {
        var parameters = Parameters.of(uri);
        SearchRequest.refuseOthers(parameters.keySet(), COLLECTION_PARAMETERS);
        int most = Parameters.limit(
                parameters.getOrDefault("limit", Integer.toString(MOST_COLLECTIONS)), MOST_COLLECTIONS);
        var wanted = CollectionSearch.of(parameters);
        var matching = KnownCollections.TITLES.entrySet().stream()
                .filter(each -> wanted.matches(each.getKey(), each.getValue(), () -> store.extent(each.getKey())))
                .map(Map.Entry::getKey)
                .toList();
        var document = Json.MAPPER.createObjectNode();
        var shown = document.putArray("collections");
        matching.stream().limit(most).forEach(id -> shown.add(collection(id)));
        document.put("numberMatched", matching.size()).put("numberReturned", shown.size());
        var links = document.putArray("links");
        link(links, "self", PublicUrl.with(url.of("stac", "collections"), parameters), MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("children")
    public ObjectNode children() {
        var document = Json.MAPPER.createObjectNode();
        var all = document.putArray("children");
        KnownCollections.TITLES.keySet().forEach(id -> all.add(collection(id)));
        all.add(browse.years());
        var links = document.putArray("links");
        link(links, "self", url.of("stac", "children"), MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("sortables")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode sortables() {
        return ItemField.sortablesOf(Optional.empty())
                .schema(url.of("stac", "sortables"), "What all Items can be sorted by");
    }

    @GET
    @Path("collections/{collection}/sortables")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode sortables(@PathParam("collection") String id) {
        KnownCollections.check(id);
        return ItemField.sortablesOf(Optional.of(id))
                .schema(url.of("stac", "collections", id, "sortables"), "What " + id + " can be sorted by");
    }

    @GET
    @Path("queryables")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode queryables() {
        return ItemField.QUERYABLES.schema(url.of("stac", "queryables"), "What all Items can be filtered by");
    }

    @GET
    @Path("collections/{collection}/queryables")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode queryables(@PathParam("collection") String id) {
        KnownCollections.check(id);
        return ItemField.queryablesOf(id)
                .schema(url.of("stac", "collections", id, "queryables"), "What " + id + " can be filtered by");
    }

    @GET
    @Path("collections/{collection}")
    public ObjectNode collection(@PathParam("collection") String id) {
        KnownCollections.check(id);
        var collection = Json.MAPPER.createObjectNode();
        collection.put("type", "Collection");
        collection.put("stac_version", StacItems.STAC_VERSION);
        collection.put("id", id);
        collection.put("title", KnownCollections.TITLES.get(id));
        collection.put("description", KnownCollections.TITLES.get(id));
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
        link(links, "self", url.of("stac", "collections", id), MediaType.APPLICATION_JSON);
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "parent", url.of("stac"), MediaType.APPLICATION_JSON);
        link(links, "items", url.of("stac", "collections", id, "items"), StacItems.GEOJSON);
        link(links, QUERYABLES, url.of("stac", "collections", id, "queryables"), SCHEMA_JSON);
        link(links, SORTABLES, url.of("stac", "collections", id, "sortables"), SCHEMA_JSON);
        link(links, "aggregate", url.of("stac", "collections", id, "aggregate"), MediaType.APPLICATION_JSON);
        link(links, "aggregations", url.of("stac", "collections", id, "aggregations"), MediaType.APPLICATION_JSON);
        return collection;
    }
}
