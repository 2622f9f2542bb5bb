// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.SampleRun;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;

/** A map made sheet by sheet is the map made at once, cut at the sheets' edges. */
class SheetTest {

    private static final int SIDE = 64;
    private static final int RANDOM_RASTERS = 5;

    @TempDir
    Path folder;

    private List<MapRules> rules() throws IOException {
        return List.of(
                MapRules.plain(0, 2),
                MapRules.plain(9, 2),
                MapRules.plain(60, 3),
                rules("minimum-square-metres: 0.6\nminimum-width-metres: 0.8\nkin: [[field, wood]]\n"),
                rules("""
                minimum-square-metres: 4
                built-up-zone:
                  buildings: [building]
                  reach-metres: 2
                  smallest-building-square-metres: 0.2
                  minimum-square-metres: 0.4
                """),
                rules("""
                minimum-square-metres: 2
                buildings: {classes: [building], right-angles: true, enlarge-from-square-metres: 0.4}
                """));
    }

    private MapRules rules(String more) throws IOException {
        var file = Files.writeString(folder.resolve("rules.yaml"), "name: own\ntolerance-metres: 0.5\n" + more);
        return MapRules.of("own", RuleSets.load(file.toString()), SampleRun.nomenclature(), 0.2);
    }

    private static List<PlanarMap> sheets(ClassRasters raster, int tileSize, MapRules rules) {
        var grid = new TileGrid(2154, 0.2, tileSize);
        var present = new TreeSet<>(grid.tilesTouching(raster.window()));
        var maps = new ArrayList<PlanarMap>();
        for (var sheet : Sheet.of(grid, present, SIDE)) {
            var read = new HashSet<TileAddress>();
            try {
                maps.add(new SheetAssembler(grid, sheet, present, rules).assemble(tile -> {
                    assertThat(read.add(tile)).as(tile + " is read once").isTrue();
                    return ClosedClusters.settled(raster.cut(grid.window(tile)).traced(), rules);
                }));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        return maps;
    }

    private static byte[] rasterised(ClassRasters raster, List<PlanarMap> maps) {
        var window = raster.window();
        var all = new byte[window.width() * window.height()];
        for (var map : maps) {
            var one = Polygons.rasterised(
                    map, (int) window.column(), (int) window.row(), window.width(), window.height());
            for (int p = 0; p < all.length; p++) {
                assertThat(all[p] == 0 || one[p] == 0).as("on one sheet only").isTrue();
                all[p] += one[p];
            }
        }
        return all;
    }

    @Test
    void everyPixelIsWhatItIsOnTheWholeMap() throws IOException {
        for (var rules : rules()) {
            CoverageLawsTest.forEveryRaster(RANDOM_RASTERS, (name, raster) -> {
                var whole = MinimumMappingUnit.eliminate(raster.whole(), rules);
                var maps = sheets(raster, 32, rules);
                assertThat(rasterised(raster, maps)).as(name).isEqualTo(rasterised(raster, List.of(whole)));
                assertThat(total(maps)).as(name).isEqualTo(total(List.of(whole)));
            });
        }
    }

    @Test
    void polygonsOfAllSheetsTogetherAreAValidCoverage() throws IOException {
        for (var rules : List.of(rules().get(0), rules().getLast())) {
            CoverageLawsTest.forEveryRaster(RANDOM_RASTERS, (name, raster) -> {
                var exact = new ArrayList<Polygon>();
                var simplified = new ArrayList<Polygon>();
                for (var map : sheets(raster, 32, rules)) {
                    exact.addAll(Polygons.of(map));
                    simplified.addAll(Polygons.of(Generalization.simplified(map, rules)));
                }
                for (var polygons : List.of(exact, simplified)) {
                    assertThat(polygons).as(name).allMatch(Geometry::isValid);
                    assertThat(CoverageValidator.hasInvalidResult(
                                    CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                            .as(name)
                            .isFalse();
                }
            });
        }
    }

    @Test
    void tilingLeavesNoTrace() throws IOException {
        var compared = new AtomicInteger();
        for (var rules : List.of(rules().get(1), rules().getLast())) {
            CoverageLawsTest.forEveryRaster(RANDOM_RASTERS, (name, raster) -> {
                var inTilesOf64 = sheets(raster, 64, rules);
                var inTilesOf32 = sheets(raster, 32, rules);
                // With other tiles a small map may still be one sheet.
                if (inTilesOf32.size() == inTilesOf64.size()) {
                    assertThat(described(inTilesOf32, rules)).as(name).isEqualTo(described(inTilesOf64, rules));
                    compared.addAndGet(inTilesOf32.size() > 1 ? 1 : 0);
                }
            });
        }
        assertThat(compared).hasValueGreaterThan(RANDOM_RASTERS);
    }

    @Test
    void aSmallMapIsOneSheetWhereverItLies() {
        var raster = ClassRasters.drawn(100, 20, (x, y) -> 1 + x / 40);
        var grid = new TileGrid(2154, 0.2, 64);
        var present = new TreeSet<>(grid.tilesTouching(raster.window()));
        assertThat(present).hasSizeBetween(2, 4);
        assertThat(Sheet.of(grid, present, 128)).hasSize(1);
        assertThat(Sheet.of(grid, present, 64)).hasSize(present.size());
        assertThat(Sheet.of(grid, List.of(), 64)).isEmpty();
    }

    @Test
    void aGroupThatReachesFarIsFollowedAsFarAsItGoes() {
        // Stripes of one pixel: all too small, all of one group.
        var raster = ClassRasters.drawn(150, 150, (x, y) -> 1 + y % 3);
        var rules = MapRules.plain(151, 0);
        var whole = MinimumMappingUnit.eliminate(raster.whole(), rules);
        assertThat(rasterised(raster, sheets(raster, 32, rules))).isEqualTo(rasterised(raster, List.of(whole)));
    }

    private static List<String> described(List<PlanarMap> maps, MapRules rules) {
        return maps.stream()
                .flatMap(map -> ClassRasters.described(Generalization.simplified(map, rules)).stream())
                .sorted()
                .toList();
    }

    private static Map<Integer, Long> total(List<PlanarMap> maps) {
        Map<Integer, Long> total = new HashMap<>();
        for (var map : maps) {
            for (int r = 1; r <= map.regionCount(); r++) {
                for (var share : map.shares(r)) {
                    total.merge(share.classValue(), share.probability(), Long::sum);
                    total.merge(-share.classValue(), share.pixelsInSet(), Long::sum);
                }
                total.merge(0, map.uncertainPixels(r), Long::sum);
            }
        }
        return total;
    }
}
