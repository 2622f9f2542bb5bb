// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Runs numbered tasks on the calling thread and, as far as it has room, on a pool. */
final class Wave {

    private Wave() {}

    /**
     * Returns when all tasks are done. The caller works too and waits for nothing that has not begun, so it may itself be
     * a task of the same pool.
     *
     * @param pool may be null when {@code threads} is 1
     */
    static void run(ExecutorService pool, int threads, int tasks, IntConsumer task) {
        var next = new AtomicInteger();
        Runnable worker = () -> {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                task.accept(i);
            }
        };
        var others = new ArrayList<FutureTask<Void>>();
        try {
            for (int i = 1; i < Math.min(threads, tasks); i++) {
                var other = new FutureTask<Void>(worker, null);
                pool.execute(other);
                others.add(other);
            }
        } catch (RejectedExecutionException e) {
            // a pool that is full or shutting down leaves the work to the caller
        }
        try {
            worker.run();
        } finally {
            next.set(tasks);
            others.forEach(Wave::finish);
        }
    }

    /** One that has not begun ends here at once, as there is nothing left to do; another is waited for. */
    private static void finish(FutureTask<Void> other) {
        other.run();
        boolean interrupted = false;
        while (true) {
            try {
                other.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // a tile takes milliseconds; leaving it half done would leave holes
            } catch (ExecutionException e) {
                throw new IllegalStateException("a tile could not be compressed", e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
