// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * What the model gave each class, over a band of rows; planes are row-major like the classes that are traced with them.
 *
 * @param values class value by index of plane
 * @param probability 0 to 255, a plane a class
 * @param sets a plane a class: a pixel's set holds the class where this is at least {@code setFrom}; may be the plane of its
 *     probability
 * @param setFrom by class; above 255 for a class that is in no set
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ClassPlanes(byte[] values, byte[][] probability, byte[][] sets, int[] setFrom) {

    /** A threshold that no probability reaches. */
    public static final int NEVER = 256;

    public ClassPlanes {
        if (probability.length != values.length || sets.length != values.length || setFrom.length != values.length) {
            throw new IllegalArgumentException("every class needs a plane of each kind");
        }
    }

    /** Planes without sets. */
    public static ClassPlanes of(byte[] values, byte[][] probability) {
        var never = new int[values.length];
        Arrays.fill(never, NEVER);
        return new ClassPlanes(values, probability, probability, never);
    }
}
