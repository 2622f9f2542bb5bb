// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.locationtech.jts.algorithm.Angle;
import org.locationtech.jts.algorithm.locate.IndexedPointInAreaLocator;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Location;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.distance.IndexedFacetDistance;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSet;

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

    // ---- buildings: class 2 in these rasters

    private static final int HOUSE = 2;

    @Test
    void turnsTheWallsOfAnObliqueHouseIntoRightAngles() {
        for (int degrees = 3; degrees < 90; degrees += 7) {
            var map = houses(new House(60, 60, 22, 13, degrees)).whole();
            var house = polygonsOf(Generalization.simplified(map, buildings(2.5, 0, 0)), HOUSE)
                    .getFirst();
            assertThat(house.getNumPoints())
                    .as("corners at %d degrees", degrees)
                    .isLessThanOrEqualTo(6);
            assertThat(worstAngle(house)).as("at %d degrees", degrees).isLessThan(1.5);
            assertThat(house.getArea()).isCloseTo(exactArea(map, HOUSE), Offset.offset(house.getLength() * ROUNDING));
        }
    }

    @Test
    void givesOneWallToTwoHousesThatShareIt() {
        // Two wings, wall to wall, turned together; the second is of another class of building.
        var left = new House(50, 60, 14, 12, 25);
        var right =
                new House(50 + 28 * Math.cos(Math.toRadians(25)), 60 + 28 * Math.sin(Math.toRadians(25)), 14, 12, 25);
        var map = ClassRasters.drawn(140, 140, (x, y) -> left.covers(x, y) ? HOUSE : right.covers(x, y) ? 3 : 1)
                .whole();
        var squared = Generalization.simplified(map, buildings(2.5, 0, 0));
        var polygons = Polygons.of(squared);
        assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                .isFalse();
        assertThat(worstAngle(polygonsOf(squared, HOUSE).getFirst())).isLessThan(8);
        assertThat(worstAngle(polygonsOf(squared, 3).getFirst())).isLessThan(8);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 4})
    void rightAnglesKeepEveryLawOfTheCoverage(double tolerance) {
        forEveryTown((name, raster) -> {
            var rules = buildings(tolerance, 0, 0);
            var map = raster.assembled(32, new Random(6));
            var squared = Generalization.simplified(map, rules);
            assertCoverage(name, squared);
            var rings = new Rings();
            for (int r = 1; r <= squared.regionCount(); r++) {
                squared.rings(r, rings);
                double perimeter = rings.perimeter() / squared.units();
                assertThat(rings.area() / ((double) squared.units() * squared.units()))
                        .as("%s, region %d", name, r)
                        .isCloseTo(map.pixels(r), Offset.offset(perimeter * ROUNDING));
            }
            var exact = Polygons.of(map);
            var polygons = Polygons.of(squared);
            for (int i = 0; i < exact.size(); i++) {
                assertThat(farthestCorner(polygons.get(i), exact.get(i)))
                        .as(name)
                        .isLessThanOrEqualTo(tolerance + ROUNDING);
            }
            assertThat(ClassRasters.described(Generalization.simplified(raster.whole(), rules)))
                    .as(name)
                    .isEqualTo(ClassRasters.described(squared));
        });
    }

    @Test
    void enlargesSmallHousesThatStandAloneWhereThereIsRoom() {
        var rules = buildings(1.5, 50, 200);
        var alone = new House(40, 40, 6, 5, 20);
        var speck = new House(90, 40, 2, 2, 0);
        var byTheRoad = new House(40, 93, 6, 5, 0);
        var raster = ClassRasters.drawn(
                130,
                130,
                (x, y) -> alone.covers(x, y) || speck.covers(x, y) || byTheRoad.covers(x, y) ? HOUSE : y > 98 ? 3 : 1);
        var map = MinimumMappingUnit.eliminate(raster.assembled(32, new Random(1)), rules);
        var enlarged = Generalization.simplified(map, rules);
        assertCoverage("three houses", enlarged);
        var houses = polygonsOf(enlarged, HOUSE);
        assertThat(houses).as("the speck went to its neighbour").hasSize(2);
        assertThat(houses.get(0).getArea()).isBetween(200.0, 202.0);
        assertThat(houses.get(1).getArea())
                .as("stays as it is: it would touch the road")
                .isCloseTo(120, Offset.offset(2.0));
        assertThat(ClassRasters.described(
                        Generalization.simplified(MinimumMappingUnit.eliminate(raster.whole(), rules), rules)))
                .isEqualTo(ClassRasters.described(enlarged));
    }

    @Test
    void enlargedHousesKeepEveryLawOfTheCoverage() {
        forEveryTown((name, raster) -> {
            var rules = buildings(2, 10, 150);
            var map = MinimumMappingUnit.eliminate(raster.assembled(64, new Random(2)), rules);
            var enlarged = Generalization.simplified(map, rules);
            assertCoverage(name, enlarged);
            assertThat(enlarged.regionCount()).isEqualTo(map.regionCount());
        });
    }

    private record House(double x, double y, double halfLength, double halfWidth, double degrees) {
        boolean covers(int column, int row) {
            double dx = column + 0.5 - x;
            double dy = row + 0.5 - y;
            double cos = Math.cos(Math.toRadians(degrees));
            double sin = Math.sin(Math.toRadians(degrees));
            return Math.abs(dx * cos + dy * sin) < halfLength && Math.abs(dy * cos - dx * sin) < halfWidth;
        }
    }

    private static ClassRasters houses(House... houses) {
        return ClassRasters.drawn(
                140, 140, (x, y) -> List.of(houses).stream().anyMatch(h -> h.covers(x, y)) ? HOUSE : 1);
    }

    /** The usual rasters, whose classes 2 and 3 look like anything but buildings, and houses at random, of two classes, some on an edge of no data. */
    private static void forEveryTown(CoverageLawsTest.Law law) {
        CoverageLawsTest.forEveryRaster(4, law);
        for (int seed = 0; seed < 8; seed++) {
            var random = new Random(seed);
            var town = new House[14];
            for (int i = 0; i < town.length; i++) {
                town[i] = new House(
                        random.nextInt(160),
                        random.nextInt(160),
                        2 + random.nextInt(16),
                        2 + random.nextInt(10),
                        random.nextInt(90));
            }
            double slope = random.nextDouble() - 0.5;
            law.check("town " + seed, ClassRasters.drawn(150, 150, (x, y) -> {
                for (int i = 0; i < town.length; i++) {
                    if (town[i].covers(x, y)) {
                        return HOUSE + i % 2;
                    }
                }
                return y - 60 > slope * x ? 1 : y - 30 > slope * x ? 4 : y < 5 ? 0 : 5;
            }));
        }
    }

    /** Pixels of one metre; classes 2 and 3 are buildings. */
    private static MapRules buildings(double tolerance, double enlargeFrom, double minimum) {
        var classes = IntStream.rangeClosed(1, 9)
                .mapToObj(value -> new LandClass(value, "c" + value, "c" + value, "c" + value, "#000000"))
                .toList();
        var least = new RuleSet.ClassRule(Optional.of(minimum), Optional.empty());
        var rules = new RuleSet(
                "buildings",
                "",
                Optional.empty(),
                tolerance,
                0,
                Optional.empty(),
                Map.of("c2", least, "c3", least),
                Optional.empty(),
                Optional.of(new RuleSet.Buildings(
                        Optional.of(List.of("c2", "c3")), Optional.of(true), Optional.of(enlargeFrom))),
                List.of());
        return MapRules.of("buildings", rules, new Nomenclature("test", classes), 1);
    }

    private static List<Polygon> polygonsOf(PlanarMap map, int landClass) {
        return Polygons.of(map).stream()
                .filter(polygon -> (int) polygon.getUserData() == landClass)
                .toList();
    }

    private static double exactArea(PlanarMap map, int landClass) {
        return polygonsOf(map.exact(), landClass).stream()
                .mapToDouble(Geometry::getArea)
                .sum();
    }

    /** Degrees by which a polygon's worst corner is not a right angle, or not straight. */
    private static double worstAngle(Geometry polygon) {
        var corners = polygon.getCoordinates();
        double worst = 0;
        for (int i = 0; i + 1 < corners.length; i++) {
            var before = corners[i == 0 ? corners.length - 2 : i - 1];
            double degrees = Angle.toDegrees(Angle.angleBetween(before, corners[i], corners[i + 1]));
            worst = Math.max(worst, Math.min(Math.abs(degrees - 90), 180 - degrees));
        }
        return worst;
    }

    private static void assertCoverage(String name, PlanarMap map) {
        var polygons = Polygons.of(map);
        assertThat(polygons).as(name).allMatch(Geometry::isValid);
        assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                .as(name)
                .isFalse();
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
