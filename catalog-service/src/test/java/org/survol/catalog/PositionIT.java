// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.crs.Crs;
import org.survol.messaging.BrokerAndStore;

/** What the map says at a place, against what the sample run put there. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class PositionIT extends CatalogOfOneRun {

    private static final String POSITION = "edr/collections/" + PRODUCT + "/position";
    private static final String LAMBERT = encoded("http://www.opengis.net/def/crs/EPSG/0/2154");

    /** Column and row of the grid, in the tile that came fifth. */
    private long[] pixel() {
        var window = sample.plan().grid().window(sample.tile(4));
        return new long[] {window.column() + 77, window.row() + 45};
    }

    private double[] middle(long[] pixel) {
        var grid = sample.plan().grid();
        return new double[] {
            grid.easting(pixel[0]) + grid.gsdMetres() / 2, grid.northing(pixel[1]) - grid.gsdMetres() / 2
        };
    }

    private static String point(double... xy) {
        return encoded(String.format(Locale.ROOT, "POINT(%.8f %.8f)", xy[0], xy[1]));
    }

    private JsonNode ask(String parameters) throws IOException, InterruptedException {
        var answer = get(POSITION + "?" + parameters);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    @Test
    void everyValueOfAPixelIsWhatTheRunPutThere() throws IOException, InterruptedException {
        var pixel = pixel();
        int landClass = StoredRun.classAt(pixel[0], pixel[1]);
        double confidence = StoredRun.confidenceAt(pixel[0]) / 255.0;
        var classes = SampleRun.CLASSES.classes();

        var coverage = ask("crs=" + LAMBERT + "&coords=" + point(middle(pixel)));

        assertThat(coverage.path("type").asText()).isEqualTo("Coverage");
        assertThat(coverage.at("/domain/domainType").asText()).isEqualTo("Point");
        assertThat(coverage.at("/domain/axes/t/values/0").asText()).isEqualTo(SampleRun.FLOWN.toString());
        assertThat(value(coverage, "class").asInt()).isEqualTo(landClass);
        assertThat(value(coverage, "predicted_class").asInt()).isEqualTo(landClass);
        assertThat(value(coverage, "confidence").asDouble()).isCloseTo(confidence, within(1e-4));
        double sum = 0;
        for (int i = 0; i < classes.size(); i++) {
            double expected = i == landClass - 1 ? confidence : i == landClass % classes.size() ? 1 - confidence : 0;
            double probability =
                    value(coverage, "probability-" + classes.get(i).code()).asDouble();
            assertThat(probability).isCloseTo(expected, within(1e-4));
            sum += probability;
        }
        assertThat(sum).isCloseTo(1, within(1e-3));
        assertThat(value(coverage, "green").asInt()).isBetween(60, 255);
        var encoding = coverage.at("/parameters/predicted_class/categoryEncoding");
        assertThat(encoding.path(classes.get(landClass - 1).code()).asInt()).isEqualTo(landClass);

        var lineage = coverage.findValues("href").stream()
                .map(JsonNode::asText)
                .filter(href -> href.contains("/lineage/"))
                .findFirst()
                .orElseThrow();
        assertThat(lineage).endsWith("/" + value(coverage, "polygon").asInt());
        var traced = json(get(lineage.substring(PUBLIC.length() + 1)));
        assertThat(traced.at("/polygon/class").asInt()).isEqualTo(landClass);
    }

    private static JsonNode value(JsonNode coverage, String parameter) {
        var range = coverage.path("ranges").path(parameter);
        assertThat(range.path("type").asText()).isEqualTo("NdArray");
        assertThat(range.path("values")).hasSize(1);
        return range.path("values").get(0);
    }

    @Test
    void theSameGroundInAnyCrsAndFormat() throws IOException, InterruptedException {
        var xy = middle(pixel());
        var lngLat = xy.clone();
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(lngLat, 1);
        var inMetres = ask("crs=" + LAMBERT + "&coords=" + point(xy)).path("ranges");

        assertThat(ask("coords=" + point(lngLat)).path("ranges")).isEqualTo(inMetres);
        var latFirst = ask("coords=" + point(lngLat[1], lngLat[0]) + "&crs="
                + encoded("http://www.opengis.net/def/crs/EPSG/0/4326"));
        assertThat(latFirst.path("ranges")).isEqualTo(inMetres);
        assertThat(latFirst.at("/domain/axes/x/values/0").asDouble()).isCloseTo(lngLat[0], within(1e-7));
        assertThat(latFirst.at("/domain/referencing/0/coordinates/0").asText()).isEqualTo("y");

        var point = ask("f=GeoJSON&coords=" + point(lngLat)).at("/features/0");
        assertThat(point.at("/geometry/coordinates/0").asDouble()).isCloseTo(lngLat[0], within(1e-7));
        inMetres.properties().forEach(range -> assertThat(
                        point.path("properties").path(range.getKey()).asDouble())
                .isEqualTo(range.getValue().at("/values/0").asDouble()));
        assertThat(point.at("/properties/class_code").asText()).isNotBlank();
        assertThat(point.at("/links/0/href").asText()).startsWith(PUBLIC + "/lineage/");
    }

    @Test
    void severalPlacesInOneAnswerAndNothingWhereNothingIs() throws IOException, InterruptedException {
        var grid = sample.plan().grid();
        var here = middle(pixel());
        var skipped = grid.window(sample.tile(0));
        var failed = grid.window(sample.tile(1));
        var places = String.format(
                Locale.ROOT,
                "MULTIPOINT((%f %f),(%f %f),(%f %f),(%f %f))",
                here[0],
                here[1],
                grid.easting(skipped.column() + 9),
                grid.northing(skipped.row() + 9),
                grid.easting(failed.column() + 9),
                grid.northing(failed.row() + 9),
                -1e7,
                4e7);

        var coverage = ask("crs=" + LAMBERT + "&parameter-name=red,class,confidence&coords=" + encoded(places));

        assertThat(coverage.at("/domain/domainType").asText()).isEqualTo("MultiPoint");
        assertThat(coverage.at("/domain/axes/composite/values")).hasSize(4);
        assertThat(coverage.path("ranges")).hasSize(3);
        var classes = coverage.at("/ranges/class/values");
        assertThat(classes.get(0).isInt()).isTrue();
        assertThat(classes.get(1).isNull()).isTrue();
        assertThat(classes.get(3).isNull()).isTrue();
        assertThat(coverage.at("/ranges/confidence/values/2").isNull())
                .as("not predicted")
                .isTrue();
        assertThat(coverage.at("/ranges/red/values/2").isInt()).as("but cut").isTrue();
    }

    @Test
    void theCollectionSaysWhatCanBeAsked() throws IOException, InterruptedException {
        assertThat(json(get("edr")).findValuesAsText("rel")).contains("self", "conformance", "data", "service-desc");
        assertThat(json(get("edr/conformance")).path("conformsTo").toString()).contains("ogcapi-edr-1/1.0/conf/core");
        var collection = json(get("edr/collections")).at("/collections/0");
        assertThat(collection).isEqualTo(json(get("edr/collections/" + PRODUCT)));
        assertThat(collection.at("/data_queries/position/link/href").asText()).isEqualTo(PUBLIC + "/" + POSITION);
        assertThat(collection.path("output_formats").toString()).contains("CoverageJSON", "GeoJSON");
        assertThat(collection.at("/extent/temporal/interval/0")).hasSize(2);
        var names = collection.path("parameter_names");
        assertThat(names.at("/confidence/unit/symbol/value").asText()).isEqualTo("1");
        var all = ask("coords=POINT(2.32%2048.838)");
        assertThat(all.path("ranges").properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactlyElementsOf(names.properties().stream()
                        .map(java.util.Map.Entry::getKey)
                        .toList());
        assertThat(get(POSITION + "?coords=POINT(2.32%2048.838)").headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/prs.coverage+json"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "coords=",
                "coords=2.3,48.8",
                "coords=POINT(2.3)",
                "coords=POINT(2.3%2048.8",
                "coords=POINT(NaN%2048.8)",
                "coords=POINT((2.3%2048.8))",
                "coords=POINT(2.3%2048.8,2.4%2048.8)",
                "coords=POINT(48.8%20102.3)",
                "coords=MULTIPOINT()",
                "coords=POLYGON((2%2048,3%2048,3%2049,2%2048))",
                "coords=POINT(2.3%2048.8)&crs=EPSG:9999",
                "coords=POINT(2.3%2048.8)&parameter-name=height",
                "coords=POINT(2.3%2048.8)&f=shp",
                "coords=POINT(2.3%2048.8)&datetime=yesterday"
            })
    void whatIsNoPlaceIsSaid(String parameters) throws IOException, InterruptedException {
        var answer = get(POSITION + "?" + parameters);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }

    @Test
    void otherTimesAndOtherMapsAreNotFound() throws IOException, InterruptedException {
        var place = "coords=POINT(2.32%2048.838)";
        assertThat(get(POSITION + "?datetime=2030-01-01T00:00:00Z&" + place).statusCode())
                .isEqualTo(404);
        assertThat(get(POSITION + "?datetime=2024-01-01T00:00:00Z/..&" + place).statusCode())
                .isEqualTo(200);
        assertThat(get("edr/collections/nothing/position?" + place).statusCode())
                .isEqualTo(404);
    }
}
