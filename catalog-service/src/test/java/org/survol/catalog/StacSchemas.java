// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * STAC's own JSON schemas, as published for 1.1 beta 1 (the release differs from it in no rule that our Items meet), and
 * what they need of GeoJSON's.
 */
final class StacSchemas {

    private static final Path FOLDER = Path.of("../../shared/data/conformance_stac_cql2_ogc/stac-spec");
    private static final String PUBLISHED = "https://schemas.stacspec.org/v1.1.0-beta.1/";

    private static final String FEATURE = """
            {"type": "object", "required": ["type", "properties", "geometry"],
             "properties": {
               "type": {"const": "Feature"},
               "properties": {"type": ["object", "null"]},
               "geometry": {"oneOf": [{"type": "null"}, {"$ref": "https://geojson.org/schema/Geometry.json"}]},
               "bbox": {"type": "array", "minItems": 4, "items": {"type": "number"}}}}
            """;
    private static final String GEOMETRY = """
            {"type": "object", "required": ["type", "coordinates"],
             "properties": {
               "type": {"enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]},
               "coordinates": {"type": "array"}}}
            """;

    private final JsonSchemaFactory factory;

    private StacSchemas(JsonSchemaFactory factory) {
        this.factory = factory;
    }

    static StacSchemas load() {
        assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is not here");
        return new StacSchemas(JsonSchemaFactory.getInstance(
                SpecVersion.VersionFlag.V7,
                builder -> builder.schemaLoaders(loaders -> loaders.add(iri -> {
                    var address = iri.toString();
                    return switch (address) {
                        case "https://geojson.org/schema/Feature.json" -> () -> stream(FEATURE);
                        case "https://geojson.org/schema/Geometry.json" -> () -> stream(GEOMETRY);
                        default -> address.startsWith(PUBLISHED) ? () -> stream(read(address)) : null;
                    };
                }))));
    }

    Set<ValidationMessage> complaints(JsonNode item) {
        return schema("item-spec/json-schema/item.json").validate(item);
    }

    private JsonSchema schema(String path) {
        return factory.getSchema(SchemaLocation.of(PUBLISHED + path));
    }

    private static String read(String address) throws IOException {
        return Files.readString(FOLDER.resolve(address.substring(PUBLISHED.length())))
                .replace("\"const\": \"1.1.0-beta.1\"", "\"const\": \"1.1.0\"");
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
