// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.jboss.logging.Logger;
import org.survol.core.store.ConditionalWriteProbe;
import org.survol.core.store.ConditionalWriteProbe.UnfitStoreException;
import org.survol.core.store.ObjectStore;

/**
 * What a service stands on: topics that exist and a store with working conditional writes. A missing setting or an
 * unfit store stops the service at once; a broker or store that is merely away is waited for, and meanwhile the service
 * is up but not ready.
 */
@ApplicationScoped
class Foundations {

    private static final Logger LOG = Logger.getLogger(Foundations.class);

    /** Before channels and services start; so long that things started together find each other. */
    private static final Duration START_PATIENCE = Duration.ofSeconds(20);

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration ADMIN_CALL = Duration.ofSeconds(10);

    private final Map<String, Object> kafka;
    private final ObjectStore store;
    private final CountDownLatch topicsThere = new CountDownLatch(1);
    private final CountDownLatch storeFit = new CountDownLatch(1);
    private volatile String waitingForTopics = "not asked yet";
    private volatile String waitingForStore = "not asked yet";
    private volatile UnfitStoreException unfit;
    private volatile boolean started;
    private volatile boolean stopping;
    private Admin admin;

    Foundations(@Identifier("default-kafka-broker") Map<String, Object> kafka, ObjectStore store) {
        this.kafka = Map.copyOf(kafka);
        this.store = store;
    }

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event, StoreSettings settings)
            throws InterruptedException {
        settings.connection(); // names the missing setting here, not at the first tile
        Thread.ofVirtual().name("topics").start(this::ensureTopics);
        Thread.ofVirtual().name("store-probe").start(this::probeStore);
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        if (!storeFit.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            LOG.warnf("goes on without the object store: %s", waitingForStore);
        }
        started = true;
        if (unfit != null) {
            throw unfit;
        }
        if (!topicsThere.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            LOG.warnf("goes on without the broker: %s", waitingForTopics);
        }
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent event) {
        stopping = true;
        synchronized (this) {
            if (admin != null) {
                admin.close(Duration.ofSeconds(2));
                admin = null;
            }
        }
    }

    /** Settings that reach the broker, for clients of our own. */
    Map<String, Object> kafka() {
        return kafka;
    }

    /** Shared; do not close. */
    synchronized Admin admin() {
        if (stopping) {
            throw new IllegalStateException("the service is stopping");
        }
        if (admin == null) {
            var settings = new HashMap<>(kafka);
            settings.put("client.id", "survol-admin");
            settings.put("default.api.timeout.ms", (int) ADMIN_CALL.toMillis());
            settings.put("request.timeout.ms", (int) ADMIN_CALL.toMillis());
            admin = Admin.create(settings);
        }
        return admin;
    }

    boolean hold() {
        return topicsThere.getCount() == 0 && storeFit.getCount() == 0 && unfit == null;
    }

    /** Why topics may be missing; empty once they are known to be there. */
    Optional<String> waitingForTopics() {
        return topicsThere.getCount() == 0 ? Optional.empty() : Optional.of(waitingForTopics);
    }

    /** Why the store is not known to be fit; empty once it is. */
    Optional<String> waitingForStore() {
        return storeFit.getCount() == 0 && unfit == null ? Optional.empty() : Optional.of(waitingForStore);
    }

    private void ensureTopics() {
        while (!stopping) {
            try {
                Topics.ensure(admin(), ADMIN_CALL);
                topicsThere.countDown();
                return;
            } catch (ExecutionException | TimeoutException | RuntimeException e) {
                waitingForTopics = "topics: " + reason(e);
                LOG.debug(waitingForTopics, e);
            } catch (InterruptedException e) {
                return;
            }
            if (!pause()) {
                return;
            }
        }
    }

    private void probeStore() {
        while (!stopping) {
            try {
                ConditionalWriteProbe.check(store);
                storeFit.countDown();
                return;
            } catch (UnfitStoreException e) {
                waitingForStore = e.getMessage();
                unfit = e;
                storeFit.countDown();
                if (started) {
                    LOG.fatal(e.getMessage());
                    Quarkus.asyncExit(1);
                }
                return;
            } catch (IOException | RuntimeException e) {
                waitingForStore = "object store: " + reason(e);
                LOG.debug(waitingForStore, e);
            }
            if (!pause()) {
                return;
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(RETRY);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static String reason(Exception e) {
        return e instanceof ExecutionException && e.getCause() != null
                ? e.getCause().getMessage()
                : e.getMessage();
    }
}
