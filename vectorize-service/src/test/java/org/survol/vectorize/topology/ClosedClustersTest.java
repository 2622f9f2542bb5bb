// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.vectorize.SampleRun;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;

class ClosedClustersTest {

    @TempDir
    Path folder;

    private MapRules rules(String more) throws IOException {
        var file = Files.writeString(folder.resolve("rules.yaml"), "name: own\ntolerance-metres: 0\n" + more);
        return MapRules.of("own", RuleSets.load(file.toString()), SampleRun.nomenclature(), 0.2);
    }

    @Test
    void settlingInTheTileFirstLeavesNoTrace() throws IOException {
        var allRules = List.of(
                MapRules.plain(9, 0),
                MapRules.plain(60, 0),
                rules(
                        "minimum-square-metres: 0.6\nclasses: {road: {minimum-square-metres: 0.1}}\nkin: [[field, wood]]\n"),
                rules("minimum-square-metres: 0.2\nminimum-width-metres: 0.8\n"));
        CoverageLawsTest.forEveryRaster(30, (name, raster) -> {
            for (var rules : allRules) {
                var expected = ClassRasters.described(MinimumMappingUnit.eliminate(raster.whole(), rules));
                for (int tileSize : List.of(32, 64, 256)) {
                    var settled = raster.assembled(
                            tileSize, new Random(tileSize), tile -> ClosedClusters.settled(tile, rules));
                    assertThat(ClassRasters.described(MinimumMappingUnit.eliminate(settled, rules)))
                            .as(name + " in tiles of " + tileSize)
                            .isEqualTo(expected);
                }
            }
        });
    }

    @Test
    void specksDoNotTravel() {
        var raster = ClassRasters.drawn(128, 128, (x, y) -> x % 7 == 3 && y % 7 == 3 ? 2 : x < 50 ? 4 : 5);
        var rules = MapRules.plain(9, 0);
        var tile = raster.traced();
        assertThat(tile.regions()).isEqualTo(2 + 18 * 18);
        assertThat(ClosedClusters.settled(tile, rules).regions()).isEqualTo(2);
    }

    @Test
    void nothingIsSettledWhereBuildingsOfOtherTilesHaveASay() throws IOException {
        var tile = ClassRasters.random(8).traced();
        var rules = rules("""
                minimum-square-metres: 4
                built-up-zone:
                  buildings: [building]
                  reach-metres: 4
                  smallest-building-square-metres: 0.04
                  minimum-square-metres: 0.4
                """);
        assertThat(ClosedClusters.settled(tile, rules)).isSameAs(tile);
    }
}
