// SPDX-License-Identifier: Apache-2.0
package org.survol.core.crs;

/** Takes points from one CRS to another. Safe to use from several threads. */
public interface CrsTransform {

    /**
     * Transforms in place.
     *
     * @param xy x0, y0, x1, y1, ...: easting or longitude, then northing or latitude; degrees or the CRS's metres
     * @param points how many points to transform, from the first
     * @throws IllegalArgumentException when a point lies where the transform has no answer
     */
    void apply(double[] xy, int points);
}
