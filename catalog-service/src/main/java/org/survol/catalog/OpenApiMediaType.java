// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.event.Observes;

/** Gives the description of the API the media type that links promise, to clients that ask for it. */
class OpenApiMediaType {

    static final String JSON = "application/vnd.oai.openapi+json";
    private static final int FIRST = 1_000;

    void register(@Observes Filters filters) {
        filters.register(
                context -> {
                    var accepted = context.request().getHeader("Accept");
                    if (context.normalizedPath().equals("/q/openapi") && accepted != null && accepted.contains(JSON)) {
                        context.addHeadersEndHandler(
                                ended -> context.response().putHeader("Content-Type", JSON + ";version=3.1"));
                    }
                    context.next();
                },
                FIRST);
    }
}
