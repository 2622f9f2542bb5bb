// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers no more requests at a time than it can keep up with: the others are told at once to come back, and those that are
 * let in stay fast. Probes and metrics are always let in, and so are streams of progress, which cost next to nothing.
 */
@Singleton
final class Crowding {

    /** After the body has come, so that who promises one and sends none keeps nobody out; before all that answers. */
    private static final int BEFORE_AUTHENTICATION = 250;

    private static final Pattern ENDLESS = Pattern.compile("/acquisitions/[^/]+/events");

    private static final int TOO_MANY = 429;

    private final int most;
    private final AtomicInteger inside = new AtomicInteger();

    Crowding(@ConfigProperty(name = "survol.catalog.most-requests") int most) {
        this.most = most;
    }

    void register(@Observes Filters filters) {
        filters.register(this::letIn, BEFORE_AUTHENTICATION);
    }

    private void letIn(RoutingContext request) {
        var path = request.normalizedPath();
        if (path.startsWith("/q/") || ENDLESS.matcher(path).matches()) {
            request.next();
            return;
        }
        if (inside.incrementAndGet() > most) {
            inside.decrementAndGet();
            request.response()
                    .setStatusCode(TOO_MANY)
                    .putHeader("Retry-After", "1")
                    .putHeader("Content-Type", "application/problem+json")
                    .end("{\"type\":\"about:blank\",\"title\":\"Too many requests\",\"status\":429,\"detail\":\"" + most
                            + " requests are being answered, as many as may be at a time; try again in a moment\"}");
            return;
        }
        // answered, or the client went away
        request.addEndHandler(ended -> inside.decrementAndGet());
        request.next();
    }
}
