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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.locationtech.jts.geom.Envelope;
import org.survol.catalog.BlockCache;
import org.survol.catalog.Collections;
import org.survol.catalog.Footprints;
import org.survol.catalog.LruCache;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemQuery;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.event.RunRef;
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
    private static final String FORMAT = "fgb";
    private static final int MOST_FEATURES = 10_000;
    private static final int MOST_COLLECTIONS = 1_000;
    private static final long MOST_SUMMED = 500_000;
    private static final int FILES_KEPT = 64;
    private static final Set<String> ITEMS_PARAMETERS = Set.of("bbox", "limit", "offset", "datetime");
    static final List<String> CONFORMANCE = List.of(
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson");

    private final CatalogStore store;
    private final BlockCache blocks;
    private final PublicUrl url;
    private final LruCache<ObjectRef, Areas> areas = new LruCache<>(FILES_KEPT, sums -> 1);
    private final LruCache<String, FlatGeobuf> files = new LruCache<>(FILES_KEPT, file -> 1);

    FeatureResource(CatalogStore store, BlockCache blocks, PublicUrl url) {
        this.store = store;
        this.blocks = blocks;
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
        link(
                links,
                "service-desc",
                url.of("q", "openapi") + "?format=json",
                "application/vnd.oai.openapi+json;version=3.1");
        return landing;
    }

    @GET
    @Path("conformance")
    public Map<String, List<String>> conformance() {
        return Map.of("conformsTo", CONFORMANCE);
    }

    @GET
    @Path("collections")
    public ObjectNode collections() {
        var document = Json.MAPPER.createObjectNode();
        var all = document.putArray("collections");
        store.search(new ItemQuery(
                        List.of(Collections.PRODUCTS),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        MOST_COLLECTIONS))
                .forEach(entry -> all.add(describe(entry)));
        link(document.putArray("links"), "self", url.of("ogc", "collections"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("collections/{id}")
    public ObjectNode collection(@PathParam("id") String id) {
        return describe(entry(id));
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
        collection.putArray("crs").add("http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        var links = collection.putArray("links");
        link(links, "self", url.of("ogc", "collections", entry.id()), MediaType.APPLICATION_JSON);
        link(links, "items", url.of("ogc", "collections", entry.id(), "items"), GEOJSON);
        link(links, "describedby", url.of("stac", "collections", Collections.PRODUCTS, "items", entry.id()), GEOJSON);
        return collection;
    }

    @GET
    @Path("collections/{id}/items")
    @Produces({GEOJSON, MediaType.APPLICATION_JSON})
    public Response items(
            @PathParam("id") String id,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("datetime") Optional<String> datetime,
            @QueryParam("limit") @DefaultValue("1000") String limit,
            @QueryParam("offset") Optional<String> offset,
            @Context UriInfo uri,
            @Context Request request)
            throws IOException {
        for (var name : uri.getQueryParameters().keySet()) {
            if (!ITEMS_PARAMETERS.contains(name)) {
                throw Problem.badRequest("the parameter \"" + name + "\" is not known here");
            }
        }
        int most = Parameters.limit(limit, MOST_FEATURES);
        long from = offset.map(FeatureResource::number).orElse(0L);
        var box = bbox.map(Parameters::bbox);
        var interval = datetime.map(Parameters::datetime);
        var entry = entry(id);
        var object = object(entry);
        var tag = new EntityTag(
                Digest.shortened(Digest.ofParts(object.sha256(), url.base(), bbox, datetime, limit, offset)));
        var unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return unchanged.build();
        }
        var file = file(object);
        boolean inTime = interval.isEmpty()
                || interval.get().from().map(t -> !entry.datetime().isBefore(t)).orElse(true)
                        && interval.get()
                                .to()
                                .map(t -> !entry.datetime().isAfter(t))
                                .orElse(true);
        // one more than asked for tells whether there is a next page
        var numbers = inTime ? numbers(file, box, from, most + 1) : List.<Long>of();
        var shown = numbers.subList(0, Math.min(numbers.size(), most));
        var links = new ArrayList<GeoJson.Link>();
        var self = url.of("ogc", "collections", id, "items");
        var parameters = "?limit=" + most
                + bbox.map(text -> "&bbox=" + PublicUrl.encode(text)).orElse("")
                + datetime.map(text -> "&datetime=" + PublicUrl.encode(text)).orElse("");
        links.add(new GeoJson.Link(
                "self", self + parameters + offset.map(o -> "&offset=" + from).orElse(""), GEOJSON));
        links.add(new GeoJson.Link("collection", url.of("ogc", "collections", id), MediaType.APPLICATION_JSON));
        if (numbers.size() > most) {
            links.add(new GeoJson.Link("next", self + parameters + "&offset=" + numbers.get(most), GEOJSON));
        }
        var body = new ByteArrayOutputStream(1 << 16);
        try (var geoJson = new GeoJson(body, file.epsg())) {
            geoJson.startCollection(shown.size());
            for (long number : shown) {
                geoJson.write(file.read(number), List.of());
            }
            geoJson.endCollection(links);
        }
        return Response.ok(body.toByteArray())
                .tag(tag)
                .header("Cache-Control", "public, max-age=60")
                .build();
    }

    @GET
    @Path("collections/{id}/items/{feature}")
    @Produces({GEOJSON, MediaType.APPLICATION_JSON})
    public Response item(@PathParam("id") String id, @PathParam("feature") String feature) throws IOException {
        var file = file(object(entry(id)));
        long number;
        try {
            number = Long.parseLong(feature);
        } catch (NumberFormatException e) {
            number = -1;
        }
        if (number < 0 || number >= file.count()) {
            throw Problem.notFound("there is no feature \"" + feature + "\" in \"" + id + "\"");
        }
        var body = new ByteArrayOutputStream();
        try (var geoJson = new GeoJson(body, file.epsg())) {
            geoJson.write(
                    file.read(number),
                    List.of(
                            new GeoJson.Link("self", url.of("ogc", "collections", id, "items", feature), GEOJSON),
                            new GeoJson.Link(
                                    "collection", url.of("ogc", "collections", id), MediaType.APPLICATION_JSON),
                            new GeoJson.Link(
                                    "derived_from",
                                    url.of("stac", "collections", Collections.PRODUCTS, "items", id),
                                    GEOJSON)));
        }
        return Response.ok(body.toByteArray()).build();
    }

    /** What a class covers. */
    record ClassArea(@JsonProperty("class") int value, long polygons, double areaSquareMetres) {}

    record Areas(List<ClassArea> classes) {}

    /** Area of each class, summed over the polygons; largest first. */
    @GET
    @Path("collections/{id}/areas")
    public Areas areas(@PathParam("id") String id) throws IOException {
        var object = object(entry(id));
        var known = areas.get(object);
        if (known.isPresent()) {
            return known.get();
        }
        var file = file(object);
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

    private static List<Long> numbers(FlatGeobuf file, Optional<LngLatBox> box, long from, int most)
            throws IOException {
        if (box.isEmpty()) {
            return LongStream.range(from, Math.min(file.count(), Math.min(from, file.count()) + most))
                    .boxed()
                    .toList();
        }
        var found = new ArrayList<Long>();
        for (var part : parts(box.get())) {
            found.addAll(file.search(inCrsOf(file, part), from, most));
        }
        return found.stream().distinct().sorted().limit(most).toList();
    }

    private static List<LngLatBox> parts(LngLatBox box) {
        return box.crossesAntimeridian()
                ? List.of(
                        new LngLatBox(box.west(), box.south(), 180, box.north()),
                        new LngLatBox(-180, box.south(), box.east(), box.north()))
                : List.of(box);
    }

    /**
     * The box in the file's CRS. It is first cut to the file's own bounds, grown a little: far from its territory a
     * projection has no sensible answer.
     */
    private static Envelope inCrsOf(FlatGeobuf file, LngLatBox box) {
        var own = file.bounds();
        if (own.isNull()) {
            return new Envelope();
        }
        var wgs84 = Crs.ofEpsg(4326);
        var crs = Crs.ofEpsg(file.epsg());
        var world = envelope(crs.to(wgs84), own);
        world.expandBy(1e-3);
        var common = world.intersection(new Envelope(box.west(), box.east(), box.south(), box.north()));
        return common.isNull() ? common : envelope(wgs84.to(crs), common);
    }

    /** Bounds of a box's transformed outline, not only of its corners. */
    private static Envelope envelope(org.survol.core.crs.CrsTransform transform, Envelope box) {
        int steps = 8;
        var xy = new double[(steps + 1) * (steps + 1) * 2];
        int at = 0;
        for (int i = 0; i <= steps; i++) {
            for (int j = 0; j <= steps; j++) {
                xy[at++] = box.getMinX() + box.getWidth() * i / steps;
                xy[at++] = box.getMinY() + box.getHeight() * j / steps;
            }
        }
        transform.apply(xy, xy.length / 2);
        var bounds = Footprints.envelope(xy);
        return new Envelope(bounds[0], bounds[2], bounds[1], bounds[3]);
    }

    private ItemEntry entry(String id) {
        return store.search(ItemQuery.one(Collections.PRODUCTS, id)).stream()
                .findFirst()
                .orElseThrow(() -> Problem.notFound("there is no map \"" + id + "\""));
    }

    private ObjectRef object(ItemEntry entry) {
        return store.product(new RunRef(entry.acquisition(), entry.run().orElseThrow()))
                .map(product -> product.event().files().get(FORMAT))
                .orElseThrow(() -> Problem.notFound("the map \"" + entry.id() + "\" has no FlatGeobuf"));
    }

    private FlatGeobuf file(ObjectRef object) throws IOException {
        var key = object.key() + " " + object.sha256();
        var known = files.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        var file = FlatGeobuf.open(blocks.open(object));
        files.put(key, file);
        return file;
    }

    private static long number(String offset) {
        try {
            long number = Long.parseLong(offset);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Problem.badRequest("the offset is not one that this service gave; start again without it");
    }

    private static void link(ArrayNode links, String rel, String href, String type) {
        links.addObject().put("rel", rel).put("href", href).put("type", type);
    }
}
