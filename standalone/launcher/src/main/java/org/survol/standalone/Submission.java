// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.survol.core.Json;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.standalone.AcquisitionProgress.DeadLetter;

/** Hands a delivery in: files to the inbox, hrefs to the store, the Item to the intake; then follows it to its end. */
final class Submission {

    /** What the intake said. */
    sealed interface HandedIn {

        /** @param id by which it can be followed */
        record Taken(String id) implements HandedIn {}
    }

    /** How a submission ended. */
    sealed interface Ending {

        /** The intake did not take it. */
        record Refused(String id, String reason) implements Ending, HandedIn {}

        /** @param wall from handing in to the end */
        record Ended(AcquisitionProgress progress, Duration wall) implements Ending {}

        /** @param last what was known when the patience ended; empty when the catalogue had not heard of it */
        record TimedOut(String id, Optional<AcquisitionProgress> last) implements Ending {}
    }

    /** @param looseLetters ids of dead letters that belong to no acquisition */
    record Before(Optional<AcquisitionProgress> progress, Set<String> looseLetters) {

        static final Before NOTHING = new Before(Optional.empty(), Set.of());
    }

    private static final String CHECKSUM = "file:checksum";
    private static final String SHA256_MULTIHASH = "1220";
    private static final Duration LETTERS_LATE = Duration.ofSeconds(1);
    private static final Duration POLL = Duration.ofMillis(400);

    /** So long after a repeated delivery, what is known of it is taken for its outcome. */
    private static final Duration SAME_RUN = Duration.ofSeconds(5);

    /** The same, when a model was asked for that has no run yet. */
    private static final Duration OTHER_RUN = Duration.ofSeconds(30);

    /** A service may be restarting; the catalogue and the intake may be silent for this long. */
    private static final Duration SILENCE = Duration.ofSeconds(90);

    private final Catalogue catalogue;
    private final ObjectStore store;
    private final String bucket;
    private final Consumer<String> say;

    Submission(Instance instance, ObjectStore store, Consumer<String> say) {
        this.catalogue = new Catalogue(instance);
        this.store = store;
        this.bucket = instance.store().bucket();
        this.say = say;
    }

    /** Uploads what lies here and delivers; says what had to be guessed. */
    HandedIn handIn(Delivery delivery, Optional<String> model) throws IOException, InterruptedException {
        return switch (delivery) {
            case Delivery.WithItem withItem -> {
                var item = Json.bytes(inStore(withItem));
                yield deliver(delivery.id(), () -> catalogue.deliver(item, model));
            }
            case Delivery.PlainFiles plain -> {
                var order = order(Optional.of(plain.id()), model)
                        .put("written", plain.written().toString());
                var keys = order.putArray("keys");
                for (var file : new TreeMap<>(plain.files()).entrySet()) {
                    var key = StoreLayout.inbox(plain.id(), file.getKey());
                    store.upload(key, file.getValue(), contentType(file.getValue()));
                    keys.add(key);
                }
                yield deliver(delivery.id(), () -> catalogue.deliver(order));
            }
            case Delivery.InStore there -> {
                if (!there.bucket().equals(bucket)) {
                    throw new CommandFailed("the files lie in bucket " + there.bucket()
                            + ", and this instance works in "
                            + bucket + ". Copy them to s3://" + bucket + "/inbox/, or submit an Item that names them"
                            + " (the intake reads other buckets that survol.ingest.allowed-buckets lists).");
                }
                var order = order(there.wantedId(), model);
                if (there.key().endsWith(".json")) {
                    order.putArray("keys").add(there.key());
                } else {
                    order.put("prefix", there.key());
                }
                yield deliver(delivery.id(), () -> catalogue.deliver(order));
            }
        };
    }

    private static ObjectNode order(Optional<String> id, Optional<String> model) {
        var order = Json.MAPPER.createObjectNode();
        id.ifPresent(name -> order.put("id", name));
        model.ifPresent(name -> order.put("model", name));
        return order;
    }

    private interface Request {
        Catalogue.Receipt send() throws IOException, InterruptedException;
    }

