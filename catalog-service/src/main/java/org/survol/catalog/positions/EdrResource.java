// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.survol.catalog.Collections;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.catalog.features.NamedCrs;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan;

/** OGC API EDR: what a map says at a place, and with which probabilities. One collection a map. */
@Path("/edr")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class EdrResource {

    private static final String COVERAGE_JSON = "application/prs.coverage+json";
    private static final String GEOJSON = "application/geo+json";
    private static final int MOST_COLLECTIONS = 1_000;
    private static final List<String> FORMATS = List.of("CoverageJSON", "GeoJSON");
    /** Each is proven by a test. */
    private static final List<String> CONFORMANCE = List.of(
            "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/collections",
            "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/json",
            "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/geojson",
            "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/covjson");

    private final CatalogStore store;
    private final PublishedMaps maps;
    private final PlaceReader reader;
    private final PublicUrl url;

    EdrResource(CatalogStore store, PublishedMaps maps, PlaceReader reader, PublicUrl url) {
        this.store = store;
        this.maps = maps;
        this.reader = reader;
        this.url = url;
    }

    @GET
    public ObjectNode landing() {
        var landing = Json.MAPPER.createObjectNode();
        landing.put("title", "Survol maps, place by place");
        landing.put("description", "What each map says at a place, and with which probabilities");
        var links = landing.putArray("links");
        link(links, "self", url.of("edr"), MediaType.APPLICATION_JSON);
        link(links, "conformance", url.of("edr", "conformance"), MediaType.APPLICATION_JSON);
        link(links, "data", url.of("edr", "collections"), MediaType.APPLICATION_JSON);
        link(
                links,
                "service-desc",
                url.of("q", "openapi") + "?format=json",
                "application/vnd.oai.openapi+json;version=3.1");
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
        link(document.putArray("links"), "self", url.of("edr", "collections"), MediaType.APPLICATION_JSON);
        var all = document.putArray("collections");
        for (var entry : store.search(ItemQuery.ALL.of(Collections.PRODUCTS).first(MOST_COLLECTIONS))) {
            store.planWithoutTiles(new RunRef(entry.acquisition(), entry.run().orElseThrow()))
                    .ifPresent(plan -> all.add(describe(entry, plan)));
        }
        return document;
    }

    @GET
    @Path("collections/{id}")
    public ObjectNode collection(@PathParam("id") String id) {
        var map = maps.named(id);
        return describe(map.entry(), plan(map));
    }

    private ObjectNode describe(ItemEntry entry, Plan plan) {
        var collection = Json.MAPPER.createObjectNode();
        collection.put("id", entry.id());
        collection.put("title", "Land cover from " + entry.acquisition());
        var extent = collection.putObject("extent");
        var box = entry.bounds().orElseThrow();
        extent.putObject("spatial")
                .put("crs", NamedCrs.CRS84.uri())
                .putArray("bbox")
                .addArray()
                .add(box.west())
                .add(box.south())
                .add(box.east())
                .add(box.north());
        var datetime = entry.datetime().toString();
        var temporal = extent.putObject("temporal");
        temporal.putArray("interval").addArray().add(datetime).add(datetime);
        temporal.putArray("values").add(datetime);
        temporal.put(
                "trs",
                "TIMECRS[\"DateTime\",TDATUM[\"Gregorian Calendar\"],CS[TemporalDateTime,1],AXIS[\"Time (T)\",future]]");
        var position = url.of("edr", "collections", entry.id(), "position");
        var systems = NamedCrs.of(plan.grid().epsg());
        var query = collection.putObject("data_queries").putObject("position").putObject("link");
        query.put("href", position).put("rel", "data").put("type", COVERAGE_JSON);
        var variables = query.putObject("variables")
                .put("title", "What the map says at a POINT or at each of a MULTIPOINT")
                .put("query_type", "position");
        formats(variables.putArray("output_formats"));
        variables.put("default_output_format", FORMATS.getFirst());
        var details = variables.putArray("crs_details");
        systems.forEach(each ->
                details.addObject().put("crs", each.uri()).put("wkt", each.crs().wkt()));
        var crs = collection.putArray("crs");
        systems.forEach(each -> crs.add(each.uri()));
        formats(collection.putArray("output_formats"));
        CoverageJson.parameters(collection.putObject("parameter_names"), measures(plan));
        var links = collection.putArray("links");
        link(links, "self", url.of("edr", "collections", entry.id()), MediaType.APPLICATION_JSON);
        link(links, "data", position, COVERAGE_JSON);
        link(links, "items", url.of("ogc", "collections", entry.id(), "items"), GEOJSON);
        link(links, "describedby", url.of("stac", "collections", Collections.PRODUCTS, "items", entry.id()), GEOJSON);
        return collection;
    }

    private static void formats(ArrayNode formats) {
        FORMATS.forEach(formats::add);
    }

    /** Coordinates are in {@code crs}, in the order of its axes, and so are those of the answer. */
    @GET
    @Path("collections/{id}/position")
    @Produces({COVERAGE_JSON, GEOJSON, MediaType.APPLICATION_JSON})
    public Response position(
            @PathParam("id") String id,
            @QueryParam("coords") Optional<String> coords,
            @QueryParam("crs") Optional<String> crsUri,
            @QueryParam("parameter-name") Optional<String> parameterNames,
            @QueryParam("datetime") Optional<String> datetime,
            @QueryParam("f") Optional<String> format,
            @Context Request request)
            throws IOException {
        var map = maps.named(id);
        var plan = plan(map);
        var type = mediaType(format);
        var places = Places.parse(coords.orElseThrow(
                () -> Problem.badRequest("coords is missing; give a place, such as coords=POINT(2.35 48.85)")));
        var crs = crsUri.map(
                        uri -> NamedCrs.find("crs", uri, NamedCrs.of(plan.grid().epsg())))
                .orElse(NamedCrs.CRS84);
        var wanted = wanted(measures(plan), parameterNames);
        datetime.ifPresent(text -> refuseOtherTimes(map, text));

        var tag = new EntityTag(Digest.shortened(Digest.ofParts(
                map.product().map(product -> product.files()), url.base(), type, crs.uri(), places, wanted)));
        var unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return unchanged.build();
        }
        var transform = crs.crs().to(Crs.ofEpsg(plan.grid().epsg()));
        var values = new ArrayList<Map<Measure, Number>>(places.size());
        for (var place : places) {
            var xy = crs.northFirst() ? new double[] {place.y, place.x} : new double[] {place.x, place.y};
            refuseSwapped(crs, xy);
            try {
                transform.apply(xy, 1);
            } catch (IllegalArgumentException e) {
                // so far away that the map's CRS does not reach it
                xy[0] = Double.NaN;
            }
            boolean somewhere = Double.isFinite(xy[0]) && Double.isFinite(xy[1]);
            values.add(somewhere ? reader.read(map, plan, wanted, xy[0], xy[1]) : Map.of());
        }
        var document = type.equals(COVERAGE_JSON)
                ? CoverageJson.of(crs, map.entry().datetime(), places, wanted, values)
                : new PlacesAsGeoJson(id, map.entry().datetime(), url).of(crs, places, wanted, values);
        if (type.equals(COVERAGE_JSON)) {
            links(document.putArray("links"), id, values);
        }
        return Response.ok(document, type)
                .tag(tag)
                .header("Cache-Control", "public, max-age=60")
                .header("Content-Crs", "<" + crs.uri() + ">")
                .build();
    }

    private void links(ArrayNode links, String id, List<Map<Measure, Number>> values) {
        link(links, "collection", url.of("edr", "collections", id), MediaType.APPLICATION_JSON);
        values.stream()
                .map(PlacesAsGeoJson::polygon)
                .flatMap(Optional::stream)
                .distinct()
                .forEach(polygon -> link(links, "via", url.of("lineage", id, polygon), MediaType.APPLICATION_JSON));
    }

    private static void refuseSwapped(NamedCrs crs, double[] xy) {
        if (crs.isDegrees() && !(Math.abs(xy[0]) <= 180 && Math.abs(xy[1]) <= 90)) {
            throw Problem.badRequest("coords must be "
                    + (crs.northFirst() ? "latitude longitude" : "longitude latitude") + " in degrees by " + crs.uri()
                    + "; there is no longitude " + xy[0] + " with latitude " + xy[1]);
        }
    }

    private static void refuseOtherTimes(PublishedMap map, String text) {
        var interval = Parameters.datetime(text);
        var at = map.entry().datetime();
        boolean within = interval.from().map(from -> !at.isBefore(from)).orElse(true)
                && interval.to().map(to -> !at.isAfter(to)).orElse(true);
        if (!within) {
            throw Problem.notFound(
                    "the map \"" + map.entry().id() + "\" is of " + at + "; it says nothing of another time");
        }
    }

    private static List<Measure> wanted(List<Measure> all, Optional<String> names) {
        if (names.isEmpty()) {
            return all;
        }
        var wanted = Parameters.names("parameter-name", names);
        var unknown = wanted.stream()
                .filter(name -> all.stream().noneMatch(measure -> measure.name().equals(name)))
                .findFirst();
        if (unknown.isPresent() || wanted.isEmpty()) {
            throw Problem.badRequest("parameter-name must be some of "
                    + all.stream().map(Measure::name).collect(Collectors.joining(",")) + ", not \""
                    + Parameters.shown(unknown.orElse("")) + "\"");
        }
        return all.stream().filter(measure -> wanted.contains(measure.name())).toList();
    }

    private static String mediaType(Optional<String> format) {
        return switch (format.orElse("covjson").toLowerCase(Locale.ROOT)) {
            case "coveragejson", "covjson", "json", "html" -> COVERAGE_JSON;
            case "geojson" -> GEOJSON;
            default ->
                throw Problem.badRequest("f must be one of " + String.join(", ", FORMATS) + ", not \""
                        + Parameters.shown(format.orElseThrow()) + "\"");
        };
    }

    private List<Measure> measures(Plan plan) {
        return Measure.of(
                plan,
                store.product(plan.run())
                        .map(product -> product.nomenclature(plan))
                        .orElse(plan.model().card().nomenclature()));
    }

    private Plan plan(PublishedMap map) {
        return reader.plan(map.run())
                .orElseThrow(() ->
                        Problem.notFound("the plan of the map \"" + map.entry().id() + "\" is not known here"));
    }
}
