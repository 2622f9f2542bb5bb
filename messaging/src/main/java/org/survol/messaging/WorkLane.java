// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jboss.logging.Logger;
import org.survol.messaging.WorkJob.Verdict;
import org.survol.messaging.WorkQueue.Ending;

/**
 * One worker: a thread that polls and renews, and a second one that computes meanwhile. A share consumer belongs to
 * one thread, so all calls of it happen on the first.
 */
final class WorkLane {

    private static final Logger LOG = Logger.getLogger(WorkQueue.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration COMMIT = Duration.ofSeconds(10);
    private static final Duration DISCONNECT = Duration.ofSeconds(5);

    /** Set for ordinary consumers in many installations; a share consumer refuses to start with them. */
    private static final Set<String> NOT_FOR_SHARE_CONSUMERS = Set.of(
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
            ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
            ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
            ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG);

    private final WorkQueue queue;
    private final Map<String, Object> kafka;
    private final Gate gate;
    private final WorkJob job;
    private final String name;
    private final Thread polling;
    private final ExecutorService computing;

    private volatile Instant lastSignOfLife = Instant.now();
    private volatile boolean busy;

    WorkLane(WorkQueue queue, int number, Map<String, Object> kafka, Gate gate, WorkJob job) {
        this.queue = queue;
        this.gate = gate;
        this.job = job;
        this.name = queue.settings().group() + "-" + number;
        this.kafka = shareConsumer(kafka);
        this.polling = Thread.ofPlatform().daemon().name("queue-" + name).unstarted(this::run);
        this.computing = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("work-" + name).factory());
    }

    void start() {
        polling.start();
    }

