// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.ingest.Intake.Receipt;
import org.survol.messaging.EventSink;

/** Where acquisitions are delivered over HTTP. */
@Path("/acquisitions")
public class AcquisitionResource {

    private static final Logger LOG = Logger.getLogger(AcquisitionResource.class);

    private final Intake intake;
    private final IngestConfig config;

    AcquisitionResource(Intake intake, IngestConfig config) {
        this.intake = intake;
        this.config = config;
    }

    /**
     * Takes a STAC Item whose files lie in the store already.
     *
     * @return 202 with the place where its progress is told; 400, 409, 413 or 503 with a problem that names the mend
     */
    @POST
    @Consumes({MediaType.APPLICATION_JSON, "application/geo+json"})
    @Produces({MediaType.APPLICATION_JSON, Problem.MEDIA_TYPE})
    @RunOnVirtualThread
    public Response register(byte[] item, @QueryParam("model") Optional<String> model) {
        if (item.length > config.maxItemBytes()) {
            return Problem.response(
                    413,
                    "Item too large",
                    "The Item has " + item.length + " bytes, more than " + config.maxItemBytes(),
                    "Leave out what describes neither the flight nor its files");
        }
        try {
            return switch (intake.register(item, model)) {
                case Receipt.Accepted accepted ->
                    Response.status(Response.Status.ACCEPTED)
                            .header(HttpHeaders.LOCATION, "/acquisitions/" + accepted.id())
                            .type(MediaType.APPLICATION_JSON)
                            .entity(Json.bytes(Map.of("id", accepted.id())))
                            .build();
                case Receipt.Conflict conflict -> Problem.idIsTaken(conflict.id());
            };
        } catch (BadInputException e) {
            return Problem.response(400, "Item refused", e.reason(), e.mend());
        } catch (EventSink.PublishException e) {
            LOG.error("The acquisition was stored but not announced: the broker does not answer", e);
            return Problem.brokerIsAway();
        } catch (IOException e) {
            LOG.error("The acquisition was not taken in: the store does not answer", e);
            return Problem.response(
                    503, "Store not reachable", "The acquisition could not be stored", "Send it again in a moment");
        }
    }
}
