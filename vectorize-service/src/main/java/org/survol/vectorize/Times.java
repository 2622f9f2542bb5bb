// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where the time of one piece of work went, for its report. Not thread-safe. */
final class Times {

    interface Work<T> {
        T run() throws IOException;
    }

    interface Step {
        void run() throws IOException;
    }

    private final long begin = System.nanoTime();
    private final Map<String, Long> nanos = new LinkedHashMap<>();
    /** What was counted already of the work at hand. */
    private long within;

    /** Work within work counts for its own kind only. */
    <T> T of(String kind, Work<T> work) throws IOException {
        long start = System.nanoTime();
        long withinOuter = within;
        within = 0;
        try {
            return work.run();
        } finally {
            long spent = System.nanoTime() - start;
            nanos.merge(kind, spent - within, Long::sum);
            within = withinOuter + spent;
        }
    }

    void doing(String kind, Step step) throws IOException {
        of(kind, () -> {
            step.run();
            return null;
        });
    }

    Map<String, Long> millis() {
        var millis = new LinkedHashMap<String, Long>();
        nanos.forEach((kind, spent) -> millis.put(kind, TimeUnit.NANOSECONDS.toMillis(spent)));
        return millis;
    }

    long wallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }
}
