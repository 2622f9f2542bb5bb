// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.grid.PixelWindow;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;
import org.survol.messaging.BrokerAndStore;

/** Windows of the sample run, against what lies on its grid. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class CoverageIT extends CatalogOfOneRun {

    private static final String COVERAGE = "ogc/collections/" + PRODUCT + "/coverage";
    private static final String LAMBERT = encoded("http://www.opengis.net/def/crs/EPSG/0/2154");

    /** Over the corner where tiles 0, 1, 3 and 4 meet, of which 0 was skipped and 1 not predicted. */
    private PixelWindow corner() {
        var window = sample.plan().grid().window(sample.tile(4));
        return new PixelWindow(window.column() - 70, window.row() - 40, 150, 120);
    }

    private String box(PixelWindow window) {
        var grid = sample.plan().grid();
        return "bbox=" + grid.easting(window.column()) + "," + grid.northing(window.endRow()) + ","
                + grid.easting(window.endColumn()) + "," + grid.northing(window.row()) + "&bbox-crs=" + LAMBERT;
    }

    private TiffReader read(String parameters) throws IOException, InterruptedException {
        var answer = getBytes(COVERAGE + "?" + parameters);
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8).substring(0, Math.min(300, answer.body().length)))
                .isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse("")).contains("image/tiff", "cloud-optimized");
        assertThat(answer.headers().firstValueAsLong("content-length")).hasValue(answer.body().length);
        var file = Files.write(scratch.resolve("window.tif"), answer.body());
        askGdal(file);
        return TiffReader.open(ByteSources.ofFile(file));
    }

    private static void askGdal(Path file) throws IOException, InterruptedException {
        var gdalinfo = Path.of("/usr/bin/gdalinfo");
        if (!Files.isExecutable(gdalinfo)) {
            return;
        }
        var process = new ProcessBuilder(gdalinfo.toString(), file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("LAYOUT=COG", "2154", "LICENSE=etalab-2.0");
    }

    @Test
    void everyPixelOfTheClassesIsTheOneThatLiesThere() throws IOException, InterruptedException {
        var window = corner();

        var reader = read("layer=classes&" + box(window));

        var geo = reader.header().requireGeo();
        assertThat(geo.west()).isEqualTo(sample.plan().grid().easting(window.column()));
        assertThat(geo.north()).isEqualTo(sample.plan().grid().northing(window.row()));
        assertThat(geo.pixelWidth()).isEqualTo(SampleRun.GSD);
        assertThat(reader.width(0)).isEqualTo(150);
        assertThat(reader.height(0)).isEqualTo(120);
        assertThat(reader.header().nodata()).hasValue(0);
        var classes = reader.readBytes(0, 0, 0, 150, 120).plane(0);
        for (int i = 0; i < classes.length; i++) {
            boolean mapped = i / 150 >= 40;
            int expected = mapped ? StoredRun.classAt(window.column() + i % 150, window.row() + i / 150) : 0;
            assertThat(classes[i]).isEqualTo((byte) expected);
        }
    }

    @Test
    void sharesAndImagesHaveAMaskWhereNothingIs() throws IOException, InterruptedException {
        var window = corner();
        var confidence = read("layer=confidence&" + box(window));
        var values = confidence.readBytes(0, 0, 0, 150, 120).plane(0);
        var valid = confidence.readMask(0, 0, 0, 150, 120);
        for (int i = 0; i < values.length; i++) {
            assertThat(valid[i] != 0).isEqualTo(i / 150 >= 40);
            if (valid[i] != 0) {
                assertThat(values[i] & 0xff).isEqualTo(StoredRun.confidenceAt(window.column() + i % 150));
            }
        }

        var water = read("layer=probability-water&" + box(window));
        int at = 100 * 150 + 90;
        int here = StoredRun.classAt(window.column() + 90, window.row() + 100);
        int share = StoredRun.confidenceAt(window.column() + 90);
        assertThat(water.readBytes(0, 0, 0, 150, 120).plane(0)[at] & 0xff)
                .isEqualTo(here == 3 ? share : here == 2 ? 255 - share : 0);
        assertThat(water.header().bandNames()).containsExactly("water: Water");

        var image = read("layer=image&" + box(window));
        assertThat(image.header().bandNames()).containsExactly("red", "green", "blue");
        var mask = image.readMask(0, 0, 0, 150, 120);
        assertThat(mask[10 * 150 + 10]).as("tile 0 was skipped").isZero();
        assertThat(mask[10 * 150 + 100]).as("tile 1 was cut").isNotZero();
    }

    @Test
    void longitudesAndLatitudesGiveTheWindowOfTheGridAroundThem() throws IOException, InterruptedException {
        var reader = read("bbox=2.3190,48.8377,2.3194,48.8380");

        var grid = sample.plan().grid();
        double column = grid.column(reader.header().requireGeo().west());
        assertThat(column).isCloseTo(Math.rint(column), org.assertj.core.data.Offset.offset(1e-6));
        // 29 m by 33 m
        assertThat(reader.width(0)).isBetween(145, 165);
        assertThat(reader.height(0)).isBetween(165, 180);
    }

    @Test
    void whatIsTooLargeOrElsewhereIsRefused() throws IOException, InterruptedException {
        var whole = get(COVERAGE);
        assertThat(whole.statusCode()).isEqualTo(413);
        assertThat(json(whole).path("detail").asText()).contains("768 x 512", "700 x 700");
        assertThat(get(COVERAGE + "?bbox=9,40,10,41").statusCode()).isEqualTo(404);
        assertThat(get("ogc/collections/nothing/coverage").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f=png",
                "layer=nothing",
                "layer=probability-nothing",
                "bbox=1,2,3",
                "bbox=2.4,48.8,2.3,48.9",
                "bbox=2,48,3,49&bbox-crs=nonsense"
            })
    void whatCannotBeRightIsSaid(String parameters) throws IOException, InterruptedException {
        var answer = get(COVERAGE + "?" + parameters);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }
}
