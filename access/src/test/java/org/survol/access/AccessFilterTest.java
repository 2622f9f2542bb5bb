// SPDX-License-Identifier: Apache-2.0
package org.survol.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a real issuer: discovery and keys over HTTP, signed tokens. */
@QuarkusTest
@QuarkusTestResource(TokenIssuerResource.class)
class AccessFilterTest {

    @Path("/things")
    public static class Things {
        @GET
        public String read() {
            return "read";
        }

        @POST
        public String change() {
            return "changed";
        }

        @POST
        @Path("search")
        @Reads
        public String search() {
            return "found";
        }
    }

    @OwnGuard
    @Path("/guarded")
    public static class Guarded {
        @POST
        public String take() {
            return "taken";
        }
    }

    TokenIssuer issuer;

    @TestHTTPResource("/")
    URI service;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            reader    | 200 | 200 | 403
            publisher | 200 | 200 | 403
            operator  | 200 | 200 | 200
            admin     | 200 | 200 | 200
            gardener  | 403 | 403 | 403
            """)
    void whatEachRoleMay(String role, int reads, int searches, int changes) throws Exception {
        var token = Optional.of(issuer.token(role));

        assertThat(send("GET", "things", token).statusCode()).isEqualTo(reads);
        assertThat(send("POST", "things/search", token).statusCode()).isEqualTo(searches);
        assertThat(send("POST", "things", token).statusCode()).isEqualTo(changes);
    }

    @Test
    void whoSaysNothingIsAskedWhoTheyAre() throws Exception {
        for (var method : List.of("GET", "POST")) {
            var response = send(method, "things", Optional.empty());

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.headers().firstValue("WWW-Authenticate"))
                    .hasValueSatisfying(v -> assertThat(v).startsWith("Bearer"));
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(v -> assertThat(v).startsWith("application/problem+json"));
            assertThat(response.body()).contains("operator", "mend");
        }
    }

    @Test
    void aTokenThatDoesNotHoldIsNone() throws Exception {
        var soon = Instant.now().plusSeconds(600);
        var admin = List.of("admin");
        var sound = issuer.token("admin");
        var unsigned = "eyJhbGciOiJub25lIn0" + sound.substring(sound.indexOf('.'), sound.lastIndexOf('.') + 1);
        try (var stranger = TokenIssuer.start()) {
            for (var token : List.of(
                    issuer.token(issuer.address(), "survol", Instant.now().minusSeconds(600), admin),
                    issuer.token(issuer.address(), "another-service", soon, admin),
                    issuer.token("https://elsewhere.example.org", "survol", soon, admin),
                    stranger.token(issuer.address(), "survol", soon, admin),
                    unsigned,
                    "no-token")) {
                assertThat(send("POST", "things", Optional.of(token)).statusCode())
                        .as(token)
                        .isEqualTo(401);
            }
        }
        assertThat(send("POST", "things", Optional.of(sound)).statusCode()).isEqualTo(200);
    }

    @Test
    void whatGuardsItselfIsLeftAlone() throws Exception {
        assertThat(send("POST", "guarded", Optional.empty()).body()).isEqualTo("taken");
        assertThat(send("POST", "guarded", Optional.of("its-own-kind-of-token")).body())
                .isEqualTo("taken");
    }

    private HttpResponse<String> send(String method, String path, Optional<String> token) throws Exception {
        var request = HttpRequest.newBuilder(service.resolve(path)).method(method, BodyPublishers.noBody());
        token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }
}
