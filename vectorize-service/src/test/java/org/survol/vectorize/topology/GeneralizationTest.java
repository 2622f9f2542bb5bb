// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.locationtech.jts.algorithm.locate.IndexedPointInAreaLocator;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Location;
import org.locationtech.jts.operation.distance.IndexedFacetDistance;
import org.survol.vectorize.rules.MapRules;

class GeneralizationTest {

    private static final int RANDOM_RASTERS = 12;
    /** Half a step in either direction. */
    private static final double ROUNDING = Math.sqrt(2) / 16;

    @ParameterizedTest
    @ValueSource(doubles = {1, 4})
    void leavesAValidCoverageOfTheSameRegions(double tolerance) {
        CoverageLawsTest.forEveryRaster(RANDOM_RASTERS, (name, raster) -> {
            var map = raster.assembled(32, new Random(6));
            var simplified = Generalization.simplified(map, tolerance);
            assertThat(simplified.regionCount()).isEqualTo(map.regionCount());
            var polygons = Polygons.of(simplified);
            assertThat(polygons).as(name).allMatch(Geometry::isValid);
            assertThat(CoverageValidator.hasInvalidResult(
                            CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                    .as(name)
                    .isFalse();
        });
    }

    @Test
    void leavesAValidCoverageAfterTheMinimumMappingUnitToo() {
        CoverageLawsTest.forEveryRaster(RANDOM_RASTERS, (name, raster) -> {
            var map = MinimumMappingUnit.eliminate(raster.assembled(32, new Random(6)), MapRules.plain(9, 0));
            var polygons = Polygons.of(Generalization.simplified(map, 3));
            assertThat(polygons).as(name).allMatch(Geometry::isValid);
            assertThat(CoverageValidator.hasInvalidResult(
                            CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                    .as(name)
                    .isFalse();
        });
    }

    @Test
    void keepsTheAreaOfEveryRegion() {
        CoverageLawsTest.forEveryRaster(3 * RANDOM_RASTERS, (name, raster) -> {
            var map = raster.assembled(64, new Random(6));
            var simplified = Generalization.simplified(map, 3);
            var rings = new Rings();
            double steps = (double) simplified.units() * simplified.units();
            for (int r = 1; r <= simplified.regionCount(); r++) {
                simplified.rings(r, rings);
                double perimeter = rings.perimeter() / simplified.units();
                assertThat(rings.area() / steps)
                        .as("%s, region %d", name, r)
                        .isCloseTo(map.pixels(r), Offset.offset(perimeter * ROUNDING));
            }
        });
    }

    @Test
    void movesNoCornerFartherThanTheTolerance() {
        CoverageLawsTest.forEveryRaster(20, (name, raster) -> {
            double tolerance = 2.5;
            var map = raster.whole();
            var exact = Polygons.of(map);
            var polygons = Polygons.of(Generalization.simplified(map, tolerance));
            for (int i = 0; i < exact.size(); i++) {
                assertThat(farthestCorner(exact.get(i), polygons.get(i)))
                        .as(name)
                        .isLessThanOrEqualTo(tolerance + ROUNDING);
                assertThat(farthestCorner(polygons.get(i), exact.get(i)))
                        .as(name)
                        .isLessThanOrEqualTo(tolerance + ROUNDING);
            }
        });
    }

    @Test
    void tilingLeavesNoTrace() {
        CoverageLawsTest.forEveryRaster(3 * RANDOM_RASTERS, (name, raster) -> {
            var whole = ClassRasters.described(Generalization.simplified(raster.whole(), 2.5));
            for (int tileSize : List.of(32, 64, 128)) {
                var tiled = raster.assembled(tileSize, new Random(tileSize));
                assertThat(ClassRasters.described(Generalization.simplified(tiled, 2.5)))
                        .as(name + " in tiles of " + tileSize)
                        .isEqualTo(whole);
            }
        });
    }

    @Test
    void keepsIslandsWhereTheyAre() {
        // A diagonal shore with one-pixel islands just off it, which a careless line would run over.
        var raster = ClassRasters.drawn(120, 120, (x, y) -> {
            boolean island = (x + y) % 11 == 0 && Math.floorMod(x - y, 8) == 2 && x - y < 8 && x - y > -8;
            return island ? 3 : x - y > 0 ? 1 : 2;
        });
        var map = raster.whole();
        var polygons = Polygons.of(Generalization.simplified(map, 4));
        var exact = Polygons.of(map);
        for (int i = 0; i < exact.size(); i++) {
            var locator = new IndexedPointInAreaLocator(polygons.get(i));
            for (var other : exact) {
                if ((int) other.getUserData() == 3 && other != exact.get(i)) {
                    assertThat(locator.locate(other.getInteriorPoint().getCoordinate()))
                            .isEqualTo(
                                    exact.get(i).contains(other.getInteriorPoint())
                                            ? Location.INTERIOR
                                            : Location.EXTERIOR);
                }
            }
        }
    }

    @Test
    void makesAStaircaseStraight() {
        var map = Generalization.simplified(
                ClassRasters.drawn(100, 50, (x, y) -> x < 2 * y ? 1 : 2).whole(), 1.5);
        assertThat(map.points())
                .as("the frame's three corners on either side, and little more")
                .isLessThan(16);
    }

    @Test
    void leavesSquareHousesSquare() {
        var map = ClassRasters.drawn(60, 60, (x, y) -> x > 20 && x < 32 && y > 20 && y < 32 ? 2 : 1)
                .whole();
        var simplified = Generalization.simplified(map, 2.5);
        assertThat(Polygons.of(simplified).get(1).getCoordinates())
                .containsExactly(Polygons.of(map).get(1).getCoordinates());
    }

    @Test
    void exactIsTheWayBackAndZeroChangesNothing() {
        var map = ClassRasters.random(4).whole();
        var exact = ClassRasters.described(map);
        assertThat(Generalization.simplified(map, 0)).isSameAs(map);
        assertThat(ClassRasters.described(Generalization.simplified(map, 3).exact()))
                .isEqualTo(exact);
        assertThatThrownBy(() -> Generalization.simplified(map, -1)).hasMessageContaining("-1");
    }

    private static double farthestCorner(Geometry of, Geometry from) {
        var distance = new IndexedFacetDistance(from.getBoundary());
        double farthest = 0;
        for (var corner : of.getCoordinates()) {
            farthest = Math.max(farthest, distance.distance(new GeometryFactory().createPoint(corner)));
        }
        return farthest;
    }
}
