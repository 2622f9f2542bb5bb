// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.event.RunRef;
import org.survol.core.raster.ByteSources;

/** A sample flight goes in, a map comes out. */
class ChainIT {

    private static final double IMAGE_SQUARE_METRES = (double) Chain.SCENE.sizeMetres() * Chain.SCENE.sizeMetres();

    @Test
    void everyTileIsMappedAndNothingIsLost() throws Exception {
        var progress = Chain.undisturbed();

        assertThat(progress.state()).isEqualTo("done");
        assertThat(progress.deadLetters()).isEmpty();
        var tiles = progress.latestRun().orElseThrow().tiles();
        assertThat(tiles.planned()).isEqualTo(4);
        assertThat(tiles.vectorized() + tiles.skipped()).isEqualTo(tiles.planned());
        assertThat(tiles.failed()).isZero();
        assertThat(Summary.exitCode(progress)).isEqualTo(ExitCode.OK);
    }

    @Test
    void theProductIsAValidCoverageOfTheWholeImage() throws Exception {
        var product = Chain.undisturbed().latestRun().orElseThrow().product().orElseThrow();
        var file = product.files().get("gpkg");
        var geoPackage = ProductFiles.download(Chain.shared(), file.key());

        var polygons = ProductFiles.geometries(geoPackage);

        assertThat(Digest.of(geoPackage)).isEqualTo(file.sha256());
        assertThat(polygons).hasSize((int) product.polygons());
        double area = polygons.stream().mapToDouble(Geometry::getArea).sum();
        assertThat(area).isEqualTo(IMAGE_SQUARE_METRES, within(1e-6 * IMAGE_SQUARE_METRES));
        assertThat(product.areaSquareMetres()).isEqualTo(area, within(1e-6 * IMAGE_SQUARE_METRES));
        assertThat(CoverageValidator.isValid(polygons.toArray(Geometry[]::new))).isTrue();
        assertThat(polygons).allMatch(Geometry::isValid);
    }

    @Test
    void theMapShowsWhatIsThere() throws Exception {
        var run = Chain.undisturbed().latestRun().orElseThrow();
        try (var store = Chain.shared().instance().openStore()) {
            var plan = TruthComparison.plan(new RunRef(Chain.SCENE.id(), run.run()), store);
            var truth = ByteSources.ofFile(Chain.flight().resolve("truth/classes.tif"));

            var matrix = TruthComparison.of(truth, plan, store);

            assertThat(matrix.unmapped()).isZero();
            assertThat(matrix.compared()).isEqualTo(Chain.SCENE.window().pixels());
            // not the model's report: a shift, a swapped band or a wrong class list would fall far below
            assertThat(matrix.overallAccuracy()).isGreaterThan(0.7);
        }
    }

    @Test
    void theCatalogueServesItemsPolygonsFilesAndTheMap() throws Exception {
        var progress = Chain.undisturbed();
        var run = progress.latestRun().orElseThrow();
        var product = run.product().orElseThrow();
        var collection = progress.id() + "." + run.run();

        var page = json("/ogc/collections/" + collection + "/items?limit=10");
        var collections = json("/stac/collections");
        var search = json("/stac/search?limit=100");

        assertThat(page.path("type").asText()).isEqualTo("FeatureCollection");
        assertThat(page.path("features")).hasSize((int) Math.min(10, product.polygons()));
        assertThat(collections.path("collections")).isNotEmpty();
        assertThat(search.path("features")).isNotEmpty();
        for (var file : product.files().values()) {
            var url = Chain.shared().instance().catalog().resolve(file.url().orElseThrow());
            var response = get(url);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(Digest.of(response.body())).isEqualTo(file.sha256());
        }
        assertThat(get(Chain.shared().instance().catalog().resolve("/")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void handingTheSameFlightInAgainChangesNothing() throws Exception {
        var first = Chain.undisturbed();

        var again = Chain.shared().submit(Chain.flight(), java.util.Optional.empty());

        assertThat(again).isInstanceOf(Submission.Ending.Ended.class);
        var progress = ((Submission.Ending.Ended) again).progress();
        assertThat(progress.runs()).hasSameSizeAs(first.runs());
        assertThat(progress.latestRun().orElseThrow().product())
                .isEqualTo(first.latestRun().orElseThrow().product());
        assertThat(progress.deadLetters()).isEmpty();
    }

    @Test
    void statusTellsThatAllIsWell() throws Exception {
        var id = Chain.undisturbed().id();

        var status = StatusCommand.of(Chain.shared().instance());

        assertThat(status.isWell()).isTrue();
        assertThat(status.services()).containsOnlyKeys("ingest", "inference", "vectorize", "catalog");
        assertThat(status.text()).contains(id, "done");
    }

    private static JsonNode json(String path) throws Exception {
        var response = get(Chain.shared().instance().catalog().resolve(path));
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        return Json.MAPPER.readTree(response.body());
    }

    private static HttpResponse<byte[]> get(URI address) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
