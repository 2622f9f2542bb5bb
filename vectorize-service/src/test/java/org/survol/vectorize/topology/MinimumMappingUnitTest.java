// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.survol.vectorize.SampleRun;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;

class MinimumMappingUnitTest {

    private static final int MINIMUM_PIXELS = 9;

    @Test
    void givesTheMapOfTheRasterThatThePlainRuleLeaves() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            if (raster.window().pixels() > 4_000) {
                return;
            }
            var expected = FloodFill.eliminated(raster, MINIMUM_PIXELS);
            var map = MinimumMappingUnit.eliminate(raster.whole(), MapRules.plain(MINIMUM_PIXELS, 0));
            var window = raster.window();
            assertThat(Polygons.rasterised(
                            map, (int) window.column(), (int) window.row(), window.width(), window.height()))
                    .as(name)
                    .isEqualTo(expected);
            assertThat(ClassRasters.described(map).stream()
                            .map(MinimumMappingUnitTest::geometry)
                            .toList())
                    .as(name + ": regions, arcs and nodes are as if traced from that raster")
                    .isEqualTo(
                            ClassRasters.described(new ClassRasters(window, expected, raster.confidence()).whole())
                                    .stream()
                                    .map(MinimumMappingUnitTest::geometry)
                                    .toList());
        });
    }

    @Test
    void tilingLeavesNoTrace() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            var whole = ClassRasters.described(
                    MinimumMappingUnit.eliminate(raster.whole(), MapRules.plain(MINIMUM_PIXELS, 0)));
            for (int tileSize : List.of(32, 64, 128)) {
                var tiled = raster.assembled(tileSize, new Random(tileSize));
                assertThat(ClassRasters.described(
                                MinimumMappingUnit.eliminate(tiled, MapRules.plain(MINIMUM_PIXELS, 0))))
                        .as(name + " in tiles of " + tileSize)
                        .isEqualTo(whole);
            }
        });
    }

    @Test
    void leavesAValidCoverage() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            var map = MinimumMappingUnit.eliminate(
                    raster.assembled(32, new Random(5)), MapRules.plain(MINIMUM_PIXELS, 0));
            var polygons = Polygons.of(map).toArray(Geometry[]::new);
            assertThat(polygons).as(name).allMatch(Geometry::isValid);
            assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons)))
                    .as(name)
                    .isFalse();
        });
    }

    @Test
    void takesTheClassOfTheLongestBorderNotOfTheLargestNeighbour() {
        var map = ClassRasters.ofText(
                "1111112222", //
                "1111132222",
                "1111112222",
                "1111112222");
        var left = MinimumMappingUnit.eliminate(map.whole(), MapRules.plain(3, 0));
        assertThat(left.regionCount()).isEqualTo(2);
        assertThat(left.classOf(1)).isEqualTo(1);
        assertThat(left.pixels(1)).isEqualTo(24);
    }

    @Test
    void classesHaveTheirOwnMinimumAndPreferTheirKin() throws IOException {
        var rules = rules("""
                name: own
                tolerance-metres: 0
                minimum-square-metres: 0.2
                classes: {building: {minimum-square-metres: 0.04}}
                kin: [[field, meadow]]
                """);
        var map = ClassRasters.ofText(
                "4444455555", //
                "4441435555",
                "4444455555");
        var left = MinimumMappingUnit.eliminate(map.whole(), rules);
        assertThat(ClassRasters.described(left).stream()
                        .map(text -> text.substring(0, text.indexOf(" first")))
                        .toList())
                .as("the building stays, the field becomes meadow although wood lies along more of it")
                .containsExactly("class 4 pixels 15", "class 5 pixels 14", "class 1 pixels 1");
    }

    @Test
    void anotherMinimumHoldsNearBuildings() throws IOException {
        var rules = rules("""
                name: own
                tolerance-metres: 0
                minimum-square-metres: 4
                classes: {building: {minimum-square-metres: 0.04}}
                built-up-zone:
                  buildings: [building]
                  reach-metres: 4
                  smallest-building-square-metres: 0.04
                  minimum-square-metres: 0.4
                """);
        // Two rows of buildings with a pond between them, and a pond far off.
        var map = ClassRasters.drawn(140, 60, (x, y) -> {
            boolean pond = (x >= 28 && x < 32 || x >= 120 && x < 124) && y >= 28 && y < 32;
            boolean building = (x - 10) % 20 < 4 && x < 60 && (y == 10 || y == 50);
            return pond ? 6 : building ? 1 : 4;
        });
        var left = MinimumMappingUnit.eliminate(map.whole(), rules);
        var ponds = ClassRasters.described(left).stream()
                .filter(text -> text.startsWith("class 6"))
                .toList();
        assertThat(ponds).hasSize(1);
        assertThat(left.firstColumn(ClassRasters.described(left).indexOf(ponds.get(0)) + 1))
                .isEqualTo((int) map.window().column() + 28);
    }

    private static MapRules rules(String yaml) throws IOException {
        var file = Files.writeString(Files.createTempFile("rules", ".yaml"), yaml);
        try {
            return MapRules.of("own", RuleSets.load(file.toString()), SampleRun.nomenclature(), 0.2);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void keepsASmallIslandInNoData() {
        var map = ClassRasters.ofText("...", ".4.", "...").whole();
        assertThat(MinimumMappingUnit.eliminate(map, MapRules.plain(100, 0)).regionCount())
                .isEqualTo(1);
    }

    private static String geometry(String described) {
        return described.substring(0, described.indexOf(" mean"))
                + described.substring(described.indexOf(" perimeter"));
    }
}
