// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.Outcome;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.store.ObjectStore;
import org.survol.ingest.Inbox.Delivery;
import org.survol.ingest.Intake.Receipt;
import org.survol.ingest.S3Events.ObjectEvent;
import org.survol.messaging.EventSink;

/**
 * Decides what an object that has appeared in the store means. A STAC Item in the inbox registers its acquisition; a
 * marker {@code _SUCCESS} or {@code _DONE} says that its folder is complete and is inspected; nothing else does anything
 * alone. The same arrival may be told any number of times.
 */
@ApplicationScoped
class Arrivals {

    private static final Logger LOG = Logger.getLogger(Arrivals.class);

    private static final Set<String> MARKERS = Set.of("_SUCCESS", "_DONE");

    /** What became of an arrival; for counting. */
    enum Fate {
        REGISTERED,
        /** told before */
        REPEATED,
        REFUSED,
        OTHER_BUCKET,
        OTHER_PREFIX,
        /** a deletion, a change of rights or tags */
        NO_CREATION,
        /** an image, a side file */
        NO_TRIGGER,
        /** JSON, but no Item */
        NO_ITEM
    }

    private final ObjectStore store;
    private final Inbox inbox;
    private final Intake intake;
    private final EventSink events;
    private final IngestConfig config;
    private final Map<Fate, Counter> counters = new EnumMap<>(Fate.class);

