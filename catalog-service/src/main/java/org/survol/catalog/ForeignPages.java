// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import java.net.URI;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.survol.access.Reads;

/**
 * Any page may read, but where everybody may change something, a page from elsewhere that somebody happens to look at must
 * not do so in their name. Whoever sends a token means it.
 */
class ForeignPages {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    private final String own;

    ForeignPages(PublicUrl url) {
        var base = URI.create(url.base());
        own = base.getScheme() + "://" + base.getRawAuthority();
    }

    @ServerRequestFilter
    void check(ContainerRequestContext request, ResourceInfo target) {
        boolean changes = !READING.contains(request.getMethod())
                && !target.getResourceMethod().isAnnotationPresent(Reads.class);
        var origin = request.getHeaderString("Origin");
        if (changes
                && origin != null
                && !origin.equals(own)
                && request.getHeaderString(HttpHeaders.AUTHORIZATION) == null) {
            throw Problem.forbidden("a page of " + Parameters.shown(origin)
                    + " asked for this without a token; pages of " + own + " may, and programs that are no pages");
        }
    }
}
