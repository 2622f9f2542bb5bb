// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;

/**
 * A Java agent in every process that the launcher starts: ends the process when the launcher is gone, however it went.
 * The launcher keeps the write end of the process's standard input open and never writes; the operating system closes it
 * even after {@code kill -9}, and this side then reads the end of the stream.
 */
public final class ParentWatch {

    /** How long an orderly stop may take before the process is ended at once. */
    private static final long GRACE_MILLIS = 20_000;

    private static final int EXIT_CODE = 143;

    private ParentWatch() {}

    /** Called by the JVM before {@code main}. */
    public static void premain(String arguments) {
        Thread.ofPlatform().daemon().name("parent-watch").start(ParentWatch::waitForTheEnd);
    }

    private static void waitForTheEnd() {
        try {
            while (System.in.read() >= 0) {
                // nobody writes; a byte means nothing
            }
        } catch (IOException e) {
            // a broken pipe tells the same as a closed one
        }
        Thread.ofPlatform().daemon().name("parent-watch-grace").start(() -> {
            try {
                Thread.sleep(GRACE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(EXIT_CODE);
        });
        System.exit(EXIT_CODE);
    }
}
