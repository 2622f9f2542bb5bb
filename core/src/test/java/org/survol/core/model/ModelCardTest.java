// SPDX-License-Identifier: Apache-2.0
package org.survol.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.raster.ByteSources;

class ModelCardTest {

    private static final Path SCHEMA = Path.of("../docs/model-card.schema.json");

    @Test
    void thePublishedSchemaHasTheCardsFields() throws IOException {
        var schema = Json.MAPPER.readTree(Files.readAllBytes(SCHEMA));

        var fields = new ArrayList<String>();
        Arrays.stream(ModelCard.class.getRecordComponents())
                .map(RecordComponent::getName)
                .forEach(fields::add);
        fields.add(PlainNetwork.FIELD);

        assertThat(schema.path("properties").fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(fields);
        assertThat(texts(schema.path("required"))).containsExactlyInAnyOrder(required(ModelCard.class));
        assertThat(texts(schema.at("/properties/nomenclature/properties/classes/items/required")))
                .containsExactlyInAnyOrder(required(LandClass.class));
        assertThat(texts(schema.at("/properties/network/required")))
                .containsExactlyInAnyOrder(required(PlainNetwork.class));
        assertThat(texts(schema.at("/properties/bands/items/enum")))
                .containsExactly(Arrays.stream(Band.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void theBundledModelsSetsAreRead() throws IOException {
        var card = OnnxCard.read(ByteSources.ofFile(Path.of("../models/survol-demo-rgbie.onnx")));

        var calibration = card.calibration().orElseThrow();
        var sets = calibration.nearest(0.9).orElseThrow();
        assertThat(sets.coverage()).isEqualTo(0.9);
        assertThat(sets.minProbabilities().keySet())
                .isSubsetOf(card.nomenclature().classes().stream()
                        .map(LandClass::value)
                        .toList());
        assertThat(calibration.nearest(0.86).orElseThrow().coverage()).isEqualTo(0.9);
        assertThat(Json.MAPPER.readValue(Json.bytes(card), ModelCard.class)).isEqualTo(card);
    }

    private static String[] required(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .filter(component -> component.getType() != Optional.class)
                .map(RecordComponent::getName)
                .toArray(String[]::new);
    }

    private static String[] texts(JsonNode array) {
        return Json.MAPPER.convertValue(array, String[].class);
    }
}
