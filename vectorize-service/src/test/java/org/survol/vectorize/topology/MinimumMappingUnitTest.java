// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;

class MinimumMappingUnitTest {

    private static final int MINIMUM_PIXELS = 9;

    @Test
    void givesTheMapOfTheRasterThatThePlainRuleLeaves() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            if (raster.window().pixels() > 4_000) {
                return;
            }
            var expected = FloodFill.eliminated(raster, MINIMUM_PIXELS);
            var map = MinimumMappingUnit.eliminate(raster.whole(), MINIMUM_PIXELS);
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
            var whole = ClassRasters.described(MinimumMappingUnit.eliminate(raster.whole(), MINIMUM_PIXELS));
            for (int tileSize : List.of(32, 64, 128)) {
                var tiled = raster.assembled(tileSize, new Random(tileSize));
                assertThat(ClassRasters.described(MinimumMappingUnit.eliminate(tiled, MINIMUM_PIXELS)))
                        .as(name + " in tiles of " + tileSize)
                        .isEqualTo(whole);
            }
        });
    }

    @Test
    void leavesAValidCoverage() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            var map = MinimumMappingUnit.eliminate(raster.assembled(32, new Random(5)), MINIMUM_PIXELS);
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
        var left = MinimumMappingUnit.eliminate(map.whole(), 3);
        assertThat(left.regionCount()).isEqualTo(2);
        assertThat(left.classOf(1)).isEqualTo(1);
        assertThat(left.pixels(1)).isEqualTo(24);
    }

    @Test
    void keepsASmallIslandInNoData() {
        var map = ClassRasters.ofText("...", ".4.", "...").whole();
        assertThat(MinimumMappingUnit.eliminate(map, 100).regionCount()).isEqualTo(1);
    }

    private static String geometry(String described) {
        return described.substring(0, described.indexOf(" mean"))
                + described.substring(described.indexOf(" perimeter"));
    }
}
