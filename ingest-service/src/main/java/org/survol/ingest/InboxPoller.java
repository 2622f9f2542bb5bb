// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jboss.logging.Logger.Level;
import org.survol.core.event.AcquisitionId;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink.PublishException;

/**
 * Looks into the inbox again and again, for stores that send no notifications, and tells what a server would have told.
 * What it remembers only saves work: it may forget everything, and another one may look at the same time, because
 * whoever is told knows what was told before.
 */
@ApplicationScoped
class InboxPoller {

    private static final Logger LOG = Logger.getLogger(InboxPoller.class);

    /** Of a turn's time, so that a store with very many objects is not kept busy with listing them. */
    private static final int PAUSE_FACTOR = 9;

    private static final String SETTLED_MARKER = "_DONE";

    private final ObjectStore store;
    private final Consumer<ObjectStore.Stat> tell;
    private final TriggerConfig config;
    private final InstantSource clock;

    /** State of each Item and marker when it was told, by key. */
    private Map<String, String> told = new HashMap<>();

    /** Folders without Item and marker, when only their being quiet can tell that they are complete. */
    private Map<String, Quiet> quiet = new HashMap<>();

    private Thread thread;

    /**
     * @param state sum over the folder's objects, whatever their order
     * @param since when the folder was first seen in this state
     */
    private record Quiet(long state, Instant since) {}

    @Inject
    InboxPoller(ObjectStore store, ObjectEventsChannel channel, TriggerConfig config) {
        this(store, channel::put, config, InstantSource.system());
    }

    InboxPoller(ObjectStore store, Consumer<ObjectStore.Stat> tell, TriggerConfig config, InstantSource clock) {
        this.store = store;
        this.tell = tell;
        this.config = config;
        this.clock = clock;
    }

    /** Begins to look, when that is wanted. */
    void start() {
        config.poll()
                .ifPresent(pause ->
                        thread = Thread.ofVirtual().name("inbox-poller").start(() -> run(pause)));
    }

    void stop(@Observes ShutdownEvent event) {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run(Duration pause) {
        boolean failing = false;
        try {
            while (true) {
                long begun = System.nanoTime();
                try {
                    turn();
                    failing = false;
                } catch (IOException | PublishException e) {
                    LOG.logf(failing ? Level.DEBUG : Level.WARN, "the inbox cannot be watched now: %s", e.getMessage());
                    failing = true;
                } catch (RuntimeException e) {
                    LOG.error("the inbox could not be looked through", e);
                }
                var taken = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(PAUSE_FACTOR);
                Thread.sleep(taken.compareTo(pause) > 0 ? taken : pause);
            }
        } catch (InterruptedException e) {
            LOG.debug("the inbox is watched no more");
        }
    }

    /**
     * One look.
     *
     * @throws IOException when the store does not answer; what was told before that stays told
     */
    void turn() throws IOException {
        var seen = new HashMap<String, String>();
        var open = new HashMap<String, Long>();
        var closed = new HashSet<String>();
        Consumer<ObjectStore.Stat> visit = object -> {
            boolean trigger = Arrivals.isTrigger(object.key());
            if (trigger) {
                seen.put(object.key(), tellWhenNew(object));
            }
            if (config.settle().isPresent()) {
                topFolder(object.key()).ifPresent(folder -> {
                    open.merge(folder, state(object), Long::sum);
                    if (trigger) {
                        closed.add(folder);
                    }
                });
            }
        };
        // folder by folder: servers over a file system look through all that lies below a prefix for every page
        var inbox = store.level(StoreLayout.INBOX);
        inbox.objects().forEach(visit);
        for (var folder : inbox.folders()) {
            store.scan(folder, visit);
        }
        told = seen;
        open.keySet().removeAll(closed);
        settle(open);
    }

    private String tellWhenNew(ObjectStore.Stat object) {
        var state = object.etag() + " " + object.bytes() + " " + object.modified();
        if (!state.equals(told.get(object.key()))) {
            tell.accept(object);
            told.put(object.key(), state);
        }
        return state;
    }

    /** A marker says for everybody and for ever that the folder was complete. */
    private void settle(Map<String, Long> open) throws IOException {
        var now = clock.instant();
        var still = new HashMap<String, Quiet>();
        for (var folder : open.entrySet()) {
            var before = quiet.get(folder.getKey());
            var since = before != null && before.state() == folder.getValue() ? before.since() : now;
            still.put(folder.getKey(), new Quiet(folder.getValue(), since));
            if (!since.plus(config.settle().orElseThrow()).isAfter(now) && !isRegistered(folder.getKey())) {
                LOG.infof("%s has been quiet since %s and is taken as complete", folder.getKey(), since);
                store.writeIfAbsent(folder.getKey() + SETTLED_MARKER, new byte[0], "text/plain");
            }
        }
        quiet = still;
    }

    /** What was handed in with an Item that lies elsewhere needs no marker. */
    private boolean isRegistered(String folder) throws IOException {
        var id = AcquisitionId.of(folder.substring(StoreLayout.INBOX.length()));
        return store.stat(StoreLayout.item(id)).isPresent();
    }

    /** The folder directly below the inbox. */
    private static Optional<String> topFolder(String key) {
        int slash = key.indexOf('/', StoreLayout.INBOX.length());
        return slash > 0 ? Optional.of(key.substring(0, slash + 1)) : Optional.empty();
    }

    private static long state(ObjectStore.Stat object) {
        long mixed = 31L * object.key().hashCode() + object.etag().hashCode() + object.bytes() * 0x9e3779b97f4a7c15L;
        return (mixed ^ mixed >>> 29) * 0xbf58476d1ce4e5b9L;
    }
}
