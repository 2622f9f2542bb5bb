// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.util.OptionalInt;
import java.util.concurrent.Semaphore;

/**
 * What one network may use of the processors that all loaded networks share: a run waits until as many are free as it
 * uses. A GPU counts as all of them.
 *
 * @param free of all networks
 * @param ofARun how many a run uses
 * @param runs how many of this network go on at once
 */
record Cores(Semaphore free, int ofARun, int runs) {

    /** Side of the largest window, pixels, of which two are computed at once unless the operator says otherwise. */
    private static final int SMALL_WINDOW = 1280;

    /** One run after the other, alone. */
    static Cores alone() {
        return new Cores(new Semaphore(1), 1, 1);
    }

    /**
     * Two runs on half of the processors each waste less time on waiting for each other's threads than one run on all of
     * them, but hold the activations of two windows. Of an odd number of processors two runs would leave one idle.
     *
     * @param wanted runs at once, as the operator says
     * @param all how many {@code free} has when nothing runs
     */
    static Cores on(Accelerator accelerator, OptionalInt wanted, Semaphore free, int all, int windowSide) {
        if (accelerator.kind() != Accelerator.Kind.CPU) {
            return new Cores(free, all, 1);
        }
        int usual = windowSide <= SMALL_WINDOW && all % 2 == 0 ? 2 : 1;
        int runs = Math.clamp(wanted.orElse(usual), 1, all);
        return new Cores(free, all / runs, runs);
    }

    /** Waits for them. */
    void acquire() {
        free.acquireUninterruptibly(ofARun);
    }

    void release() {
        free.release(ofARun);
    }
}
