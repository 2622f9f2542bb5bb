// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.messaging.BrokerAndStore;

/** Areas of classes, cut out of the sample run. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class StatisticsIT extends CatalogOfOneRun {

    private static final String STATISTICS = "ogc/collections/" + PRODUCT + "/statistics?";
    private static final String LAMBERT = encoded("http://www.opengis.net/def/crs/EPSG/0/2154");

    private JsonNode of(double west, double south, double east, double north) throws IOException, InterruptedException {
        var answer = get(STATISTICS + "bbox=" + west + "," + south + "," + east + "," + north + "&bbox-crs=" + LAMBERT);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private static void add(Map<String, Double> sums, JsonNode statistics) {
        for (var each : statistics.path("classes")) {
            sums.merge(each.path("code").asText(), each.path("area_m2").asDouble(), Double::sum);
        }
    }

    @Test
    void theClassesOfAnAreaAddUpToItAndItsPartsToTheWhole() throws IOException, InterruptedException {
        var grid = sample.plan().grid();
        var window = grid.window(sample.tile(4));
        double west = grid.easting(window.column()) + 0.7;
        double north = grid.northing(window.row()) - 3.1;
        double east = west + 40;
        double south = north - 30;
        var whole = of(west, south, east, north);
        assertThat(whole.path("area_m2").asDouble()).isCloseTo(40 * 30, within(1e-3));
        double shares = 0;
        for (var each : whole.path("classes")) {
            shares += each.path("share").asDouble();
        }
        assertThat(shares).isCloseTo(1, within(1e-9));

        var random = new Random(3);
        for (int cut = 0; cut < 5; cut++) {
            double x = west + random.nextDouble() * 40;
            double y = south + random.nextDouble() * 30;
            var sums = new HashMap<String, Double>();
            add(sums, of(west, south, x, y));
            add(sums, of(x, south, east, y));
            add(sums, of(west, y, x, north));
            add(sums, of(x, y, east, north));
            for (var each : whole.path("classes")) {
                assertThat(sums.get(each.path("code").asText()))
                        .isCloseTo(each.path("area_m2").asDouble(), within(1e-3));
            }
        }
    }

    @Test
    void asATableForSpreadsheets() throws IOException, InterruptedException {
        var answer = get(STATISTICS + "f=csv&bbox=2.3190,48.8377,2.3194,48.8380");

        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/csv");
        var lines = answer.body().split("\r\n");
        assertThat(lines[0]).isEqualTo("class,code,label_en,label_fr,polygons,area_m2,share");
        assertThat(lines).hasSize(5);
        assertThat(lines[1]).containsPattern("^[1-4],\"[a-z]+\",\".*\",\".*\",\\d+,\\d+\\.\\d{6},0\\.\\d{8}$");
    }

    @Test
    void nothingIsThereWhereNothingIsAndTooMuchIsRefused() throws IOException, InterruptedException {
        assertThat(json(get(STATISTICS + "bbox=2.0,48.0,2.1,48.1"))
                        .path("area_m2")
                        .asDouble())
                .isZero();
        assertThat(get(STATISTICS).statusCode()).isEqualTo(413);
        assertThat(get(STATISTICS + "f=xls").statusCode()).isEqualTo(400);
        assertThat(get(STATISTICS + "bbox=1,2").statusCode()).isEqualTo(400);
    }
}
