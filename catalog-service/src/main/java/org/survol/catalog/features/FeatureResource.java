// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.annotation.JsonProperty;
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
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.survol.catalog.Collections;
import org.survol.catalog.Conformance;
import org.survol.catalog.LruCache;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.cql2.Queryable;
import org.survol.catalog.cql2.Queryables;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemField;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.store.ObjectRef;

/**
 * OGC API Features over the products' FlatGeobuf: one collection per product, WGS84 longitude and latitude. A feature's
 * id is its number in the file; the file never changes under its digest.
 */
@Path("/ogc")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class FeatureResource {

    private static final String GEOJSON = "application/geo+json";
    private static final int WGS84 = 4326;
    private static final int MOST_COLLECTIONS = 1_000;
    private static final long MOST_SUMMED = 500_000;
    private static final int FILES_KEPT = 64;
    private static final String SCHEMA_JSON = "application/schema+json";
    private static final String CONTENT_CRS = "Content-Crs";
    private static final String OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0/";
    private static final Map<String, String> TITLES = Map.of(
            "class", "Value of the class",
            "code", "Code of the class",
            "label_en", "Name of the class in English",
            "label_fr", "Name of the class in French",
            "colour", "Colour of the class, #rrggbb",
            "area_m2", "Area, square metres",
            "confidence", "Mean probability of the class, 0 to 1",
            "uncertain_share", "Share of pixels whose class has no more than half of the probability, 0 to 1",
            "class_mix", "JSON: share of each class in all probability",
            "conformal_set", "Classes in the 90 % set of at least half the pixels");
    /** Each is proven by a test. */
    static final List<String> CONFORMANCE = Conformance.of(
            List.of(
                    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
                    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
                    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
                    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
                    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas"),
            Conformance.FILTERS,
            Conformance.VECTOR_TILES,
            Conformance.PROCESSES);

    private final CatalogStore store;
    private final PublishedMaps maps;
    private final FeatureFiles files;
    private final PublicUrl url;
    private final LruCache<ObjectRef, Areas> areas = new LruCache<>(FILES_KEPT, sums -> 1);

    FeatureResource(CatalogStore store, PublishedMaps maps, FeatureFiles files, PublicUrl url) {
        this.store = store;
        this.maps = maps;
        this.files = files;
        this.url = url;
    }

    @GET
    public ObjectNode landing() {
        var landing = Json.MAPPER.createObjectNode();
        landing.put("title", "Survol maps");
        landing.put("description", "The polygons of every finished land-cover map");
        var links = landing.putArray("links");
        link(links, "self", url.of("ogc"), MediaType.APPLICATION_JSON);
        link(links, "conformance", url.of("ogc", "conformance"), MediaType.APPLICATION_JSON);
        link(links, "data", url.of("ogc", "collections"), MediaType.APPLICATION_JSON);
        link(links, OGC_REL + "processes", url.of("ogc", "processes"), MediaType.APPLICATION_JSON);
        link(links, OGC_REL + "job-list", url.of("ogc", "jobs"), MediaType.APPLICATION_JSON);
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
        var all = document.putArray("collections");
        for (var entry : store.search(ItemQuery.ALL.of(Collections.PRODUCTS).first(MOST_COLLECTIONS))) {
            all.add(describe(entry));
        }
        link(document.putArray("links"), "self", url.of("ogc", "collections"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("collections/{id}")
    public ObjectNode collection(@PathParam("id") String id) {
        return describe(maps.named(id).entry());
    }

    private ObjectNode describe(ItemEntry entry) {
        var collection = Json.MAPPER.createObjectNode();
        collection.put("id", entry.id());
        collection.put("title", "Land cover from " + entry.acquisition());
        collection.put("itemType", "feature");
        var extent = collection.putObject("extent");
        var box = entry.bounds().orElseThrow();
        extent.putObject("spatial")
                .put("crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
                .putArray("bbox")
                .addArray()
                .add(box.west())
                .add(box.south())
                .add(box.east())
                .add(box.north());
        extent.putObject("temporal")
                .putArray("interval")
                .addArray()
                .add(entry.datetime().toString())
                .add(entry.datetime().toString());
        var supported = NamedCrs.of(epsg(entry));
        var crs = collection.putArray("crs");
        supported.forEach(each -> crs.add(each.uri()));
        collection.put("storageCrs", supported.getLast().uri());
        var links = collection.putArray("links");
        link(links, "self", url.of("ogc", "collections", entry.id()), MediaType.APPLICATION_JSON);
        link(links, "items", url.of("ogc", "collections", entry.id(), "items"), GEOJSON);
        link(links, OGC_REL + "queryables", url.of("ogc", "collections", entry.id(), "queryables"), SCHEMA_JSON);
        link(links, OGC_REL + "schema", url.of("ogc", "collections", entry.id(), "schema"), SCHEMA_JSON);
        link(
                links,
                OGC_REL + "tilesets-vector",
                url.of("ogc", "collections", entry.id(), "tiles"),
                MediaType.APPLICATION_JSON);
        link(
                links,
                OGC_REL + "coverage",
                url.of("ogc", "collections", entry.id(), "coverage"),
                "image/tiff; application=geotiff; profile=cloud-optimized");
        link(links, "describedby", url.of("stac", "collections", Collections.PRODUCTS, "items", entry.id()), GEOJSON);
        return collection;
    }

    @GET
    @Path("collections/{id}/queryables")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode queryables(@PathParam("id") String id) throws IOException {
        return queryables(files.open(FeatureFiles.object(maps.named(id))))
                .schema(url.of("ogc", "collections", id, "queryables"), "What the polygons can be filtered by");
    }

    /** What features hold, as a JSON schema. */
    @GET
    @Path("collections/{id}/schema")
    @Produces({SCHEMA_JSON, MediaType.APPLICATION_JSON})
    public ObjectNode schema(@PathParam("id") String id) throws IOException {
        var schema = queryables(files.open(FeatureFiles.object(maps.named(id))))
                .schema(url.of("ogc", "collections", id, "schema"), "The polygons of " + id);
        int sequence = 1;
        for (var property : schema.path("properties")) {
            ((ObjectNode) property).put("x-ogc-propertySeq", sequence++).put("readOnly", true);
        }
        return schema;
    }

    private static Queryables queryables(FlatGeobuf file) {
        var queryables = new ArrayList<Queryable>();
        queryables.add(new Queryable(FeatureQuery.GEOMETRY, Queryable.Type.GEOMETRY, "Outline"));
        file.columns()
                .forEach((name, type) -> queryables.add(new Queryable(name, type, TITLES.getOrDefault(name, name))));
        return new Queryables(queryables);
    }

    @GET
    @Path("collections/{id}/items")
    @Produces({GEOJSON, MediaType.APPLICATION_JSON})
    public Response items(
            @PathParam("id") String id,
            @QueryParam("bbox") String bbox,
            @QueryParam("bbox-crs") String bboxCrs,
            @QueryParam("crs") String crs,
            @QueryParam("datetime") String datetime,
            @QueryParam("filter") String filter,
            @QueryParam("filter-lang") String filterLanguage,
            @QueryParam("filter-crs") String filterCrs,
            @QueryParam("limit") @DefaultValue("1000") String limit,
            @QueryParam("token") String token,
            @Context UriInfo uri,
            @Context Request request)
            throws IOException {
        var parameters = new TreeMap<>(Parameters.of(uri));
        var map = maps.named(id);
        var object = FeatureFiles.object(map);
        var file = files.open(object);
        var query = FeatureQuery.of(parameters, queryables(file), NamedCrs.of(file.epsg()));
        long from = query.token().map(text -> number(text, object)).orElse(0L);
        var tag = new EntityTag(Digest.shortened(Digest.ofParts(object.sha256(), url.base(), parameters)));
        var unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return unchanged.build();
        }
        boolean inTime = query.datetime().isEmpty()
                || isWithin(map.entry().datetime(), query.datetime().get());
        var page = inTime
                ? new FeatureSearch(file).page(query.filter(), from, query.limit())
                : new FeatureSearch.Page(List.of(), Optional.empty());
        var links = new ArrayList<GeoJson.Link>();
        links.add(new GeoJson.Link("self", address(id, parameters), GEOJSON));
        links.add(new GeoJson.Link("collection", url.of("ogc", "collections", id), MediaType.APPLICATION_JSON));
        page.next().ifPresent(next -> {
            var further = new TreeMap<>(parameters);
            further.put("token", token(next, object));
            links.add(new GeoJson.Link("next", address(id, further), GEOJSON));
        });
        var body = new ByteArrayOutputStream(1 << 16);
        try (var geoJson = new GeoJson(body, file.epsg(), query.crs())) {
            geoJson.startCollection(
                    page.entries().size(),
                    inTime && query.filter().isEmpty() ? OptionalLong.of(file.count()) : OptionalLong.empty());
            for (var feature : page.entries()) {
                geoJson.write(feature);
            }
            geoJson.endCollection(links);
        }
        return Response.ok(body.toByteArray())
                .tag(tag)
                .header("Cache-Control", "public, max-age=60")
                .header(CONTENT_CRS, "<" + query.crs().uri() + ">")
                .build();
    }

    private static boolean isWithin(Instant datetime, Parameters.Interval interval) {
        return interval.from().map(from -> !datetime.isBefore(from)).orElse(true)
                && interval.to().map(to -> !datetime.isAfter(to)).orElse(true);
    }

    private String address(String id, Map<String, String> parameters) {
        return PublicUrl.with(url.of("ogc", "collections", id, "items"), parameters);
    }

    /** Goes with the bytes of the file: a map that was made anew is another one. */
    private static String token(long number, ObjectRef object) {
        return Digest.shortened(object.sha256()) + "." + number;
    }

    private static long number(String token, ObjectRef object) {
        var prefix = Digest.shortened(object.sha256()) + ".";
        if (token.startsWith(prefix)) {
            try {
                return Long.parseUnsignedLong(token.substring(prefix.length()));
            } catch (NumberFormatException e) {
                // told below
            }
        }
        throw Problem.badRequest(
                "the token is not one that this service gave for this map as it now is; start again" + " without it");
    }

    @GET
    @Path("collections/{id}/items/{feature}")
    @Produces({GEOJSON, MediaType.APPLICATION_JSON})
    public Response item(
            @PathParam("id") String id,
            @PathParam("feature") String feature,
            @QueryParam("crs") Optional<String> crs,
            @Context Request request)
            throws IOException {
        var object = FeatureFiles.object(maps.named(id));
        var file = files.open(object);
        var wanted = crs.map(uri -> NamedCrs.find("crs", uri, NamedCrs.of(file.epsg())))
                .orElse(NamedCrs.CRS84);
        long number;
        try {
            number = Long.parseLong(feature);
        } catch (NumberFormatException e) {
            number = -1;
        }
        if (number < 0 || number >= file.count()) {
            throw Problem.notFound("there is no feature \"" + Parameters.shown(feature) + "\" in \"" + id + "\"");
        }
        var tag = new EntityTag(Digest.shortened(Digest.ofParts(object.sha256(), url.base(), number, wanted.uri())));
        var unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return unchanged.build();
        }
        var body = new ByteArrayOutputStream();
        try (var geoJson = new GeoJson(body, file.epsg(), wanted)) {
            geoJson.write(
                    file.read(number),
                    List.of(
                            new GeoJson.Link("self", url.of("ogc", "collections", id, "items", feature), GEOJSON),
                            new GeoJson.Link(
                                    "collection", url.of("ogc", "collections", id), MediaType.APPLICATION_JSON),
                            new GeoJson.Link(
                                    "derived_from",
                                    url.of("stac", "collections", Collections.PRODUCTS, "items", id),
                                    GEOJSON),
                            new GeoJson.Link("via", url.of("lineage", id, feature), MediaType.APPLICATION_JSON)));
        }
        return Response.ok(body.toByteArray())
                .tag(tag)
                .header("Cache-Control", "public, max-age=60")
                .header(CONTENT_CRS, "<" + wanted.uri() + ">")
                .build();
    }

    /** What a class covers. */
    record ClassArea(@JsonProperty("class") int value, long polygons, double areaSquareMetres) {}

    record Areas(List<ClassArea> classes) {}

    /** Area of each class, summed over the polygons; largest first. */
    @GET
    @Path("collections/{id}/areas")
    public Areas areas(@PathParam("id") String id) throws IOException {
        var object = FeatureFiles.object(maps.named(id));
        var known = areas.get(object);
        if (known.isPresent()) {
            return known.get();
        }
        var file = files.open(object);
        if (file.count() > MOST_SUMMED) {
            throw Problem.notFound("the map \"" + id + "\" has too many polygons to sum them on request");
        }
        var sums = new TreeMap<Integer, ClassArea>();
        for (long number = 0; number < file.count(); number++) {
            var properties = file.read(number).properties();
            if (properties.get("class") instanceof Number value && properties.get("area_m2") instanceof Number area) {
                sums.merge(
                        value.intValue(),
                        new ClassArea(value.intValue(), 1, area.doubleValue()),
                        (a, b) -> new ClassArea(
                                a.value(), a.polygons() + b.polygons(), a.areaSquareMetres() + b.areaSquareMetres()));
            }
        }
        var result = new Areas(sums.values().stream()
                .sorted(Comparator.comparingDouble(ClassArea::areaSquareMetres).reversed())
                .toList());
        areas.put(object, result);
        return result;
    }

    /** As the Item says it: no file needs to be opened for a list of collections. */
    private static int epsg(ItemEntry entry) {
        return entry.facts().get(ItemField.PROJ_CODE) instanceof String code && code.startsWith("EPSG:")
                ? Integer.parseInt(code.substring("EPSG:".length()))
                : WGS84;
    }

    private static void link(ArrayNode links, String rel, String href, String type) {
        links.addObject().put("rel", rel).put("href", href).put("type", type);
    }
}
