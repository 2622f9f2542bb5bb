// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.nio.ByteBuffer;

/**
 * A network that is ready to run on windows of one size, one at a time, with buffers that it owns: fill {@link #input},
 * {@link #run}, read the results before the next run. All buffers are unsigned bytes, planes one after the other, rows
 * from the north, addressed absolutely. Not for several threads at once.
 */
interface SegmentationModel extends AutoCloseable {

    /** Side of a window, pixels. */
    int side();

    /** What computes it, for example {@code cpu} or {@code cuda:0}. */
    String device();

    /** One plane a band. */
    ByteBuffer input();

    /** One plane: the values of the nomenclature. */
    ByteBuffer classes();

    /** One plane a class, in the nomenclature's order; 255 = certain. */
    ByteBuffer probabilities();

    /** One plane: the probability of the class that was chosen. */
    ByteBuffer confidence();

    /** @throws InferenceException when the device could not; worth a retry */
    void run() throws InferenceException;

    @Override
    void close();
}
