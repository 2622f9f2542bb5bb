// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.ClassRasters;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.PlanarMap;
import org.survol.vectorize.topology.Polygons;
import org.survol.vectorize.topology.Sheet;
import org.survol.vectorize.topology.SheetAssembler;

class TilePyramidTest {

    private static final TileGrid GRID = new TileGrid(2154, 0.2, 64);
    private static final int EXTENT = VectorTile.EXTENT;
    private static final int SHEET = 128;

    @TempDir
    Path folder;

    private TilePyramid pyramid(String name) throws IOException {
        return new TilePyramid(
                GRID,
                MapRules.plain(0, 2.5),
                (of, region) -> {
                    var attributes = new TreeMap<String, Object>();
                    attributes.put("class", of.classOf(region));
                    attributes.put("confidence", of.meanConfidence(region));
                    attributes.put("label", "class " + of.classOf(region));
                    return attributes;
                },
                folder.resolve(name),
                "land_cover",
                "Land cover");
    }

    /** As one sheet. */
    private Path written(PlanarMap map, PixelWindow window, String name) throws IOException {
        try (var pyramid = pyramid(name)) {
            pyramid.add(map, window);
            pyramid.finish();
        }
        return folder.resolve(name);
    }

    private Path writtenInSheets(ClassRasters raster, int side, String name) throws IOException {
        try (var pyramid = pyramid(name)) {
            var rules = MapRules.plain(0, 2.5);
            var present = new TreeSet<>(GRID.tilesTouching(raster.window()));
            for (var sheet : Sheet.of(GRID, present, side)) {
                var map = new SheetAssembler(GRID, sheet, present, rules)
                        .assemble(tile -> raster.cut(GRID.window(tile)).traced());
                pyramid.add(Generalization.simplified(map, rules), sheet.window(GRID));
            }
            pyramid.finish();
        }
        return folder.resolve(name);
    }

    private static double[] world(int zoom, double column, double row) {
        var xy = new double[] {column * 0.2, -row * 0.2};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(xy, 1);
        double sine = Math.sin(Math.toRadians(xy[1]));
        double side = Math.scalb((double) EXTENT, zoom);
        return new double[] {
            (xy[0] / 360 + 0.5) * side, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * side
        };
    }

    @Test
    void everyPointOfTheGroundLiesInOnePolygonOnEveryZoom() throws IOException {
        for (long seed : new long[] {1, 2, 8}) {
            var raster = tall(seed);
            var window = raster.window();
            var map = Generalization.simplified(raster.assembled(64, new Random(seed)), 2.5);
            everyPointLiesInOnePolygon(window, new PmTilesFile(written(map, window, seed + ".pmtiles")), 0);
        }
    }

    /** Lines between sheets have the same points on both sides on zoom 16; on coarser ones rounding may show, by a unit. */
    @Test
    void sheetsMeetWithoutGapOrOverlap() throws IOException {
        var raster = tall(8);
        everyPointLiesInOnePolygon(
                raster.window(), new PmTilesFile(writtenInSheets(raster, SHEET, "sheets.pmtiles")), SHEET);
    }

    private static void everyPointLiesInOnePolygon(PixelWindow window, PmTilesFile file, int sheet) {
        for (int zoom = 10; zoom <= 16; zoom++) {
            var tiles = new HashMap<String, List<TilePolygons.Polygon>>();
            var seenTiles = new HashSet<String>();
            var random = new Random(zoom);
            for (int i = 0; i < 1_500; i++) {
                double margin = 2 / Math.scalb(1.0, zoom - 16);
                if (2 * margin >= window.width()) {
                    break;
                }
                double column = window.column() + margin + random.nextDouble() * (window.width() - 2 * margin);
                double row = window.row() + margin + random.nextDouble() * (window.height() - 2 * margin);
                if (sheet > 0 && zoom < 16 && (isNear(column, sheet, margin) || isNear(row, sheet, margin))) {
                    continue;
                }
                var point = world(zoom, column, row);
                int x = (int) point[0] / EXTENT;
                int y = (int) point[1] / EXTENT;
                int z = zoom;
                seenTiles.add(x + " " + y);
                var polygons = tiles.computeIfAbsent(x + " " + y, key -> polygons(file, z, x, y));
                // Off the whole numbers that corners lie on.
                double px = Math.floor(point[0] - (double) x * EXTENT) + 0.517;
                double py = Math.floor(point[1] - (double) y * EXTENT) + 0.483;
                assertThat(polygons.stream().filter(p -> p.covers(px, py)).count())
                        .as("zoom %d at %f %f of tile %d %d", zoom, px, py, x, y)
                        .isEqualTo(1);
            }
            assertThat(zoom < 16 || seenTiles.size() > 1).isTrue();
        }
    }

    private static boolean isNear(double at, int every, double distance) {
        double from = at - Math.floor(at / every) * every;
        return from < distance || every - from < distance;
    }

