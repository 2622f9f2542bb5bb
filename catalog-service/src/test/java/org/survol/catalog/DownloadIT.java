// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.locationtech.jts.io.WKBReader;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.messaging.BrokerAndStore;

/** Parts of a map as files: what is cut off, what is written in, what is refused. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class DownloadIT extends CatalogOfOneRun {

    private static final String DOWNLOAD = "ogc/collections/" + PRODUCT + "/download";
    private static final String LAMBERT = encoded("http://www.opengis.net/def/crs/EPSG/0/2154");
    private static final String LICENCE = "etalab-2.0";
    private static final String PROVIDER = "Department of Maps";

    /** From the middle of a block to a quarter of another one, so that every side cuts. */
    private double[] crossingBlocks() {
        var grid = sample.plan().grid();
        var window = grid.window(sample.tile(5));
        return new double[] {
            grid.easting(window.column() + 16),
            grid.northing(window.row() + 200),
            grid.easting(window.column() + 136),
            grid.northing(window.row() + 40)
        };
    }

    private String box(double[] box) {
        return "bbox=" + box[0] + "," + box[1] + "," + box[2] + "," + box[3] + "&bbox-crs=" + LAMBERT;
    }

    private static double area(double[] box) {
        return (box[2] - box[0]) * (box[3] - box[1]);
    }

    @Test
    void polygonsAreCutAtTheBorderAndTheirAreasFillTheBox() throws IOException, InterruptedException {
        var box = crossingBlocks();
        var collection = json(get(DOWNLOAD + "?f=geojson&" + box(box)));

        assertThat(collection.path("license").asText()).isEqualTo(LICENCE);
        assertThat(collection.path("attribution").asText()).contains(FLIGHT, PROVIDER, "demo-rgb 1.0");
        // blocks 0 to 4 of the row, 1 to 6 of the column
        assertThat(collection.path("features")).hasSize(5 * 6);
        assertThat(sum(collection)).isCloseTo(area(box), within(1e-3));
        var corner = new double[] {box[0], box[1]};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(corner, 1);
        for (var position : collection.findValues("coordinates")) {
            assertThat(position.get(0).get(0).get(0).asDouble()).isBetween(corner[0] - 1e-5, corner[0] + 1e-3);
        }
    }

    @Test
    void twoHalvesAreTheWholeToTheirCommonBorder() throws IOException, InterruptedException {
        var left = "[[2.3188,48.8377],[2.3192,48.8376],[2.3196,48.8381],[2.3190,48.8382],[2.3188,48.8377]]";
        var right = "[[2.3192,48.8376],[2.3201,48.8377],[2.3196,48.8381],[2.3192,48.8376]]";
        var whole =
                "[[2.3188,48.8377],[2.3192,48.8376],[2.3201,48.8377],[2.3196,48.8381],[2.3190,48.8382],[2.3188,48.8377]]";

        double areaOfLeft = sum(clipped(left));
        double areaOfRight = sum(clipped(right));

        assertThat(areaOfLeft).isGreaterThan(100);
        assertThat(areaOfRight).isGreaterThan(100);
        // lines through degrees are cut into as many pieces as they are long, so both sides bend alike to a millimetre
        assertThat(areaOfLeft + areaOfRight).isCloseTo(sum(clipped(whole)), within(0.05));
    }

    private JsonNode clipped(String ring) throws IOException, InterruptedException {
        var polygon = "{\"type\":\"Polygon\",\"coordinates\":[" + ring + "]}";
        return json(get(DOWNLOAD + "?f=geojson&polygon=" + encoded(polygon)));
    }

    @Test
    void aGeoPackageHoldsPolygonsAttributesAndTerms() throws Exception {
        var box = crossingBlocks();
        var answer = getBytes(DOWNLOAD + "?" + box(box));
        assertThat(answer.headers().firstValue("content-type")).contains("application/geopackage+sqlite3");
        assertThat(answer.headers().firstValue("content-disposition").orElse(""))
                .contains(PRODUCT + "_part.gpkg");
        var file = Files.write(scratch.resolve("part.gpkg"), answer.body());

        try (var database = DriverManager.getConnection("jdbc:sqlite:" + file);
                var rows = database.createStatement().executeQuery("""
                        SELECT count(*), sum(area_m2), min(length(label_fr)), (SELECT srs_id FROM gpkg_geometry_columns),
                               (SELECT description FROM gpkg_contents WHERE table_name = 'land_cover'),
                               (SELECT max_x - min_x FROM gpkg_contents WHERE table_name = 'land_cover'),
                               (SELECT count(*) FROM rtree_land_cover_geom),
                               (SELECT styleQML FROM layer_styles WHERE f_table_name = 'land_cover')
                        FROM land_cover""")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(30);
            assertThat(rows.getDouble(2)).isCloseTo(area(box), within(1e-3));
            assertThat(rows.getInt(3)).isPositive();
            assertThat(rows.getInt(4)).isEqualTo(2154);
            assertThat(rows.getString(5)).contains(LICENCE, PROVIDER);
            assertThat(rows.getDouble(6)).isCloseTo(box[2] - box[0], within(1e-6));
            assertThat(rows.getInt(7)).as("in the index").isEqualTo(30);
            assertThat(rows.getString(8)).contains("attr=\"class\"");
        } catch (SQLException e) {
            throw new IOException(e);
        }
        askGdal(file, 30);
    }

    @Test
    void flatGeobufAndCsvHoldTheSame() throws IOException, InterruptedException {
        var box = crossingBlocks();
        var flat = getBytes(DOWNLOAD + "?f=fgb&" + box(box)).body();
        assertThat(new String(flat, StandardCharsets.UTF_8)).startsWith("fgb").contains(LICENCE, PROVIDER);
        askGdal(Files.write(scratch.resolve("part.fgb"), flat), 30);

        var lines = get(DOWNLOAD + "?f=csv&" + box(box)).body().split("\r\n");
        assertThat(lines).hasSize(31);
        assertThat(lines[0]).isEqualTo("class,code,label_en,label_fr,colour,area_m2,confidence,WKT");
        assertThat(lines[1]).contains(",#").contains("\"POLYGON ((");
    }

    @Test
    void geoParquetHoldsTheSameColumnsItsCrsAndTheTerms() throws Exception {
        var box = crossingBlocks();
        var answer = getBytes(DOWNLOAD + "?f=parquet&" + box(box));
        assertThat(answer.headers().firstValue("content-type")).contains("application/vnd.apache.parquet");
        try (var file = ParquetFileReader.open(InputFile.of(ByteBuffer.wrap(answer.body())));
                var rows = file.rowReader()) {
            var about = file.getFileMetaData().keyValueMetadata();
            assertThat(about).containsEntry("license", LICENCE);
            assertThat(about.get("attribution")).contains(FLIGHT, PROVIDER);
            var geo = Json.MAPPER.readTree(about.get("geo"));
            assertThat(geo.at("/columns/geometry/crs/id/code").asInt()).isEqualTo(2154);
            assertThat(geo.at("/columns/geometry/bbox/0").asDouble()).isCloseTo(box[0], within(1e-6));
            double sum = 0;
            int count = 0;
            while (rows.hasNext()) {
                rows.next();
                var shape = new WKBReader().read(rows.getBinary("geometry"));
                assertThat(shape.getArea()).isCloseTo(rows.getDouble("area_m2"), within(1e-3));
                assertThat(rows.getStruct("bbox").getDouble("ymax"))
                        .isEqualTo(shape.getEnvelopeInternal().getMaxY());
                assertThat(rows.getInt("class")).isBetween(1, 4);
                assertThat(rows.getString("label_fr")).isNotBlank();
                sum += shape.getArea();
                count++;
            }
            assertThat(count).isEqualTo(30);
            assertThat(sum).isCloseTo(area(box), within(1e-3));
        }
    }

    /** A reader that is not ours, where there is one. */
    private static void askGdal(Path file, int features) throws IOException, InterruptedException {
        var ogrinfo = Path.of("/usr/bin/ogrinfo");
        if (!Files.isExecutable(ogrinfo)) {
            return;
        }
        var process = new ProcessBuilder(ogrinfo.toString(), "-ro", "-al", file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines()
                        .filter(line -> line.startsWith("OGRFeature") && !line.contains("layer_styles"))
                        .count())
                .isEqualTo(features);
        assertThat(output).contains("2154").contains("MULTIPOLYGON");
    }

    @Test
    void elsewhereThereIsNothing() throws IOException, InterruptedException {
        assertThat(json(get(DOWNLOAD + "?f=geojson&bbox=2.0,48.0,2.1,48.1")).path("features"))
                .isEmpty();
    }

    @Test
    void tooMuchIsRefusedWithTheWayToTheWholeFile() throws IOException, InterruptedException {
        for (var answer : new String[] {DOWNLOAD, DOWNLOAD + "?f=csv&bbox=2,48,3,49"}) {
            var refused = get(answer);
            assertThat(refused.statusCode()).isEqualTo(413);
            assertThat(json(refused).path("detail").asText()).contains("200 polygons", PUBLIC + "/files/products/");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f=shp",
                "bbox=1,2,3",
                "bbox=2.3,48.8,2.3,48.9",
                "bbox=170,48,-170,49",
                "bbox=9,9,1,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/2154",
                "bbox=1,2,3,4&bbox-crs=nonsense",
                "bbox=2,48,3,49&polygon=%7B%7D",
                "polygon=POLYGON((0%200))",
                "polygon=%7B%22type%22:%22Point%22,%22coordinates%22:%5B2,48%5D%7D",
                "polygon=%7B%22type%22:%22Polygon%22,%22coordinates%22:%5B%5B%5B0,0%5D,%5B1,1%5D,%5B1,0%5D,%5B0,1%5D,%5B0,0%5D%5D%5D%7D"
            })
    void whatCannotBeClippedToIsSaid(String parameters) throws IOException, InterruptedException {
        var answer = get(DOWNLOAD + "?" + parameters);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }

    @Test
    void otherAxisOrderSameGround() throws IOException, InterruptedException {
        var lngLat = json(get(DOWNLOAD + "?f=geojson&bbox=2.3190,48.8377,2.3194,48.8380"));
        var latLng = json(get(DOWNLOAD + "?f=geojson&bbox=48.8377,2.3190,48.8380,2.3194&bbox-crs="
                + encoded("http://www.opengis.net/def/crs/EPSG/0/4326")));

        assertThat(lngLat.path("features").size()).isPositive();
        assertThat(latLng.path("features")).isEqualTo(lngLat.path("features"));
        assertThat(get("ogc/collections/nothing/download").statusCode()).isEqualTo(404);
    }

    private static double sum(JsonNode collection) {
        double sum = 0;
        for (var feature : collection.path("features")) {
            sum += feature.at("/properties/area_m2").asDouble();
        }
        return sum;
    }
}
