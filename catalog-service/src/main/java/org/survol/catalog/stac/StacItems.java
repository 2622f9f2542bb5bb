// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Collections;
import org.survol.catalog.Footprints;
import org.survol.catalog.LruCache;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStore.Assembled;
import org.survol.catalog.store.CatalogStore.Delivery;
import org.survol.catalog.store.CatalogStore.Prediction;
import org.survol.catalog.store.CatalogStore.Registered;
import org.survol.catalog.store.CatalogStore.TileRef;
import org.survol.catalog.store.ItemEntry;
import org.survol.core.Json;
import org.survol.core.event.RunRef;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;

/**
 * Builds STAC 1.1 Items from recorded facts. Geometries are WGS84, longitude first; {@code proj:} fields speak the
 * run's own CRS, easting first, as GDAL orders them.
 */
@Singleton
final class StacItems {

    static final String STAC_VERSION = "1.1.0";
    static final String GEOJSON = "application/geo+json";
    private static final String COG = "image/tiff; application=geotiff; profile=cloud-optimized";
    /** Plans without their tiles, each counted as one and its images. */
    private static final int PLANS_KEPT = 50_000;

    private static final int MODELS_KEPT = 100;

    /** Links from a model to maps made with it; the newest. */
    private static final int MOST_MAPS = 100;

    private static final String RASTER = "https://stac-extensions.github.io/raster/v2.0.0/schema.json";
    private static final String VERSION = "https://stac-extensions.github.io/version/v1.2.0/schema.json";
    private static final String PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json";
    private static final String CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json";
    private static final String FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json";
    private static final String PROCESSING = "https://stac-extensions.github.io/processing/v1.2.0/schema.json";
    /** What STAC takes for the identifier of a licence. */
    private static final Pattern SPDX = Pattern.compile("[\\w.+-]+");

    /** Links that only make sense where the Item came from. */
    private static final Set<String> LINKS_REPLACED = Set.of("self", "root", "parent", "collection");

    private final CatalogStore store;
    private final PublicUrl url;
    private final String bucket;
    private final LruCache<String, ObjectNode> models = new LruCache<>(MODELS_KEPT, fields -> 1);
    private final LruCache<RunRef, Plan> plans =
            new LruCache<>(PLANS_KEPT, plan -> 1 + plan.sources().size());

    StacItems(CatalogStore store, PublicUrl url, @ConfigProperty(name = "survol.store.bucket") String bucket) {
        this.store = store;
        this.url = url;
        this.bucket = bucket;
    }

    private ObjectNode described(PinnedModel model) {
        var known = models.get(model.sha256());
        if (known.isPresent()) {
            return known.get();
        }
        var fields = Json.MAPPER.createObjectNode();
        ModelFields.describe(fields, model);
        models.put(model.sha256(), fields);
        return fields;
    }

    /** Empty when what the entry points at has gone meanwhile. */
    Optional<ObjectNode> item(ItemEntry entry) {
        return items(List.of(entry)).stream().findFirst();
    }

    /** In their order, without those that have gone meanwhile; facts of all are asked for at once. */
    List<ObjectNode> items(List<ItemEntry> entries) {
        var predictions = store.predictions(entries.stream()
                .filter(entry -> entry.collection().equals(Collections.PREDICTIONS))
                .map(StacItems::tile)
                .toList());
        var products = store.products(entries.stream()
                .filter(entry -> entry.run().isPresent())
                .map(StacItems::run)
                .distinct()
                .toList());
        var registered = store.registered(entries.stream()
                .filter(entry -> entry.collection().equals(Collections.REFERENCES))
                .map(ItemEntry::id)
                .toList());
        return entries.stream()
                .map(entry -> item(entry, predictions, products, registered))
                .flatMap(Optional::stream)
                .toList();
    }

    private static RunRef run(ItemEntry entry) {
        return new RunRef(entry.acquisition(), entry.run().orElseThrow());
    }

    private static TileRef tile(ItemEntry entry) {
        return new TileRef(run(entry), entry.tile().orElseThrow());
    }

    private Optional<ObjectNode> item(
            ItemEntry entry,
            Map<TileRef, Prediction> predictions,
            Map<RunRef, Assembled> products,
            Map<String, Registered> registered) {
        return switch (entry.collection()) {
            case Collections.ACQUISITIONS -> store.delivery(entry.acquisition()).map(this::acquisition);
            case Collections.PREDICTIONS ->
                Optional.ofNullable(predictions.get(tile(entry))).flatMap(prediction -> plan(run(entry))
                        .map(plan -> prediction(plan, prediction, products.containsKey(run(entry)))));
            case Collections.PRODUCTS ->
                Optional.ofNullable(products.get(run(entry)))
                        .flatMap(product -> plan(run(entry)).map(plan -> product(plan, product)));
            case Collections.MODELS -> plan(run(entry)).map(plan -> model(plan.model(), entry.datetime()));
            case Collections.REFERENCES ->
                Optional.ofNullable(registered.get(entry.id())).map(found -> reference(entry.id(), found.document()));
            default -> Optional.empty();
        };
    }

