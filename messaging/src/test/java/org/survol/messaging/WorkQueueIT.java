// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.survol.broker.EmbeddedBroker;
import org.survol.core.BadInputException;
import org.survol.core.Outcome.Done;
import org.survol.core.Outcome.Failed;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.Outcome.Skipped;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.messaging.WorkQueue.Ending;
import org.survol.messaging.WorkQueue.Handler;

/** Against a real broker; each test has a topic and a group of its own. */
class WorkQueueIT {

    private static final Duration LOCK = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static EmbeddedBroker broker;
    private static Map<String, Object> kafka;
    private static Admin admin;
    private static ShareGroups groups;
    private static KafkaProducer<String, String> producer;

    private final CloudEvents codec = new CloudEvents("/survol-test");
    private final String topic = "work-" + UUID.randomUUID();
    private final String group = "group-" + UUID.randomUUID();
    private final BlockingQueue<PipelineEvent> published = new LinkedBlockingQueue<>();
    private final List<WorkQueue> queues = new ArrayList<>();
    private final EventSink sink = published::addAll;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start();
        kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
        admin = Admin.create(kafka);
        groups = new ShareGroups(admin, Duration.ofSeconds(10));
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer());
    }

    @AfterAll
    static void stopBroker() {
        producer.close();
        admin.close();
        broker.close();
    }

    @BeforeEach
    void makeTopicAndGroup() throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get(20, TimeUnit.SECONDS);
        groups.configure(group, LOCK);
    }

    @AfterEach
    void closeQueues() {
        queues.forEach(WorkQueue::close);
    }

    @Test
    void tellsWhatWasDoneAndTakesEachRecordOnce() throws Exception {
        var handled = new CopyOnWriteArrayList<PipelineEvent>();
        send(Samples.tile(1), Samples.tile(2), Samples.tile(3), Samples.tile(4));
        assertThat(groups.backlog(group, topic)).isEqualTo(4);

        start(2, event -> {
            handled.add(event);
            return event.equals(Samples.tile(4)) ? new Skipped("sea") : Done.with(doneWith(event));
        });

        await(() -> handled.size() == 4 && published.size() == 3);
        assertThat(handled)
                .containsExactlyInAnyOrder(Samples.tile(1), Samples.tile(2), Samples.tile(3), Samples.tile(4));
        assertThat(published).allMatch(event -> event instanceof PipelineEvent.TileSkipped);
        awaitNoBacklog();
    }

    @Test
    void aJobLongerThanItsLockIsDoneOnce() throws Exception {
        var begun = new AtomicInteger();
        var finish = new CountDownLatch(1);
        Handler slow = event -> {
            begun.incrementAndGet();
            finish.await();
            return Done.with(doneWith(event));
        };
        var first = start(1, slow);
        var second = start(1, slow);
        send(Samples.tile(1));

        await(() -> begun.get() == 1);
        // three locks later it is still with its worker
        assertThat(finish.await(LOCK.multipliedBy(3).toMillis(), TimeUnit.MILLISECONDS))
                .isFalse();
        finish.countDown();

        await(() -> published.size() == 1);
        awaitNoBacklog();
        assertThat(begun).hasValue(1);
        assertThat(first.ended(Ending.DONE) + second.ended(Ending.DONE)).isEqualTo(1);
        assertThat(first.ended(Ending.LOCK_LOST) + second.ended(Ending.LOCK_LOST))
                .isZero();
    }

    @Test
    void whatAClosingWorkerHoldsAnotherOneGetsAtOnce() throws Exception {
        var interrupted = new CountDownLatch(1);
        var begun = new CountDownLatch(1);
        var first = start(1, event -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return new Skipped("never");
        });
        send(Samples.tile(1));
        assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        first.close();

        assertThat(interrupted.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        start(1, event -> Done.with(doneWith(event)));
        await(() -> published.size() == 1);
        awaitNoBacklog();
    }

    @Test
    void aWorkerThatIsWithinItsGraceFinishes() throws Exception {
        var begun = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        var queue = start(settings(1, 5, Duration.ofSeconds(20)), event -> {
            begun.countDown();
            finish.await();
            return Done.with(doneWith(event));
        });
        send(Samples.tile(1));
        assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        var closing = Thread.ofVirtual().start(queue::close);
        await(queue::isClosing);
        finish.countDown();
        closing.join();

        assertThat(published).hasSize(1);
        assertThat(queue.ended(Ending.DONE)).isEqualTo(1);
        awaitNoBacklog();
    }

    @Test
    void badInputBecomesOneDeadLetterAndTheNextRecordGoesOn() throws Exception {
        var queue = start(1, event -> {
            if (event.equals(Samples.tile(1))) {
                throw new BadInputException("irc.tif", "ends too early", "Deliver it again");
            }
            return event.equals(Samples.tile(2))
                    ? new Failed(FailureKind.BAD_INPUT, "rgb.tif", "has no CRS", "Add one", null)
                    : Done.with(doneWith(event));
        });
        send(Samples.tile(1), Samples.tile(2), Samples.tile(3));

        await(() -> published.size() == 3);
        awaitNoBacklog();
        assertThat(deadLetters()).extracting(DeadLettered::file).containsExactlyInAnyOrder("irc.tif", "rgb.tif");
        var letter = deadLetters().stream()
                .filter(l -> l.file().equals("irc.tif"))
                .findFirst()
                .orElseThrow();
        assertThat(letter.stage()).isEqualTo("tile");
        assertThat(letter.kind()).isEqualTo(FailureKind.BAD_INPUT);
        assertThat(letter.reason()).isEqualTo("ends too early");
        assertThat(letter.mend()).isEqualTo("Deliver it again");
        assertThat(letter.run()).contains(Samples.RUN);
        assertThat(letter.tile()).contains(Samples.tile(1).tile());
        assertThat(codec.decode(letter.original().orElseThrow())).isEqualTo(Samples.tile(1));
        assertThat(queue.ended(Ending.DEAD_LETTER)).isEqualTo(2);
    }

    @Test
    void aRecordThatIsNoEventBecomesADeadLetter() throws Exception {
        start(1, event -> Done.with(doneWith(event)));
        producer.send(new ProducerRecord<>(topic, "key", "no event")).get(20, TimeUnit.SECONDS);
        producer.send(new ProducerRecord<>(topic, "key", null)).get(20, TimeUnit.SECONDS);
        send(Samples.tile(1));

        await(() -> published.size() == 3);
        awaitNoBacklog();
        assertThat(deadLetters())
                .extracting(DeadLettered::original)
                .containsExactlyInAnyOrder(Optional.of("no event"), Optional.empty());
        assertThat(deadLetters()).allSatisfy(letter -> assertThat(letter.file()).startsWith(topic));
    }

    @Test
    void triesAgainWhatMayPass() throws Exception {
        var tries = new AtomicInteger();
        var queue = start(1, event -> switch (tries.incrementAndGet()) {
            case 1 -> throw new IOException("store answered 503");
            case 2 -> new Failed(FailureKind.TRANSIENT, "stack.tif", "timeout", "Wait", null);
            default -> Done.with(doneWith(event));
        });
        send(Samples.tile(1));

        await(() -> published.size() == 1);
        awaitNoBacklog();
        assertThat(published.peek()).isEqualTo(doneWith(Samples.tile(1)));
        assertThat(queue.ended(Ending.GIVEN_BACK)).isEqualTo(2);
    }

    @Test
    void atTheLimitAFailureBecomesADeadLetterWithItsReason() throws Exception {
        var tries = new AtomicInteger();
        var memory = new AtomicInteger();
        start(settings(1, 3, Duration.ofMillis(200)), event -> {
            if (event.equals(Samples.tile(2))) {
                memory.incrementAndGet();
                throw new OutOfMemoryError("of the test");
            }
            tries.incrementAndGet();
            throw new IllegalStateException("a bug of the test");
        });
        send(Samples.tile(1), Samples.tile(2));

        await(() -> published.size() == 2);
        awaitNoBacklog();
        assertThat(tries).hasValue(3);
        assertThat(memory).hasValue(3);
        assertThat(deadLetters())
                .extracting(DeadLettered::reason)
                .anySatisfy(
                        reason -> assertThat(reason).contains("failed 3 times").contains("a bug of the test"))
                .anySatisfy(reason -> assertThat(reason).contains("ran out of memory"));
    }

    @Test
    void aWrongDeploymentStopsTakingWorkAndLosesNothing() throws Exception {
        var tries = new AtomicInteger();
        var queue = start(1, event -> {
            tries.incrementAndGet();
            return new Failed(FailureKind.CONFIG, "models/", "there is no model", "Upload one", null);
        });
        send(Samples.tile(1), Samples.tile(2));

        await(() -> queue.misconfigured().isPresent());
        assertThat(queue.misconfigured())
                .get()
                .asString()
                .contains("there is no model")
                .contains("Upload one");
        queue.close();
        assertThat(tries).hasValue(1);
        assertThat(published).isEmpty();

        start(1, event -> Done.with(doneWith(event)));
        await(() -> published.size() == 2);
    }

    @Test
    void whatCannotBeAnnouncedIsNotAcknowledged() throws Exception {
        var refusals = new AtomicInteger(2);
        EventSink failing = events -> {
            if (refusals.getAndDecrement() > 0) {
                throw new EventSink.PublishException("broker busy", null);
            }
            published.addAll(events);
        };
        queues.add(WorkQueue.start(
                kafka,
                settings(1, 5, Duration.ofMillis(200)),
                Gate.OPEN,
                codec,
                failing,
                event -> Done.with(doneWith(event))));
        send(Samples.tile(1));

        await(() -> published.size() == 1);
        awaitNoBacklog();
        assertThat(refusals.get()).isNegative();
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void takesNothingBeforeItsGateOpens() throws Exception {
        var open = new AtomicBoolean();
        var asked = new CountDownLatch(2);
        send(Samples.tile(1));
        queues.add(WorkQueue.start(
                kafka,
                settings(1, 5, Duration.ofMillis(200)),
                () -> {
                    asked.countDown();
                    return open.get();
                },
                codec,
                sink,
                event -> Done.with(doneWith(event))));
        assertThat(asked.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(published).isEmpty();

        open.set(true);

        await(() -> published.size() == 1);
    }

    @Test
    void goesOnAfterTheBrokerWasAway() throws Exception {
        try (var own = EmbeddedBroker.start()) {
            Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", own.bootstrapServers()));
            try (var ownAdmin = Admin.create(settings);
                    var ownProducer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
                ownAdmin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                        .all()
                        .get(20, TimeUnit.SECONDS);
                new ShareGroups(ownAdmin, Duration.ofSeconds(10)).configure(group, LOCK);
                queues.add(WorkQueue.start(
                        settings,
                        settings(1, 5, Duration.ofMillis(200)),
                        Gate.OPEN,
                        codec,
                        sink,
                        event -> Done.with(doneWith(event))));
                ownProducer
                        .send(new ProducerRecord<>(topic, "1", codec.encode(Samples.tile(1))))
                        .get(20, TimeUnit.SECONDS);
                await(() -> published.size() == 1);

                own.restart();

                ownProducer
                        .send(new ProducerRecord<>(topic, "2", codec.encode(Samples.tile(2))))
                        .get(20, TimeUnit.SECONDS);
                await(() -> published.contains(doneWith(Samples.tile(2))));
            }
            queues.removeLast().close();
        }
    }

    private WorkQueue start(int workers, Handler handler) {
        return start(settings(workers, 5, Duration.ofMillis(200)), handler);
    }

    private WorkQueue start(WorkQueue.Settings settings, Handler handler) {
        var queue = WorkQueue.start(kafka, settings, Gate.OPEN, codec, sink, handler);
        queues.add(queue);
        return queue;
    }

    private WorkQueue.Settings settings(int workers, int maxDeliveries, Duration grace) {
        return new WorkQueue.Settings(
                "tile",
                group,
                topic,
                workers,
                maxDeliveries,
                LOCK,
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                grace);
    }

    private static PipelineEvent doneWith(PipelineEvent event) {
        var tile = (PipelineEvent.TilePlanned) event;
        return new PipelineEvent.TileSkipped(tile.run(), tile.planKey(), tile.tile(), "sample");
    }

    private List<DeadLettered> deadLetters() {
        return published.stream()
                .filter(DeadLettered.class::isInstance)
                .map(DeadLettered.class::cast)
                .toList();
    }

    private void send(PipelineEvent... events) throws Exception {
        for (var event : events) {
            producer.send(new ProducerRecord<>(topic, event.key(), codec.encode(event)))
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private void awaitNoBacklog() throws Exception {
        await(() -> {
            try {
                return groups.backlog(group, topic) == 0;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for " + PATIENCE).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
