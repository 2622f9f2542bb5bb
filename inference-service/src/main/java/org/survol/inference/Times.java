// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Adds up where the time of one tile goes. Kinds may overlap, so their sum may exceed the wall time. Safe to use from
 * several threads.
 */
final class Times {

    interface Step<T> {
        T run() throws IOException;
    }

    private final long start = System.nanoTime();
    private final Map<String, Long> nanos = new LinkedHashMap<>();

    synchronized void add(String kind, long spentNanos) {
        nanos.merge(kind, spentNanos, Long::sum);
    }

    <T> T of(String kind, Step<T> step) throws IOException {
        long begin = System.nanoTime();
        T result = step.run();
        add(kind, System.nanoTime() - begin);
        return result;
    }

    synchronized Map<String, Long> millis() {
        var millis = new LinkedHashMap<String, Long>();
        nanos.forEach((kind, spent) -> millis.put(kind, TimeUnit.NANOSECONDS.toMillis(spent)));
        return millis;
    }

    long wallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }
}
