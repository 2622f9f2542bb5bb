// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.survol.catalog.Problem;
import org.survol.core.Json;

class FieldsTest {

    private static final String ITEM = """
            {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "geometry": null, "bbox": [1, 2, 3, 4],
             "links": [], "assets": {"one": {"href": "x"}}, "properties": {"datetime": "2024-06-14T10:20:00Z", "gsd": 0.2}}
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            id                            | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c"}
            gsd                           | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "properties": {"gsd": 0.2}}
            -properties,+properties.gsd   | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "properties": {"gsd": 0.2}}
            properties,-properties.gsd    | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "properties": {"datetime": "2024-06-14T10:20:00Z"}}
            bbox,-bbox                    | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "bbox": [1, 2, 3, 4]}
            nothing,-neither              | {"type": "Feature", "stac_version": "1.1.0", "id": "a", "collection": "c", "properties": {}}
            """)
    void whatIsIncludedIsAllThereIs(String fields, String shown) throws IOException {
        assertThat(Fields.parse(fields).of(item())).isEqualTo(Json.MAPPER.readTree(shown));
    }

    @Test
    void withoutIncludesAllIsThereButWhatIsExcluded() throws IOException {
        var item = item();
        item.remove("assets");
        ((ObjectNode) item.get("properties")).remove("gsd");

        assertThat(Fields.parse("-assets,-gsd").of(item())).isEqualTo(item);
    }

    @Test
    void emptyMeansAValidItem() throws IOException {
        assertThat(Fields.parse("").of(item()).path("properties")).hasSize(1);
        assertThat(Fields.parse(Json.MAPPER.readTree("{\"include\": null, \"exclude\": [\"links\"]}"))
                        .of(item()))
                .hasSize(8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            null
            "id"
            {"include": "id"}
            {"exclude": [1]}
            """)
    void refusesWhatIsNoObjectOfNames(String body) throws IOException {
        var fields = Json.MAPPER.readTree(body);

        assertThatThrownBy(() -> Fields.parse(fields))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("fields");
    }

    private static ObjectNode item() throws IOException {
        return (ObjectNode) Json.MAPPER.readTree(ITEM);
    }
}
