// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import ai.onnxruntime.OrtEnvironment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * ONNX Runtime, started once. It is started on a thread with a deep stack: version 1.29.0 walks the process's command
 * line (/proc/self/cmdline) recursively, and on an ordinary stack of 1 MiB it takes the JVM down, without a word, when
 * that line is longer than some 4,000 characters, as it is with a class path on it. Measured: 8 MiB suffice for 20,000
 * characters and not for 100,000, 64 MiB for those; memory is only reserved, not used, by short lines.
 */
final class OnnxEnvironment {

    private static final long STACK_BYTES = 256L << 20;

    private static final OrtEnvironment INSTANCE = start();

    private OnnxEnvironment() {}

    /** Before anything else of ONNX Runtime is touched. */
    static OrtEnvironment get() {
        return INSTANCE;
    }

    private static OrtEnvironment start() {
        var starting = new FutureTask<OrtEnvironment>(OrtEnvironment::getEnvironment);
        new Thread(null, starting, "onnx-start", STACK_BYTES).start();
        try {
            return starting.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ONNX Runtime started", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("ONNX Runtime does not start: " + e.getCause(), e.getCause());
        }
    }
}
