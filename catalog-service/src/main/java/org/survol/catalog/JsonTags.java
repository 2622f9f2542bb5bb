// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import org.survol.core.Digest;
import org.survol.core.Json;

/** Gives every JSON document an entity tag of its bytes, and answers who has these bytes already with 304. */
@Provider
public class JsonTags implements ContainerResponseFilter {

    private static final int OK = 200;
    private static final int NOT_MODIFIED = 304;

    /** The tag with which the document is answered. */
    public static EntityTag of(JsonNode document) {
        return of(Json.bytes(document));
    }

    private static EntityTag of(byte[] bytes) {
        return new EntityTag(Digest.shortened(Digest.of(bytes)));
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        boolean safe = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        if (!safe || response.getStatus() != OK || !(response.getEntity() instanceof JsonNode document)) {
            return;
        }
        var bytes = Json.bytes(document);
        var tag = of(bytes);
        response.getHeaders().putSingle(HttpHeaders.ETAG, tag);
        // what is asked for again costs a 304
        response.getHeaders().putSingle(HttpHeaders.CACHE_CONTROL, "public, max-age=0, must-revalidate");
        if (request.getRequest().evaluatePreconditions(tag) != null) {
            response.setStatus(NOT_MODIFIED);
            response.setEntity(null);
        } else {
            response.setEntity(bytes);
        }
    }
}
