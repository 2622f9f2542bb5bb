// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SceneGeneratorTest {

    private static final SceneSpec SPEC = new SceneSpec(7, 120, 2021);

    private Path folder;
    private Path flight;
    private JsonNode item;

    @BeforeAll
    void generate(@TempDir Path directory) throws Exception {
        folder = directory;
        flight = folder.resolve("flight");
        SceneGenerator.generate(SPEC, flight, ProgressListener.SILENT, 1);
        item = Json.MAPPER.readTree(flight.resolve("item.json").toFile());
    }

    @Test
    void givesTheSameBytesForTheSameSeedWhateverTheThreads() throws Exception {
        Path again = folder.resolve("again");

        SceneGenerator.generate(SPEC, again, ProgressListener.SILENT, 3);

        assertThat(digests(again)).isEqualTo(digests(flight));
    }

    @Test
    void describesEveryAssetAsItLies() throws Exception {
        var roles = new HashMap<String, Integer>();
        for (JsonNode asset : item.get("assets")) {
            Path file = flight.resolve(asset.get("href").textValue());
            roles.merge(asset.get("survol:role").textValue(), 1, Integer::sum);
            assertThat(asset.get("file:checksum").textValue()).isEqualTo("1220" + Digest.of(file));
            assertThat(asset.get("file:size").longValue()).isEqualTo(Files.size(file));
            var header = TiffReader.open(ByteSources.ofFile(file)).header();
            var geo = header.geo().orElseThrow();
            assertThat(geo.epsg()).isEqualTo(2154);
            assertThat(geo.pixelWidth()).isEqualTo(0.2);
            assertThat(asset.get("proj:shape").get(0).intValue()).isEqualTo(header.height());
            assertThat(asset.get("proj:shape").get(1).intValue()).isEqualTo(header.width());
            assertThat(asset.get("proj:transform").get(2).doubleValue()).isEqualTo(geo.west());
            assertThat(asset.get("proj:transform").get(5).doubleValue()).isEqualTo(geo.north());
            assertThat(header.datetime()).isPresent();
        }
        assertThat(roles).isEqualTo(Map.of("RGB", 2, "IRC", 2, "DSM", 1, "DTM", 1));
        assertThat(item.get("id").textValue()).isEqualTo(SPEC.id());
    }

    @Test
    void liesRoundACornerOfFourDefaultTiles() {
        assertThat(SceneSpec.GRID.tilesTouching(SPEC.window())).hasSize(4);
    }

    @Test
    void putsTheFootprintWhereTheImagesAre() {
        // gdaltransform -s_srs EPSG:2154 -t_srs EPSG:4326 <<< "614340 6279108" (PROJ 9)
        JsonNode corner = item.get("geometry").get("coordinates").get(0).get(0);
        assertThat(corner.get(0).doubleValue()).isCloseTo(1.93930623, within(1e-7));
        assertThat(corner.get(1).doubleValue()).isCloseTo(43.60584715, within(1e-7));
    }

    @Test
    void givesEveryPixelAClassAndNoSurfaceBelowTheGround() throws IOException {
        var truth = open("truth/classes.tif");
        int side = SPEC.window().width();
        byte[] classes = truth.readBytes(0, 0, 0, side, side).plane(0);
        float[] dsm = open("dsm-1.tif").readFloats(0, 0, 0, side, side).plane(0);
        float[] dtm = open("dtm-1.tif").readFloats(0, 0, 0, side, side).plane(0);
        for (int p = 0; p < classes.length; p++) {
            assertThat(Flair.NOMENCLATURE.ofValue(classes[p])).isPresent();
            assertThat(dsm[p]).isGreaterThanOrEqualTo(dtm[p]);
        }
    }

    @Test
    void showsTheSameGroundInOverlappingStripsUpToExposureAndNoise() throws IOException {
        var first = open("strip-1-rgb.tif");
        var second = open("strip-2-rgb.tif");
        var west = first.header().geo().orElseThrow();
        int shift =
                (int) Math.round(west.column(second.header().geo().orElseThrow().west()));
        int width = first.header().width() - shift;
        int height = first.header().height();
        assertThat(width).isGreaterThan(first.header().width() / 6);
        byte[] a = first.readBytes(0, shift, 0, width, height).plane(1);
        byte[] b = second.readBytes(0, 0, 0, width, height).plane(1);

        assertThat(a).isNotEqualTo(b);
        assertThat(correlation(a, b)).isGreaterThan(0.98);
    }

    @Test
    void takesRedAndGreenOfTheColourInfraredFromTheSameExposure() throws IOException {
        var rgb = open("strip-1-rgb.tif");
        var irc = open("strip-1-irc.tif");
        int width = rgb.header().width();
        int height = rgb.header().height();
        var visible = rgb.readBytes(0, 0, 0, width, height);
        var infrared = irc.readBytes(0, 0, 0, width, height);
        assertThat(infrared.plane(1)).isEqualTo(visible.plane(0));
        assertThat(infrared.plane(2)).isEqualTo(visible.plane(1));
    }

    @Test
    void drawsTruePolygonsWhoseAreasAddUpToTheScene() throws IOException {
        JsonNode polygons =
                Json.MAPPER.readTree(flight.resolve("truth/polygons.geojson").toFile());
        double area = 0;
        for (JsonNode feature : polygons.get("features")) {
            boolean outer = true;
            for (JsonNode ring : feature.get("geometry").get("coordinates")) {
                double signed = signedArea(ring);
                assertThat(signed > 0)
                        .as("outer rings anticlockwise, holes clockwise")
                        .isEqualTo(outer);
                area += signed;
                outer = false;
            }
        }
        assertThat(area).isCloseTo(120.0 * 120.0, within(0.01));
    }

    @Test
    void refusesASizeOrYearOutOfRange() {
        assertThatThrownBy(() -> new SceneSpec(1, 10, 2020)).hasMessageContaining("60 to 4000");
        assertThatThrownBy(() -> new SceneSpec(1, 700, 1999)).hasMessageContaining("2019");
    }

    private TiffReader open(String file) throws IOException {
        return TiffReader.open(ByteSources.ofFile(flight.resolve(file)));
    }

    private static double signedArea(JsonNode ring) {
        double sum = 0;
        double x0 = ring.get(0).get(0).doubleValue();
        double y0 = ring.get(0).get(1).doubleValue();
        for (int i = 0; i + 1 < ring.size(); i++) {
            double ax = ring.get(i).get(0).doubleValue() - x0;
            double ay = ring.get(i).get(1).doubleValue() - y0;
            double bx = ring.get(i + 1).get(0).doubleValue() - x0;
            double by = ring.get(i + 1).get(1).doubleValue() - y0;
            sum += ax * by - bx * ay;
        }
        return sum / 2;
    }

    private static double correlation(byte[] a, byte[] b) {
        double n = a.length;
        double sa = 0;
        double sb = 0;
        double saa = 0;
        double sbb = 0;
        double sab = 0;
        for (int i = 0; i < a.length; i++) {
            double x = Byte.toUnsignedInt(a[i]);
            double y = Byte.toUnsignedInt(b[i]);
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
        return (n * sab - sa * sb) / Math.sqrt((n * saa - sa * sa) * (n * sbb - sb * sb));
    }

    private static Map<String, String> digests(Path directory) throws IOException {
        var digests = new TreeMap<String, String>();
        try (var files = Files.walk(directory)) {
            for (Path file : new ArrayList<>(files.filter(Files::isRegularFile).toList())) {
                digests.put(directory.relativize(file).toString(), Digest.of(file));
            }
        }
        return digests;
    }
}
