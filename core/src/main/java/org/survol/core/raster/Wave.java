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
public final class Wave {

    private Wave() {}

    /**
     * Returns when all tasks are done. The caller works too and waits for nothing that has not begun, so it may itself be
     * a task of the same pool. A task that fails ends the wave: those that have begun finish, the others never begin.
     *
     * @param pool may be null when {@code threads} is 1
     */
    public static void run(ExecutorService pool, int threads, int tasks, IntConsumer task) {
        var next = new AtomicInteger();
        Runnable worker = () -> {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                try {
                    task.accept(i);
                } catch (Throwable failed) {
                    next.set(tasks);
                    throw failed;
                }
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
        Throwable failure = null;
        try {
            worker.run();
        } catch (RuntimeException | Error failed) {
            failure = failed;
        }
        next.set(tasks);
        for (var other : others) {
            var failed = finish(other);
            failure = failure == null ? failed : failure;
        }
        switch (failure) {
            case null -> {}
            case RuntimeException failed -> throw failed;
            case Error failed -> throw failed;
            default -> throw new IllegalStateException(failure);
        }
    }

    /**
     * One that has not begun ends here at once, as there is nothing left to do; another is waited for.
     *
     * @return why it failed, or null
     */
    private static Throwable finish(FutureTask<Void> other) {
        other.run();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    other.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true; // a task takes milliseconds; leaving it half done would leave holes
                } catch (ExecutionException e) {
                    return e.getCause();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
