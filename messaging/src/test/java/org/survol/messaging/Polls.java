// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads what a test waits for, within bounds. */
final class Polls {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofMillis(20);

    private Polls() {}

    static <K, V> ConsumerRecord<K, V> first(Consumer<K, V> consumer) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            for (var record : consumer.poll(Duration.ofMillis(200))) {
                return record;
            }
            assertThat(System.nanoTime()).as("a record within " + PATIENCE).isLessThan(deadline);
        }
    }

    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what + " within " + PATIENCE).isLessThan(deadline);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
