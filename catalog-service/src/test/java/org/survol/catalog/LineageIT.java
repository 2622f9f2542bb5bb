// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.messaging.BrokerAndStore;

/** From a polygon back to the flight, over links that all lead somewhere. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class LineageIT extends CatalogOfOneRun {

    @Test
    void everyPolygonLeadsBackToItsTileModelAndFlight() throws IOException, InterruptedException {
        // shapes come tile by tile, sixty-four a tile, from the first that was mapped
        for (int number : new int[] {0, 63, 64, 255}) {
            var lineage = json(get("lineage/" + PRODUCT + "/" + number));

            assertThat(lineage.at("/polygon/number").asInt()).isEqualTo(number);
            assertThat(lineage.at("/polygon/class").asInt()).isBetween(1, 4);
            assertThat(lineage.path("predictions")).hasSize(1);
            assertThat(lineage.at("/predictions/0/tile").asText())
                    .isEqualTo(sample.tile(2 + number / 64).toString());
            assertThat(lineage.at("/run/acquisition").asText()).isEqualTo(FLIGHT);
            assertThat(lineage.at("/model/sha256").asText())
                    .isEqualTo(sample.plan().model().sha256());
            assertThat(lineage.at("/images/0/asset").asText()).isEqualTo("rgb");
            assertThat(lineage.at("/images/0/file").asText()).isEqualTo("rgb.tif");
            for (var link : lineage.path("links")) {
                leads(link.path("href").asText());
            }
        }
    }

    @Test
    void theWayIsFoundFromThePolygonAndFromTheMap() throws IOException, InterruptedException {
        var feature = json(get("ogc/collections/" + PRODUCT + "/items/7"));
        assertThat(leads(href(feature, "via")).at("/polygon/href").asText()).endsWith("/items/7");

        var map = json(get("stac/collections/products/items/" + PRODUCT));
        int predictions = 0;
        for (var link : map.path("links")) {
            if (link.path("title").asText().contains("predictions")) {
                predictions = leads(link.path("href").asText()).path("features").size();
            }
        }
        assertThat(predictions).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"256", "-1", "abc", "99999999999999999999", "0123456789abcdef01234567"})
    void whatIsNoPolygonIsNotThere(String polygon) throws IOException, InterruptedException {
        var answer = get("lineage/" + PRODUCT + "/" + polygon);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(json(answer).path("detail").asText()).contains(polygon);
        assertThat(get("lineage/nothing/0").statusCode()).isEqualTo(404);
    }

    private JsonNode leads(String href) throws IOException, InterruptedException {
        assertThat(href).startsWith(PUBLIC + "/");
        var answer = get(href.substring(PUBLIC.length() + 1));
        assertThat(answer.statusCode()).as(href).isEqualTo(200);
        return json(answer);
    }

    private static String href(JsonNode document, String rel) {
        for (var link : document.path("links")) {
            if (link.path("rel").asText().equals(rel)) {
                return link.path("href").asText();
            }
        }
        throw new AssertionError("no link " + rel + " in " + document);
    }
}
