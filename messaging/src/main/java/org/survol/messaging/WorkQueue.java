// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;

/**
 * Works a topic off through a Kafka share group (KIP-932): each record goes to one worker of one process, however many
 * there are, and comes back when that worker dies.
 *
 * <p>Every worker takes one record at a time. While its handler computes, the record's lock is renewed, so that a job
 * may take hours and a dead worker's record is free within seconds (closed connection) or one lock (silent machine).
 *
 * <table>
 * <caption>What an outcome leads to</caption>
 * <tr><td>{@link Outcome.Done}</td><td>publish its events, acknowledge</td></tr>
 * <tr><td>{@link Outcome.Skipped}</td><td>acknowledge</td></tr>
 * <tr><td>{@code BAD_INPUT}, {@link org.survol.core.BadInputException}, a record that cannot be decoded</td>
 *     <td>publish a dead letter, acknowledge</td></tr>
 * <tr><td>{@code TRANSIENT}, {@link java.io.IOException}, any other exception or error</td>
 *     <td>give back after a growing delay; dead letter at the delivery limit</td></tr>
 * <tr><td>{@code CONFIG}</td><td>give back, take nothing more, {@link #misconfigured()} says why</td></tr>
 * </table>
 *
 * <p>Delivery is at least once. A worker that loses its lock (paused machine, restarted broker) is not stopped, and
 * what it made is still published: object keys and event ids derive from inputs, so the second worker's result is the
 * same. Handlers must keep to that.
 *
 * <p>A delivery counts when the record is taken, also when it is given back by an orderly shutdown. The broker drops a
 * record silently at its own limit ({@code group.share.delivery.count.limit}, 5 unless set); keep that above {@link
 * Settings#maxDeliveries()}, so that every end is a told one.
 */
public final class WorkQueue implements AutoCloseable {

    /** What is done with one event. Runs on a thread of its own; must be idempotent; is interrupted at shutdown. */
    @FunctionalInterface
    public interface Handler {
        Outcome handle(PipelineEvent event) throws Exception;
    }

    /**
     * What is done with one record of a topic that others write to, in words of their own. Otherwise as {@link Handler}.
     */
    @FunctionalInterface
    public interface TextHandler {
        /** @param where names the record */
        Outcome handle(String where, String text) throws Exception;
    }

    /** How a record's stay with a worker ended; for counting. */
    public enum Ending {
        DONE,
        SKIPPED,
        DEAD_LETTER,
        GIVEN_BACK,
        LOCK_LOST
    }

    /**
     * @param stage as dead letters name it
     * @param workers records worked on at once
     * @param maxDeliveries after this many the record becomes a dead letter
     * @param lock how long the record of a silent worker stays unavailable; renewed three times in it
     * @param backOff delay before a failed record is given back the first time; doubles up to {@code maxBackOff}
     * @param closeGrace what a running handler gets to finish when the queue closes
     */
    public record Settings(
            String stage,
            String group,
            String topic,
            int workers,
            int maxDeliveries,
            Duration lock,
            Duration backOff,
            Duration maxBackOff,
            Duration closeGrace) {

        private static final int HIGHEST_DELIVERY_LIMIT = 9;

        public Settings {
            Objects.requireNonNull(stage, "stage");
            Objects.requireNonNull(group, "group");
            Objects.requireNonNull(topic, "topic");
            if (workers < 1) {
                throw new IllegalArgumentException("a queue needs at least one worker: " + workers);
            }
            if (maxDeliveries < 1 || maxDeliveries > HIGHEST_DELIVERY_LIMIT) {
                throw new IllegalArgumentException("survol.work.max-deliveries must be 1 to " + HIGHEST_DELIVERY_LIMIT
                        + ", below the broker's own limit: " + maxDeliveries);
            }
        }

        Duration backOffAfter(int delivery) {
            int doublings = Math.min(delivery - 1, 20);
            var grown = backOff.multipliedBy(1L << Math.max(0, doublings));
            return grown.compareTo(maxBackOff) < 0 ? grown : maxBackOff;
        }
    }

    private final Settings settings;
    private final List<WorkLane> lanes = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicReference<String> misconfigured = new AtomicReference<>();
    private final Map<Ending, LongAdder> endings = new EnumMap<>(Ending.class);

    private WorkQueue(Settings settings) {
        this.settings = settings;
        for (var ending : Ending.values()) {
            endings.put(ending, new LongAdder());
        }
    }

    /**
     * Starts the workers; they take nothing before the gate opens.
     *
     * @param kafka client settings that reach the broker, {@code bootstrap.servers} at least
     */
    static WorkQueue start(
            Map<String, Object> kafka,
            Settings settings,
            Gate gate,
            CloudEvents codec,
            EventSink sink,
            Handler handler) {
        return start(kafka, settings, gate, sink, WorkJob.Reader.ofEvents(codec, handler));
    }

    static WorkQueue start(
            Map<String, Object> kafka, Settings settings, Gate gate, EventSink sink, WorkJob.Reader reader) {
        var queue = new WorkQueue(settings);
        for (int worker = 1; worker <= settings.workers(); worker++) {
            var job = new WorkJob(settings, sink, reader);
            queue.lanes.add(new WorkLane(queue, worker, kafka, gate, job));
        }
        queue.lanes.forEach(WorkLane::start);
        return queue;
    }

    public Settings settings() {
        return settings;
    }

    /** Why the queue stopped taking work; empty while all is well. */
    public Optional<String> misconfigured() {
        return Optional.ofNullable(misconfigured.get());
    }

    /** When the least lively worker last showed that it runs; a long job does not hold it up. */
    public Instant lastSignOfLife() {
        return lanes.stream()
                .map(WorkLane::lastSignOfLife)
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** How many records ended that way in this process. */
    public long ended(Ending ending) {
        return endings.get(ending).sum();
    }

    /** Handlers that are at work now. */
    public int busy() {
        return (int) lanes.stream().filter(WorkLane::busy).count();
    }

    /**
     * Takes nothing more, lets running handlers finish within the grace, then interrupts them and gives their records
     * back, so that another process has them at once. Idempotent.
     */
    @Override
    public void close() {
        closing.countDown();
        lanes.forEach(WorkLane::join);
    }

    boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** @return true when the queue began to close before the time was over */
    boolean closesWithin(Duration time) throws InterruptedException {
        return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stopFor(String reason) {
        misconfigured.compareAndSet(null, reason);
    }

    void count(Ending ending) {
        endings.get(ending).increment();
    }
}
