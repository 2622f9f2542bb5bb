// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for what must come, and fails when it does not. */
final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Await() {}

    static void until(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception e) {
                throw new AssertionError("while waiting until " + what, e);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("not within " + PATIENCE + ": " + what);
    }
}