    Arrivals(
            ObjectStore store,
            Inbox inbox,
            Intake intake,
            EventSink events,
            IngestConfig config,
            MeterRegistry meters) {
        this.store = store;
        this.inbox = inbox;
        this.intake = intake;
        this.events = events;
        this.config = config;
        for (var fate : Fate.values()) {
            counters.put(
                    fate,
                    Counter.builder("survol.ingest.arrivals")
                            .description("objects that were told to have appeared, by what became of them")
                            .tag("fate", fate.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    /**
     * Why an event can be left aside without asking the store; empty when it must be looked into.
     */
    Optional<Fate> ignored(ObjectEvent event) {
        if (!event.isCreation()) {
            return Optional.of(Fate.NO_CREATION);
        }
        if (!event.bucket().equals(config.bucket())) {
            return Optional.of(Fate.OTHER_BUCKET);
        }
        if (!Inbox.holds(event.key())) {
            return Optional.of(Fate.OTHER_PREFIX);
        }
        return isTrigger(event.key()) ? Optional.empty() : Optional.of(Fate.NO_TRIGGER);
    }

    static boolean isTrigger(String key) {
        return isMarker(key) || Inbox.mayBeItem(key);
    }

    private static boolean isMarker(String key) {
        return MARKERS.contains(key.substring(key.lastIndexOf('/') + 1));
    }

    /** Counts what was left aside. */
    void count(Fate fate) {
        counters.get(fate).increment();
    }

    /**
     * Works a notification off, as it came.
     *
     * @param where names the notification when nothing can be read from it
     */
    Outcome take(String where, String notification) throws IOException {
        List<ObjectEvent> arrived;
        try {
            arrived = S3Events.parse(notification.getBytes(StandardCharsets.UTF_8));
        } catch (BadInputException e) {
            count(Fate.REFUSED);
            return new Outcome.Failed(FailureKind.BAD_INPUT, where, e.reason(), e.mend(), e);
        }
        var refused = new ArrayList<BadInputException>();
        NotYetException notYet = null;
        for (var event : arrived) {
            try {
                var fate = take(event);
                count(fate);
                log(event, fate);
            } catch (BadInputException e) {
                count(Fate.REFUSED);
                refused.add(e);
            } catch (Inbox.NothingThereException e) {
                notYet = new NotYetException(e.getMessage(), "was announced and is gone", "Upload it again");
            } catch (NotYetException e) {
                notYet = e;
            }
        }
        tell(refused);
        return notYet == null
                ? Outcome.Done.with()
                : new Outcome.Failed(FailureKind.TRANSIENT, notYet.file(), notYet.getMessage(), notYet.mend(), notYet);
    }

    /** Told one by one, as letters of their own: a server may bundle records of many folders. */
    private void tell(List<BadInputException> refused) {
        var letters = new ArrayList<DeadLettered>();
        for (var e : refused) {
            LOG.warnf("an arrival was refused: %s", e.getMessage());
            letters.add(Letters.aboutArrival(e));
        }
        events.publish(letters);
    }

    private static void log(ObjectEvent event, Fate fate) {
        switch (fate) {
            case REGISTERED -> LOG.infof("%s arrived and was registered", event.key());
            case REPEATED -> LOG.debugf("%s arrived again, nothing to do", event.key());
            default -> LOG.debugf("%s of %s ignored: %s", event.name(), event.key(), fate);
        }
    }

    /** What was announced is not there, or not as it was announced: it may still come. */
    private static final class NotYetException extends Exception {
        private static final long serialVersionUID = 1;

        private final String file;
        private final String mend;

        NotYetException(String file, String reason, String mend) {
            super(reason);
            this.file = file;
            this.mend = mend;
        }

        String file() {
            return file;
        }

        String mend() {
            return mend;
        }
    }

    private Fate take(ObjectEvent event) throws IOException, NotYetException {
        var ignored = ignored(event);
        if (ignored.isPresent()) {
            return ignored.get();
        }
        var stat = stat(event);
        var arrival = Digest.shortened(Digest.ofParts(stat.key(), stat.etag(), stat.modified()));
        Delivery delivery;
        if (isMarker(stat.key())) {
            delivery = folder(stat.key());
        } else {
            if (!inbox.isItem(stat.key())) {
                return Fate.NO_ITEM;
            }
            delivery = inbox.item(stat.key());
        }
        demandFiles(delivery);
        return switch (intake.registerOnce(delivery.item(), Optional.of(delivery.folder()), arrival)) {
            case Receipt.Accepted accepted -> accepted.first() ? Fate.REGISTERED : Fate.REPEATED;
            case Receipt.Conflict conflict ->
                throw new BadInputException(
                        stat.key(),
                        "another acquisition has its id, " + conflict.id() + ", with other content",
                        "Deliver the changed flight under an id, or in a folder, of its own");
        };
    }

    private Delivery folder(String marker) throws IOException {
        var folder = Inbox.demandFolder(Inbox.folderOf(marker));
        return inbox.folder(new DeliveryInspector.Request(
                folder, inbox.files(folder), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** By the decoded key, else by the key as it was sent: not every server encodes it. */
    private ObjectStore.Stat stat(ObjectEvent event) throws IOException, NotYetException {
        Inbox.demandKey(event.key());
        var stat = store.stat(event.key());
        if (stat.isEmpty() && !event.rawKey().equals(event.key())) {
            stat = store.stat(Inbox.demandKey(event.rawKey()));
        }
        var found = stat.orElseThrow(() -> new NotYetException(
                event.key(),
                "it was announced and is not in the store",
                "Upload it again if it should be there, else drop this letter"));
        if (event.bytes().isPresent() && event.bytes().getAsLong() != found.bytes()) {
            throw new NotYetException(
                    found.key(),
                    "it was announced with " + event.bytes().getAsLong() + " bytes and has " + found.bytes(),
                    "Upload it again if it is not whole; a later announcement of the same key goes before this one");
        }
        return found;
    }

    /** Uploads end in any order: an Item may come before its images. */
    private void demandFiles(Delivery delivery) throws IOException, NotYetException {
        var item = DeliveredItem.parse(delivery.item(), config, Optional.of(delivery.folder()));
        var listed = new HashMap<String, Set<String>>();
        for (var asset : item.assets()) {
            if (!Inbox.holds(asset.key())) {
                continue; // planning asks for it
            }
            var folder = Inbox.folderOf(asset.key());
            var files = listed.get(folder);
            if (files == null) {
                files = inbox.files(folder).stream().map(ObjectStore.Stat::key).collect(Collectors.toSet());
                listed.put(folder, files);
            }
            if (!files.contains(asset.key())) {
                throw new NotYetException(
                        asset.key(),
                        "the Item " + delivery.id() + " in " + delivery.folder()
                                + " names it, and it is not in the store",
                        "Upload it, then upload the Item once more or replay this letter");
            }
        }
    }
}
