// SPDX-License-Identifier: Apache-2.0
package org.survol.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.TreeSet;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Lets through who may: 401 for who does not say who they are, or says it with a token that does not hold; 403 for who
 * lacks the role. Health, metrics and the web map's own files are open: they hold no data.
 */
public class AccessFilter {

    private static final String CHALLENGE = "Bearer realm=\"survol\"";

    private final CurrentIdentityAssociation identities;
    private final boolean oidc;
    private final boolean anonymousRead;
    private final boolean anonymousChange;

    AccessFilter(
            CurrentIdentityAssociation identities,
            @ConfigProperty(name = "survol.access.oidc") boolean oidc,
            @ConfigProperty(name = "survol.access.anonymous-read") boolean anonymousRead,
            @ConfigProperty(name = "survol.access.anonymous-change") boolean anonymousChange) {
        this.identities = identities;
        this.oidc = oidc;
        this.anonymousRead = anonymousRead;
        this.anonymousChange = anonymousChange;
    }

    /** @return what is answered instead, or nothing */
    @ServerRequestFilter
    public Uni<Response> check(ContainerRequestContext request, ResourceInfo target) {
        var right = Right.of(request.getMethod(), target.getResourceClass(), target.getResourceMethod());
        boolean open =
                switch (right) {
                    case NONE -> true;
                    case READ -> anonymousRead;
                    case PUBLISH, CHANGE -> anonymousChange;
                };
        if (open) {
            return Uni.createFrom().nullItem();
        }
        return identities
                .getDeferredIdentity()
                .map(identity -> answer(identity, right))
                .onFailure(AuthenticationFailedException.class)
                .recoverWithItem(failure -> problem(
                        401,
                        "The token does not hold",
                        "It is not one of the issuer's, not for this service, or has expired",
                        "Get a new one and send it as Authorization: Bearer TOKEN"));
    }

    private Response answer(SecurityIdentity identity, Right right) {
        var roles = new TreeSet<>(right.roles());
        if (identity.isAnonymous()) {
            return problem(
                    401,
                    "Not authorised",
                    "This needs one of the roles " + String.join(", ", roles) + ", and the request carries no token",
                    oidc
                            ? "Send a token of the issuer as Authorization: Bearer TOKEN"
                            : "Set survol.access.oidc and survol.access.issuer, or open the service to everybody who "
                                    + "reaches it with survol.access.anonymous-change and -read");
        }
        if (Collections.disjoint(identity.getRoles(), roles)) {
            return problem(
                    403,
                    "Not allowed",
                    "This needs one of the roles " + String.join(", ", roles) + ", and the token has "
                            + (identity.getRoles().isEmpty()
                                    ? "none"
                                    : String.join(", ", new TreeSet<>(identity.getRoles()))),
                    "Ask whoever gives out roles at the issuer");
        }
        return null;
    }

    private static Response problem(int status, String title, String detail, String mend) {
        var problem = new LinkedHashMap<String, Object>();
        problem.put("type", "about:blank");
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", detail);
        problem.put("mend", mend);
        var response = Response.status(status).type("application/problem+json").entity(problem);
        return (status == 401 ? response.header(HttpHeaders.WWW_AUTHENTICATE, CHALLENGE) : response).build();
    }
}
