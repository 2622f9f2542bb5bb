// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.survol.core.Outcome;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.DeadLetters.About;
import org.survol.messaging.WorkJob.Reader;
import org.survol.messaging.WorkQueue.Ending;
import org.survol.messaging.WorkQueue.Handler;
import org.survol.messaging.WorkQueue.Settings;
import org.survol.messaging.WorkQueue.TextHandler;

/**
 * Starts a service's work queues and closes them when it stops, before its channels go: what a handler finishes in its
 * grace can still be published. A queue takes nothing before the topics and the store are there, and hands its handler no
 * work of a run that is cancelled.
 */
@ApplicationScoped
public class WorkQueues {

    private static final Logger LOG = Logger.getLogger(WorkQueues.class);

    private static final Duration ADMIN_CALL = Duration.ofSeconds(10);
    private static final Duration BACKLOG_AGE = Duration.ofSeconds(5);

    private final Foundations foundations;
    private final WorkSettings settings;
    private final CloudEvents codec;
    private final EventSink sink;
    private final MeterRegistry meters;
    private final CancelledRuns cancelled;
    private final List<WorkQueue> queues = new CopyOnWriteArrayList<>();

    WorkQueues(
            Foundations foundations,
            WorkSettings settings,
            CloudEvents codec,
            EventSink sink,
            MeterRegistry meters,
            ObjectStore store) {
        this.foundations = foundations;
        this.settings = settings;
        this.codec = codec;
        this.sink = sink;
        this.meters = meters;
        this.cancelled = new CancelledRuns(store);
    }

    /**
     * Starts a queue on a topic that one stage works off ({@link Topics#stageOf}). Returns at once.
     *
     * @param group share group; all instances of a service use the same
     * @param workers records worked on at once in this process
     */
    public WorkQueue start(String group, String topic, int workers, Handler handler) {
        return start(Topics.stageOf(topic), group, topic, workers, handler);
    }

    /** @param stage as dead letters name it */
    public WorkQueue start(String stage, String group, String topic, int workers, Handler handler) {
        return start(stage, group, topic, workers, Reader.ofEvents(codec, unlessCancelled(handler)));
    }

    private Handler unlessCancelled(Handler handler) {
        return event -> {
            var run = About.event(event).run();
            return run.isPresent() && cancelled.contains(run.get())
                    ? new Outcome.Skipped(run.get() + " is cancelled")
                    : handler.handle(event);
        };
    }

    /** Starts a queue on a topic whose records are not our events. */
    public WorkQueue startOfTexts(String stage, String group, String topic, int workers, TextHandler handler) {
        return start(stage, group, topic, workers, Reader.ofTexts(handler));
    }

    private WorkQueue start(String stage, String group, String topic, int workers, Reader reader) {
        var chosen = new Settings(
                stage,
                group,
                topic,
                workers,
                settings.maxDeliveries(),
                settings.lock(),
                settings.backOff(),
                settings.maxBackOff(),
                settings.closeGrace());
        var queue = WorkQueue.start(foundations.kafka(), chosen, gateOf(chosen), sink, reader);
        queues.add(queue);
        measure(queue);
        return queue;
    }

    /**
     * Records of the queue's topic that wait or are being worked on, by all workers of its group together.
     *
     * @throws IOException when the broker cannot tell right now
     */
    public long backlog(WorkQueue queue) throws IOException {
        return backlog(queue.settings().group(), queue.settings().topic());
    }

    private long backlog(String group, String topic) throws IOException {
        try {
            return new ShareGroups(foundations.admin(), ADMIN_CALL).backlog(group, topic);
        } catch (ExecutionException | TimeoutException | IllegalStateException e) {
            throw new IOException("the backlog of " + group + " is not known: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for the backlog of " + group, e);
        }
    }

    /**
     * Exports the backlog of a queue that other processes work off: what scales them from none must learn of it from one
     * that always runs.
     */
    public void watch(String group, String topic) {
        Gauge.builder("survol.work.backlog", new SampledBacklog(group, topic), SampledBacklog::value)
                // nobody else holds it: a gauge whose object is collected tells NaN for ever
                .strongReference(true)
                .description("records that wait or are being worked on, over all workers of the group")
                .tag("group", group)
                .tag("topic", topic)
                .register(meters);
    }

    /** Those that run in this process. */
    public List<WorkQueue> running() {
        return List.copyOf(queues);
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent event) {
        // all at once, so that the graces do not add up
        var closing = queues.stream()
                .map(queue -> Thread.ofVirtual().start(queue::close))
                .toList();
        try {
            for (var thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The group must be configured before its first member joins, or it would start with the newest record. */
    private Gate gateOf(Settings chosen) {
        return new Gate() {
            private boolean configured;

            @Override
            public synchronized boolean isOpen() {
                if (!configured && foundations.hold()) {
                    try {
                        new ShareGroups(foundations.admin(), ADMIN_CALL).configure(chosen.group(), chosen.lock());
                        configured = true;
                    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
                        LOG.warnf("%s: the share group cannot be configured yet: %s", chosen.group(), e.getMessage());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                return configured;
            }
        };
    }

    private void measure(WorkQueue queue) {
        var chosen = queue.settings();
        watch(chosen.group(), chosen.topic());
        Gauge.builder("survol.work.busy", queue, WorkQueue::busy)
                .description("handlers at work in this process")
                .tag("group", chosen.group())
                .register(meters);
        for (var ending : Ending.values()) {
            FunctionCounter.builder("survol.work.records", queue, q -> q.ended(ending))
                    .description("records by how their stay with a worker ended")
                    .tag("group", chosen.group())
                    .tag("ending", ending.name().toLowerCase(Locale.ROOT))
                    .register(meters);
        }
    }

    /** Asks the broker at most every few seconds, however often it is scraped; NaN while it cannot tell. */
    private final class SampledBacklog {
        private final String group;
        private final String topic;
        private Instant askAgain = Instant.MIN;
        private double value = Double.NaN;

        SampledBacklog(String group, String topic) {
            this.group = group;
            this.topic = topic;
        }

        synchronized double value() {
            if (Instant.now().isAfter(askAgain)) {
                try {
                    value = backlog(group, topic);
                } catch (IOException e) {
                    LOG.debug(e.getMessage(), e);
                    value = Double.NaN;
                }
                askAgain = Instant.now().plus(BACKLOG_AGE);
            }
            return value;
        }
    }
}
