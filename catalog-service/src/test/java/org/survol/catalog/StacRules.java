// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * What the STAC extensions demand of the fields that we use, from their published specifications: projection 2.0,
 * classification 2.0, raster 2.0, electro-optical 2.0, file 2.1, processing 1.2, version 1.2, machine learning model
 * 1.5. Their schemas are not at hand where tests run.
 */
final class StacRules {

    private static final Pattern EXTENSION = Pattern.compile("https://stac-extensions\\.github\\.io/([a-z-]+)/v.*");
    private static final Set<String> OUR_OWN = Set.of("survol");
    private static final Set<String> RASTER = Set.of(
            "raster:sampling",
            "raster:bits_per_sample",
            "raster:spatial_resolution",
            "raster:scale",
            "raster:offset",
            "raster:histogram");
    private static final Set<String> MLM_OF_ITEM = Set.of(
            "mlm:name",
            "mlm:architecture",
            "mlm:tasks",
            "mlm:framework",
            "mlm:framework_version",
            "mlm:memory_size",
            "mlm:total_parameters",
            "mlm:pretrained",
            "mlm:pretrained_source",
            "mlm:batch_size_suggestion",
            "mlm:accelerator",
            "mlm:accelerator_constrained",
            "mlm:accelerator_summary",
            "mlm:accelerator_count",
            "mlm:input",
            "mlm:output",
            "mlm:hyperparameters");

    private StacRules() {}

    static void check(JsonNode item) {
        checkThatExtensionsAreTheOnesUsed(item);
        eachField(item, (name, value) -> {
            switch (name) {
                case "proj:code" -> assertThat(value.asText()).matches("[A-Z]+:\\S+");
                case "proj:shape" -> assertThat(value).hasSize(2).allMatch(JsonNode::isInt);
                case "proj:transform" -> assertThat(value).hasSize(6).allMatch(JsonNode::isNumber);
                case "proj:bbox" -> assertThat(value).hasSize(4).allMatch(JsonNode::isNumber);
                case "file:size" ->
                    assertThat(value.isIntegralNumber() && value.asLong() >= 0).isTrue();
                case "file:checksum" -> assertThat(value.asText()).matches("1220[0-9a-f]{64}");
                case "processing:software" -> assertThat(value).isNotEmpty().allMatch(JsonNode::isTextual);
                case "processing:lineage" -> assertThat(value.asText()).isNotBlank();
                case "classification:classes" -> checkClasses(value);
                case "data_type" -> assertThat(value.asText()).isEqualTo("uint8");
                default -> {
                    if (name.startsWith("raster:")) {
                        assertThat(RASTER).contains(name);
                    }
                }
            }
        });
        if (extensions(item).contains("mlm")) {
            checkModel(item);
        }
    }

    private static void checkThatExtensionsAreTheOnesUsed(JsonNode item) {
        var used = new TreeSet<String>();
        eachField(item, (name, value) -> {
            int colon = name.indexOf(':');
            if (colon > 0) {
                used.add(name.substring(0, colon));
            }
        });
        used.removeAll(OUR_OWN);
        var declared = new TreeSet<String>();
        for (var name : extensions(item)) {
            switch (name) {
                case "projection" -> declared.add("proj");
                // the only one without a prefix
                case "version" ->
                    assertThat(item.at("/properties/version").isTextual()).isTrue();
                default -> declared.add(name);
            }
        }
        assertThat(declared).isEqualTo(used);
    }

    private static List<String> extensions(JsonNode item) {
        var names = new ArrayList<String>();
        for (var extension : item.path("stac_extensions")) {
            var matcher = EXTENSION.matcher(extension.asText());
            assertThat(matcher.matches()).as(extension.asText()).isTrue();
            names.add(matcher.group(1));
        }
        return names;
    }

    private static void checkClasses(JsonNode classes) {
        var values = new HashSet<Integer>();
        var names = new HashSet<String>();
        assertThat(classes).isNotEmpty();
        for (var each : classes) {
            assertThat(each.path("value").isInt()).isTrue();
            assertThat(values.add(each.path("value").asInt())).isTrue();
            assertThat(each.path("name").asText()).matches("[0-9A-Za-z_-]+");
            assertThat(names.add(each.path("name").asText())).isTrue();
            if (each.has("color_hint")) {
                assertThat(each.path("color_hint").asText()).matches("[0-9A-F]{6}");
            }
            if (each.has("nodata")) {
                assertThat(each.path("nodata").isBoolean()).isTrue();
            }
        }
    }

    private static void checkModel(JsonNode item) {
        var properties = item.path("properties");
        for (var required : List.of("mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output")) {
            assertThat(properties.has(required)).as(required).isTrue();
        }
        properties.fieldNames().forEachRemaining(name -> {
            if (name.startsWith("mlm:")) {
                assertThat(MLM_OF_ITEM).contains(name);
            }
        });
        assertThat(properties.path("mlm:name").asText()).matches("[a-zA-Z][a-zA-Z0-9_.\\-\\s]+[a-zA-Z0-9]");
        checkTasks(properties.path("mlm:tasks"));
        var bands = item.at("/assets/model/bands").findValuesAsText("name");
        for (var input : properties.path("mlm:input")) {
            assertThat(input.path("name").asText()).isNotBlank();
            checkStructure(input.path("input"));
            assertThat(input.path("bands")).isNotEmpty();
            input.path("bands")
                    .forEach(band ->
                            assertThat(bands).as("bands of the model's asset").contains(band.asText()));
        }
        for (var output : properties.path("mlm:output")) {
            assertThat(output.path("name").asText()).isNotBlank();
            checkTasks(output.path("tasks"));
            checkStructure(output.path("result"));
        }
        int models = 0;
        for (var asset : item.path("assets")) {
            boolean isModel = false;
            for (var role : asset.path("roles")) {
                isModel |= role.asText().equals("mlm:model");
            }
            assertThat(asset.has("mlm:artifact_type")).isEqualTo(isModel);
            for (var ofItem : List.of("mlm:name", "mlm:input", "mlm:output", "mlm:hyperparameters")) {
                assertThat(asset.has(ofItem)).isFalse();
            }
            models += isModel ? 1 : 0;
        }
        assertThat(models).isEqualTo(1);
    }

    private static void checkTasks(JsonNode tasks) {
        assertThat(tasks).isNotEmpty().allMatch(task -> task.asText().equals("semantic-segmentation"));
    }

    private static void checkStructure(JsonNode structure) {
        assertThat(structure.path("shape")).isNotEmpty().allMatch(size -> size.isInt() && size.asInt() >= -1);
        assertThat(structure.path("dim_order")).hasSameSizeAs(structure.path("shape"));
        var dimensions = new HashSet<String>();
        for (var dimension : structure.path("dim_order")) {
            assertThat(dimension.asText()).matches("[a-z-_]+");
            assertThat(dimensions.add(dimension.asText())).isTrue();
        }
        assertThat(structure.path("data_type").asText()).isEqualTo("uint8");
    }

    private static void eachField(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        node.properties().forEach(field -> {
            visitor.accept(field.getKey(), field.getValue());
            eachField(field.getValue(), visitor);
        });
        if (node.isArray()) {
            node.forEach(each -> eachField(each, visitor));
        }
    }
}
