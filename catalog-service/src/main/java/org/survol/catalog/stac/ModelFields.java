// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan.PinnedModel;

/**
 * A model in the words of STAC's Machine Learning Model extension, from its card. An Item that uses the extension must
 * describe the model wholly and hold it as an asset, so predictions carry the same fields as the model's own Item.
 */
final class ModelFields {

    static final String MLM = "https://stac-extensions.github.io/mlm/v1.5.1/schema.json";
    static final String EO = "https://stac-extensions.github.io/eo/v2.0.0/schema.json";

    private static final String TASK = "semantic-segmentation";
    private static final String ONNX = "application/octet-stream; framework=onnx; profile=onnx";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_.\\-\\s]+[a-zA-Z0-9]");
    /** any size: the network takes as many windows at once as it is given */
    private static final int ANY = -1;

    private ModelFields() {}

    /** Everything about the model but where it lies. */
    static void describe(ObjectNode properties, PinnedModel model) {
        var card = model.card();
        properties.put(
                "mlm:name",
                NAME.matcher(card.name()).matches() ? card.name() : "model-" + Digest.shortened(model.sha256()));
        // the card does not tell, and the extension wants a word
        properties.put("mlm:architecture", "unknown");
        properties.put("mlm:framework", "ONNX");
        properties.putArray("mlm:tasks").add(TASK);
        input(properties.putArray("mlm:input").addObject(), card);
        var outputs = properties.putArray("mlm:output");
        int side = card.windowSize();
        output(outputs, "classes", "Value of the most probable class", List.of("batch", "height", "width"), side, side)
                .set("classification:classes", classesOfOutput(card.nomenclature()));
        int count = card.nomenclature().classes().size();
        output(
                outputs,
                "probabilities",
                "Probability of each class in the order of the classes, 255 = certain; divided by temperature "
                        + card.temperature() + " before softmax",
                List.of("batch", "class", "height", "width"),
                count,
                side,
                side);
        output(
                outputs,
                "confidence",
                "Probability of the chosen class, 255 = certain",
                List.of("batch", "height", "width"),
                side,
                side);
        properties
                .putObject("mlm:hyperparameters")
                .put("window_pixels", card.windowSize())
                .put("margin_pixels", card.marginPixels())
                .put("receptive_field_pixels", card.receptiveFieldPixels())
                .put("temperature", card.temperature());
    }

    /** @param href where those who may read the store find it */
    static void asset(ObjectNode assets, PinnedModel model, String href) {
        var asset = assets.putObject("model")
                .put("href", href)
                .put("type", ONNX)
                .put("title", model.card().title())
                .put("mlm:artifact_type", "onnx")
                .put("file:checksum", StacItems.multihash(model.sha256()));
        asset.putArray("roles").add("mlm:model").add("mlm:weights");
        // those that mlm:input refers to; STAC allows none in an Item's properties
        asset.set("bands", bands(model.card().bands()));
    }

    private static void input(ObjectNode input, ModelCard card) {
        input.put("name", "input");
        input.put(
                "description",
                "Windows on the absolute grid of " + card.gsdMetres()
                        + " m, 8 bits a band; the network normalises them");
        var names = input.putArray("bands");
        card.bands().forEach(band -> names.add(name(band)));
        var structure = input.putObject("input");
        structure
                .putArray("shape")
                .add(ANY)
                .add(card.bands().size())
                .add(card.windowSize())
                .add(card.windowSize());
        structure
                .putArray("dim_order")
                .add("batch")
                .add("channel")
                .add("height")
                .add("width");
        structure.put("data_type", "uint8");
        input.putNull("value_scaling");
        input.putNull("resize_type");
        input.putNull("pre_processing_function");
    }

    private static ObjectNode output(
            ArrayNode outputs, String name, String description, List<String> dimensions, int... sizes) {
        var output = outputs.addObject().put("name", name).put("description", description);
        output.putArray("tasks").add(TASK);
        var result = output.putObject("result");
        var shape = result.putArray("shape").add(ANY);
        for (int size : sizes) {
            shape.add(size);
        }
        var order = result.putArray("dim_order");
        dimensions.forEach(order::add);
        result.put("data_type", "uint8");
        output.putNull("post_processing_function");
        return output;
    }

    static ArrayNode bands(List<Band> bands) {
        var described = Json.MAPPER.createArrayNode();
        for (var band : bands) {
            var each = described.addObject().put("name", name(band));
            switch (band) {
                case RED, GREEN, BLUE, NIR -> each.put("eo:common_name", name(band));
                case ELEVATION -> each.put("description", "Height above ground: 1 DN = 0.2 m, 255 = 51 m and more");
            }
            each.put("data_type", "uint8");
        }
        return described;
    }

    private static String name(Band band) {
        return band.name().toLowerCase(Locale.ROOT);
    }

    /** MLM builds on an older version of the classification extension, without titles. */
    private static ArrayNode classesOfOutput(Nomenclature nomenclature) {
        var classes = Json.MAPPER.createArrayNode();
        for (var landClass : nomenclature.classes()) {
            var each = landClass(landClass).put("description", landClass.labelEn());
            each.remove("title");
            classes.add(each);
        }
        return classes;
    }

    static ArrayNode classes(Nomenclature nomenclature) {
        var classes = Json.MAPPER.createArrayNode();
        nomenclature.classes().forEach(landClass -> classes.add(landClass(landClass)));
        return classes;
    }

    private static ObjectNode landClass(LandClass landClass) {
        return Json.MAPPER
                .createObjectNode()
                .put("value", landClass.value())
                .put("name", className(landClass))
                .put("title", landClass.labelEn())
                .put("description", landClass.labelFr())
                .put("color_hint", landClass.colour().substring(1).toUpperCase(Locale.ROOT));
    }

    /** The class's code in the characters that the classification extension allows. */
    static String className(LandClass landClass) {
        return landClass.code().replaceAll("[^0-9A-Za-z_-]", "-");
    }
}
