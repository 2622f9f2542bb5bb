// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.survol.access.OwnGuard;
import org.survol.core.BadInputException;
import org.survol.messaging.EventSink.PublishException;

/**
 * Where an S3 server without Kafka sends its notifications. They are put on the topic where the others lie, so a 202 means
 * that none is lost; what it leads to shows as a dead letter or an acquisition.
 */
@OwnGuard
@Path("/notifications/s3")
public class NotificationResource {

    private static final Logger LOG = Logger.getLogger(NotificationResource.class);

    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";

    private final Arrivals arrivals;
    private final ObjectEventsChannel channel;
    private final TriggerConfig config;

    NotificationResource(Arrivals arrivals, ObjectEventsChannel channel, TriggerConfig config) {
        this.arrivals = arrivals;
        this.channel = channel;
        this.config = config;
    }

    /** For servers that look whether somebody is there. */
    @GET
    @Produces(MediaType.TEXT_PLAIN)
    public String alive() {
        return "S3 event notifications are taken here by POST\n";
    }

    /**
     * @return 202 when the broker has them or none is of interest; 400, 401, 413 or 503 with a problem that names the mend
     */
    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces(Problem.MEDIA_TYPE)
    @RunOnVirtualThread
    public Response take(
            byte[] body,
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @Context HttpServerRequest caller) {
        if (!isAllowed(Optional.ofNullable(authorization), caller)) {
            return Problem.response(
                    401,
                    "Not authorised",
                    config.webhookToken().isPresent()
                            ? "The request does not carry the token that survol.ingest.webhook-token holds"
                            : "Without survol.ingest.webhook-token only callers on this machine are heard",
                    "Send the header Authorization: Bearer TOKEN");
        }
        if (body.length > S3Events.MAX_BYTES) {
            return Problem.response(
                    413,
                    "Notification too large",
                    "It has " + body.length + " bytes, more than " + S3Events.MAX_BYTES,
                    "Send fewer records at once");
        }
        try {
            var events = S3Events.parse(body);
            boolean ours = false;
            for (var event : events) {
                var ignored = arrivals.ignored(event);
                ignored.ifPresent(arrivals::count);
                ours |= ignored.isEmpty();
            }
            if (ours) {
                channel.put(new String(body, StandardCharsets.UTF_8));
            }
            return Response.accepted().build();
        } catch (BadInputException e) {
            return Problem.response(400, "No notification", e.reason(), e.mend());
        } catch (PublishException e) {
            LOG.error("A notification was not taken: the broker does not answer", e);
            return Problem.response(
                    503, "Broker not reachable", "The notification could not be kept", "Send it again in a moment");
        }
    }

    private boolean isAllowed(Optional<String> authorization, HttpServerRequest caller) {
        if (config.webhookToken().isEmpty()) {
            var address = caller.remoteAddress();
            return address != null && address.hostAddress() != null && isLoopback(address.hostAddress());
        }
        var sent = authorization.flatMap(NotificationResource::token).orElse("");
        // takes the same time wherever the two begin to differ
        return MessageDigest.isEqual(
                sent.getBytes(StandardCharsets.UTF_8),
                config.webhookToken().get().getBytes(StandardCharsets.UTF_8));
    }

    /** Also the password of a basic authentication: VersityGW can send no header, but takes http://x:TOKEN@host/. */
    private static Optional<String> token(String authorization) {
        if (authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.of(authorization.substring(BEARER.length()).strip());
        }
        if (authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            try {
                var pair = new String(
                        Base64.getDecoder()
                                .decode(authorization.substring(BASIC.length()).strip()),
                        StandardCharsets.UTF_8);
                return Optional.of(pair.substring(pair.indexOf(':') + 1));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
