// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.survol.catalog.cql2.Cql2Exception;
import org.survol.catalog.store.CatalogStoreException;
import org.survol.messaging.EventSink;

/** Every error leaves as application/problem+json; what went wrong inside goes to the log only. */
final class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

    private final AllowedMethods methods;

    ProblemMappers(AllowedMethods methods) {
        this.methods = methods;
    }

    @ServerExceptionMapper
    Response problem(Problem e) {
        return response(e.status(), e.title(), e.getMessage());
    }

    @ServerExceptionMapper
    Response filter(Cql2Exception e) {
        return response(400, "Bad request", e.getMessage());
    }

    @ServerExceptionMapper
    Response web(WebApplicationException e, UriInfo uri) {
        int status = e.getResponse().getStatus();
        var reason = Response.Status.fromStatusCode(status);
        var title = reason == null ? "Refused" : reason.getReasonPhrase();
        if (status == 405) {
            var allowed = methods.of(uri.getRequestUri().getRawPath());
            var answer = response(status, title, "this address has no such method; it has " + allowed);
            answer.getHeaders().putSingle(HttpHeaders.ALLOW, allowed);
            return answer;
        }
        return response(
                status,
                title,
                status == 404 ? "there is nothing at this address" : "the request cannot be answered like this");
    }

    @ServerExceptionMapper
    Response database(CatalogStoreException e) {
        LOG.warn("the database does not answer", e);
        return response(503, "Unavailable", "the catalogue's database does not answer; try again in a moment");
    }

    @ServerExceptionMapper
    Response broker(EventSink.PublishException e) {
        LOG.warn("the broker does not answer", e);
        return response(503, "Unavailable", "the broker does not answer; try again in a moment");
    }

    @ServerExceptionMapper
    Response store(IOException e) {
        LOG.warn("the object store does not answer", e);
        return response(503, "Unavailable", "the object store does not answer; try again in a moment");
    }

    @ServerExceptionMapper
    Response bug(RuntimeException e) {
        LOG.error("unexpected", e);
        return response(500, "Internal error", "this should not have happened; the service's log says more");
    }

    private static Response response(int status, String title, String detail) {
        var body = new LinkedHashMap<String, Object>(
                Map.of("type", "about:blank", "title", title, "status", status, "detail", detail));
        return Response.status(status)
                .type("application/problem+json")
                .header("Cache-Control", "no-store")
                .entity(body)
                .build();
    }
}
