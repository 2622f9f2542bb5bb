// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.messaging.BrokerAndStore;

/** Maps cut to areas by their names. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class AreaIT extends CatalogOfOneRun {

    private static final Path COMMUNES =
            Path.of("../../shared/data/communes_admin_express_2018/communes-12-aveyron.geojson");
    private static final String MAP = "ogc/collections/" + PRODUCT;
    /** Over the middle of the sample, between two longitudes with a slanted line between the areas. */
    private static final String WEST = ring(2.3190, 48.8377, 2.31935, 48.8377, 2.3192, 48.8380, 2.3190, 48.8380);

    private static final String EAST = ring(2.31935, 48.8377, 2.3195, 48.8377, 2.3195, 48.8380, 2.3192, 48.8380);
    private static final String BOTH = ring(2.3190, 48.8377, 2.3195, 48.8377, 2.3195, 48.8380, 2.3190, 48.8380);

    private static String ring(double... xy) {
        var text = new StringBuilder("[[");
        for (int i = 0; i <= xy.length; i += 2) {
            int at = i % xy.length;
            text.append(String.format(Locale.ROOT, "%s[%f,%f]", i == 0 ? "" : ",", xy[at], xy[at + 1]));
        }
        return text.append("]]").toString();
    }

    private static String feature(String code, String name, String coordinates) {
        return "{\"type\":\"Feature\",\"properties\":{\"insee\":\"" + code + "\",\"nom\":\"" + name
                + "\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":" + coordinates + "}}";
    }

    private static String collection(String... features) {
        return "{\"type\":\"FeatureCollection\",\"features\":[" + String.join(",", features) + "]}";
    }

    private HttpResponse<String> put(String address, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .header("Content-Type", "application/geo+json")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private double squareMetres(String area) throws IOException, InterruptedException {
        var answer = get(MAP + "/statistics?area=" + area);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).path("area_m2").asDouble();
    }

    @Test
    void twoAreasAreTheirUnionInEveryWayToAskForIt() throws IOException, InterruptedException {
        var stored = put(
                "areas/quarters?code=insee&name=nom",
                collection(feature("W", "Ouest", WEST), feature("E", "Est", EAST), feature("A", "L'Été", BOTH)));
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(200);
        assertThat(json(stored).path("stored").asInt()).isEqualTo(3);
        assertThat(json(get("areas?q=ete&set=quarters")).at("/areas/0/id").asText())
                .isEqualTo("quarters:A");
        assertThat(json(get("areas/quarters/A")).at("/geometry/coordinates/0/0"))
                .hasSize(5);

        double whole = squareMetres("quarters:A");
        assertThat(whole).isGreaterThan(900);
        assertThat(squareMetres("quarters:W") + squareMetres("quarters:E")).isCloseTo(whole, within(0.05));

        double sum = 0;
        for (var feature :
                json(get(MAP + "/download?f=geojson&area=quarters:A")).path("features")) {
            sum += feature.at("/properties/area_m2").asDouble();
        }
        assertThat(sum).isCloseTo(whole, within(1e-3));
        assertThat(getBytes(MAP + "/coverage?area=quarters:W").statusCode()).isEqualTo(200);
        var order = post(
                "ogc/processes/export/execution", "{\"inputs\":{\"map\":\"" + PRODUCT + "\",\"area\":\"quarters:W\"}}");
        assertThat(order.statusCode()).as(order.body()).isEqualTo(201);

        // what lies under a name may change, and then it is another order
        put("areas/quarters?code=insee&name=nom", collection(feature("W", "Ouest", EAST)));
        var other = post(
                "ogc/processes/export/execution", "{\"inputs\":{\"map\":\"" + PRODUCT + "\",\"area\":\"quarters:W\"}}");
        assertThat(json(other).path("jobID").asText())
                .isNotEqualTo(json(order).path("jobID").asText());
    }

    @Test
    void theCommunesOfADepartmentAsTheyArePublished() throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(COMMUNES), "no communes under ../shared/data");
        var file = Files.readString(COMMUNES);
        var properties = org.survol.core.Json.MAPPER.readTree(file).at("/features/0/properties");
        var code = properties.has("code") ? "code" : "insee_com";
        var name = properties.has("nom") ? "nom" : "nom_com";

        var stored = put("areas/communes?code=" + code + "&name=" + name, file);

        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(200);
        assertThat(json(stored).path("stored").asInt()).isGreaterThan(250);
        var found = json(get("areas?set=communes&q=onet-le-chateau")).path("areas");
        assertThat(found)
                .extracting(JsonNode::toString)
                .singleElement()
                .asString()
                .contains("communes:12176");
        assertThat(get(MAP + "/statistics?area=communes:12176").statusCode())
                .as("far from the map")
                .isEqualTo(200);
        assertThat(squareMetres("communes:12176")).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "{\"type\":\"FeatureCollection\"}",
                "{\"type\":\"FeatureCollection\",\"features\":[{}]}",
                "{\"features\":[{\"properties\":{\"code\":\"a b\",\"name\":\"x\"}}]}",
                "{\"features\":[{\"properties\":{\"code\":\"a\"}}]}",
                "{\"features\":[{\"properties\":{\"code\":\"a\",\"name\":\"x\"},\"geometry\":null}]}",
                "{\"features\":[{\"properties\":{\"code\":\"a\",\"name\":\"x\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]}}]}",
                "{\"features\":[{\"properties\":{\"code\":\"a\",\"name\":\"x\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}}]}"
            })
    void whatIsNoAreaIsSaidAndNothingIsStored(String body) throws IOException, InterruptedException {
        var answer = put("areas/wrong", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).isNotBlank();
        assertThat(json(get("areas?set=wrong")).path("areas")).isEmpty();
    }

    @Test
    void unknownAreasAreNotFound() throws IOException, InterruptedException {
        assertThat(get(MAP + "/download?area=communes:99999").statusCode()).isEqualTo(404);
        assertThat(get(MAP + "/download?area=Rodez").statusCode()).isEqualTo(400);
        assertThat(get(MAP + "/download?area=a:b&bbox=2,48,3,49").statusCode()).isEqualTo(400);
        assertThat(get("areas/communes/99999").statusCode()).isEqualTo(404);
        assertThat(put("areas/no%20set", collection()).statusCode()).isEqualTo(400);
        var gone = client.send(
                HttpRequest.newBuilder(service.resolve("areas/nothing"))
                        .DELETE()
                        .build(),
                BodyHandlers.discarding());
        assertThat(gone.statusCode()).isEqualTo(404);
    }
}