    /** The intake may be restarting: it is given some time. */
    private HandedIn deliver(String expectedId, Request request) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + SILENCE.toNanos();
        while (true) {
            try {
                return switch (request.send()) {
                    case Catalogue.Receipt.Accepted accepted -> {
                        accepted.guessed().forEach(guess -> say.accept(accepted.id() + ": " + guess));
                        yield new HandedIn.Taken(accepted.id());
                    }
                    case Catalogue.Receipt.Refused refused ->
                        new Ending.Refused(expectedId, refused.title() + ". " + refused.detail());
                };
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(POLL);
            }
        }
    }

    /**
     * Waits for the end of what was handed in.
     *
     * @param before what was known of this id before it was handed in
     * @param watch is told every change
     */
    Ending follow(
            String id, Optional<String> model, Before before, Duration patience, Consumer<AcquisitionProgress> watch)
            throws IOException, InterruptedException {
        long started = System.nanoTime();
        long deadline = started + patience.toNanos();
        long heard = started;
        var last = Optional.<AcquisitionProgress>empty();
        while (true) {
            try {
                last = catalogue.acquisition(id);
                heard = System.nanoTime();
            } catch (IOException e) {
                if (System.nanoTime() - heard > SILENCE.toNanos()) {
                    throw e;
                }
            }
            last.ifPresent(watch);
            if (last.isPresent()
                    && last.get().hasEnded()
                    && answersDelivery(last.get(), before.progress(), model, started)) {
                var wall = Duration.ofNanos(System.nanoTime() - started);
                // dead letters travel on a topic of their own and may come a moment after the map
                Thread.sleep(LETTERS_LATE);
                return new Ending.Ended(
                        withNewLooseLetters(catalogue.acquisition(id).orElse(last.get()), before), wall);
            }
            if (System.nanoTime() > deadline) {
                return new Ending.TimedOut(id, last);
            }
            Thread.sleep(POLL);
        }
    }

    /** What the catalogue knows of an id before it is handed in. */
    Before before(String id) throws IOException, InterruptedException {
        return new Before(
                catalogue.acquisition(id),
                looseLetters().stream().map(DeadLetter::id).collect(toSet()));
    }

    /** Dead letters that belong to no acquisition: a model that cannot be used. */
    private List<DeadLetter> looseLetters() throws IOException, InterruptedException {
        return catalogue.deadLetters().stream()
                .filter(letter -> letter.acquisition().isEmpty())
                .toList();
    }

    private AcquisitionProgress withNewLooseLetters(AcquisitionProgress progress, Before before)
            throws IOException, InterruptedException {
        var letters = new ArrayList<>(progress.deadLetters());
        looseLetters().stream()
                .filter(letter -> !before.looseLetters().contains(letter.id()))
                .forEach(letters::add);
        return progress.withDeadLetters(letters);
    }

    /**
     * The same flight may have been handed in before. The same Item with the same model is the same run, which then is
     * done already; another model gives another run, which appears a moment after the delivery.
     */
    private static boolean answersDelivery(
            AcquisitionProgress now, Optional<AcquisitionProgress> before, Optional<String> model, long started) {
        if (before.isEmpty() || !before.get().hasEnded()) {
            return true;
        }
        boolean changed = now.runs().size() != before.get().runs().size()
                || now.deadLetters().size() != before.get().deadLetters().size();
        boolean knowsModel = model.isEmpty()
                || now.runs().stream().anyMatch(run -> run.model().equals(model));
        // a cancelled run is taken up again once it is planned, as a new one is
        var patience = knowsModel && !now.state().equals("cancelled") ? SAME_RUN : OTHER_RUN;
        return changed || System.nanoTime() - started > patience.toNanos();
    }

    private ObjectNode inStore(Delivery.WithItem delivery) throws IOException {
        var item = delivery.item().deepCopy();
        var assets = item.path("assets");
        var names = new HashSet<String>();
        for (var asset : assets.properties()) {
            var file = delivery.files().get(asset.getKey());
            if (file == null || !(asset.getValue() instanceof ObjectNode fields)) {
                continue;
            }
            var name = Delivery.unused(file.getFileName().toString(), names::contains);
            names.add(name);
            var key = StoreLayout.inbox(delivery.id(), name);
            fields.put("href", "s3://" + bucket + "/" + key);
            if (Files.isRegularFile(file)) {
                upload(file, key, fields);
            } else {
                say.accept(file + " is missing; the Item is handed in all the same");
            }
        }
        return item;
    }

    private void upload(Path file, String key, ObjectNode asset) throws IOException {
        var stored = store.upload(key, file, contentType(file));
        var checksum = SHA256_MULTIHASH + stored.sha256();
        var promised = asset.path(CHECKSUM).asText("");
        if (promised.isEmpty()) {
            asset.put(CHECKSUM, checksum);
        } else if (!promised.equals(checksum)) {
            // the sender's word stays: the chain must refuse the file, not believe our reading of it
            say.accept(file + " is not what its Item promises (" + CHECKSUM + " differs)");
        }
        if (!asset.hasNonNull("file:size")) {
            asset.put("file:size", stored.bytes());
        }
    }

    private static String contentType(Path file) {
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".tif") || name.endsWith(".tiff") ? "image/tiff" : "application/octet-stream";
    }
}
