// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.Json;
import org.survol.messaging.BrokerAndStore;

/** What can be asked of STAC search and of OGC API Features, and what is refused. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class CatalogSearchIT extends CatalogOfOneRun {

    private static final String POLYGONS = "ogc/collections/" + PRODUCT + "/items";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    collection = 'predictions'                                          | 4
                    collection = 'predictions' AND survol:model.name LIKE 'demo%'       | 4
                    survol:kept_share BETWEEN 0.5 AND 0.6 AND gsd = 0.2                 | 4
                    CASEI(survol:device) = CASEI('CPU')                                 | 4
                    survol:polygons > 100 AND survol:missing_tiles = 1                  | 1
                    survol:vintage = 2024                                               | 1
                    proj:code IN ('EPSG:2154', 'EPSG:3857')                             | 5
                    geometry IS NULL AND title = 'Demonstration'                        | 1
                    T_DURING(datetime, INTERVAL('2024-01-01', '2024-12-31'))            | 6
                    S_INTERSECTS(geometry, POINT(2.315 48.835))                         | 1
                    S_WITHIN(geometry, BBOX(2, 48, 3, 49)) AND NOT collection = 'products' | 5
                    eo:cloud_cover IS NULL OR mission LIKE 'sentinel%'                  | 7
                    """)
    void filtersByCql2InBothFormsAndByBothMethods(String filter, int count) throws IOException, InterruptedException {
        var answer = get("stac/search?limit=100&filter=" + encoded(filter));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("features")).hasSize(count);

        var body =
                Json.MAPPER.createObjectNode().put("filter-lang", "cql2-text").put("filter", filter);
        assertThat(json(post("stac/search", body.toString())).path("features")).hasSize(count);
    }

    @Test
    void postTakesCql2AsJsonAndPagesByBody() throws IOException, InterruptedException {
        var body = (ObjectNode) Json.MAPPER.readTree("""
                {"collections": ["predictions"], "limit": 3, "sortby": [{"field": "id", "direction": "desc"}],
                 "filter": {"op": "and", "args": [
                   {"op": "<=", "args": [{"property": "gsd"}, 0.2]},
                   {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [2, 48, 3, 49]}]}]},
                 "fields": {"include": ["gsd"], "exclude": ["assets"]}}
                """);
        var ids = new ArrayList<String>();
        JsonNode next = body;
        while (next != null) {
            var page = json(post("stac/search", next.toString()));
            for (var item : page.path("features")) {
                ids.add(item.path("id").asText());
                assertThat(item.has("assets")).isFalse();
                assertThat(item.path("properties").size()).isEqualTo(1);
                assertThat(item.at("/properties/gsd").asDouble()).isEqualTo(0.2);
            }
            next = null;
            for (var link : page.path("links")) {
                if (link.path("rel").asText().equals("next")) {
                    assertThat(link.path("method").asText()).isEqualTo("POST");
                    assertThat(link.path("href").asText()).isEqualTo(PUBLIC + "/stac/search");
                    next = link.path("body");
                }
            }
        }
        assertThat(ids).hasSize(4).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }

    @Test
    void findsWhatIntersectsAGeometryExactly() throws IOException, InterruptedException {
        // its box holds the flight, itself it does not
        var triangle = """
                {"type": "Polygon", "coordinates": [[[2.0, 48.0], [2.4, 48.0], [2.0, 49.5], [2.0, 48.0]]]}""";
        var collection = "{\"type\": \"GeometryCollection\", \"geometries\": [" + triangle
                + ", {\"type\": \"Point\", \"coordinates\": [2.315, 48.835]}]}";

        assertThat(json(get("stac/search?intersects=" + encoded(triangle))).path("features"))
                .isEmpty();
        assertThat(json(post("stac/search", "{\"intersects\": " + collection + "}"))
                        .path("features"))
                .hasSize(1);
        assertThat(json(get("stac/search?bbox=2.315,48.835,2.3151,48.8351")).path("features"))
                .hasSize(1);
        assertThat(json(get("stac/search?bbox=170,48,2.4,49")).path("features")).hasSize(6);
    }

    @Test
    void sortsQueriesAndShowsTheFieldsThatAreAskedFor() throws IOException, InterruptedException {
        var items = json(get("stac/collections/predictions/items?sortby=" + encoded("+id") + "&fields=-geometry"))
                .path("features");
        assertThat(items.findValuesAsText("id")).isSorted();
        assertThat(items.get(0).has("geometry")).isFalse();
        assertThat(items.get(0).has("bbox")).isTrue();

        var query = encoded("{\"gsd\": {\"lt\": 1}, \"id\": {\"startsWith\": \"lille-2024.\"}}");
        assertThat(json(get("stac/search?collections=predictions,products&query=" + query))
                        .path("features"))
                .hasSize(5);
        // a number and a name as command lines pass them on
        assertThat(json(post(
                                "stac/search",
                                "{\"query\": {\"gsd\": {\"eq\": \"0.2\"}}, \"collections\": \"predictions\"}"))
                        .path("features"))
                .hasSize(4);
        assertThat(json(post("stac/search", "{\"query\": {\"created\": {\"gt\": \"2020-01-01T00:00:00Z\"}}}"))
                        .path("features"))
                .hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({"lille, 6", "LILLE-2024, 6", "Demonstration, 1", "demo, 6", "'nothing,demonstration', 1", "l%e, 0"})
    void findsWordsInWhatItemsAreCalledBy(String words, int count) throws IOException, InterruptedException {
        assertThat(json(get("stac/search?limit=100&q=" + encoded(words))).path("features"))
                .hasSize(count);
        var body = Json.MAPPER.createObjectNode();
        Stream.of(words.split(",")).forEach(body.putArray("q")::add);
        assertThat(json(post("stac/search", body.toString())).path("features")).hasSize(count);
    }

    @ParameterizedTest
    @CsvSource({
        "'', acquisitions predictions products models",
        "q=FLIGHTS, acquisitions",
        "'q=maps,tile', predictions products models",
        "'bbox=2.3,48.8,2.4,48.9', acquisitions predictions products models",
        // where models may be used is not known here
        "'bbox=100,0,101,1', models",
        "datetime=1990-01-01T00:00:00Z/1991-01-01T00:00:00Z, ''",
        "datetime=2024-06-01T00:00:00Z/2024-07-01T00:00:00Z, acquisitions predictions products",
        "q=flights&datetime=../2024-06-01T00:00:00Z, ''",
    })
    void findsCollectionsByPlaceTimeAndWords(String parameters, String expected)
            throws IOException, InterruptedException {
        var found = json(get("stac/collections?" + parameters));
        assertThat(found.path("collections").findValuesAsText("id").stream()
                        // where and when that one has Items depends on what was registered
                        .filter(id -> !id.isEmpty() && !id.equals("references"))
                        .toList())
                .containsExactly(expected.isEmpty() ? new String[0] : expected.split(" "));
        var first = json(get("stac/collections?limit=1&" + parameters));
        assertThat(first.path("numberMatched")).isEqualTo(found.path("numberReturned"));
        assertThat(first.path("collections").size())
                .isEqualTo(Math.min(1, found.path("collections").size()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dead-letters", "stac/collections", "stac/collections/products/items", POLYGONS})
    void anEmptyLimitIsNotAnAbsentOne(String address) throws IOException, InterruptedException {
        assertThat(get(address + "?limit=").statusCode()).isEqualTo(400);
        assertThat(get(address).statusCode()).isEqualTo(200);
    }

    @Test
    void tellsWhatItemsCanBeSortedBy() throws IOException, InterruptedException {
        var all = json(get("stac/sortables"));
        assertThat(all.path("properties").has("survol:polygons")).isTrue();
        assertThat(all.path("properties").has("geometry")).isFalse();
        for (var field : (Iterable<String>) () -> all.path("properties").fieldNames()) {
            assertThat(get("stac/search?sortby=" + encoded("-" + field)).statusCode())
                    .as(field)
                    .isEqualTo(200);
        }
        assertThat(json(get("stac/collections/models/sortables"))
                        .path("properties")
                        .has("survol:polygons"))
                .isFalse();
        for (var address : List.of("stac", "stac/collections/models")) {
            assertThat(json(get(address)).path("links").findValuesAsText("href"))
                    .anyMatch(href -> href.endsWith(address + "/sortables"));
        }
    }

    @Test
    void tellsWhatCanBeFilteredByAndWhatIsDeclared() throws IOException, InterruptedException {
        var landing = json(get("stac"));
        for (var link : landing.path("links")) {
            if (link.path("rel").asText().endsWith("/queryables")) {
                var answer = get(link.path("href").asText().substring(PUBLIC.length() + 1));
                assertThat(answer.headers().firstValue("content-type").orElse(""))
                        .startsWith("application/schema+json");
                assertThat(json(answer).path("$id")).isEqualTo(link.path("href"));
                assertThat(json(answer).at("/properties/gsd/type").asText()).isEqualTo("number");
            }
        }
        assertThat(json(get("stac/collections/models/queryables"))
                        .path("properties")
                        .has("survol:polygons"))
                .isFalse();
        assertThat(json(get("stac/conformance")).path("conformsTo")).isEqualTo(landing.path("conformsTo"));
        assertThat(json(get("stac/children")).path("children"))
                .containsAll(json(get("stac/collections")).path("collections"))
                .contains(json(get("stac/browse")));
        assertThat(json(get(POLYGONS.replace("items", "schema")))
                        .at("/properties/area_m2/readOnly")
                        .asBoolean())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "datetime=1985-04-12T23:20:50.Z",
                "datetime=1985-04-12T23:20:50%2C52Z",
                "datetime=37-01-01T12:00:27.87Z",
                "datetime=2024-06-14T10:20:00Z%2F2023-06-14T10:20:00Z",
                "datetime=..%2F..",
                "bbox=1,2,3,4,5",
                "bbox=1,4,3,2",
                "bbox=%5B1,2,3,4%5D",
                "bbox=1,2,3,4,5,6,7",
                "bbox=0,0,1,1&intersects=%7B%22type%22:%22Point%22,%22coordinates%22:%5B1,1%5D%7D",
                "intersects=%7B%22type%22:%22Circle%22%7D",
                "intersects=%7B%22type%22:%22Point%22,%22coordinates%22:%5B1,100%5D%7D",
                "intersects=%7B",
                "limit=0",
                "limit=-1",
                "limit=abc",
                "limit=1.5",
                "limit=",
                "q=a,b,c,d,e,f,g,h,i,j,k",
                "sortby=nothing",
                "sortby=geometry",
                "sortby=id,id,id,id,id,id",
                "nothing=1",
                "filter=nothing%3D1",
                "filter=gsd%3D%27a%27",
                "filter=gsd%3D",
                "filter=gsd%3D1&filter-lang=sql",
                "filter=gsd%3D1&filter-crs=EPSG:3857",
                "filter=gsd%3D1%3B%20drop%20table%20item",
                "query=%7B%22gsd%22:%7B%22like%22:1%7D%7D",
                "query=%5B%5D",
                "token=abc",
                "token=%00",
                "token=WzEsMiwzXQ",
                "token=WyJhIiwiYiIsImMiXQ",
                "token=W3t9LCJiIiwiYyJd"
            })
    void refusesASearchThatCannotBeRightWithTheReason(String parameters) throws IOException, InterruptedException {
        refused(get("stac/search?" + parameters), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "null",
                "{\"nothing\": 1}",
                "{\"bbox\": \"1,2,3,4\"}",
                "{\"bbox\": [1, 2, 3]}",
                "{\"bbox\": [1, 2, 3, null]}",
                "{\"bbox\": [0, 0, 1, 1], \"intersects\": {\"type\": \"Point\", \"coordinates\": [1, 1]}}",
                "{\"intersects\": \"POINT(1 1)\"}",
                "{\"intersects\": {\"type\": \"Polygon\", \"coordinates\": [[[0, 0], [1, 1], [0, 1]]]}}",
                "{\"datetime\": 7}",
                "{\"limit\": \"abc\"}",
                "{\"limit\": 0}",
                "{\"limit\": {}}",
                "{\"collections\": 1}",
                "{\"ids\": [1]}",
                "{\"sortby\": \"id\"}",
                "{\"sortby\": [{\"field\": \"id\", \"direction\": \"up\"}]}",
                "{\"fields\": []}",
                "{\"fields\": {\"include\": [1]}}",
                "{\"filter\": 7, \"filter-lang\": \"cql2-text\"}",
                "{\"filter\": \"gsd = 1\"}",
                "{\"filter\": {\"op\": \"=\", \"args\": [{\"property\": \"gsd\"}, \"x\"]}}",
                "{\"filter\": {}, \"filter-lang\": 3}",
                "{\"query\": 1}",
                "{\"token\": []}"
            })
    void refusesABodyThatCannotBeRightWithTheReason(String body) throws IOException, InterruptedException {
        refused(post("stac/search", body), 400);
    }

    @Test
    void refusesWhatWouldCostTooMuch() throws IOException, InterruptedException {
        refused(get("stac/search?filter=" + "(".repeat(1_000) + "gsd=1" + ")".repeat(1_000)), 400);
        refused(
                post(
                        "stac/search",
                        "{\"filter\":" + "{\"op\":\"not\",\"args\":[".repeat(1_000) + "true" + "]}".repeat(1_000)
                                + "}"),
                400);
        refused(post("stac/search", "{\"ids\": [" + "\"a\",".repeat(4_999) + "\"b\"]}"), 400);
        var ids = IntStream.range(0, 1_500).mapToObj(Integer::toString).collect(Collectors.joining(","));
        refused(get("stac/search?ids=" + ids), 400);
        refused(
                post(
                        "stac/search",
                        "{\"intersects\": {\"type\": \"MultiPoint\", \"coordinates\": [" + "[1, 1],".repeat(10_000)
                                + "[1, 1]]}}"),
                400);
    }

    @Test
    void doesNotReadABodyOfTenMegabytes() throws IOException, InterruptedException {
        try (var socket = new Socket(service.getHost(), service.getPort())) {
            socket.getOutputStream()
                    .write(("POST /stac/search HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 10485760\r\n\r\n{")
                            .getBytes(StandardCharsets.US_ASCII));
            // answered before the rest is sent
            var line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            assertThat(line).startsWith("HTTP/1.1 413");
        }
        assertThat(get("stac").statusCode()).isEqualTo(200);
    }

    private static void refused(HttpResponse<String> answer, int status) throws IOException {
        assertThat(answer.statusCode()).as(Parameters.shown(answer.body())).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/problem+json");
        assertThat(json(answer).path("detail").asText()).isNotBlank();
    }

    @Test
    void aLimitAboveTheMostAsksForTheMost() throws IOException, InterruptedException {
        // OGC API Features, /req/core/fc-limit-response-1: no error
        assertThat(json(get("stac/search?limit=10001")).path("features")).hasSize(7);
        assertThat(json(get("stac/search?collections=unknown")).path("features"))
                .isEmpty();
    }

    @Test
    void documentsHaveTagsAndAnswerHead() throws IOException, InterruptedException {
        for (var address : List.of("stac", "stac/collections/predictions", "stac/search?limit=2", POLYGONS)) {
            var tag = get(address).headers().firstValue("etag").orElseThrow();
            var again = client.send(
                    HttpRequest.newBuilder(service.resolve(address))
                            .header("If-None-Match", tag)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(again.statusCode()).as(address).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            var head = client.send(
                    HttpRequest.newBuilder(service.resolve(address))
                            .method("HEAD", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(head.statusCode()).as(address).isEqualTo(200);
            assertThat(head.headers().firstValue("etag")).as(address).contains(tag);
        }
        var packed = client.send(
                HttpRequest.newBuilder(service.resolve(POLYGONS))
                        .header("Accept-Encoding", "gzip")
                        .header("Origin", "https://other.example.org")
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(packed.headers().firstValue("content-encoding")).contains("gzip");
        assertThat(packed.headers().firstValue("access-control-allow-origin")).isPresent();
    }

    @Test
    void describesItselfUnderThePromisedMediaType() throws IOException, InterruptedException {
        for (var root : List.of("stac", "ogc")) {
            for (var link : json(get(root)).path("links")) {
                if (link.path("rel").asText().equals("service-desc")) {
                    var answer = client.send(
                            HttpRequest.newBuilder(service.resolve(
                                            link.path("href").asText().substring(PUBLIC.length() + 1)))
                                    .header("Accept", link.path("type").asText())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.headers().firstValue("content-type"))
                            .contains(link.path("type").asText());
                    assertThat(json(answer).path("openapi").asText()).startsWith("3.1");
                    assertThat(json(answer).path("paths").has("/stac/search")).isTrue();
                }
            }
        }
    }

    @Test
    void polygonsAreFilteredByTheirPropertiesAndTheirPlace() throws IOException, InterruptedException {
        var all = json(get(POLYGONS + "?limit=10000")).path("features");
        long buildings = 0;
        for (var polygon : all) {
            buildings += polygon.at("/properties/class").asInt() == 1 ? 1 : 0;
        }
        assertThat(buildings).isBetween(1L, 255L);
        assertThat(polygons("class = 1")).hasSize((int) buildings);
        assertThat(polygons("CASEI(label_en) = CASEI('BUILDING') AND area_m2 > 40 AND confidence < 0.9"))
                .hasSize((int) buildings);
        assertThat(polygons("NOT code = 'building'")).hasSize(all.size() - (int) buildings);
        assertThat(polygons("class IN (1, 2, 3, 4) AND class + 1 <> 3 OR FALSE"))
                .hasSize(all.size() - polygons("class = 2").size());

        var first = all.get(0);
        var ring = first.at("/geometry/coordinates/0");
        var inside = "POINT(%s %s)"
                .formatted(
                        (ring.get(0).get(0).asDouble() + ring.get(2).get(0).asDouble()) / 2,
                        (ring.get(0).get(1).asDouble() + ring.get(2).get(1).asDouble()) / 2);
        assertThat(polygons("S_CONTAINS(geometry, " + inside + ")"))
                .singleElement()
                .satisfies(found -> assertThat(found.path("id")).isEqualTo(first.path("id")));
        assertThat(polygons("S_DISJOINT(geometry, " + inside + ")")).hasSize(all.size() - 1);
    }

    private List<JsonNode> polygons(String filter) throws IOException, InterruptedException {
        var found = new ArrayList<JsonNode>();
        var next = POLYGONS + "?limit=60&filter=" + encoded(filter);
        while (!next.isEmpty()) {
            var answer = get(next);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            json(answer).path("features").forEach(found::add);
            next = "";
            for (var link : json(answer).path("links")) {
                if (link.path("rel").asText().equals("next")) {
                    next = link.path("href").asText().substring(PUBLIC.length() + 1);
                }
            }
        }
        return found;
    }

    @Test
    void polygonsComeInTheCrsThatIsAskedFor() throws IOException, InterruptedException {
        var lambert = "http://www.opengis.net/def/crs/EPSG/0/2154";
        var wgs84 = "http://www.opengis.net/def/crs/EPSG/0/4326";
        var answer = get(POLYGONS + "?limit=1&crs=" + encoded(lambert));
        assertThat(answer.headers().firstValue("content-crs")).contains("<" + lambert + ">");
        var metres = json(answer).at("/features/0/geometry/coordinates/0");
        var grid = sample.plan().grid();
        double easting = metres.get(0).get(0).asDouble();
        double northing = metres.get(0).get(1).asDouble();
        assertThat(easting / (grid.gsdMetres() * StoredRun.BLOCK) % 1).isEqualTo(0);

        var latFirst =
                json(get(POLYGONS + "?limit=1&crs=" + encoded(wgs84))).at("/features/0/geometry/coordinates/0/0");
        var lngFirst = json(get(POLYGONS + "?limit=1")).at("/features/0/geometry/coordinates/0/0");
        assertThat(latFirst.get(0)).isEqualTo(lngFirst.get(1));
        assertThat(latFirst.get(1)).isEqualTo(lngFirst.get(0));

        // one block holds the point, whichever way it is named
        double x = easting + (metres.get(2).get(0).asDouble() - easting) / 2;
        double y = northing + (metres.get(2).get(1).asDouble() - northing) / 2;
        var box = x + "," + y + "," + (x + 1) + "," + (y + 1);
        assertThat(json(get(POLYGONS + "?bbox=" + box + "&bbox-crs=" + encoded(lambert)))
                        .path("features"))
                .hasSize(1);
        assertThat(json(get(POLYGONS + "?filter=" + encoded("S_INTERSECTS(geometry, POINT(" + x + " " + y + "))")
                                + "&filter-crs=" + encoded(lambert)))
                        .path("features"))
                .hasSize(1);
        assertThat(json(get(POLYGONS + "?bbox=48,2,49,3&bbox-crs=" + encoded(wgs84)))
                        .path("features"))
                .hasSize(256);
        var crs = json(get("ogc/collections/" + PRODUCT));
        assertThat(crs.path("crs")).hasSize(4);
        assertThat(crs.path("storageCrs").asText()).isEqualTo(lambert);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "crs=EPSG:2154",
                "bbox-crs=nothing",
                "filter=nothing%3D1",
                "filter=class%3D%27a%27",
                "filter=class%3D1&filter-lang=xml",
                "bbox=9,9,1",
                "bbox=1e300,0,2e300,1&bbox-crs=http:%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F2154",
                "limit=0",
                "offset=3",
                "token=0123.4",
                "sortby=class"
            })
    void refusesToFindPolygonsByWhatCannotBeRight(String parameters) throws IOException, InterruptedException {
        refused(get(POLYGONS + "?" + parameters), 400);
    }

    @Test
    void pystacClientFindsWhatThereIs() throws IOException, InterruptedException {
        var python = Stream.of(
                        Path.of(System.getProperty("user.home"), ".cache/survol/clients-venv/bin/python")
                                .toString(),
                        "python3")
                .filter(CatalogSearchIT::hasPystacClient)
                .findFirst();
        assumeTrue(python.isPresent(), "no Python with pystac-client here");

        var process = new ProcessBuilder(python.get(), "src/test/python/stac_client.py", PUBLIC, service.toString())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static boolean hasPystacClient(String python) {
        try {
            return new ProcessBuilder(python, "-c", "import pystac_client")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
