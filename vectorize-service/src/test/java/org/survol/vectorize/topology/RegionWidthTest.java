// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.vectorize.SampleRun;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;

class RegionWidthTest {

    @Test
    void findsADiscWhereTheSimplestSearchDoes() {
        CoverageLawsTest.forEveryRaster(30, (name, raster) -> {
            var map = raster.assembled(32, new Random(7));
            var patches = FloodFill.patches(raster);
            for (int diameter : new int[] {2, 3, 4, 7, 12}) {
                var width = new RegionWidth(map, diameter);
                for (int r = 1; r <= map.regionCount(); r++) {
                    assertThat(width.holdsDisc(r))
                            .as("%s, region %d, disc of %d", name, r, diameter)
                            .isEqualTo(holdsDisc(patches.get(r - 1), raster, diameter));
                }
            }
        });
    }

    private static boolean holdsDisc(FloodFill.Patch patch, ClassRasters raster, int diameter) {
        int width = raster.window().width();
        var pixels = new HashSet<>(patch.pixels());
        return patch.pixels().stream().anyMatch(p -> {
            for (int dy = -diameter; dy <= diameter; dy++) {
                for (int dx = -diameter; dx <= diameter; dx++) {
                    int x = p % width + dx;
                    boolean inDisc = 4 * (dx * dx + dy * dy) < diameter * diameter;
                    if (inDisc && (x < 0 || x >= width || !pixels.contains(p + dy * width + dx))) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    @Test
    void aStripNarrowerThanItsClassMayBeGoesToItsNeighbour() throws IOException {
        // 40 pixels of 0.2 m of field, a road of five pixels, a path of two, meadow.
        var raster = ClassRasters.drawn(100, 60, (x, y) -> x < 40 ? 3 : x < 45 ? 2 : x < 70 ? 3 : x < 72 ? 2 : 4);
        var left = MinimumMappingUnit.eliminate(raster.whole(), rules());
        assertThat(ClassRasters.described(left).stream()
                        .map(text -> text.substring(0, text.indexOf(" first")))
                        .toList())
                .containsExactly(
                        "class 3 pixels 2400", "class 2 pixels 300", "class 3 pixels 1620", "class 4 pixels 1680");
    }

    @Test
    void tilingLeavesNoTraceOfWidthsToo() {
        CoverageLawsTest.forEveryRaster(30, (name, raster) -> {
            var whole = ClassRasters.described(MinimumMappingUnit.eliminate(raster.whole(), rules()));
            for (int tileSize : List.of(32, 64)) {
                var tiled = raster.assembled(tileSize, new Random(tileSize));
                assertThat(ClassRasters.described(MinimumMappingUnit.eliminate(tiled, rules())))
                        .as(name + " in tiles of " + tileSize)
                        .isEqualTo(whole);
            }
        });
    }

    /** Roads from one metre, five pixels; others from 0.6 m. */
    private static MapRules rules() {
        try {
            var file = Files.createTempFile("rules", ".yaml");
            try {
                Files.write(file, """
                        name: own
                        tolerance-metres: 0
                        minimum-square-metres: 0.2
                        minimum-width-metres: 0.6
                        classes: {road: {minimum-width-metres: 1}}
                        """.getBytes(StandardCharsets.UTF_8));
                return MapRules.of("own", RuleSets.load(file.toString()), SampleRun.nomenclature(), 0.2);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
