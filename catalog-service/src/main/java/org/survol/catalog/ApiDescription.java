// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

/** What the annotations of the resources cannot say once for all of them: problems, and what each parameter takes. */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public final class ApiDescription implements OASFilter {

    private static final String PROBLEM = "Problem";
    private static final String DOCUMENT = "ObjectNode";

    /** Java classes behind JSON documents, of whose inside clients must see nothing. */
    private static final List<String> INNER = List.of("JsonNode", "JsonNodeType");

    private static final Map<String, Object> ITEM = Map.of(
            "type", "Feature",
            "stac_version", "1.1.0",
            "id", "cadastre-2024",
            "geometry", Map.of("type", "Point", "coordinates", List.of(2.315, 48.835)),
            "properties", Map.of("datetime", "2024-01-01T00:00:00Z", "title", "Buildings of the cadastre"),
            "assets", Map.of("data", Map.of("href", "https://example.org/buildings.gpkg")),
            "links", List.of());

    private record Meaning(String text, Object example) {}

    private static final Map<String, Meaning> PARAMETERS = Map.ofEntries(
            Map.entry("bbox", new Meaning("West, south, east, north; degrees unless bbox-crs says else", "2,48,3,49")),
            Map.entry("bbox-crs", new Meaning("CRS of bbox, by its OGC URI", crs(4326))),
            Map.entry("crs", new Meaning("CRS of the answer, by its OGC URI", crs(2154))),
            Map.entry("datetime", new Meaning("A time, or two with a slash between", "2024-01-01T00:00:00Z/..")),
            Map.entry("intersects", new Meaning("A GeoJSON geometry", """
                    {"type":"Point","coordinates":[2.315,48.835]}""")),
            Map.entry("collections", new Meaning("Names with commas between", "products,predictions")),
            Map.entry("ids", new Meaning("Identifiers with commas between", "lille-2024.run-1")),
            Map.entry("limit", new Meaning("How many at most, from 1", 10)),
            Map.entry("token", new Meaning("Where to go on, from a next link; not to be made up", "")),
            Map.entry("filter", new Meaning("CQL2", "gsd <= 0.2")),
            Map.entry("filter-lang", new Meaning("cql2-text or cql2-json", "cql2-text")),
            Map.entry("filter-crs", new Meaning("CRS of the filter's geometries, by its OGC URI", """
                    http://www.opengis.net/def/crs/OGC/1.3/CRS84""")),
            Map.entry("q", new Meaning("Words or phrases with commas between, of which one is enough", "lille,amiens")),
            Map.entry("query", new Meaning("STAC's Query extension", "{\"gsd\":{\"lte\":0.2}}")),
            Map.entry("sortby", new Meaning("Fields, a minus before those that fall", "-datetime,id")),
            Map.entry("fields", new Meaning("Fields, a minus before those to leave out", "id,properties.gsd,-assets")),
            Map.entry(
                    "collection", new Meaning("acquisitions, predictions, products, models or references", "products")),
            Map.entry("aggregations", new Meaning("Names with commas between, as …/aggregations lists them", """
                    total_count,datetime_frequency""")),
            Map.entry("year", new Meaning("Year of the flight or the Item, UTC", "2024")),
            Map.entry("row", new Meaning("Row of tiles of the grid", "-30659")),
            Map.entry("If-Match", new Meaning("Entity tag of what is meant to be changed", "\"4f2a\"")),
            Map.entry("acquisition", new Meaning("Name of a delivered flight", "lille-2024")),
            Map.entry("run", new Meaning("Name of a run, as the acquisition's progress lists it", "run-1")),
            Map.entry("id", new Meaning("Identifier, as the list one level up gives it", "lille-2024.run-1")),
            Map.entry(
                    "feature",
                    new Meaning("Number of the polygon in its map, from 0; for its lineage also its id", "0")),
            Map.entry(
                    "key",
                    new Meaning("Key in the store, below products/ or runs/", "products/lille-2024/run-1/map.fgb")),
            Map.entry("letter", new Meaning("Identifier of a dead letter, as /dead-letters lists it", "")),
            Map.entry("model", new Meaning("Name of a model; absent: the best that fits", "")),
            Map.entry("map", new Meaning("Identifier of a map, as /ogc/collections lists it", "lille-2024.run-1")),
            Map.entry("polygon", new Meaning("A GeoJSON polygon, longitude first, to clip to", "")),
            Map.entry("process", new Meaning("Name of a process, as /ogc/processes lists it", "rerun")),
            Map.entry("job", new Meaning("Identifier of a job, as /ogc/jobs lists it", "")),
            Map.entry("status", new Meaning("accepted, running, successful, failed or dismissed", "running")),
            Map.entry("processID", new Meaning("Name of a process, as /ogc/processes lists it", "export")),
            Map.entry("area", new Meaning("Set and code of an area to clip to, as /areas lists them", "")),
            Map.entry("set", new Meaning("Name of a set of areas", "communes")),
            Map.entry("code", new Meaning("Code of an area; of a load, the property that holds it", "code")),
            Map.entry("name", new Meaning("Property that holds the areas' names", "nom")),
            Map.entry("coords", new Meaning("A place, or several, as WKT", "POINT(2.3195 48.8379)")),
            Map.entry("parameter-name", new Meaning("Names with commas between; absent: all", "class,confidence")),
            Map.entry(
                    "layer", new Meaning("image, classes, confidence, probability-{class} or change-{map}", "classes")),
            Map.entry("z", new Meaning("Zoom of WebMercatorQuad", "14")),
            Map.entry("x", new Meaning("Column, from the west", "8297")),
            Map.entry("y", new Meaning("Row, from the north", "5636")),
            Map.entry("tileMatrix", new Meaning("Zoom", "15")),
            Map.entry("tileRow", new Meaning("Row, from the north", "11272")),
            Map.entry("tileCol", new Meaning("Column, from the west", "16594")),
            Map.entry("f", new Meaning("Format of the answer", "")),
            Map.entry("Accept-Encoding", new Meaning("gzip: as it is stored", "gzip")),
            Map.entry("Range", new Meaning("One range of bytes", "bytes=0-1023")),
            Map.entry("If-Range", new Meaning("Entity tag that the range is of", "\"4f2a\"")));

    @Override
    public void filterOpenAPI(OpenAPI api) {
        var schemas = new TreeMap<>(api.getComponents().getSchemas());
        INNER.forEach(schemas::remove);
        schemas.put(DOCUMENT, object().description("A JSON document of the standard that the address belongs to"));
        schemas.put(
                PROBLEM,
                object().description("What was wrong, by RFC 9457")
                        .addProperty("type", text())
                        .addProperty("title", text())
                        .addProperty("status", OASFactory.createSchema().addType(SchemaType.INTEGER))
                        .addProperty("detail", text()));
        api.getComponents().setSchemas(schemas);
        api.getPaths().getPathItems().forEach((address, path) -> {
            path.getOperations().values().forEach(operation -> complete(address, operation));
            path.getOperations().forEach(ApiDescription::exampleOfWhatIsWritten);
        });
    }

    private static void complete(String address, Operation operation) {
        var parameters = operation.getParameters() == null ? List.<Parameter>of() : operation.getParameters();
        parameters.forEach(ApiDescription::explain);
        operation
                .getResponses()
                .addAPIResponse(
                        "304", OASFactory.createAPIResponse().description("What If-None-Match names is current"))
                .addAPIResponse(
                        "4XX", problem("The request cannot be answered; the problem says why and what would do"))
                .addAPIResponse("5XX", problem("The database or the object store does not answer"));
        if (parameters.stream().anyMatch(parameter -> parameter.getName().equals("Range"))) {
            operation
                    .getResponses()
                    .addAPIResponse("206", OASFactory.createAPIResponse().description("The range"));
        }
        if (parameters.stream().anyMatch(parameter -> parameter.getName().equals("tileMatrix"))) {
            operation
                    .getResponses()
                    .addAPIResponse("204", OASFactory.createAPIResponse().description("Nothing is mapped there"));
        }
        if (address.endsWith("/execution")) {
            operation
                    .getResponses()
                    .addAPIResponse(
                            "201", OASFactory.createAPIResponse().description("The job, whose address Location tells"));
            var order = OASFactory.createMediaType()
                    .schema(object().description("What the process wants to know, as its description says")
                            .addProperty("inputs", object())
                            .addRequired("inputs"))
                    .example(Map.of(
                            "inputs",
                            address.endsWith("export/execution")
                                    ? Map.of(
                                            "map", "lille-2024.run-1",
                                            "format", "parquet",
                                            "bbox", List.of(2.3, 48.8, 2.4, 48.9))
                                    : Map.of("acquisition", "lille-2024")));
            operation.getRequestBody().setContent(OASFactory.createContent().addMediaType("application/json", order));
        } else if (address.startsWith("/areas/") && operation.getRequestBody() != null) {
            var body = OASFactory.createMediaType()
                    .schema(object().description("A GeoJSON FeatureCollection of polygons, longitude first"))
                    .example(Map.of("type", "FeatureCollection", "features", List.of()));
            operation
                    .getRequestBody()
                    .setContent(OASFactory.createContent().addMediaType("application/geo+json", body));
        } else if (operation.getRequestBody() != null) {
            boolean ofItem = parameters.stream()
                    .anyMatch(parameter -> parameter.getName().equals("collection"));
            var body = OASFactory.createMediaType()
                    .schema(object().description(
                                    ofItem
                                            ? "A STAC Item, or what of it is to change"
                                            : "The parameters of the GET, as JSON"))
                    .example(ofItem ? ITEM : Map.of("collections", List.of("products")));
            operation.getRequestBody().setContent(OASFactory.createContent().addMediaType("application/json", body));
        }
    }

    /** The other collections are read only. */
    private static void exampleOfWhatIsWritten(PathItem.HttpMethod method, Operation operation) {
        if (method != PathItem.HttpMethod.GET && operation.getParameters() != null) {
            operation.getParameters().stream()
                    .filter(parameter -> parameter.getName().equals("collection"))
                    .forEach(parameter -> parameter.setExample(Collections.REFERENCES));
        }
    }

    private static void explain(Parameter parameter) {
        var meaning = PARAMETERS.get(parameter.getName());
        if (meaning == null) {
            throw new IllegalStateException(
                    "say in ApiDescription what the parameter " + parameter.getName() + " means");
        }
        parameter.setDescription(meaning.text());
        if (!meaning.example().equals("")) {
            parameter.setExample(meaning.example());
        }
        if (parameter.getName().equals("coords")) {
            parameter.setRequired(true);
        }
        if (parameter.getName().equals("limit")) {
            parameter.setSchema(
                    OASFactory.createSchema().addType(SchemaType.INTEGER).minimum(java.math.BigDecimal.ONE));
        }
    }

    private static APIResponse problem(String description) {
        Content content = OASFactory.createContent()
                .addMediaType(
                        "application/problem+json",
                        OASFactory.createMediaType()
                                .schema(OASFactory.createSchema().ref("#/components/schemas/" + PROBLEM)));
        return OASFactory.createAPIResponse().description(description).content(content);
    }

    private static Schema object() {
        return OASFactory.createSchema().addType(SchemaType.OBJECT);
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(SchemaType.STRING);
    }

    private static String crs(int epsg) {
        return "http://www.opengis.net/def/crs/EPSG/0/" + epsg;
    }
}
