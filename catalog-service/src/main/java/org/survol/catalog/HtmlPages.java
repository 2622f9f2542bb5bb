// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.util.Set;
import org.survol.core.Json;

/** Shows documents of the APIs as pages to whoever would rather have HTML: people, whose browsers say so. */
@Provider
@PreMatching
// before the document gets its tag and becomes bytes
@Priority(Priorities.USER + 1)
class HtmlPages implements ContainerRequestFilter, ContainerResponseFilter {

    private static final int OK = 200;
    private static final Set<String> JSON = Set.of("json", "geo+json", "schema+json");
    /** A page that a browser can show. */
    private static final int MOST_BYTES = 4 << 20;

    private static final String WANTED = HtmlPages.class.getName();

    /** No resource makes pages itself: it is asked for what it makes. */
    @Override
    public void filter(ContainerRequestContext request) {
        boolean wanted = wantsHtml(request);
        request.setProperty(WANTED, wanted);
        if (wanted) {
            request.getHeaders().putSingle(HttpHeaders.ACCEPT, MediaType.WILDCARD);
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) throws IOException {
        boolean read = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        if (!read || response.getStatus() != OK || !isDocument(response)) {
            return;
        }
        response.getHeaders().add(HttpHeaders.VARY, HttpHeaders.ACCEPT);
        if (!Boolean.TRUE.equals(request.getProperty(WANTED)) || tooLarge(response.getEntity())) {
            return;
        }
        var document = response.getEntity() instanceof byte[] bytes
                ? Json.MAPPER.readTree(bytes)
                : (JsonNode) response.getEntity();
        response.getHeaders().remove(HttpHeaders.ETAG);
        response.getHeaders().putSingle("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        response.setEntity(HtmlPage.of(document), null, MediaType.TEXT_HTML_TYPE.withCharset("UTF-8"));
    }

    private static boolean isDocument(ContainerResponseContext response) {
        if (!(response.getEntity() instanceof byte[] bytes)) {
            return response.getEntity() instanceof JsonNode;
        }
        var type = response.getMediaType();
        // what is written as a stream has no type yet where there are several
        return type == null || type.isWildcardSubtype()
                ? bytes.length > 0 && bytes[0] == '{'
                : JSON.contains(type.getSubtype());
    }

    private static boolean tooLarge(Object entity) {
        return entity instanceof byte[] bytes && bytes.length > MOST_BYTES;
    }

    /** Browsers name HTML first, programs name what they read or nothing; {@code f=html} goes before. */
    private static boolean wantsHtml(ContainerRequestContext request) {
        var format = request.getUriInfo().getQueryParameters().getFirst(Parameters.FORMAT);
        return "html".equals(format)
                || format == null
                        && request.getAcceptableMediaTypes().stream()
                                .findFirst()
                                .filter(type -> !type.isWildcardType() && type.isCompatible(MediaType.TEXT_HTML_TYPE))
                                .isPresent();
    }
}
