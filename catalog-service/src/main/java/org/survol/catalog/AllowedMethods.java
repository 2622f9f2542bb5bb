// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.survol.core.Json;

/** Which methods an address has: whoever uses another one is told, as RFC 9110 asks. Read from our own description. */
@Singleton
final class AllowedMethods {

    private static final String DESCRIPTION = "META-INF/quarkus-generated-openapi-doc.JSON";

    private record Address(Pattern path, TreeSet<String> methods) {}

    private final List<Address> addresses = new ArrayList<>();

    AllowedMethods() {
        try (var description = Thread.currentThread().getContextClassLoader().getResourceAsStream(DESCRIPTION)) {
            if (description == null) {
                throw new IllegalStateException("the service does not hold its own description, " + DESCRIPTION);
            }
            for (var path : Json.MAPPER.readTree(description).path("paths").properties()) {
                var methods = new TreeSet<String>(List.of("OPTIONS"));
                path.getValue().fieldNames().forEachRemaining(method -> methods.add(method.toUpperCase(Locale.ROOT)));
                if (methods.contains("GET")) {
                    methods.add("HEAD");
                }
                addresses.add(new Address(pattern(path.getKey()), methods));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return as the header Allow has it */
    String of(String path) {
        var methods = new TreeSet<String>();
        for (var address : addresses) {
            if (address.path().matcher(path).matches()) {
                methods.addAll(address.methods());
            }
        }
        return String.join(", ", methods);
    }

    /** Keys of files have slashes, which their template does not show. */
    private static boolean isOfKeys(String template) {
        return template.endsWith("/{key}");
    }

    private static Pattern pattern(String template) {
        var pattern = new StringBuilder();
        for (var segment : template.substring(1).split("/", -1)) {
            pattern.append('/')
                    .append(
                            segment.startsWith("{")
                                    ? (segment.contains(":") ? ".+" : "[^/]+")
                                    : Pattern.quote(segment));
        }
        return Pattern.compile(pattern + (isOfKeys(template) ? "(/.+)?" : ""));
    }
}
