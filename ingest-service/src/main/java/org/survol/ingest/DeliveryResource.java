// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.store.ObjectStore;
import org.survol.ingest.GuessedItem.Guess;
import org.survol.ingest.Intake.Receipt;
import org.survol.messaging.EventSink;

/** Where files that lie in the inbox already are delivered, with or without an Item. */
@Path("/deliveries")
public class DeliveryResource {

    private static final Logger LOG = Logger.getLogger(DeliveryResource.class);
    private static final String HOW_TO_ASK =
            "Send {\"prefix\": \"inbox/FOLDER/\"} or {\"keys\": [\"inbox/FOLDER/FILE\", …]}";

    private final Inbox inbox;
    private final Intake intake;
    private final IngestConfig config;

    DeliveryResource(Inbox inbox, Intake intake, IngestConfig config) {
        this.inbox = inbox;
        this.intake = intake;
        this.config = config;
    }

    /**
     * @param prefix a folder below the inbox; either this or {@code keys}
     * @param keys objects below the inbox, in one folder; a single Item is what it says
     * @param id of the acquisition; absent: made from the folder's name
     * @param model name of the model asked for
     * @param datetime when the images were taken
     * @param written when the sender's files were written; taken when nothing tells a date
     */
    record Order(
            Optional<String> prefix,
            Optional<List<String>> keys,
            Optional<String> id,
            Optional<String> model,
            Optional<Instant> datetime,
            Optional<Instant> written) {}

    /**
     * @param item as it was taken in
     * @param guessed empty when somebody wrote the Item
     */
    record Answer(String id, JsonNode item, List<Guess> guessed) {}

    /**
     * Takes files in that lie in the store already: by the Item among them, or by inspection.
     *
     * @return 202 with the place where its progress is told, the Item and what was guessed for it; 400, 404, 409, 413 or
     *     503 with a problem that names the mend
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, Problem.MEDIA_TYPE})
    @RunOnVirtualThread
    public Response deliver(byte[] body) {
        if (body.length > config.maxItemBytes()) {
            return Problem.response(
                    413,
                    "Too many keys",
                    "The request has " + body.length + " bytes, more than " + config.maxItemBytes(),
                    "Name the folder as prefix instead of its files as keys");
        }
        try {
            var order = parse(body);
            var delivery = find(order);
            return switch (intake.register(delivery.item(), Optional.of(delivery.folder()), order.model())) {
                case Receipt.Accepted accepted ->
                    Response.status(Response.Status.ACCEPTED)
                            .header(HttpHeaders.LOCATION, "/acquisitions/" + accepted.id())
                            .type(MediaType.APPLICATION_JSON)
                            .entity(Json.bytes(new Answer(
                                    accepted.id(), Json.MAPPER.readTree(delivery.item()), delivery.guessed())))
                            .build();
                case Receipt.Conflict conflict -> Problem.idIsTaken(conflict.id());
            };
        } catch (Inbox.NothingThereException e) {
            return Problem.response(
                    404,
                    "Nothing there",
                    "No object of the store lies at " + e.getMessage(),
                    "Upload the files first; keys start with inbox/");
        } catch (BadInputException e) {
            return Problem.response(400, "Delivery refused", e.file() + ": " + e.reason(), e.mend());
        } catch (EventSink.PublishException e) {
            LOG.error("The acquisition was stored but not announced: the broker does not answer", e);
            return Problem.brokerIsAway();
        } catch (IOException e) {
            LOG.error("The delivery was not taken in: the store does not answer", e);
            return Problem.response(
                    503, "Store not reachable", "The files could not be looked at", "Send it again in a moment");
        }
    }

    private static Order parse(byte[] body) {
        try {
            var order = Json.parse(body, Order.class);
            if (order != null && order.prefix().isPresent() != order.keys().isPresent()) {
                return order;
            }
            throw new BadInputException("request", "names not one of prefix and keys", HOW_TO_ASK);
        } catch (MismatchedInputException e) {
            var field = e.getPath().isEmpty() ? "it" : e.getPath().getFirst().getFieldName();
            throw new BadInputException(
                    "request", field + " has the wrong form", HOW_TO_ASK + "; times as in 2026-06-21T10:00:00Z", e);
        } catch (IOException e) {
            throw new BadInputException("request", "is not JSON", HOW_TO_ASK, e);
        }
    }

    private Inbox.Delivery find(Order order) throws IOException {
        if (order.prefix().isPresent()) {
            var folder = Inbox.demandFolder(order.prefix().get());
            return inbox.folder(request(order, folder, inbox.files(folder)));
        }
        var keys = order.keys().get();
        if (keys.isEmpty()) {
            throw new BadInputException("keys", "is empty", HOW_TO_ASK);
        }
        keys.forEach(Inbox::demandKey);
        if (keys.size() == 1 && Inbox.mayBeItem(keys.getFirst()) && inbox.isItem(keys.getFirst())) {
            return inbox.item(keys.getFirst());
        }
        var folder = commonFolder(keys);
        return inbox.folder(request(order, folder, listed(keys, inbox.files(folder))));
    }

    private static DeliveryInspector.Request request(Order order, String folder, List<ObjectStore.Stat> files) {
        return new DeliveryInspector.Request(folder, files, order.id(), order.datetime(), order.written());
    }

    private static List<ObjectStore.Stat> listed(List<String> keys, List<ObjectStore.Stat> files) {
        var missing = new TreeSet<>(keys);
        var found = files.stream().filter(file -> missing.remove(file.key())).toList();
        if (!missing.isEmpty()) {
            throw new Inbox.NothingThereException(missing.getFirst());
        }
        return found;
    }

    private static String commonFolder(List<String> keys) {
        var folder = Inbox.folderOf(keys.getFirst());
        for (var key : keys) {
            while (!key.startsWith(folder)) {
                folder = Inbox.folderOf(folder.substring(0, folder.length() - 1));
            }
        }
        return Inbox.demandFolder(folder);
    }
}
