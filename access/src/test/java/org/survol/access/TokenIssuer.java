// SPDX-License-Identifier: Apache-2.0
package org.survol.access;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** An OpenID Connect issuer on loopback: discovery, keys, and tokens with any roles. */
public final class TokenIssuer implements AutoCloseable {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final String KEY = "key-1";

    private final HttpServer server;
    private final KeyPair keys;

    private TokenIssuer(HttpServer server, KeyPair keys) {
        this.server = server;
        this.keys = keys;
    }

    public static TokenIssuer start() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var issuer = new TokenIssuer(server, generator.generateKeyPair());
            issuer.serve("/.well-known/openid-configuration", """
                    {"issuer": "%1$s", "jwks_uri": "%1$s/keys", "token_endpoint": "%1$s/token",
                     "authorization_endpoint": "%1$s/authorize", "response_types_supported": ["code"],
                     "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]}
                    """.formatted(issuer.address()));
            var key = (RSAPublicKey) issuer.keys.getPublic();
            issuer.serve("/keys", """
                    {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "%s", "n": "%s", "e": "%s"}]}
                    """.formatted(KEY, number(key.getModulus()), number(key.getPublicExponent())));
            server.start();
            return issuer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private void serve(String path, String json) {
        var body = json.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** A token that holds for an hour. */
    public String token(String... roles) {
        return token(address(), "survol", Instant.now().plusSeconds(3600), List.of(roles));
    }

    /** Any token, signed with this issuer's key. */
    public String token(String issuer, String audience, Instant expiry, List<String> roles) {
        var head = encoded("{\"alg\": \"RS256\", \"typ\": \"JWT\", \"kid\": \"" + KEY + "\"}");
        var groups = roles.stream().map(role -> '"' + role + '"').collect(Collectors.joining(",", "[", "]"));
        var claims = encoded("""
                {"iss": "%s", "sub": "someone", "aud": "%s", "iat": %d, "exp": %d, "groups": %s}""".formatted(
                        issuer, audience, Instant.now().getEpochSecond() - 7200, expiry.getEpochSecond(), groups));
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update((head + "." + claims).getBytes(StandardCharsets.US_ASCII));
            return head + "." + claims + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Big-endian without a sign, as RFC 7518 section 6.3.1 wants it. */
    private static String number(BigInteger value) {
        var bytes = value.toByteArray();
        return BASE64.encodeToString(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
