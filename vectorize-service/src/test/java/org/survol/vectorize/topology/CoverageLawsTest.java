// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.rules.MapRules;

/** What must hold for every raster, tried on those that break polygonizers and on many at random. */
class CoverageLawsTest {

    private static final int RANDOM_RASTERS = 150;

    interface Law {
        void check(String name, ClassRasters raster);
    }

    static void forEveryRaster(Law law) {
        forEveryRaster(RANDOM_RASTERS, law);
    }

    static void forEveryRaster(int randomRasters, Law law) {
        ClassRasters.adversarial().forEach(law::check);
        for (long seed = 0; seed < randomRasters; seed++) {
            law.check("random " + seed, ClassRasters.random(seed));
        }
    }

    @Test
    void polygonsOfAnyTilingAreAValidCoverage() {
        forEveryRaster(30, (name, raster) -> {
            var polygons = Polygons.of(raster.assembled(32, new Random(1)));
            assertThat(polygons).as(name).allMatch(Geometry::isValid);
            var invalid = CoverageValidator.validate(polygons.toArray(Geometry[]::new));
            assertThat(CoverageValidator.hasInvalidResult(invalid)).as(name).isFalse();
        });
    }

    @Test
    void rasterisingThePolygonsGivesTheRasterBack() {
        forEveryRaster((name, raster) -> {
            var window = raster.window();
            var filled = Polygons.rasterised(
                    raster.assembled(64, new Random(2)),
                    (int) window.column(),
                    (int) window.row(),
                    window.width(),
                    window.height());
            assertThat(filled).as(name).isEqualTo(raster.classes());
        });
    }

    @Test
    void areasAreThePixelCounts() {
        forEveryRaster((name, raster) -> {
            Map<Integer, Double> expected = new HashMap<>();
            for (byte pixel : raster.classes()) {
                if (pixel != 0) {
                    expected.merge((int) pixel, 1.0, Double::sum);
                }
            }
            Map<Integer, Double> areas = new HashMap<>();
            for (var polygon : Polygons.of(raster.assembled(32, new Random(3)))) {
                areas.merge((int) polygon.getUserData(), polygon.getArea(), Double::sum);
            }
            assertThat(areas).as(name).isEqualTo(expected);
        });
    }

    @Test
    void tilingLeavesNoTrace() {
        forEveryRaster((name, raster) -> {
            var whole = ClassRasters.described(raster.whole());
            for (int tileSize : List.of(32, 64, 128)) {
                assertThat(ClassRasters.described(raster.assembled(tileSize, new Random(tileSize))))
                        .as(name + " in tiles of " + tileSize)
                        .isEqualTo(whole);
            }
        });
    }

    /** 220 m at 0.2 m, in the sizes that tiles have in use, and as one. */
    @Test
    void tilesInUseLeaveNoTraceEither() {
        var noise = new Random(3);
        var raster = ClassRasters.drawn(1100, 1100, (x, y) -> {
            double wave = Math.sin(x / 37.0) + Math.sin((x + 2 * y) / 61.0) + Math.cos(y / 23.0);
            return noise.nextInt(50) == 0 ? 1 + noise.nextInt(4) : 1 + (int) Math.floor((wave + 3) / 1.6);
        });
        var rules = MapRules.plain(60, 2.5);
        var whole = raster.assembled(2048, noise);
        var cleared = MinimumMappingUnit.eliminate(whole, rules);
        var simplified = Generalization.simplified(cleared, rules);
        for (int tileSize : List.of(64, 256, 1024)) {
            var tiled = raster.assembled(tileSize, noise, tile -> ClosedClusters.settled(tile, rules));
            var tiledCleared = MinimumMappingUnit.eliminate(tiled, rules);
            assertThat(ClassRasters.described(raster.assembled(tileSize, noise)))
                    .as("tiles of " + tileSize)
                    .isEqualTo(ClassRasters.described(whole));
            assertThat(ClassRasters.described(tiledCleared))
                    .as("without small polygons, tiles of " + tileSize)
                    .isEqualTo(ClassRasters.described(cleared));
            assertThat(ClassRasters.described(Generalization.simplified(tiledCleared, rules)))
                    .as("generalized, tiles of " + tileSize)
                    .isEqualTo(ClassRasters.described(simplified));
        }
    }

    @Test
    void regionsAreThe4ConnectedPatchesOfEqualClass() {
        forEveryRaster((name, raster) -> assertThat(ClassRasters.described(raster.assembled(32, new Random(4))).stream()
                        .map(text -> text.substring(0, text.indexOf(" mean")))
                        .toList())
                .as(name)
                .isEqualTo(FloodFill.regions(raster)));
    }

    @Test
    void sumsOverARegionAreThoseOverItsPixels() {
        forEveryRaster(30, (name, raster) -> {
            var map = raster.assembled(32, new Random(5));
            var planes = raster.probabilities();
            var patches = FloodFill.patches(raster);
            for (int r = 1; r <= map.regionCount(); r++) {
                var pixels = patches.get(r - 1).pixels();
                long uncertain = pixels.stream()
                        .filter(p -> (raster.confidence()[p] & 0xFF) <= 127)
                        .count();
                assertThat(map.uncertainPixels(r)).as(name).isEqualTo(uncertain);
                var expected = new ArrayList<PlanarMap.ClassShare>();
                for (int c = 0; c < planes.length; c++) {
                    byte[] plane = planes[c];
                    long sum = pixels.stream().mapToLong(p -> plane[p] & 0xFF).sum();
                    long inSet = pixels.stream()
                            .filter(p -> (plane[p] & 0xFF) >= ClassRasters.SET_FROM)
                            .count();
                    if (sum > 0 || inSet > 0) {
                        expected.add(new PlanarMap.ClassShare(c + 1, sum, inSet));
                    }
                }
                assertThat(map.shares(r)).as(name).isEqualTo(expected);
            }
        });
    }

    @Test
    void whatMeltsTogetherHasTheSumsOfAll() {
        forEveryRaster(30, (name, raster) -> {
            var map = raster.assembled(32, new Random(6));
            var merged = MinimumMappingUnit.eliminate(map, MapRules.plain(20, 0));
            assertThat(total(merged)).as(name).isEqualTo(total(map));
        });
    }

    private static Map<Integer, Long> total(PlanarMap map) {
        Map<Integer, Long> total = new HashMap<>();
        for (int r = 1; r <= map.regionCount(); r++) {
            for (var share : map.shares(r)) {
                total.merge(share.classValue(), share.probability(), Long::sum);
                total.merge(-share.classValue(), share.pixelsInSet(), Long::sum);
            }
            total.merge(0, map.uncertainPixels(r), Long::sum);
        }
        return total;
    }

    @Test
    void aTileThatComesTwiceOrLiesElsewhereIsRefusedByItsAddress() {
        var grid = new TileGrid(2154, 0.2, 64);
        var raster = ClassRasters.random(3);
        var addresses = List.copyOf(grid.tilesTouching(raster.window()));
        var address = addresses.get(0);
        var tile = raster.cut(grid.window(address)).traced();
        var assembler = new CoverageAssembler(grid);
        assembler.add(address, tile);
        assertThatThrownBy(() -> assembler.add(address, tile)).hasMessageContaining(address + " is in already");
        var elsewhere = new TileAddress(address.column() + 1, address.row());
        assertThatThrownBy(() -> assembler.add(elsewhere, tile)).hasMessageContaining(elsewhere.toString());
    }
}