    private static List<TilePolygons.Polygon> polygons(PmTilesFile file, int zoom, int x, int y) {
        try {
            return TilePolygons.of(file.tile(zoom, x, y).orElseThrow());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without holes of no data, and across the edge of tiles of zoom 16. */
    private static ClassRasters tall(long seed) {
        var drawn = ClassRasters.random(seed);
        return ClassRasters.drawn(149, 2_600, (x, y) -> {
            int value = drawn.classes()[
                    y / 3 % drawn.window().height() * drawn.window().width()
                            + x % drawn.window().width()];
            return value == 0 ? 7 : value;
        });
    }

    @Test
    void everyZoomIsACoverageWithoutSpecks() throws IOException {
        var raster = ClassRasters.random(8);
        var pyramid = pyramid("map.pmtiles");
        pyramid.add(raster.assembled(64, new Random(1)), raster.window());
        int finer = Integer.MAX_VALUE;
        for (int zoom = 16; zoom >= 6; zoom--) {
            var map = pyramid.map(zoom);
            assertThat(map.regionCount()).isLessThanOrEqualTo(finer);
            finer = map.regionCount();
            var polygons = Polygons.of(map).toArray(Geometry[]::new);
            assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons)))
                    .as("zoom %d", zoom)
                    .isFalse();
        }
    }

    @Test
    void equalMapsAreEqualBytesWhateverTheTiling() throws IOException {
        var raster = ClassRasters.random(21);
        var once = written(raster.assembled(32, new Random(1)), raster.window(), "once.pmtiles");
        var again = written(raster.assembled(128, new Random(2)), raster.window(), "again.pmtiles");
        assertThat(again).hasSameBinaryContentAs(once);
    }

    @Test
    void tellsWhereItLiesAndWhatItHolds() throws IOException {
        var raster = ClassRasters.drawn(140, 140, (x, y) -> x < 70 ? 3 : 5);
        var file = new PmTilesFile(written(raster.whole(), raster.window(), "map.pmtiles"));
        assertThat(file.magic()).isEqualTo("PMTiles3");
        assertThat(file.metadata()).contains("\"id\":\"land_cover\"", "\"class\":\"Number\"", "\"label\":\"String\"");
        var corner =
                new double[] {raster.window().column() * 0.2, -raster.window().row() * 0.2};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(corner, 1);
        assertThat(file.degrees(102)).isCloseTo(corner[0], Offset.offset(1e-4));
        assertThat(file.degrees(114)).isCloseTo(corner[1], Offset.offset(1e-4));
        var at = world(16, raster.window().column() + 10, raster.window().row() + 10);
        var polygons = polygons(file, 16, (int) at[0] / EXTENT, (int) at[1] / EXTENT);
        assertThat(polygons.stream().map(p -> p.attributes().get("class"))).contains(3);
        assertThat(polygons.get(0).attributes())
                .containsEntry("label", "class " + polygons.get(0).attributes().get("class"))
                .containsKey("confidence");
        assertThat(file.tile(16, 0, 0)).isEmpty();
    }

    @Test
    void anEmptyMapIsAFileWithoutTiles() throws IOException {
        var raster = ClassRasters.drawn(40, 40, (x, y) -> 0);
        var file = new PmTilesFile(written(raster.whole(), raster.window(), "empty.pmtiles"));
        assertThat(file.number(72)).isZero();
    }

    @Test
    void manyTilesAreFoundThroughLeafDirectories() throws IOException {
        var file = folder.resolve("many.pmtiles");
        int side = 200;
        var expected = new TreeMap<Long, byte[]>();
        var random = new Random(3);
        for (int x = 0; x < side; x++) {
            for (int y = 0; y < side; y++) {
                var tile = new byte[20];
                random.nextBytes(tile);
                expected.put(PmTilesWriter.id(9, x, y), random.nextInt(4) == 0 ? new byte[] {1} : tile);
            }
        }
        try (var writer = new PmTilesWriter(file)) {
            var shuffled = new ArrayList<>(expected.keySet());
            Collections.shuffle(shuffled, random);
            for (var id : shuffled) {
                writer.add(id, expected.get(id));
            }
            writer.finish("{}", 9, 9, new PmTilesWriter.Bounds(0, 0, 1, 1));
        }
        var read = new PmTilesFile(file);
        assertThat(read.number(16)).isLessThanOrEqualTo(16_384 - 127);
        assertThat(read.number(48)).isPositive();
        assertThat(read.number(72)).isEqualTo(side * side);
        for (int i = 0; i < 300; i++) {
            int x = random.nextInt(side);
            int y = random.nextInt(side);
            assertThat(read.tile(9, x, y)).hasValue(expected.get(PmTilesWriter.id(9, x, y)));
        }
        assertThat(read.tile(9, side, side)).isEmpty();
        assertThat(Files.list(folder)).hasSize(1);
    }

    @Test
    void tileNumbersAreThoseOfTheSpecification() {
        assertThat(Map.of(
                        0L, PmTilesWriter.id(0, 0, 0),
                        1L, PmTilesWriter.id(1, 0, 0),
                        2L, PmTilesWriter.id(1, 0, 1),
                        3L, PmTilesWriter.id(1, 1, 1),
                        4L, PmTilesWriter.id(1, 1, 0),
                        5L, PmTilesWriter.id(2, 0, 0),
                        19_078_479L, PmTilesWriter.id(12, 3423, 1763)))
                .allSatisfy((expected, id) -> assertThat(id).isEqualTo(expected));
    }
}
