// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.Json;
import org.survol.messaging.BrokerAndStore;

/** STAC's Transaction, Aggregation and Browseable: what is written by hand, what is counted, what links lead to. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(CatalogOfOneRun.Alone.class)
class RegisteredItemsIT extends CatalogOfOneRun {

    private static final String ITEMS = "stac/collections/references/items";

    @AfterEach
    void removeAll() throws IOException, InterruptedException {
        for (var item : json(get(ITEMS + "?limit=1000")).path("features")) {
            assertThat(send("DELETE", ITEMS + "/" + item.path("id").asText(), null, null)
                            .statusCode())
                    .isEqualTo(204);
        }
    }

    @Test
    void anItemIsRegisteredFoundChangedAndRemoved() throws IOException, InterruptedException {
        var item = item("cadastre-2024");
        var created = send("POST", ITEMS, item.toString(), null);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.headers().firstValue("location")).contains(PUBLIC + "/" + ITEMS + "/cadastre-2024");
        assertThat(send("POST", ITEMS, item.toString(), null).statusCode()).isEqualTo(409);

        var got = get(ITEMS + "/cadastre-2024");
        var tag = got.headers().firstValue("etag").orElseThrow();
        assertThat(created.headers().firstValue("etag")).contains(tag);
        assertThat(json(got).at("/properties/title")).isEqualTo(item.at("/properties/title"));
        assertThat(json(got).at("/collection").asText()).isEqualTo("references");
        assertThat(json(got).path("links").findValuesAsText("rel")).contains("self", "root", "parent", "collection");
        for (var search : List.of(
                "bbox=2.31,48.83,2.32,48.84&datetime=2024-02-01T00:00:00Z",
                "q=cadastre",
                "filter=" + encoded("title LIKE 'Build%' AND S_INTERSECTS(geometry, POINT(2.315 48.835))"))) {
            assertThat(json(get("stac/search?collections=references&" + search)).path("features"))
                    .as(search)
                    .hasSize(1);
        }

        var patched = send("PATCH", ITEMS + "/cadastre-2024", """
                {"properties": {"title": null, "gsd": 0.5, "datetime": "2025-02-01T00:00:00Z"}}""", tag);
        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(204);
        // what was seen before is not there any more
        for (var method : List.of("PATCH", "DELETE")) {
            assertThat(send(method, ITEMS + "/cadastre-2024", "{}", tag).statusCode())
                    .as(method)
                    .isEqualTo(412);
        }
        var now = json(get(ITEMS + "/cadastre-2024"));
        assertThat(now.path("properties").has("title")).isFalse();
        assertThat(now.at("/properties/gsd").asDouble()).isEqualTo(0.5);
        assertThat(json(get("stac/search?collections=references&datetime=2025-02-01T00:00:00Z"))
                        .path("features"))
                .hasSize(1);
        assertThat(json(get("stac/search?collections=references&datetime=2024-02-01T00:00:00Z"))
                        .path("features"))
                .isEmpty();

        var replaced = send(
                "PUT",
                ITEMS + "/cadastre-2024",
                item.toString(),
                patched.headers().firstValue("etag").orElseThrow());
        assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(204);
        assertThat(json(get(ITEMS + "/cadastre-2024")).path("properties").has("gsd"))
                .isFalse();
        assertThat(send("DELETE", ITEMS + "/cadastre-2024", null, "*").statusCode())
                .isEqualTo(204);
        assertThat(get(ITEMS + "/cadastre-2024").statusCode()).isEqualTo(404);
        for (var method : List.of("PUT", "PATCH", "DELETE")) {
            assertThat(send(method, ITEMS + "/cadastre-2024", item.toString(), null)
                            .statusCode())
                    .as(method)
                    .isEqualTo(404);
        }
        assertThat(json(get("stac/search?collections=references")).path("features"))
                .isEmpty();
    }

    @Test
    void severalAreRegisteredTogetherOrNotAtAll() throws IOException, InterruptedException {
        var good = collection(item("a"), item("b"));
        assertThat(send("POST", ITEMS, good.toString(), null).statusCode()).isEqualTo(201);
        assertThat(send("POST", ITEMS, collection(item("c"), item("b")).toString(), null)
                        .statusCode())
                .isEqualTo(409);
        assertThat(send("POST", ITEMS, collection(item("d"), item("d")).toString(), null)
                        .statusCode())
                .isEqualTo(400);
        var bad = item("e");
        bad.remove("properties");
        assertThat(send("POST", ITEMS, collection(item("f"), bad).toString(), null)
                        .statusCode())
                .isEqualTo(400);
        assertThat(json(get(ITEMS)).path("features").findValuesAsText("id")).containsExactlyInAnyOrder("a", "b");
    }

    /** However many change it at once: each change that was accepted is in what is there at the end. */
    @Test
    void noAcceptedChangeIsLost() throws Exception {
        var item = item("counter");
        ((ObjectNode) item.path("properties")).put("count", 0);
        send("POST", ITEMS, item.toString(), null);
        Callable<Integer> add = () -> {
            int accepted = 0;
            for (int i = 0; i < 10; i++) {
                var got = get(ITEMS + "/counter");
                var patch = Json.MAPPER.createObjectNode();
                patch.putObject("properties")
                        .put("count", json(got).at("/properties/count").asInt() + 1);
                var answer = send(
                        "PATCH",
                        ITEMS + "/counter",
                        patch.toString(),
                        got.headers().firstValue("etag").orElseThrow());
                assertThat(answer.statusCode()).isIn(204, 412);
                accepted += answer.statusCode() == 204 ? 1 : 0;
            }
            return accepted;
        };
        int accepted = 0;
        try (var writers = Executors.newFixedThreadPool(4)) {
            for (var each : writers.invokeAll(List.of(add, add, add, add))) {
                accepted += each.get();
            }
        }
        assertThat(json(get(ITEMS + "/counter")).at("/properties/count").asInt())
                .isEqualTo(accepted)
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    /type               | "Item"                                                   | type is Feature
                    /id                 | "a/b"                                                    | id must be
                    /id                 | 7                                                        | id must be
                    /stac_version       | "0.9.0"                                                  | stac_version
                    /collection         | "products"                                               | collection must be
                    /geometry           | -                                                        | geometry is missing
                    /geometry           | null                                                     | must not have a bbox
                    /geometry           | {"type": "Point", "coordinates": [200, 1]}               | degrees
                    /geometry           | {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}   | geometry
                    /bbox               | [1, 2, 3]                                                | bbox
                    /geometry           | {"type": "MultiPoint", "coordinates": []}                | no position
                    /bbox               | [5, 6, 7, 8]                                             | whole geometry
                    /bbox               | [170, 48, -170, 49]                                      | whole geometry
                    /bbox               | [3, 4, 5, 2]                                             | bbox
                    /properties         | []                                                       | properties
                    /properties         | {"datetime": "yesterday"}                                | datetime
                    /properties         | {"datetime": "9999-12-31T23:59:59-01:00"}                | datetime
                    /properties         | {"datetime": null}                                       | start_datetime
                    /assets             | []                                                       | assets
                    /assets             | {"a": {"href": "javascript:alert(1)"}}                   | href
                    /assets             | {"a": {"href": "../x.tif"}}                              | href
                    /assets             | {"a": {}}                                                | href
                    /links              | [{"href": "https://example.org"}]                        | rel
                    /stac_extensions    | [1]                                                      | stac_extensions
                    """)
    void refusesAnItemThatCannotBeRightWithTheReason(String place, String value, String reason)
            throws IOException, InterruptedException {
        var item = item("wrong");
        item.putArray("bbox").add(2.0).add(48.0).add(3.0).add(49.0);
        if (value == null) {
            item.remove(place.substring(1));
        } else {
            item.set(place.substring(1), Json.MAPPER.readTree(value));
        }
        var answer = send("POST", ITEMS, item.toString(), null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).contains(reason);
    }

    @Test
    void refusesAnItemThatPagesCouldNotHold() throws IOException, InterruptedException {
        var deep = item("deep")
                .toString()
                .replace("\"title\"", "\"a\": " + "[".repeat(990) + "]".repeat(990) + ", \"title\"");
        var answer = send("POST", ITEMS, deep, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).path("detail").asText()).contains("levels");
    }

    @Test
    void takesWhatIsUnusualButRight() throws IOException, InterruptedException {
        var item = item("unusual");
        ((ObjectNode) item.path("properties"))
                .put("datetime", "2016-12-31T23:59:60Z")
                .put("proj:code", "x".repeat(300));
        item.putObject("geometry")
                .put("type", "Point")
                .putArray("coordinates")
                .add(-179.5)
                .add(1.0);
        item.putArray("bbox").add(179.0).add(0.0).add(-179.0).add(2.0);
        var created = send("POST", ITEMS, item.toString(), null);
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(json(get("stac/search?collections=references&bbox=178,0,-179.4,1&datetime=2017-01-01T00:00:00Z"))
                        .path("features"))
                .hasSize(1);

        // to another place, and to none
        var moved = "{\"geometry\": {\"type\": \"Point\", \"coordinates\": [2.315, 48.835]}}";
        assertThat(send("PATCH", ITEMS + "/unusual", moved, null).statusCode()).isEqualTo(204);
        assertThat(json(get("stac/search?collections=references&bbox=2.3,48.8,2.4,48.9"))
                        .path("features"))
                .hasSize(1);
        var nowhere = "{\"bbox\": null, \"properties\": {\"title\": \"nowhere\"}}";
        assertThat(send("PATCH", ITEMS + "/unusual", nowhere, null).statusCode())
                .isEqualTo(204);
        assertThat(json(get(ITEMS + "/unusual")).path("bbox")).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"acquisitions", "predictions", "products", "models"})
    void whatThePipelineToldIsNotWritten(String collection) throws IOException, InterruptedException {
        var address = "stac/collections/" + collection + "/items";
        assertThat(send("POST", address, item("x").toString(), null).statusCode())
                .isEqualTo(403);
        for (var method : List.of("PUT", "PATCH", "DELETE")) {
            assertThat(send(method, address + "/" + PRODUCT, item(PRODUCT).toString(), null)
                            .statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void whoUsesAMethodThatAnAddressHasNotIsToldWhichItHas() throws IOException, InterruptedException {
        var answer = send("DELETE", "stac/search", null, null);
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS, POST");
        assertThat(send("PUT", "ogc/collections/" + PRODUCT, "{}", null)
                        .headers()
                        .firstValue("allow"))
                .contains("GET, HEAD, OPTIONS");
        assertThat(send("DELETE", "files/products/a/b/map.fgb", null, null)
                        .headers()
                        .firstValue("allow"))
                .contains("GET, HEAD, OPTIONS");
    }

    @Test
    void countsWhatASearchFinds() throws IOException, InterruptedException {
        send("POST", ITEMS, item("counted").toString(), null);
        var names = json(get("stac/aggregations")).path("aggregations").findValuesAsText("name");
        var all = json(get("stac/aggregate?aggregations=" + String.join(",", names)));
        assertThat(all.path("aggregations").findValuesAsText("name")).isEqualTo(names);
        assertThat(value(all, "total_count").asInt()).isEqualTo(8);
        assertThat(value(all, "datetime_min").asText()).isEqualTo("2024-02-01T00:00:00Z");
        assertThat(buckets(all, "collection_frequency"))
                .containsExactly("predictions 4", "acquisitions 1", "models 1", "products 1", "references 1");
        assertThat(buckets(all, "gsd_frequency")).containsExactly("0.2 6");
        assertThat(buckets(all, "survol_vintage_frequency")).containsExactly("2024 1");
        assertThat(buckets(all, "datetime_frequency")).contains("2024-02-01T00:00:00Z 1", "2024-06-01T00:00:00Z 6");

        // the same counts whether the database counts them, or they are looked at one by one
        for (var filter : List.of("collection = 'predictions'", "CASEI(collection) = CASEI('PREDICTIONS')")) {
            var counted = json(get("stac/aggregate?aggregations=total_count,survol_device_frequency,datetime_frequency,"
                    + "datetime_max&filter=" + encoded(filter)));
            assertThat(value(counted, "total_count").asInt()).as(filter).isEqualTo(4);
            assertThat(buckets(counted, "survol_device_frequency")).containsExactly("cpu 4");
            assertThat(buckets(counted, "datetime_frequency")).containsExactly("2024-06-01T00:00:00Z 4");
            assertThat(value(counted, "datetime_max").asText()).isEqualTo("2024-06-14T10:20:00Z");
        }
        var nothing = json(get("stac/collections/products/aggregate?ids=none&aggregations=total_count,datetime_min"));
        assertThat(value(nothing, "total_count").asInt()).isZero();
        assertThat(value(nothing, "datetime_min").isNull()).isTrue();
        assertThat(json(post(
                                "stac/aggregate",
                                "{\"collections\": [\"products\"], \"aggregations\": [\"total_count\"]}"))
                        .at("/aggregations/0/value")
                        .asInt())
                .isEqualTo(1);
        for (var wrong : List.of(
                "stac/aggregate?aggregations=nothing",
                "stac/collections/models/aggregate?aggregations=survol_device_frequency",
                "stac/aggregate?limit=1",
                "stac/aggregate?datetime=never")) {
            assertThat(get(wrong).statusCode()).as(wrong).isEqualTo(400);
        }
        assertThat(get("stac/collections/nothing/aggregate").statusCode()).isEqualTo(404);
    }

    private static JsonNode value(JsonNode answer, String name) {
        return aggregation(answer, name).path("value");
    }

    private static List<String> buckets(JsonNode answer, String name) {
        var buckets = new ArrayList<String>();
        for (var bucket : aggregation(answer, name).path("buckets")) {
            buckets.add(
                    bucket.path("key").asText() + " " + bucket.path("frequency").asInt());
        }
        return buckets;
    }

    private static JsonNode aggregation(JsonNode answer, String name) {
        for (var each : answer.path("aggregations")) {
            if (each.path("name").asText().equals(name)) {
                return each;
            }
        }
        throw new AssertionError("no " + name + " in " + answer);
    }

    /** Every Item that search finds is found by following links from the landing page, and no other. */
    @Test
    void linksAloneLeadToEveryItem() throws IOException, InterruptedException {
        send("POST", ITEMS, item("browsed").toString(), null);
        var searched = new HashSet<String>();
        for (var item : json(get("stac/search?limit=100")).path("features")) {
            searched.add(
                    item.path("collection").asText() + "/" + item.path("id").asText());
        }
        assertThat(searched).hasSize(8);

        var browsed = new HashSet<String>();
        var seen = new HashSet<String>();
        var left = new ArrayDeque<>(List.of(PUBLIC + "/stac"));
        while (!left.isEmpty()) {
            var address = left.remove();
            if (!seen.add(address)) {
                continue;
            }
            var answer = get(address.substring(PUBLIC.length() + 1));
            assertThat(answer.statusCode()).as(address).isEqualTo(200);
            var document = json(answer);
            for (var link : document.path("links")) {
                switch (link.path("rel").asText()) {
                    case "child", "item" -> left.add(link.path("href").asText());
                    case "self" -> assertThat(link.path("href").asText()).isEqualTo(address);
                    case "root" -> assertThat(link.path("href").asText()).isEqualTo(PUBLIC + "/stac");
                    default -> {
                        // elsewhere
                    }
                }
            }
            if (document.path("type").asText().equals("Feature")) {
                browsed.add(document.path("collection").asText() + "/"
                        + document.path("id").asText());
            }
        }
        assertThat(browsed).isEqualTo(searched);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1999",
                "x",
                "-1",
                "99999999999",
                "2023/" + FLIGHT,
                "2024/nothing",
                "2024/" + FLIGHT + "/nothing",
                "2024/" + FLIGHT + "/" + RUN + "/7000"
            })
    void thereIsNothingToBrowseElsewhere(String path) throws IOException, InterruptedException {
        assertThat(get("stac/browse/acquisitions/" + path).statusCode()).isEqualTo(404);
    }

    private static ObjectNode item(String id) {
        var item = Json.MAPPER
                .createObjectNode()
                .put("type", "Feature")
                .put("stac_version", "1.1.0")
                .put("id", id);
        item.putObject("geometry")
                .put("type", "Point")
                .putArray("coordinates")
                .add(2.315)
                .add(48.835);
        item.putObject("properties").put("datetime", "2024-02-01T00:00:00Z").put("title", "Buildings of the cadastre");
        item.putObject("assets").putObject("data").put("href", "https://example.org/buildings.gpkg");
        return item;
    }

    private static ObjectNode collection(ObjectNode... items) {
        var collection = Json.MAPPER.createObjectNode().put("type", "FeatureCollection");
        var features = collection.putArray("features");
        IntStream.range(0, items.length).forEach(i -> features.add(items[i]));
        return collection;
    }

    private HttpResponse<String> send(String method, String address, String body, String ifMatch)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(service.resolve(address))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (ifMatch != null) {
            request.header("If-Match", ifMatch);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
