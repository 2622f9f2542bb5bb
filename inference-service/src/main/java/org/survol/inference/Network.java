// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

/** A network that is ready to run, on several batches at once if need be. */
interface Network extends AutoCloseable {

    /** What computes it, for example {@code cpu} or {@code cuda:0}. */
    String device();

    /** Windows in one run, at most. */
    int windowsAtOnce();

    /** Whether it takes windows of any size that is a multiple of the card's, not only of the card's own. */
    boolean takesAnySize();

    /**
     * Scores some windows of a batch, in place.
     *
     * @throws OutOfDeviceMemoryException when the device had no room for so many
     * @throws InferenceException when the device could not; worth a retry
     */
    void run(WindowBatch batch, int first, int count) throws InferenceException;

    @Override
    void close();
}
