// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.prep.PreparedGeometryFactory;
import org.survol.catalog.Collections;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.Json;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PlannedTile;

/** From one polygon back to all that it was made from. */
@Path("/lineage/{map}/{feature}")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class LineageResource {

    private static final String GEOJSON = "application/geo+json";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
    /** As the map's files name a polygon: a digest, in which a number of so many digits never is one. */
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{24}");

    private static final long MOST_LOOKED_AT = 500_000;
    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private final PublishedMaps maps;
    private final FeatureFiles files;
    private final CatalogStore store;
    private final PublicUrl url;

    LineageResource(PublishedMaps maps, FeatureFiles files, CatalogStore store, PublicUrl url) {
        this.maps = maps;
        this.files = files;
        this.store = store;
        this.url = url;
    }

    /** @param polygon its number in the map, or its {@code id} */
    @GET
    public ObjectNode lineage(@PathParam("map") String id, @PathParam("feature") String polygon) throws IOException {
        var map = maps.named(id);
        var file = files.open(FeatureFiles.object(map));
        var feature = find(file, id, polygon);
        var run = map.run();
        var plan = store.plan(run)
                .orElseThrow(() -> Problem.notFound("the plan of the map \"" + id + "\" is not known here"));
        var tiles = tilesUnder(plan, feature.geometry());

        var lineage = Json.MAPPER.createObjectNode();
        lineage.put("title", "Where polygon " + feature.number() + " of " + id + " comes from");
        var described = lineage.putObject("polygon").put("number", feature.number());
        for (var name : List.of("id", "class", "code", "area_m2", "confidence", "images")) {
            var value = feature.properties().get(name);
            if (value != null) {
                described.set(name, Json.MAPPER.valueToTree(value));
            }
        }
        var address = url.of("ogc", "collections", id, "items", Long.toString(feature.number()));
        described.put("href", address);
        lineage.putObject("map").put("id", id).put("href", item(Collections.PRODUCTS, id));
        lineage.putObject("run")
                .put("acquisition", run.acquisition())
                .put("run", run.run())
                .put("epsg", plan.grid().epsg())
                .put("gsd_metres", plan.grid().gsdMetres())
                .put("href", url.of("acquisitions", run.acquisition()));
        predictions(lineage.putArray("predictions"), plan, tiles);
        var model = plan.model();
        lineage.putObject("model")
                .put("id", Collections.modelId(model))
                .put("name", model.card().name())
                .put("version", model.card().version())
                .put("sha256", model.sha256())
                .put("href", item(Collections.MODELS, Collections.modelId(model)));
        lineage.putObject("acquisition")
                .put("id", run.acquisition())
                .put("href", item(Collections.ACQUISITIONS, run.acquisition()));
        images(lineage.putArray("images"), plan, tiles, feature.properties().get("images"));

        var links = lineage.putArray("links");
        link(links, "self", url.of("lineage", id, polygon), MediaType.APPLICATION_JSON);
        link(links, "describes", address, GEOJSON).put("title", "The polygon");
        for (var part : List.of("map", "model", "acquisition")) {
            link(links, "derived_from", lineage.path(part).path("href").asText(), GEOJSON)
                    .put("title", "The " + part);
        }
        for (var prediction : lineage.path("predictions")) {
            link(links, "derived_from", prediction.path("href").asText(), GEOJSON)
                    .put(
                            "title",
                            "The prediction of tile " + prediction.path("tile").asText());
        }
        return lineage;
    }

    private static FlatGeobuf.Entry find(FlatGeobuf file, String map, String polygon) throws IOException {
        if (NUMBER.matcher(polygon).matches() && Long.parseLong(polygon) < file.count()) {
            return file.read(Long.parseLong(polygon));
        }
        if (DIGEST.matcher(polygon).matches() && file.columns().containsKey("id")) {
            if (file.count() > MOST_LOOKED_AT) {
                throw Problem.notFound("the map \"" + map + "\" has too many polygons to look for one by its id; give"
                        + " its number, which …/items shows");
            }
            for (long number = 0; number < file.count(); number++) {
                var entry = file.read(number);
                if (polygon.equals(entry.properties().get("id"))) {
                    return entry;
                }
            }
        }
        throw Problem.notFound("there is no polygon \"" + Parameters.shown(polygon) + "\" in \"" + map + "\"");
    }

    /** Planned tiles that hold a part of the polygon, not only of its bounds. */
    static List<PlannedTile> tilesUnder(Plan plan, Geometry polygon) {
        var grid = plan.grid();
        var prepared = PreparedGeometryFactory.prepare(polygon);
        var bounds = polygon.getEnvelopeInternal();
        return plan.tiles().stream()
                .filter(planned -> {
                    var window = grid.window(planned.tile());
                    var box = new Envelope(
                            grid.easting(window.column()),
                            grid.easting(window.endColumn()),
                            grid.northing(window.endRow()),
                            grid.northing(window.row()));
                    if (!box.intersects(bounds)) {
                        return false;
                    }
                    // a shared edge is not a shared place
                    var square = GEOMETRIES.toGeometry(box);
                    return prepared.intersects(square) && !polygon.touches(square);
                })
                .toList();
    }

    private void predictions(ArrayNode predictions, Plan plan, List<PlannedTile> tiles) {
        for (var planned : tiles) {
            store.prediction(plan.run(), planned.tile()).ifPresent(prediction -> {
                var id = Collections.predictionId(plan.run(), planned.tile());
                predictions
                        .addObject()
                        .put("id", id)
                        .put("tile", planned.tile().toString())
                        .put("device", prediction.predicted().report().device())
                        .put("href", item(Collections.PREDICTIONS, id));
            });
        }
    }

    /** @param names of the assets under the polygon, where the map says them; else all that its tiles were cut from */
    private void images(ArrayNode images, Plan plan, List<PlannedTile> tiles, Object names) {
        var under = names instanceof String text ? List.of(text.split(" ")) : List.<String>of();
        var numbers = new TreeSet<Integer>();
        tiles.forEach(tile -> numbers.addAll(tile.sources()));
        for (int number : numbers) {
            var source = plan.sources().get(number);
            if (under.isEmpty() || under.contains(source.asset())) {
                var image = images.addObject()
                        .put("asset", source.asset())
                        .put("role", source.role().name())
                        .put("file", Arrays.asList(source.key().split("/")).getLast())
                        .put("gsd_metres", source.gsdMetres());
                source.datetime().ifPresent(taken -> image.put("datetime", taken.toString()));
            }
        }
    }

    private String item(String collection, String id) {
        return url.of("stac", "collections", collection, "items", id);
    }
}
