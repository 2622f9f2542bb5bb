// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.io.WKBReader;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.plan.Plan;
import org.survol.vectorize.SampleRun;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.ClassRasters;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.PlanarMap;
import org.wololo.flatgeobuf.GeometryConversions;
import org.wololo.flatgeobuf.HeaderMeta;
import org.wololo.flatgeobuf.PackedRTree;
import org.wololo.flatgeobuf.generated.Feature;
import org.wololo.flatgeobuf.generated.GeometryType;

class LandCoverFilesTest {

    private static final double GSD = 0.2;

    @TempDir
    Path folder;

    private static Plan plan(ClassRasters raster, int tileSize) {
        return SampleRun.plan(new TileGrid(2154, GSD, tileSize), raster.window());
    }

    private Map<String, Path> written(Plan plan, PlanarMap map, String name) throws IOException {
        try (var files = new LandCoverFiles(
                plan,
                SampleRun.nomenclature(),
                MapRules.plain(0, 0),
                Files.createDirectory(folder.resolve(name)),
                true)) {
            files.write(map);
            return files.finish();
        }
    }

    private Map<String, Path> written(ClassRasters raster, int tileSize, String name) throws IOException {
        var map = raster.assembled(tileSize, new Random(tileSize));
        return written(plan(raster, tileSize), map, name);
    }

    @Test
    void equalMapsAreEqualBytesWhateverTheTiling() throws Exception {
        for (long seed : new long[] {3, 8, 21}) {
            var raster = ClassRasters.random(seed);
            var once = written(raster, 32, "once" + seed);
            var again = written(raster, 32, "again" + seed);
            var otherwise = written(raster, 128, "otherwise" + seed);
            for (var format : once.keySet()) {
                assertThat(once.get(format)).hasSameBinaryContentAs(again.get(format));
                assertThat(once.get(format)).hasSameBinaryContentAs(otherwise.get(format));
            }
        }
    }

    @Test
    void geoPackageHoldsTheCoverage() throws Exception {
        var raster = ClassRasters.random(8);
        var polygons = geoPackagePolygons(written(raster, 32, "map").get("gpkg"));
        assertThat(polygons).allMatch(Geometry::isValid);
        assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                .isFalse();
        assertThat(areaByClass(polygons)).isEqualTo(expectedAreaByClass(raster));
    }

    @Test
    void flatGeobufHoldsTheSamePolygonsAndFindsThemByBox() throws Exception {
        var raster = ClassRasters.random(8);
        var files = written(raster, 32, "map");
        var expected = geoPackagePolygons(files.get("gpkg"));
        var bytes = ByteBuffer.wrap(Files.readAllBytes(files.get("fgb"))).order(ByteOrder.LITTLE_ENDIAN);
        var header = HeaderMeta.read(bytes);
        assertThat(header.srid).isEqualTo(2154);
        assertThat(header.featuresCount).isEqualTo(expected.size());
        assertThat(header.columns.stream().map(column -> column.name).toList())
                .isEqualTo(Arrays.stream(MapColumn.values())
                        .map(MapColumn::columnName)
                        .toList());

        var boxes = new ArrayList<Envelope>();
        boxes.add(header.envelope);
        var random = new Random(5);
        for (int i = 0; i < 20; i++) {
            var box = new Envelope(
                    header.envelope.getMinX() + random.nextDouble() * header.envelope.getWidth(),
                    header.envelope.getMinX() + random.nextDouble() * header.envelope.getWidth(),
                    header.envelope.getMinY() + random.nextDouble() * header.envelope.getHeight(),
                    header.envelope.getMinY() + random.nextDouble() * header.envelope.getHeight());
            boxes.add(box);
        }
        for (var box : boxes) {
            var found = new ArrayList<String>();
            int treeSize = (int) PackedRTree.calcSize((int) header.featuresCount, header.indexNodeSize);
            for (var hit :
                    PackedRTree.search(bytes, header.offset, (int) header.featuresCount, header.indexNodeSize, box)) {
                found.add(flatGeobufPolygon(bytes, header.offset + treeSize + (int) hit.offset)
                        .toText());
            }
            assertThat(found)
                    .containsExactlyInAnyOrderElementsOf(expected.stream()
                            .filter(polygon -> polygon.getEnvelopeInternal().intersects(box))
                            .map(Geometry::toText)
                            .toList());
        }
    }

