// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.crs.Crs;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.BrokerAndStore;

/** The service as it runs, told of a finished run through a real broker, its files in a real S3 server. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class CatalogIT extends CatalogOfOneRun {

    @Test
    void tellsHowFarARunIs() throws IOException, InterruptedException {
        var flight = json(get("acquisitions/" + FLIGHT));

        assertThat(flight.path("state").asText()).isEqualTo("done");
        assertThat(flight.path("model").asText()).isEqualTo("demo-rgb");
        var run = flight.at("/runs/0");
        assertThat(run.at("/tiles/planned").asInt()).isEqualTo(6);
        assertThat(run.at("/tiles/predicted").asInt()).isEqualTo(4);
        assertThat(run.at("/stages/infer/megapixelsPerSecond").asDouble()).isEqualTo(0.546);
        assertThat(run.at("/product/missingTiles").asInt()).isEqualTo(1);
        assertThat(run.at("/product/files/fgb/url").asText())
                .isEqualTo(PUBLIC + "/files/" + StoreLayout.product(sample.run(), "map.fgb"));
        assertThat(flight.at("/deadLetters/0/mend").asText()).isEqualTo("Copy the file again and submit it anew");
        assertThat(flight.at("/deadLetters/0/tile").asText())
                .isEqualTo(sample.tile(1).toString());
        assertThat(json(get("acquisitions"))).hasSize(1);
        assertThat(json(get("dead-letters"))).hasSize(1);
        assertThat(get("acquisitions/other").statusCode()).isEqualTo(404);
    }

    @Test
    void everyStacLinkLeadsSomewhereAndNeverToAForgedHost() throws IOException, InterruptedException {
        var seen = new HashSet<String>();
        var open = new ArrayList<>(List.of(PUBLIC + "/stac"));
        while (!open.isEmpty()) {
            var link = open.removeLast();
            assertThat(link).startsWith(PUBLIC + "/");
            if (!seen.add(link)) {
                continue;
            }
            var answer = get(link.substring(PUBLIC.length() + 1));
            assertThat(answer.statusCode()).as(link).isEqualTo(200);
            if (link.contains("/stac")) {
                for (var next : json(answer).findValues("links")) {
                    next.forEach(each -> open.add(each.path("href").asText()));
                }
            }
        }
        assertThat(seen)
                .anyMatch(
                        link -> link.endsWith("/stac/collections/predictions/items/" + PRODUCT + "." + sample.tile(2)));
    }

    @Test
    void aPredictionsItemSaysWhereAndWithWhat() throws IOException, InterruptedException {
        var item = json(get("stac/collections/predictions/items/" + PRODUCT + "." + sample.tile(2)));

        assertThat(item.at("/properties/proj:code").asText()).isEqualTo("EPSG:2154");
        assertThat(item.at("/properties/proj:shape/0").asInt()).isEqualTo(256);
        var grid = sample.plan().grid();
        var window = grid.window(sample.tile(2));
        assertThat(item.at("/properties/proj:transform/2").asDouble()).isEqualTo(grid.easting(window.column()));
        assertThat(item.at("/properties/proj:transform/5").asDouble()).isEqualTo(grid.northing(window.row()));
        assertThat(item.at("/assets/stack/proj:shape/0").asInt()).isEqualTo(256 + 64);
        assertThat(item.at("/assets/classes/classification:classes/1/color_hint")
                        .asText())
                .isEqualTo("DB0E9A");
        var classes = store.read(StoreLayout.classes(sample.run(), sample.tile(2)));
        assertThat(item.at("/assets/classes/file:checksum").asText())
                .isEqualTo("1220" + org.survol.core.Digest.of(classes));
        assertThat(item.at("/properties/survol:model/name").asText()).isEqualTo("demo-rgb");
        // Lambert-93's central meridian is 3 degrees east
        assertThat(item.at("/bbox/0").asDouble()).isBetween(2.31, 2.33);
        assertThat(item.at("/bbox/1").asDouble()).isBetween(48.82, 48.86);
        assertThat(item.path("links").findValuesAsText("rel")).contains("derived_from", "self", "collection");
    }

    @Test
    void searchPagesThroughEverythingOnce() throws IOException, InterruptedException {
        var ids = new ArrayList<String>();
        var next = "stac/search?limit=4&datetime=2024-01-01T00:00:00Z/..&bbox=2,48,3,49";
        while (!next.isEmpty()) {
            var page = json(get(next));
            page.path("features")
                    .forEach(item -> ids.add(
                            item.path("collection").asText() + item.path("id").asText()));
            next = "";
            for (var link : page.path("links")) {
                if (link.path("rel").asText().equals("next")) {
                    next = link.path("href").asText().substring(PUBLIC.length() + 1);
                }
            }
        }
        assertThat(ids).hasSize(6).doesNotHaveDuplicates();
        assertThat(json(get("stac/search?bbox=3,48,4,49")).at("/numberReturned").asInt())
                .isZero();
        assertThat(json(get("stac/search?collections=products&ids=" + PRODUCT))
                        .at("/features/0/assets/gpkg/file:size")
                        .asLong())
                .isEqualTo(123_456);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stac/search?limit=0",
                "stac/search?limit=abc",
                "stac/search?bbox=1,2,3",
                "stac/search?datetime=yesterday",
                "stac/search?token=%00%01",
                "stac/search?token=bm90IG91cnM",
                "stac/search?intersects=1",
                "ogc/collections/" + PRODUCT + "/items?token=-1",
                "ogc/collections/" + PRODUCT + "/items?bbox=9,9,1,8",
                "dead-letters?limit=-1"
            })
    void refusesWhatCannotBeRightWithAReason(String address) throws IOException, InterruptedException {
        var answer = get(address);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stac/collections/nothing",
                "stac/collections/predictions/items/%00",
                "ogc/collections/nothing/items",
                "ogc/collections/" + PRODUCT + "/items/99999999",
                "tiles/" + FLIGHT + "/" + RUN + "/nothing/14/8000/5000.png",
                "tiles/" + FLIGHT + "/" + RUN + "/probability-nothing/14/8000/5000.png",
                "tiles/" + FLIGHT + "/" + RUN + "/change-nothing/14/8000/5000.png",
                "tiles/" + FLIGHT + "/none/image/14/8000/5000.png",
                "tiles/" + FLIGHT + "/" + RUN + "/image/30/0/0.png",
                "files/inbox/" + FLIGHT + "/rgb.tif",
                "files/models/demo-rgb.onnx",
                "files/runs/../inbox/rgb.tif",
                "nothing"
            })
    void whatIsNotThereIsNotFound(String address) throws IOException, InterruptedException {
        assertThat(get(address).statusCode()).isEqualTo(404);
    }

    @Test
    void featuresComeByPlaceInLongitudeAndLatitude() throws IOException, InterruptedException {
        var all = json(get("ogc/collections/" + PRODUCT + "/items?limit=10000"));
        assertThat(all.path("features")).hasSize(4 * 64);

        // the middle of one block of tile 3
        var window = sample.plan().grid().window(sample.tile(3));
        double[] lngLat = lngLat(window.column() + 48.0, window.row() + 80.0);
        var at = "%.7f,%.7f,%.7f,%.7f".formatted(lngLat[0], lngLat[1], lngLat[0], lngLat[1]);
        var found =
                json(get("ogc/collections/" + PRODUCT + "/items?bbox=" + at)).path("features");

        assertThat(found).hasSize(1);
        assertThat(found.at("/0/properties/class").asInt())
                .isEqualTo(StoredRun.classAt(window.column() + 48, window.row() + 80));
        var ring = found.at("/0/geometry/coordinates/0");
        double twiceArea = 0;
        for (int i = 0; i + 1 < ring.size(); i++) {
            twiceArea += ring.get(i).get(0).asDouble() * ring.get(i + 1).get(1).asDouble()
                    - ring.get(i + 1).get(0).asDouble() * ring.get(i).get(1).asDouble();
        }
        assertThat(twiceArea).as("outer rings run counter-clockwise").isPositive();
        assertThat(ring.get(0).get(0).asDouble()).isBetween(lngLat[0] - 1e-4, lngLat[0] + 1e-4);

        var id = found.at("/0/id").asText();
        assertThat(json(get("ogc/collections/" + PRODUCT + "/items/" + id)).path("geometry"))
                .isEqualTo(found.at("/0/geometry"));
    }

    @Test
    void featuresPageThroughTheMapOnce() throws IOException, InterruptedException {
        var ids = new HashSet<String>();
        int count = 0;
        var next = "ogc/collections/" + PRODUCT + "/items?limit=100&bbox=2,48,3,49";
        while (!next.isEmpty()) {
            var page = json(get(next));
            for (var feature : page.path("features")) {
                ids.add(feature.path("id").asText());
                count++;
            }
            next = "";
            for (var link : page.path("links")) {
                if (link.path("rel").asText().equals("next")) {
                    next = link.path("href").asText().substring(PUBLIC.length() + 1);
                }
            }
        }
        assertThat(count).isEqualTo(256);
        assertThat(ids).hasSize(256);
        var areas = json(get("ogc/collections/" + PRODUCT + "/areas")).path("classes");
        double sum = 0;
        for (var each : areas) {
            sum += each.path("areaSquareMetres").asDouble();
        }
        assertThat(sum).isCloseTo(4 * 51.2 * 51.2, org.assertj.core.data.Offset.offset(1e-3));
    }

    @Test
    void picturesShowEachClassAtItsPlaceInTheLegendsColour() throws IOException, InterruptedException {
        int zoom = 19;
        var window = sample.plan().grid().window(sample.tile(4));
        double column = window.column() + 5.5 * StoredRun.BLOCK;
        double row = window.row() + 2.5 * StoredRun.BLOCK;
        double[] lngLat = lngLat(column, row);
        double x = (lngLat[0] + 180) / 360 * (1 << zoom);
        double y =
                (1 - Math.log(Math.tan(Math.toRadians(lngLat[1])) + 1 / Math.cos(Math.toRadians(lngLat[1]))) / Math.PI)
                        / 2
                        * (1 << zoom);
        var address = "tiles/" + FLIGHT + "/" + RUN + "/classes/" + zoom + "/" + (int) x + "/" + (int) y + ".png";
        var answer = getBytes(address);

        assertThat(answer.statusCode()).isEqualTo(200);
        var picture = picture(answer.body());
        int expected = SampleRun.CLASSES
                .ofValue(StoredRun.classAt((long) column, (long) row))
                .orElseThrow()
                .rgb();
        assertThat(picture.getRGB((int) ((x - (int) x) * 256), (int) ((y - (int) y) * 256)))
                .isEqualTo(0xff000000 | expected);

        var image = picture(getBytes(address.replace("classes", "image")).body());
        assertThat(image.getRGB((int) ((x - (int) x) * 256), (int) ((y - (int) y) * 256)) >>> 24)
                .isEqualTo(255);

        var landClass = SampleRun.CLASSES
                .ofValue(StoredRun.classAt((long) column, (long) row))
                .orElseThrow();
        var probability = picture(getBytes(address.replace("classes", "probability-" + landClass.code()))
                .body());
        int at = probability.getRGB((int) ((x - (int) x) * 256), (int) ((y - (int) y) * 256));
        assertThat(at & 0xffffff).isEqualTo(landClass.rgb());
        // the picture's pixel may be the one beside it
        assertThat(at >>> 24).isCloseTo(StoredRun.confidenceAt((long) column), org.assertj.core.data.Offset.offset(3));
        var change = picture(
                getBytes(address.replace("classes", "change-" + PRODUCT)).body());
        assertThat(change.getRGB(128, 128) >>> 24)
                .as("a map has not changed against itself")
                .isZero();

        var tag = answer.headers().firstValue("etag").orElseThrow();
        var again = client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .header("If-None-Match", tag)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(again.statusCode()).isEqualTo(304);

        var elsewhere = picture(
                getBytes("tiles/" + FLIGHT + "/" + RUN + "/classes/14/0/0.png").body());
        assertThat(elsewhere.getRGB(128, 128) >>> 24).isZero();
    }

    /** Read by the JDK's own decoder: image plug-ins on the class path are not asked. */
    private static BufferedImage picture(byte[] png) throws IOException {
        var thread = Thread.currentThread();
        var loader = thread.getContextClassLoader();
        thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try {
            return ImageIO.read(new ByteArrayInputStream(png));
        } finally {
            thread.setContextClassLoader(loader);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ogc",
                "ogc/conformance",
                "ogc/collections",
                "ogc/collections/" + PRODUCT,
                "ogc/collections/" + PRODUCT + "/items?limit=3",
                "ogc/collections/" + PRODUCT + "/items/3",
                "stac",
                "stac/search?limit=2",
                "lineage/" + PRODUCT + "/3"
            })
    void browsersGetPages(String address) throws IOException, InterruptedException {
        var page = accepting(address, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type").orElse("")).startsWith("text/html");
        assertThat(page.headers().allValues("vary").toString()).containsIgnoringCase("accept");
        assertThat(page.headers().firstValue("content-security-policy")).isPresent();
        assertThat(page.body()).startsWith("<!doctype html>").contains("<a href=\"http");

        assertThat(accepting(address, "text/html").body()).isEqualTo(page.body());
        var byParameter = get(address + (address.contains("?") ? "&" : "?") + "f=html");
        assertThat(byParameter.headers().firstValue("content-type").orElse("")).startsWith("text/html");

        for (var others : new String[] {"*/*", "application/geo+json, application/json;q=0.9, text/html;q=0.1"}) {
            assertThat(accepting(address, others)
                            .headers()
                            .firstValue("content-type")
                            .orElse(""))
                    .contains("json");
        }
    }

    private HttpResponse<String> accepting(String address, String types) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .header("Accept", types)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void filesComeWholeOrByRange() throws IOException, InterruptedException {
        var key = StoreLayout.product(sample.run(), "map.fgb");
        var stored = store.read(key);

        var whole = getBytes("files/" + key);
        assertThat(whole.body()).isEqualTo(stored);
        assertThat(whole.headers().firstValue("content-disposition").orElse("")).contains("lille-2024_run-1_map.fgb");
        assertThat(range(key, "bytes=8-11").body()).isEqualTo(java.util.Arrays.copyOfRange(stored, 8, 12));
        assertThat(range(key, "bytes=8-11").statusCode()).isEqualTo(206);
        assertThat(range(key, "bytes=-5").body())
                .isEqualTo(java.util.Arrays.copyOfRange(stored, stored.length - 5, stored.length));
        assertThat(range(key, "bytes=" + stored.length + "-").statusCode()).isEqualTo(416);
        var head = client.send(
                HttpRequest.newBuilder(service.resolve("files/" + key))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        assertThat(head.headers().firstValueAsLong("content-length").orElse(0)).isEqualTo(stored.length);
    }

    private HttpResponse<byte[]> range(String key, String range) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve("files/" + key))
                        .header("Range", range)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void theLegendNamesTheClassesAndTheModel() throws IOException, InterruptedException {
        var legend = json(get("acquisitions/" + FLIGHT + "/runs/" + RUN + "/legend"));

        assertThat(legend.at("/nomenclature/classes"))
                .as("of the map, which has classes of its own")
                .hasSize(14);
        assertThat(legend.at("/model/name").asText()).isEqualTo("demo-rgb");
        assertThat(legend.at("/bbox/0").asDouble()).isBetween(2.31, 2.33);
    }

    @Test
    void tellsTheBacklogOfStagesThatDoNotRun() throws IOException, InterruptedException {
        // every tile that was ready has been told twice, and nobody infers here
        assertThat(get("q/metrics").body())
                .contains("survol_work_backlog{group=\"survol-infer\",topic=\"survol.tiles.ready\"} 10.0");
    }

    @Test
    void theWebMapWorksInABrowser() throws IOException, InterruptedException {
        var page = get("");
        assumeTrue(page.statusCode() == 200, "the web map was not built (exec.skip)");
        assertThat(page.body()).contains("<title>Survol</title>");
        var browser = Path.of("/usr/bin/chromium");
        var webui = Path.of("src/main/webui");
        assumeTrue(Files.isExecutable(browser), "no Chromium here");
        assumeTrue(Files.isDirectory(webui.resolve("node_modules/playwright-core")), "no playwright-core here");

        var pictures = Files.createDirectories(Path.of("target/web-map").toAbsolutePath());
        var process = new ProcessBuilder("node", "scripts/smoke.mjs", service.toString(), pictures.toString())
                .directory(webui.toFile())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), "UTF-8");
        assertThat(process.waitFor()).as(output).isZero();
    }

    private double[] lngLat(double column, double row) {
        var grid = sample.plan().grid();
        var xy = new double[] {column * grid.gsdMetres(), -row * grid.gsdMetres()};
        Crs.ofEpsg(grid.epsg()).to(Crs.ofEpsg(4326)).apply(xy, 1);
        return xy;
    }
}
