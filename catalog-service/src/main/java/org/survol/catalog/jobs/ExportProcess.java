// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.features.FileFormat;
import org.survol.catalog.features.MapPart;
import org.survol.catalog.features.MapParts;
import org.survol.catalog.store.Job;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** A map, or a part of it, as one file in the store, however many polygons that are. */
@Singleton
final class ExportProcess implements JobProcess {

    static final String ID = "export";
    private static final String MAP = "map";
    private static final String FORMAT = "format";
    private static final String BBOX = "bbox";
    private static final String BBOX_CRS = "bbox-crs";
    private static final String POLYGON = "polygon";
    private static final String AREA = "area";

    private final MapParts parts;
    private final ObjectStore objects;
    private final PublicUrl url;
    private final Duration validFor;

    ExportProcess(
            MapParts parts,
            ObjectStore objects,
            PublicUrl url,
            @ConfigProperty(name = "survol.catalog.export-address-valid") Duration validFor) {
        this.parts = parts;
        this.objects = objects;
        this.url = url;
        this.validFor = validFor;
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String title() {
        return "Export a map";
    }

    @Override
    public String description() {
        return "The polygons of a map, or those in a box or polygon, cut exactly at its border, as one file in the store";
    }

    @Override
    public List<Input> inputs() {
        return List.of(
                new Input(MAP, "Identifier of the map, as /ogc/collections lists it", true, schema("string")),
                new Input(FORMAT, "Format of the file", false, formats()),
                new Input(
                        BBOX,
                        "West, south, east, north; longitude and latitude unless bbox-crs says else",
                        false,
                        box()),
                new Input(BBOX_CRS, "CRS of the box, by its OGC URI", false, schema("string")),
                new Input(AREA, "Set and code of an area, as /areas lists them", false, schema("string")),
                new Input(POLYGON, "A GeoJSON Polygon or MultiPolygon, longitude first", false, schema("object")));
    }

    private static ObjectNode schema(String type) {
        return Json.MAPPER.createObjectNode().put("type", type);
    }

    private static ObjectNode formats() {
        var schema = schema("string");
        var names = schema.putArray("enum");
        for (var format : FileFormat.values()) {
            names.add(format.name());
        }
        return schema.put("default", FileFormat.gpkg.name());
    }

    private static ObjectNode box() {
        var schema = schema("array").put("minItems", 4).put("maxItems", 4);
        schema.putObject("items").put("type", "number");
        return schema;
    }

    @Override
    public ObjectNode outputs() {
        var outputs = Json.MAPPER.createObjectNode();
        var schema = outputs.putObject("file").put("title", "The file").putObject("schema");
        schema.put("type", "string").put("contentEncoding", "binary");
        var kinds = schema.putArray("oneOf");
        Arrays.stream(FileFormat.values())
                .forEach(format -> kinds.addObject().put("contentMediaType", format.mediaType()));
        return outputs;
    }

    /** An order as it was understood: all that the job's identity and its work rest on. */
    record Order(String map, FileFormat format, MapParts.Where where) {}

    @Override
    public Prepared prepare(ObjectNode inputs) throws IOException {
        var format = FileFormat.gpkg;
        if (inputs.has(FORMAT)) {
            var name = text(inputs, FORMAT);
            format = FileFormat.named(name)
                    .orElseThrow(() -> Problem.badRequest("the input format must be one of " + FileFormat.names()
                            + ", not \"" + Parameters.shown(name) + "\""));
        }
        if (!inputs.has(MAP)) {
            throw Problem.badRequest("the input map is missing; name one of those that /ogc/collections lists");
        }
        var order = new Order(
                text(inputs, MAP),
                format,
                new MapParts.Where(
                        inputs.has(BBOX) ? Optional.of(box(inputs.path(BBOX))) : Optional.empty(),
                        inputs.has(BBOX_CRS) ? Optional.of(text(inputs, BBOX_CRS)) : Optional.empty(),
                        inputs.has(POLYGON) ? Optional.of(Json.text(polygon(inputs.path(POLYGON)))) : Optional.empty(),
                        inputs.has(AREA) ? Optional.of(text(inputs, AREA)) : Optional.empty()));
        var part = find(order);
        var understood = Json.text(order);
        return new Prepared(Digest.ofParts(ID, understood, part.identity()), understood);
    }

    private MapPart find(Order order) throws IOException {
        return parts.find(order.map(), order.where());
    }

    private static String text(ObjectNode inputs, String name) {
        if (!inputs.path(name).isTextual()) {
            throw Problem.badRequest("the input " + name + " must be a text");
        }
        return inputs.path(name).asText();
    }

    /** Numbers alone, or as the standard's bounding box with members {@code bbox} and {@code crs}. */
    private static String box(JsonNode value) {
        var numbers = value.has(BBOX) ? value.path(BBOX) : value;
        boolean right = numbers.isArray()
                && StreamSupport.stream(numbers.spliterator(), false).allMatch(JsonNode::isNumber);
        if (!right) {
            throw Problem.badRequest("the input bbox must be an array of numbers: west, south, east, north");
        }
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(","));
    }

    /** Itself, or as the standard's qualified value. */
    private static JsonNode polygon(JsonNode value) {
        return value.has("value") ? value.path("value") : value;
    }

    @Override
    public ObjectNode run(Job job, Progress progress) throws IOException {
        var order = Json.parse(job.inputs().getBytes(StandardCharsets.UTF_8), Order.class);
        var part = find(order);
        long total = part.polygons(Long.MAX_VALUE);
        progress.at(0, total);
        var format = order.format();
        var file = Files.createTempFile("survol-export-", "." + format);
        try {
            try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
                part.write(format, out, looked -> progress.at(looked, total));
            }
            var name = order.map() + (part.isWhole() ? "." : "_part.") + format;
            var object = objects.upload(StoreLayout.export(job.id(), name), file, format.mediaType());
            return Json.MAPPER
                    .createObjectNode()
                    .put("key", object.key())
                    .put("bytes", object.bytes())
                    .put("sha256", object.sha256())
                    .put("type", format.mediaType());
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public ObjectNode results(Job job, JsonNode result) throws IOException {
        var object = new ObjectRef(
                result.path("key").asText(),
                result.path("bytes").asLong(),
                result.path("sha256").asText());
        if (objects.stat(object.key()).isEmpty()) {
            throw Problem.notFound("the file of the job \"" + job.id()
                    + "\" is no longer in the store; dismiss the job and order it anew");
        }
        var results = Json.MAPPER.createObjectNode();
        var file = results.putObject("file");
        var own = url.ofFile(object.key());
        var direct = objects.temporaryAddress(object.key(), validFor);
        file.put("href", direct.map(Object::toString).orElse(own))
                .put("type", result.path("type").asText())
                .put("title", object.key().substring(object.key().lastIndexOf('/') + 1))
                .put("length", object.bytes())
                .put("sha256", object.sha256())
                .put("alternate", own);
        if (direct.isPresent()) {
            file.put("expires", Instant.now().plus(validFor).toString());
        }
        return results;
    }

    @Override
    public void discard(Job job) throws IOException {
        for (var object : objects.list(StoreLayout.export(job.id(), ""))) {
            objects.delete(object.key());
        }
    }
}
