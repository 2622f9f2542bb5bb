// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Work that a client ordered.
 *
 * @param inputs JSON of what was asked for, as the process understood it
 * @param message for people: why it failed, what it does now
 * @param done of {@code total}, in units of the process; 0 of 0 when it does not count
 * @param attempts how often somebody began it
 * @param result JSON, once successful
 */
public record Job(
        String id,
        String process,
        String inputs,
        Status status,
        Optional<String> message,
        long done,
        long total,
        int attempts,
        Instant created,
        Optional<Instant> started,
        Optional<Instant> finished,
        Instant updated,
        Optional<String> result) {

    /** As OGC API Processes names them. */
    public enum Status {
        ACCEPTED,
        RUNNING,
        SUCCESSFUL,
        FAILED,
        DISMISSED;

        /** In documents and in the database. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public boolean isFinal() {
            return this != ACCEPTED && this != RUNNING;
        }

        public static Optional<Status> of(String word) {
            for (var status : values()) {
                if (status.word().equals(word)) {
                    return Optional.of(status);
                }
            }
            return Optional.empty();
        }
    }
}
