// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.RunRef;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.Topics;

/** What inference has told so far: predictions and dead letters, from the first one on. The topics must exist. */
final class EventLog implements AutoCloseable {

    private final CloudEvents codec;
    private final KafkaConsumer<String, String> consumer;
    private final List<PipelineEvent> unread = new ArrayList<>();

    EventLog(String brokers, CloudEvents codec) {
        this.codec = codec;
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        brokers,
                        "group.id",
                        UUID.randomUUID().toString(),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        consumer.subscribe(List.of(Topics.TILES_PREDICTED, Topics.DEAD_LETTERS));
    }

    /** The next event of that kind about that run, each one once; fails when none comes in time. */
    <T extends PipelineEvent> T next(RunRef run, Class<T> kind) {
        var found = new ArrayList<T>();
        Await.until("there is a " + kind.getSimpleName() + " of " + run, () -> {
            poll();
            unread.stream()
                    .filter(event -> kind.isInstance(event) && runOf(event).equals(run))
                    .findFirst()
                    .ifPresent(event -> {
                        unread.remove(event);
                        found.add(kind.cast(event));
                    });
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    /** What was told about a run by now and has not been {@linkplain #next read}. */
    List<PipelineEvent> unread(RunRef run) {
        int before;
        do {
            before = unread.size();
            poll();
        } while (unread.size() > before);
        return unread.stream().filter(event -> runOf(event).equals(run)).toList();
    }

    private void poll() {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
            unread.add(codec.decode(record.value()));
        }
    }

    private static RunRef runOf(PipelineEvent event) {
        return switch (event) {
            case TilePredicted predicted -> predicted.run();
            case DeadLettered letter -> letter.run().orElseThrow();
            default -> throw new AssertionError("unexpected " + event);
        };
    }

    @Override
    public void close() {
        consumer.close();
    }
}
