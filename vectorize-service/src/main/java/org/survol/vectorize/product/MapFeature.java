// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.util.EnumMap;
import java.util.Map;

/**
 * One polygon on its way into the files. The writers read it at once; the next feature reuses it.
 */
final class MapFeature {

    /** Counts from 1 in the product's order. */
    long number;

    final Map<MapColumn, Object> attributes = new EnumMap<>(MapColumn.class);

    /** Easting, northing, easting, northing, … of all rings, shell first, each closed by its first point again. */
    double[] xy = new double[1024];
    /** Points up to and including each ring. */
    int[] ringEnds = new int[16];

    int rings;

    double west;
    double south;
    double east;
    double north;

    int points() {
        return ringEnds[rings - 1];
    }
}