    @Test
    void polygonsKeepTheirIdsOverTilingsAndWhereTheMapDoesNotChange() throws Exception {
        var before = ClassRasters.drawn(96, 96, (x, y) -> x < 40 ? 3 : y < 40 ? 4 : 5);
        var after = ClassRasters.drawn(96, 96, (x, y) -> x < 40 ? 3 : y < 40 ? 4 : x > 90 && y > 90 ? 1 : 5);
        var idsBefore = ids(written(before, 32, "before").get("gpkg"));
        var idsTiled = ids(written(before, 64, "tiled").get("gpkg"));
        var idsAfter = ids(written(after, 32, "after").get("gpkg"));
        assertThat(idsTiled).isEqualTo(idsBefore);
        assertThat(idsAfter).hasSize(4).containsAllEntriesOf(Map.of(3, idsBefore.get(3), 4, idsBefore.get(4)));
        assertThat(idsAfter.get(5)).isNotEqualTo(idsBefore.get(5));
    }

    @Test
    void everyPolygonSaysWhatTheModelGaveAndWhichImagesShowIt() throws Exception {
        var raster = ClassRasters.drawn(96, 96, (x, y) -> x < 48 ? 3 : 5);
        var plan = withImages(plan(raster, 32), raster.window());
        var files = written(plan, raster.assembled(32, new Random(1)), "map");
        long[] sums = new long[2];
        long uncertain = 0;
        for (int i = 0; i < raster.classes().length; i++) {
            if (raster.classes()[i] == 3) {
                int confidence = raster.confidence()[i] & 0xFF;
                sums[0] += confidence;
                sums[1] += 255;
                uncertain += confidence < 128 ? 1 : 0;
            }
        }
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + files.get("gpkg"));
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT class_mix, uncertain_share, entropy, conformal_set, images,"
                        + " images_from, images_to, confidence FROM land_cover WHERE class = 3")) {
            assertThat(row.next()).isTrue();
            var mix = Json.MAPPER.readTree(row.getString(1));
            assertThat(mix.size()).isEqualTo(3);
            double own = sums[0] / (double) sums[1];
            assertThat(mix.get("field").asDouble()).isCloseTo(own, Offset.offset(0.001));
            assertThat(row.getDouble(8)).isCloseTo(own, Offset.offset(0.0001));
            double total = 0;
            double bits = 0;
            for (var share : mix) {
                total += share.asDouble();
                bits -= share.asDouble() * Math.log(share.asDouble()) / Math.log(2);
            }
            assertThat(total).isCloseTo(1, Offset.offset(0.002));
            assertThat(row.getDouble(3)).isCloseTo(bits, Offset.offset(0.01));
            assertThat(row.getDouble(2)).isCloseTo(uncertain / (48.0 * 96), Offset.offset(0.0001));
            assertThat(row.getString(4).split(" ")).contains("field");
            assertThat(row.getString(5)).as("the east image touches, no more").isEqualTo("west whole");
            assertThat(row.getString(6)).isEqualTo("2024-06-20T09:00:00.000Z");
            assertThat(row.getString(7)).isEqualTo("2024-06-21T10:15:30.000Z");
        }
    }

    /** One image over the west half, one over the east half, one of unknown time over all. */
    private static Plan withImages(Plan plan, PixelWindow window) {
        var grid = plan.grid();
        double middle = grid.easting(window.column() + window.width() / 2);
        var all = plan.footprint();
        var images = List.of(
                image(
                        "west",
                        new Plan.Footprint(all.minEasting(), all.minNorthing(), middle, all.maxNorthing()),
                        Optional.of(Instant.parse("2024-06-20T09:00:00Z"))),
                image(
                        "east",
                        new Plan.Footprint(middle, all.minNorthing(), all.maxEasting(), all.maxNorthing()),
                        Optional.of(Instant.parse("2024-06-22T09:00:00Z"))),
                image("whole", all, Optional.empty()));
        return new Plan(
                plan.run(),
                grid,
                plan.halo(),
                plan.model(),
                all,
                plan.datetime(),
                plan.vintage(),
                images,
                plan.tiles(),
                plan.featherMetres(),
                plan.windowing());
    }

    private static Plan.Source image(String asset, Plan.Footprint footprint, Optional<Instant> taken) {
        return new Plan.Source(
                asset, asset + ".tif", "1", Plan.Role.RGB, 2154, GSD, footprint, taken, Optional.empty(), List.of());
    }

    @Test
    void geoJsonTextHoldsTheSamePolygonsInLongitudeAndLatitude() throws Exception {
        var raster = ClassRasters.random(8);
        var files = written(raster, 32, "map");
        var expected = geoPackagePolygons(files.get("gpkg"));
        var records = Files.readString(files.get("geojsons")).split("\u001e");
        assertThat(records).hasSize(1 + expected.size());
        assertThat(records[0]).isEmpty();
        var toLambert = Crs.ofEpsg(4326).to(Crs.ofEpsg(2154));
        for (int i = 0; i < expected.size(); i++) {
            assertThat(records[i + 1]).endsWith("}\n");
            var feature = Json.MAPPER.readTree(records[i + 1]);
            assertThat(feature.at("/properties/class").asInt())
                    .isEqualTo(expected.get(i).getUserData());
            assertThat(feature.at("/properties/class_mix").isObject()).isTrue();
            var ring = feature.at("/geometry/coordinates/0");
            var shell = expected.get(i).getExteriorRing().getCoordinates();
            assertThat(ring.size()).isEqualTo(shell.length);
            for (int k = 0; k < shell.length; k++) {
                var xy = new double[] {
                    ring.get(k).get(0).asDouble(), ring.get(k).get(1).asDouble()
                };
                toLambert.apply(xy, 1);
                assertThat(xy[0]).isCloseTo(shell[k].x, Offset.offset(0.005));
                assertThat(xy[1]).isCloseTo(shell[k].y, Offset.offset(0.005));
            }
        }
    }

    @Test
    void aGeneralizedMapIsACoverageWithTheIdsOfTheExactOne() throws Exception {
        var raster = ClassRasters.drawn(96, 96, (x, y) -> x * x + y * y < 4_000 ? 3 : x > y ? 4 : 5);
        var exact = raster.assembled(32, new Random(1));
        var general = Generalization.simplified(raster.assembled(64, new Random(2)), 3);
        var plan = plan(raster, 32);
        var files = written(plan, general, "general");
        var exactFiles = written(plan, exact, "exact");
        var polygons = geoPackagePolygons(files.get("gpkg"));
        assertThat(polygons).allMatch(Geometry::isValid);
        assertThat(CoverageValidator.hasInvalidResult(CoverageValidator.validate(polygons.toArray(Geometry[]::new))))
                .isFalse();
        assertThat(polygons.stream().mapToInt(Geometry::getNumPoints).sum()).isLessThan(60);
        assertThat(polygons.stream().mapToDouble(Geometry::getArea).sum())
                .isCloseTo(96 * 96 * GSD * GSD, Offset.offset(1e-6));
        assertThat(ids(files.get("gpkg"))).isEqualTo(ids(exactFiles.get("gpkg")));
    }

    @Test
    void anEmptyMapIsAFileWithoutPolygons() throws Exception {
        var files = written(ClassRasters.drawn(40, 40, (x, y) -> 0), 32, "empty");
        assertThat(geoPackagePolygons(files.get("gpkg"))).isEmpty();
        var header = HeaderMeta.read(
                ByteBuffer.wrap(Files.readAllBytes(files.get("fgb"))).order(ByteOrder.LITTLE_ENDIAN));
        assertThat(header.featuresCount).isZero();
    }

    @Test
    void gdalReadsEveryFormat() throws Exception {
        Assumptions.assumeTrue(hasOgrinfo(), "ogrinfo is not installed");
        var raster = ClassRasters.random(8);
        var files = written(raster, 32, "map");
        int expected = geoPackagePolygons(files.get("gpkg")).size();
        for (var format : List.of("gpkg", "fgb")) {
            // What GDAL before 3.7 says of every GeoPackage 1.4.
            var told = ogrinfo("-al", "-so", files.get(format).toString())
                    .replaceFirst(
                            "Warning 1: This version of GeoPackage user_version=.* may only be partially supported",
                            "");
            assertThat(told)
                    .contains("Layer name: land_cover")
                    .contains("Geometry: Polygon")
                    .contains("Feature Count: " + expected)
                    .contains("\"EPSG\",2154")
                    .contains("area_m2: Real")
                    .contains("datetime: DateTime")
                    .doesNotContain("Warning")
                    .doesNotContain("ERROR");
        }
    }

    @Test
    void geoParquetIsFramedAndSaysWhereItLies() throws Exception {
        var raster = ClassRasters.random(8);
        var bytes = Files.readAllBytes(written(raster, 32, "map").get("parquet"));
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(text).startsWith("PAR1").endsWith("PAR1");
        int footer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
        assertThat(text.substring(bytes.length - 8 - footer))
                .contains("\"version\":\"1.1.0\"")
                .contains("\"authority\":\"EPSG\",\"code\":2154")
                .contains("\"covering\":{\"bbox\":{\"xmin\":[\"bbox\",\"xmin\"]");
    }

    @Test
    void pyarrowReadsTheSamePolygonsFromGeoParquet() throws Exception {
        Assumptions.assumeTrue(runs("python3", "-c", "import pyarrow.parquet"), "pyarrow is not installed");
        var files = written(ClassRasters.random(8), 32, "map");
        var expected = geoPackagePolygons(files.get("gpkg"));
        var script = """
                import sys, pyarrow.parquet as pq
                table = pq.read_table(sys.argv[1])
                for row in table.to_pylist():
                    print(row["class"], row["bbox"]["xmin"], row["geometry"].hex())
                """;
        var told = told("python3", "-c", script, files.get("parquet").toString())
                .lines()
                .toList();
        assertThat(told).hasSameSizeAs(expected);
        for (int i = 0; i < told.size(); i++) {
            var fields = told.get(i).split(" ");
            var polygon = new WKBReader().read(HexFormat.of().parseHex(fields[2]));
            assertThat(polygon.equalsExact(expected.get(i))).isTrue();
            assertThat(Integer.parseInt(fields[0])).isEqualTo(expected.get(i).getUserData());
            assertThat(Double.parseDouble(fields[1]))
                    .isEqualTo(polygon.getEnvelopeInternal().getMinX());
        }
    }

    @Test
    void geoPackageSaysItsVersionAndKeepsItsIndexRightWhenEdited() throws Exception {
        Assumptions.assumeTrue(hasOgrinfo(), "GDAL is not installed");
        var file = written(ClassRasters.random(8), 32, "map").get("gpkg");
        told("ogrinfo", "-q", "-sql", "DELETE FROM land_cover WHERE fid <= 3", file.toString());
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT (SELECT count(*) FROM land_cover),"
                        + " (SELECT count(*) FROM rtree_land_cover_geom), (SELECT min(id) FROM rtree_land_cover_geom),"
                        + " (SELECT user_version FROM pragma_user_version)")) {
            assertThat(row.getInt(1)).isEqualTo(row.getInt(2)).isPositive();
            assertThat(row.getInt(3)).isEqualTo(4);
            assertThat(row.getInt(4)).isEqualTo(10_400);
        }
    }

    private static boolean hasOgrinfo() throws InterruptedException {
        return runs("ogrinfo", "--version");
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String ogrinfo(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("ogrinfo"));
        command.addAll(List.of(arguments));
        return told(command.toArray(String[]::new));
    }

    private static String told(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(told).isZero();
        return told;
    }

    private static List<Polygon> geoPackagePolygons(Path file) throws Exception {
        var polygons = new ArrayList<Polygon>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT f.geom, f.class, f.area_m2, f.code, r.minx, r.maxy"
                        + " FROM land_cover f JOIN rtree_land_cover_geom r ON r.id = f.fid ORDER BY f.fid")) {
            var reader = new WKBReader();
            while (rows.next()) {
                var blob = rows.getBytes(1);
                var polygon = (Polygon) reader.read(Arrays.copyOfRange(blob, 40, blob.length));
                polygon.setUserData(rows.getInt(2));
                assertThat(polygon.getArea()).isCloseTo(rows.getDouble(3), Offset.offset(1e-6));
                assertThat(rows.getString(4))
                        .isEqualTo(SampleRun.nomenclature()
                                .ofValue(rows.getInt(2))
                                .orElseThrow()
                                .code());
                assertThat(rows.getFloat(5)).isLessThanOrEqualTo((float)
                        polygon.getEnvelopeInternal().getMinX());
                polygons.add(polygon);
            }
        }
        return polygons;
    }

    private static Map<Integer, String> ids(Path file) throws Exception {
        var ids = new HashMap<Integer, String>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT class, id FROM land_cover")) {
            while (rows.next()) {
                assertThat(ids.put(rows.getInt(1), rows.getString(2))).isNull();
            }
        }
        return ids;
    }

    private static Geometry flatGeobufPolygon(ByteBuffer bytes, int at) {
        int size = bytes.getInt(at);
        var feature = Feature.getRootAsFeature(bytes.slice(at + 4, size).order(ByteOrder.LITTLE_ENDIAN));
        var geometry = feature.geometry();
        return GeometryConversions.deserialize(geometry, GeometryType.Polygon);
    }

    private static Map<Integer, Long> areaByClass(List<Polygon> polygons) {
        var areas = new HashMap<Integer, Double>();
        for (var polygon : polygons) {
            areas.merge((int) polygon.getUserData(), polygon.getArea(), Double::sum);
        }
        var pixels = new HashMap<Integer, Long>();
        areas.forEach((value, area) -> pixels.put(value, Math.round(area / (GSD * GSD) * 1000)));
        return pixels;
    }

    private static Map<Integer, Long> expectedAreaByClass(ClassRasters raster) {
        var pixels = new HashMap<Integer, Long>();
        for (byte value : raster.classes()) {
            if (value != 0) {
                pixels.merge((int) value, 1000L, Long::sum);
            }
        }
        return pixels;
    }
}
