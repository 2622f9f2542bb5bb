// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

/**
 * What is known of a map once all its polygons were written.
 *
 * @param west in the map's CRS, metres; all four 0 when the map is empty
 */
record MapExtent(double west, double south, double east, double north) {

    static final MapExtent EMPTY = new MapExtent(0, 0, 0, 0);

    MapExtent and(MapFeature feature) {
        if (equals(EMPTY)) {
            return new MapExtent(feature.west, feature.south, feature.east, feature.north);
        }
        return new MapExtent(
                Math.min(west, feature.west),
                Math.min(south, feature.south),
                Math.max(east, feature.east),
                Math.max(north, feature.north));
    }
}