    private Optional<Plan> plan(RunRef run) {
        var known = plans.get(run);
        if (known.isPresent()) {
            return known;
        }
        var plan = store.planWithoutTiles(run);
        plan.ifPresent(found -> plans.put(run, found));
        return plan;
    }

    private ObjectNode acquisition(Delivery delivery) {
        var id = delivery.event().acquisition();
        var item = given(Collections.ACQUISITIONS, id, delivery.item());
        var links = (ArrayNode) item.path("links");
        for (var run : store.runs(Optional.of(id))) {
            if (run.product().isPresent()) {
                link(links, "related", itemUrl(Collections.PRODUCTS, Collections.productId(run.run())), GEOJSON)
                        .put("title", "Map made from it with " + run.model());
            }
        }
        link(links, "progress", url.of("acquisitions", id), "application/json");
        return item;
    }

    ObjectNode reference(String id, String document) {
        return given(Collections.REFERENCES, id, document);
    }

    /** An Item as others wrote it; only its place in this catalogue is ours. */
    private ObjectNode given(String collection, String id, String document) {
        ObjectNode item;
        try {
            item = (ObjectNode) Json.MAPPER.readTree(document);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        item.put("id", id);
        item.put("collection", collection);
        var links = Json.MAPPER.createArrayNode();
        for (JsonNode link : item.path("links")) {
            if (!LINKS_REPLACED.contains(link.path("rel").asText())) {
                links.add(link);
            }
        }
        place(links, collection, id);
        item.set("links", links);
        return item;
    }

    private ObjectNode prediction(Plan plan, Prediction prediction, boolean isMapped) {
        var event = prediction.predicted();
        var run = event.run();
        var item = feature(
                Collections.PREDICTIONS,
                Collections.predictionId(run, event.tile()),
                Footprints.ofTile(plan.grid(), event.tile()),
                List.of(PROJECTION, CLASSIFICATION, RASTER, ModelFields.EO, FILE, PROCESSING, ModelFields.MLM));
        var properties = properties(item, plan, prediction.at());
        PixelWindow window = plan.grid().window(event.tile());
        projection(properties, plan, window);
        properties.put("processing:datetime", prediction.at().toString());
        properties.put("survol:tile", event.tile().toString());
        properties.put("survol:kept_share", event.keptShare());
        properties.put("survol:device", event.report().device());
        // shared by Items, which nobody changes
        properties.setAll(described(plan.model()));

        var assets = item.putObject("assets");
        var nomenclature = plan.model().card().nomenclature();
        var classes = raster(assets, "classes", event.classes(), "Classes", "data");
        var values = ModelFields.classes(nomenclature);
        values.insertObject(0)
                .put("value", 0)
                .put("name", "no-data")
                .put("description", "No image here")
                .put("nodata", true);
        classes.set("classification:classes", values);
        band(classes.putArray("bands"), "classes", plan).put("nodata", 0);
        assets.putObject("class-names")
                .put("href", url.ofFile(StoreLayout.classNames(run, event.tile())))
                .put("type", "application/xml")
                .put("title", "Names of the classes, as GDAL reads them beside the raster")
                .putArray("roles")
                .add("metadata");

        var probabilities = raster(
                assets, "probabilities", event.probabilities(), "Probability of each class, 255 = certain", "data");
        var perClass = probabilities.putArray("bands");
        for (var landClass : nomenclature.classes()) {
            share(band(perClass, ModelFields.className(landClass), plan)).put("description", landClass.labelEn());
        }
        var confidence = raster(
                assets, "confidence", event.confidence(), "Probability of the chosen class, 255 = certain", "data");
        share(band(confidence.putArray("bands"), "confidence", plan));

        prediction.ready().ifPresent(ready -> {
            var stack = raster(assets, "stack", ready.stack(), "Bands that the model saw, with their halo", "source");
            stack.set("bands", ModelFields.bands(plan.bands()));
            // wider than the tile by the halo: its own place, not the Item's
            projection(stack, plan, window.grow(plan.halo()));
        });
        ModelFields.asset(assets, plan.model(), inStore(plan.model().key()));

        var links = item.putArray("links");
        place(links, Collections.PREDICTIONS, item.get("id").asText());
        link(links, "derived_from", itemUrl(Collections.ACQUISITIONS, run.acquisition()), GEOJSON)
                .put("title", "The flight it was made from");
        link(links, "derived_from", itemUrl(Collections.MODELS, Collections.modelId(plan.model())), GEOJSON)
                .put("title", "The model it was made with");
        if (isMapped) {
            link(links, "related", itemUrl(Collections.PRODUCTS, Collections.productId(run)), GEOJSON)
                    .put("title", "The map it became part of");
        }
        return item;
    }

    private ObjectNode product(Plan plan, Assembled product) {
        var run = plan.run();
        var item = feature(
                Collections.PRODUCTS,
                Collections.productId(run),
                Footprints.of(plan.grid().epsg(), plan.footprint()),
                List.of(PROJECTION, FILE, PROCESSING, CLASSIFICATION));
        var properties = properties(item, plan, product.at());
        properties.put("proj:code", "EPSG:" + plan.grid().epsg());
        var box = plan.footprint();
        properties
                .putArray("proj:bbox")
                .add(box.minEasting())
                .add(box.minNorthing())
                .add(box.maxEasting())
                .add(box.maxNorthing());
        properties.put("survol:polygons", product.event().polygons());
        properties.put("survol:area_m2", product.event().areaSquareMetres());
        properties.put("survol:missing_tiles", product.event().missingTiles());
        properties.put("survol:vintage", plan.vintage());

        var nomenclature = product.nomenclature(plan);
        properties.put("survol:nomenclature", nomenclature.id());

        var assets = item.putObject("assets");
        new TreeMap<>(product.event().files()).forEach((format, file) -> {
            var asset = asset(assets, format, file, mediaType(format));
            asset.set("classification:classes", ModelFields.classes(nomenclature));
            asset.put("title", title(format));
            asset.putArray("roles").add("data");
        });

        var links = item.putArray("links");
        place(links, Collections.PRODUCTS, item.get("id").asText());
        link(links, "derived_from", itemUrl(Collections.ACQUISITIONS, run.acquisition()), GEOJSON)
                .put("title", "The flight it was made from");
        link(links, "derived_from", itemUrl(Collections.MODELS, Collections.modelId(plan.model())), GEOJSON)
                .put("title", "The model it was made with");
        link(links, "related", predictionsUrl(run), GEOJSON).put("title", "The predictions it was made from");
        link(links, "items", url.of("ogc", "collections", item.get("id").asText(), "items"), GEOJSON)
                .put("title", "Its polygons as features");
        return item;
    }

    /** Lies nowhere: where it may be used is for its users to say. */
    private ObjectNode model(PinnedModel model, Instant firstUsed) {
        var card = model.card();
        var item = Json.MAPPER.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", STAC_VERSION);
        List.of(ModelFields.MLM, CLASSIFICATION, ModelFields.EO, FILE, VERSION)
                .forEach(item.putArray("stac_extensions")::add);
        item.put("id", Collections.modelId(model));
        item.put("collection", Collections.MODELS);
        item.putNull("geometry");
        var properties = item.putObject("properties");
        properties.put("datetime", firstUsed.toString());
        properties.put("created", firstUsed.toString());
        properties.put("title", card.title());
        properties.put(
                "description",
                "Nomenclature " + card.nomenclature().id() + ". Training data: " + card.trainingData() + ". Licence: "
                        + card.licence());
        properties.put("license", SPDX.matcher(card.licence()).matches() ? card.licence() : "other");
        properties.put("version", card.version());
        properties.put("gsd", card.gsdMetres());
        ModelFields.describe(properties, model);
        // null: none is needed
        properties.putNull("mlm:accelerator");
        properties.put(
                "mlm:accelerator_summary", "ONNX Runtime: TensorRT or CUDA where there is a device, else the CPU");
        card.accuracy().ifPresent(accuracy -> properties
                .putObject("survol:accuracy")
                .put("overall_accuracy", accuracy.overallAccuracy())
                .put("mean_iou", accuracy.meanIou())
                .put("measured_on", accuracy.measuredOn()));
        card.domain().ifPresent(domain -> properties.set("survol:domain", Json.MAPPER.valueToTree(domain)));

        ModelFields.asset(item.putObject("assets"), model, inStore(model.key()));

        var links = item.putArray("links");
        place(links, Collections.MODELS, Collections.modelId(model));
        for (var run : store.mappedWith(model.sha256(), MOST_MAPS)) {
            link(links, "related", itemUrl(Collections.PRODUCTS, Collections.productId(run)), GEOJSON)
                    .put("title", "A map made with it");
        }
        return item;
    }

    /** For those who may read the store itself: the catalogue hands out no models. */
    private String inStore(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private static ObjectNode band(ArrayNode bands, String name, Plan plan) {
        return bands.addObject()
                .put("name", name)
                .put("data_type", "uint8")
                .put("raster:sampling", "area")
                .put("raster:spatial_resolution", plan.grid().gsdMetres());
    }

    /** 0 to 255 stands for 0 to 1. */
    private static ObjectNode share(ObjectNode band) {
        return band.put("raster:scale", 1 / 255.0).put("raster:offset", 0);
    }

    private static ObjectNode feature(String collection, String id, double[] ring, List<String> extensions) {
        var item = Json.MAPPER.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", STAC_VERSION);
        var used = item.putArray("stac_extensions");
        extensions.forEach(used::add);
        item.put("id", id);
        item.put("collection", collection);
        var geometry = item.putObject("geometry");
        geometry.put("type", "Polygon");
        var outline = geometry.putArray("coordinates").addArray();
        for (int i = 0; i < ring.length; i += 2) {
            outline.addArray().add(ring[i]).add(ring[i + 1]);
        }
        var box = Footprints.bounds(ring);
        item.putArray("bbox").add(box.west()).add(box.south()).add(box.east()).add(box.north());
        return item;
    }

    private static ObjectNode properties(ObjectNode item, Plan plan, Instant created) {
        var properties = item.putObject("properties");
        properties.put("datetime", plan.datetime().toString());
        properties.put("created", created.toString());
        properties.put("updated", created.toString());
        properties.put("gsd", plan.grid().gsdMetres());
        properties.put(
                "processing:lineage",
                "Classified by " + plan.model().card().name() + " "
                        + plan.model().card().version() + " from "
                        + plan.sources().size() + " source images");
        properties.putObject("processing:software").put("Survol", "0.1");
        properties.put("survol:acquisition", plan.run().acquisition());
        properties.put("survol:run", plan.run().run());
        properties
                .putObject("survol:model")
                .put("name", plan.model().card().name())
                .put("version", plan.model().card().version())
                .put("sha256", plan.model().sha256());
        return properties;
    }

    private static void projection(ObjectNode fields, Plan plan, PixelWindow window) {
        var grid = plan.grid();
        fields.put("proj:code", "EPSG:" + grid.epsg());
        fields.putArray("proj:shape").add(window.height()).add(window.width());
        fields.putArray("proj:transform")
                .add(grid.gsdMetres())
                .add(0)
                .add(grid.easting(window.column()))
                .add(0)
                .add(-grid.gsdMetres())
                .add(grid.northing(window.row()));
    }

    private ObjectNode raster(ObjectNode assets, String name, ObjectRef file, String title, String role) {
        var asset = asset(assets, name, file, COG);
        asset.put("title", title);
        asset.putArray("roles").add(role);
        return asset;
    }

    private ObjectNode asset(ObjectNode assets, String name, ObjectRef file, String mediaType) {
        return assets.putObject(name)
                .put("href", url.ofFile(file.key()))
                .put("type", mediaType)
                .put("file:size", file.bytes())
                .put("file:checksum", multihash(file.sha256()));
    }

    /** 12 = SHA-256, 20 = its length in bytes. */
    static String multihash(String sha256) {
        return "1220" + sha256;
    }

    private void place(ArrayNode links, String collection, String id) {
        link(links, "self", itemUrl(collection, id), GEOJSON);
        link(links, "root", url.of("stac"), "application/json");
        link(links, "parent", url.of("stac", "collections", collection), "application/json");
        link(links, "collection", url.of("stac", "collections", collection), "application/json");
    }

    String itemUrl(String collection, String id) {
        return url.of("stac", "collections", collection, "items", id);
    }

    private String predictionsUrl(RunRef run) {
        // names of runs hold no quotes
        return url.of("stac", "collections", Collections.PREDICTIONS, "items") + "?filter="
                + PublicUrl.encode(
                        "survol:acquisition = '" + run.acquisition() + "' AND survol:run = '" + run.run() + "'");
    }

    private static String mediaType(String format) {
        return switch (format) {
            case "gpkg" -> "application/geopackage+sqlite3";
            case "fgb" -> "application/vnd.flatgeobuf";
            case "parquet" -> "application/vnd.apache.parquet";
            case "pmtiles" -> "application/vnd.pmtiles";
            default -> "application/octet-stream";
        };
    }

    private static String title(String format) {
        return switch (format) {
            case "gpkg" -> "GeoPackage";
            case "fgb" -> "FlatGeobuf";
            case "parquet" -> "GeoParquet";
            case "pmtiles" -> "PMTiles";
            default -> format;
        };
    }
}
