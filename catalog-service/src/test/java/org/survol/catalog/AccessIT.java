// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.survol.access.TokenIssuer;
import org.survol.access.TokenIssuerResource;
import org.survol.core.Json;
import org.survol.messaging.BrokerAndStore;

/** Every operation that the service describes of itself, as every role, where nobody may read unknown. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@QuarkusTestResource(value = TokenIssuerResource.class, restrictToAnnotatedClass = true)
@TestProfile(AccessIT.Closed.class)
class AccessIT {

    private static final Set<String> METHODS = Set.of("get", "head", "post", "put", "patch", "delete");
    private static final List<Optional<String>> CALLERS = List.of(
            Optional.empty(),
            Optional.of("gardener"),
            Optional.of("reader"),
            Optional.of("operator"),
            Optional.of("publisher"),
            Optional.of("admin"));

    /** All else only reads. */
    private static final Set<String> CHANGING = Set.of(
            "/dead-letters/{letter}/replay",
            "/acquisitions/{id}/runs",
            "/acquisitions/{id}/runs/{run}/cancel",
            "/ogc/processes/{process}/execution",
            "/areas/{set}");

    /** Beside it, readers may look at jobs, and order exports. */
    private static final String DISMISSAL = "delete /ogc/jobs/{job}";

    private static final String ITEMS = "/stac/collections/{collection}/items";

    /** What is told to readers, and no more. */
    private static final Set<String> PUBLISHING =
            Set.of("post " + ITEMS, "put " + ITEMS + "/{id}", "patch " + ITEMS + "/{id}", "delete " + ITEMS + "/{id}");

    private static final Set<String> READERS = Set.of("reader", "publisher");

    public static class Closed implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.test-port", "0",
                    "survol.database.url", "jdbc:h2:mem:access-it;DB_CLOSE_DELAY=-1");
        }
    }

    TokenIssuer issuer;

    @TestHTTPResource("/")
    URI service;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void everyOperationAsEveryRole() throws Exception {
        var paths = description().path("paths");
        assertThat(paths).hasSizeGreaterThan(10);
        CHANGING.forEach(path -> assertThat(paths.has(path)).as(path).isTrue());
        assertThat(paths.path("/ogc/jobs/{job}").has("delete")).isTrue();
        assertThat(paths.path("/ogc/processes/export/execution").has("post")).isTrue();
        assertThat(PUBLISHING).allMatch(each -> paths.path(each.split(" ")[1]).has(each.split(" ")[0]));

        for (var path : paths.properties()) {
            for (var method : path.getValue().properties()) {
                if (!METHODS.contains(method.getKey())) {
                    continue;
                }
                for (var caller : CALLERS) {
                    int status = send(method.getKey(), path.getKey(), caller);
                    var what = method.getKey() + " " + path.getKey() + " as " + caller;
                    if (caller.isEmpty()) {
                        assertThat(status).as(what).isEqualTo(401);
                    } else if (caller.get().equals("gardener")) {
                        assertThat(status).as(what).isEqualTo(403);
                    } else if (READERS.contains(caller.get())
                            && (CHANGING.contains(path.getKey())
                                    || DISMISSAL.equals(method.getKey() + " " + path.getKey()))) {
                        assertThat(status).as(what).isEqualTo(403);
                    } else if (PUBLISHING.contains(method.getKey() + " " + path.getKey())) {
                        // no collection has the name that it is asked with
                        assertThat(status).as(what).isEqualTo(caller.get().equals("reader") ? 403 : 404);
                    } else {
                        assertThat(status).as(what).isNotIn(401, 403).isLessThan(500);
                    }
                }
            }
        }
    }

    @Test
    void everyParameterIsExplainedAndEveryOperationSaysHowItRefuses() throws Exception {
        for (var path : description().path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                assertThat(operation.getValue().path("responses").has("4XX"))
                        .as(path.getKey())
                        .isTrue();
                for (var parameter : operation.getValue().path("parameters")) {
                    assertThat(parameter.path("description").asText())
                            .as("%s of %s", parameter.path("name").asText(), path.getKey())
                            .isNotBlank();
                }
            }
        }
    }

    private JsonNode description() throws Exception {
        var request = HttpRequest.newBuilder(service.resolve("q/openapi?format=json"));
        return Json.MAPPER.readTree(
                client.send(request.build(), BodyHandlers.ofByteArray()).body());
    }

    private int send(String method, String path, Optional<String> role) throws Exception {
        var address = service.resolve(path.substring(1).replaceAll("\\{[^}]*}", "1"));
        var request = HttpRequest.newBuilder(address)
                .method(method.toUpperCase(Locale.ROOT), BodyPublishers.noBody())
                .header("Content-Type", "application/json");
        role.ifPresent(name -> request.header("Authorization", "Bearer " + issuer.token(name)));
        return client.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
}
