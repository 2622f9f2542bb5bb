// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Builds absolute links from the configured base only; what a request claims its host to be is never repeated. */
@Singleton
public final class PublicUrl {

    private final String base;

    public PublicUrl(@ConfigProperty(name = "survol.public-url") String base) {
        var uri = URI.create(base);
        if (!uri.isAbsolute() || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
            throw new IllegalArgumentException("survol.public-url must look like https://maps.example.org: " + base);
        }
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    /** @param segments encoded one by one */
    public String of(String... segments) {
        return base
                + Arrays.stream(segments)
                        .map(PublicUrl::encode)
                        .map(s -> "/" + s)
                        .collect(Collectors.joining());
    }

    /** Address of an object of the store; its key's slashes stay slashes. */
    public String ofFile(String key) {
        return of("files")
                + Arrays.stream(key.split("/"))
                        .map(PublicUrl::encode)
                        .map(s -> "/" + s)
                        .collect(Collectors.joining());
    }

    /** @param parameters of the query, in their order */
    public static String with(String address, Map<String, String> parameters) {
        var query = parameters.entrySet().stream()
                .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
                .collect(Collectors.joining("&"));
        return query.isEmpty() ? address : address + "?" + query;
    }

    public String base() {
        return base;
    }

    public static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
