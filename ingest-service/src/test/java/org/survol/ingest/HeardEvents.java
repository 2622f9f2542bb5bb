// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.survol.core.event.PipelineEvent;
import org.survol.messaging.CloudEvents;

/** All that was told on some topics, from their beginning. */
final class HeardEvents implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final List<PipelineEvent> heard = new ArrayList<>();
    private final CloudEvents codec;
    private final KafkaConsumer<String, String> consumer;

    HeardEvents(String brokers, CloudEvents codec, List<String> topics) {
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
        consumer.subscribe(topics);
    }

    /** The first so many events of that kind; fails when they do not come in time. */
    <T extends PipelineEvent> List<T> await(Class<T> kind, Predicate<T> wanted, int count) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var found = soFar(kind, wanted);
            if (found.size() >= count) {
                return found;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not " + count + " " + kind.getSimpleName() + " in time, but " + heard);
            }
            listen(Duration.ofMillis(200));
        }
    }

    <T extends PipelineEvent> List<T> soFar(Class<T> kind, Predicate<T> wanted) {
        return Flight.only(kind, heard).stream().filter(wanted).toList();
    }

    /** Hears what comes within a time. */
    void listen(Duration time) {
        for (var record : consumer.poll(time)) {
            heard.add(codec.decode(record.value()));
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
