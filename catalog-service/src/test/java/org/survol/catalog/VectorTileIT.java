// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.survol.messaging.BrokerAndStore;

/** Vector tiles of a stored archive, as standard clients ask for them. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class VectorTileIT extends CatalogOfOneRun {

    private static final String TILES = "ogc/collections/" + PRODUCT + "/tiles";
    private static final String QUAD = TILES + "/WebMercatorQuad";

    @Test
    void theWayFromTheMapToItsTiles() throws IOException, InterruptedException {
        assertThat(json(get("ogc/conformance")).path("conformsTo").toString())
                .contains("ogcapi-tiles-1/1.0/conf/core", "tilesets-list", "geodata-tilesets", "conf/mvt");
        var tilesets = json(get(local(link(json(get("ogc/collections/" + PRODUCT)), "tilesets-vector"))));
        assertThat(tilesets.path("tilesets")).hasSize(1);
        assertThat(tilesets.at("/tilesets/0/dataType").asText()).isEqualTo("vector");
        assertThat(tilesets.at("/tilesets/0/tileMatrixSetURI").asText()).endsWith("/WebMercatorQuad");

        var tileset = json(get(local(link(tilesets.at("/tilesets/0"), "self"))));
        assertThat(tileset.at("/crs").asText()).endsWith("/EPSG/0/3857");
        assertThat(tileset.at("/layers/0/id").asText()).isEqualTo("land_cover");
        assertThat(tileset.at("/layers/0/propertiesSchema/properties/class/type")
                        .asText())
                .isEqualTo("number");
        var limits = tileset.at("/tileMatrixSetLimits/2");
        assertThat(limits.path("tileMatrix").asText()).isEqualTo("16");
        var template = link(tileset, "item");
        assertThat(template).startsWith(PUBLIC).endsWith("/{tileMatrix}/{tileRow}/{tileCol}");
        int found = 0;
        for (int row = limits.path("minTileRow").asInt();
                row <= limits.path("maxTileRow").asInt();
                row++) {
            for (int column = limits.path("minTileCol").asInt();
                    column <= limits.path("maxTileCol").asInt();
                    column++) {
                var tile = getBytes(local(template.replace("{tileMatrix}", "16")
                        .replace("{tileRow}", Integer.toString(row))
                        .replace("{tileCol}", Integer.toString(column))));
                assertThat(tile.statusCode()).isIn(200, 204);
                found += tile.statusCode() == 200 ? 1 : 0;
            }
        }
        assertThat(found).isPositive();
    }

    @Test
    void tileJsonSaysWhereTilesAreAndOnWhichZooms() throws IOException, InterruptedException {
        var tileJson = json(get(QUAD + "?f=tilejson"));

        assertThat(tileJson.path("tilejson").asText()).isEqualTo("3.0.0");
        assertThat(tileJson.path("minzoom").asInt()).isEqualTo(14);
        assertThat(tileJson.path("maxzoom").asInt()).isEqualTo(16);
        assertThat(tileJson.at("/bounds/0").asDouble()).isBetween(2.31, 2.33);
        assertThat(tileJson.at("/vector_layers/0/fields/colour").asText()).isEqualTo("String");
        assertThat(tileJson.at("/tiles/0").asText()).isEqualTo(PUBLIC + "/" + QUAD + "/{z}/{y}/{x}");
    }

    @Test
    void aTileComesPackedAsStoredOrUnpackedForWhoCannot() throws IOException, InterruptedException {
        var address = oneTile();
        var plain = send(address, "Accept-Encoding", "identity");
        var packed = send(address, "Accept-Encoding", "gzip, br");
        // a client of its own: one that holds a connection uses that, whatever it speaks
        var overHttp2 = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(service.resolve(address))
                                .header("Accept-Encoding", "gzip")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());

        assertThat(plain.headers().firstValue("content-type")).contains("application/vnd.mapbox-vector-tile");
        assertThat(plain.headers().firstValue("content-encoding")).isEmpty();
        assertThat(new String(plain.body(), StandardCharsets.ISO_8859_1)).contains("land_cover", "building", "#db0e9a");
        assertThat(packed.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(packed.headers().firstValue("vary").orElse("")).containsIgnoringCase("accept-encoding");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes())
                .isEqualTo(plain.body());
        assertThat(overHttp2.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(overHttp2.body())).readAllBytes())
                .isEqualTo(plain.body());
        assertThat(send(address, "Accept-Encoding", "gzip;q=0").headers().firstValue("content-encoding"))
                .isEmpty();

        var tag = plain.headers().firstValue("etag").orElseThrow();
        assertThat(send(address, "If-None-Match", tag).statusCode()).isEqualTo(304);
        assertThat(packed.headers().firstValue("etag").orElseThrow()).isNotEqualTo(tag);
    }

    @ParameterizedTest
    @CsvSource({
        "/14/0/0, 204",
        "/13/2818/4148, 404",
        "/17/0/0, 404",
        "/16/65536/0, 404",
        "/16/0/-1, 404",
        "/abc/0/0, 404",
        "/16/0/99999999999, 404",
        "?f=mvt, 400"
    })
    void whatIsNoTileIsSaidSo(String address, int status) throws IOException, InterruptedException {
        var answer = get(QUAD + address);

        assertThat(answer.statusCode()).isEqualTo(status);
        if (status >= 400) {
            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
            assertThat(json(answer).path("detail").asText()).isNotBlank();
        }
    }

    @Test
    void otherMapsAndTileMatrixSetsAreNotThere() throws IOException, InterruptedException {
        assertThat(get(TILES + "/WorldCRS84Quad").statusCode()).isEqualTo(404);
        assertThat(get("ogc/collections/nothing/tiles").statusCode()).isEqualTo(404);
        assertThat(get("ogc/collections/nothing/tiles/WebMercatorQuad/14/0/0").statusCode())
                .isEqualTo(404);
    }

    private String oneTile() {
        return QUAD + "/16/" + tileRow() + "/" + tileColumn();
    }

    private int tileColumn() {
        return (int) ((middle()[0] / 360 + 0.5) * (1 << 16));
    }

    private int tileRow() {
        double sine = Math.sin(Math.toRadians(middle()[1]));
        return (int) ((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * (1 << 16));
    }

    /** Longitude and latitude within the last tile, which was mapped. */
    private double[] middle() {
        var ring = Footprints.ofTile(sample.plan().grid(), sample.tile(5));
        var box = Footprints.bounds(ring);
        return new double[] {(box.west() + box.east()) / 2, (box.south() + box.north()) / 2};
    }

    private HttpResponse<byte[]> send(String address, String header, String value)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(service.resolve(address))
                        .version(HttpClient.Version.HTTP_1_1)
                        .header(header, value)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String link(JsonNode document, String rel) {
        for (var link : document.path("links")) {
            if (link.path("rel").asText().endsWith(rel)) {
                return link.path("href").asText();
            }
        }
        throw new AssertionError("no link " + rel + " in " + document);
    }

    private static String local(String href) {
        assertThat(href).startsWith(PUBLIC + "/");
        return href.substring(PUBLIC.length() + 1);
    }
}
