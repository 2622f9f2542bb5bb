// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import org.survol.catalog.store.LngLatBox;

/**
 * The tile matrix set WebMercatorQuad: 256 x 256 px, row 0 in the north. Its latitudes are WGS84's, computed as on a
 * sphere, which is how EPSG:3857 is defined.
 */
final class WebMercator {

    static final int SIZE = 256;
    static final int DEEPEST = 24;

    private WebMercator() {}

    /** @param x in tiles of that zoom, may be fractional */
    static double longitude(int zoom, double x) {
        return x / (1L << zoom) * 360 - 180;
    }

    /** @param y in tiles of that zoom, may be fractional */
    static double latitude(int zoom, double y) {
        return Math.toDegrees(Math.atan(Math.sinh(Math.PI * (1 - 2 * y / (1L << zoom)))));
    }

    /** In tiles of that zoom from the west edge of the world. */
    static double x(int zoom, double longitude) {
        return (longitude / 360 + 0.5) * (1L << zoom);
    }

    /** In tiles of that zoom from the north edge of the world. */
    static double y(int zoom, double latitude) {
        double sine = Math.sin(Math.toRadians(latitude));
        return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * (1L << zoom);
    }

    static int column(int zoom, double longitude) {
        return (int) Math.clamp((long) Math.floor(x(zoom, longitude)), 0, (1L << zoom) - 1);
    }

    static int row(int zoom, double latitude) {
        return (int) Math.clamp((long) Math.floor(y(zoom, latitude)), 0, (1L << zoom) - 1);
    }

    static LngLatBox bounds(int zoom, int x, int y) {
        return new LngLatBox(longitude(zoom, x), latitude(zoom, y + 1), longitude(zoom, x + 1), latitude(zoom, y));
    }
}