    /** Returns when the worker has given back what it held, or when that takes unreasonably long. */
    void join() {
        var patience = queue.settings().closeGrace().plus(COMMIT).plus(DISCONNECT);
        try {
            if (!polling.join(patience)) {
                LOG.warnf("%s did not stop within %s", name, patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Instant lastSignOfLife() {
        return lastSignOfLife;
    }

    boolean busy() {
        return busy;
    }

    /** Whatever happens, the lane goes on: with a new consumer, after a pause. */
    private void run() {
        try {
            while (takesWork()) {
                alive();
                try {
                    if (gate.isOpen()) {
                        takeAndSettle();
                    } else {
                        pause();
                    }
                } catch (InterruptedException e) {
                    throw e;
                } catch (Throwable e) {
                    LOG.errorf(e, "%s: begins anew after an error of its own", name);
                    pause();
                }
            }
            while (!queue.isClosing()) {
                alive();
                pause();
            }
        } catch (InterruptedException e) {
            LOG.warnf("%s was interrupted and ends", name);
        } finally {
            computing.shutdownNow();
        }
    }

    /** Until the connection is no longer of use. */
    private void takeAndSettle() throws InterruptedException {
        try (var connection = new Connection(new KafkaShareConsumer<>(kafka))) {
            connection.consumer().subscribe(List.of(queue.settings().topic()));
            boolean useful = true;
            while (useful && takesWork()) {
                alive();
                for (var record : connection.consumer().poll(POLL)) {
                    useful &= settle(new HeldRecord(connection.consumer(), record));
                }
            }
        }
    }

    /** @return false when the lock was lost: what the consumer believes to hold is then no longer true */
    private boolean settle(HeldRecord held) throws InterruptedException {
        busy = true;
        try {
            var verdict = work(held);
            if (verdict instanceof Verdict.GiveBackLater) {
                hold(held, queue.settings().backOffAfter(held.delivery()));
            }
            if (held.isLost()) {
                LOG.warnf("%s: lost the lock of %s; another worker may do it again", name, held);
                queue.count(Ending.LOCK_LOST);
                return false;
            }
            boolean kept =
                    switch (verdict) {
                        case Verdict.Acknowledge done -> {
                            queue.count(done.ending());
                            yield held.end(AcknowledgeType.ACCEPT);
                        }
                        case Verdict.GiveBackLater _ -> {
                            queue.count(Ending.GIVEN_BACK);
                            yield held.end(AcknowledgeType.RELEASE);
                        }
                        case Verdict.GiveBackAndStop stop -> {
                            queue.stopFor(stop.reason());
                            queue.count(Ending.GIVEN_BACK);
                            yield held.end(AcknowledgeType.RELEASE);
                        }
                    };
            if (!kept) {
                LOG.warnf("%s: the broker did not take the end of %s; it may be done again", name, held);
            }
            return kept;
        } finally {
            busy = false;
        }
    }

    /** Lets the other thread compute and renews the lock until it is through, or the queue closes. */
    private Verdict work(HeldRecord held) throws InterruptedException {
        var record = held.record();
        Future<Verdict> result = computing.submit(() -> job.run(held.toString(), record.value(), held.delivery()));
        Instant closeBy = Instant.MAX;
        while (true) {
            try {
                return result.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                alive();
                held.renewWhenDue();
                if (queue.isClosing() && closeBy.equals(Instant.MAX)) {
                    closeBy = Instant.now().plus(queue.settings().closeGrace());
                }
                if (Instant.now().isAfter(closeBy)) {
                    result.cancel(true);
                    LOG.infof("%s: gives %s back, there is no time to finish it", name, held);
                    return new Verdict.GiveBackLater();
                }
            } catch (ExecutionException e) {
                // the job turns what a handler throws into an outcome; this is interruption or a bug of ours
                LOG.errorf(e.getCause(), "%s: could not settle %s", name, held);
                return new Verdict.GiveBackLater();
            }
        }
    }

    private void hold(HeldRecord held, Duration delay) throws InterruptedException {
        var until = Instant.now().plus(delay);
        while (Instant.now().isBefore(until) && !held.isLost()) {
            alive();
            held.renewWhenDue();
            var left = Duration.between(Instant.now(), until);
            if (queue.closesWithin(left.compareTo(POLL) < 0 ? left : POLL)) {
                return;
            }
        }
    }

    private boolean takesWork() {
        return !queue.isClosing() && queue.misconfigured().isEmpty();
    }

    private void alive() {
        lastSignOfLife = Instant.now();
    }

    private void pause() throws InterruptedException {
        queue.closesWithin(RETRY);
    }

    /** Closing a consumer whose broker is away must not take a minute. */
    private record Connection(ShareConsumer<String, String> consumer) implements AutoCloseable {
        @Override
        public void close() {
            consumer.close(DISCONNECT);
        }
    }

    /** A record and its lock. */
    private final class HeldRecord {

        private final ShareConsumer<String, String> consumer;
        private final int delivery;
        private final Duration renewal;
        private ConsumerRecord<String, String> record;
        private Instant renewAt;
        private boolean lost;

        HeldRecord(ShareConsumer<String, String> consumer, ConsumerRecord<String, String> record) {
            this.consumer = consumer;
            this.record = record;
            this.delivery = record.deliveryCount().map(Short::intValue).orElse(1);
            var lock = consumer.acquisitionLockTimeoutMs()
                    .map(Duration::ofMillis)
                    .orElse(queue.settings().lock());
            this.renewal = lock.dividedBy(3);
            this.renewAt = Instant.now().plus(renewal);
        }

        ConsumerRecord<String, String> record() {
            return record;
        }

        int delivery() {
            return delivery;
        }

        boolean isLost() {
            return lost;
        }

        void renewWhenDue() {
            if (lost || Instant.now().isBefore(renewAt)) {
                return;
            }
            lost = !end(AcknowledgeType.RENEW) || !takenAgain();
            renewAt = Instant.now().plus(renewal);
        }

        /** @return false when the broker no longer counts the record as ours */
        boolean end(AcknowledgeType how) {
            consumer.acknowledge(record, how);
            // a refusal stands in the result, it is not thrown
            var results = consumer.commitSync(COMMIT);
            results.values()
                    .forEach(failure -> failure.ifPresent(
                            cause -> LOG.warnf("%s: %s of %s refused: %s", name, how, this, cause.getMessage())));
            return results.values().stream().allMatch(Optional::isEmpty);
        }

        /** A renewed record comes out of poll once more, and only that one can be acknowledged. */
        private boolean takenAgain() {
            var patience = Instant.now().plus(renewal);
            while (Instant.now().isBefore(patience)) {
                boolean found = false;
                for (var polled : consumer.poll(POLL)) {
                    if (polled.partition() == record.partition() && polled.offset() == record.offset()) {
                        record = polled;
                        found = true;
                    } else {
                        consumer.acknowledge(polled, AcknowledgeType.RELEASE);
                    }
                }
                if (found) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String toString() {
            return record.topic() + "-" + record.partition() + "@" + record.offset();
        }
    }

    private Map<String, Object> shareConsumer(Map<String, Object> common) {
        var settings = new HashMap<>(common);
        settings.keySet().removeAll(NOT_FOR_SHARE_CONSUMERS);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, queue.settings().group());
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, name);
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        settings.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
        settings.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
        return settings;
    }
}
