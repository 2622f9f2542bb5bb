// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.survol.core.crs.Crs;

/**
 * Where a scene is set down. The landscape is the same everywhere; what changes is its CRS and its place, always a corner
 * of four default tiles.
 */
enum Territory {
    MAINLAND(2154, 600, 6_132),
    GUADELOUPE(5490, 649, 1_758),
    GUYANE(2972, 310, 557),
    REUNION(2975, 331, 7_508),
    MAYOTTE(4471, 509, 8_384);

    private static final double TILE_METRES = 1_024;

    final int epsg;
    final double centreEasting;
    final double centreNorthing;

    Territory(int epsg, int tilesEast, int tilesNorth) {
        this.epsg = epsg;
        this.centreEasting = tilesEast * TILE_METRES;
        this.centreNorthing = tilesNorth * TILE_METRES;
    }

    static Territory of(int epsg) {
        return Arrays.stream(values())
                .filter(territory -> territory.epsg == epsg)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("scenes are set in EPSG "
                        + Arrays.stream(values())
                                .map(territory -> Integer.toString(territory.epsg))
                                .collect(Collectors.joining(", "))
                        + ", not in " + epsg));
    }

    /** Longitude and latitude, degrees, to seven decimals (about a centimetre). */
    double[] lngLat(double easting, double northing) {
        if (this == MAINLAND) {
            return Lambert93.lngLat(easting, northing);
        }
        double[] point = {easting, northing};
        Crs.ofEpsg(epsg).to(Crs.ofEpsg(4326)).apply(point, 1);
        return new double[] {Math.rint(point[0] * 1e7) / 1e7, Math.rint(point[1] * 1e7) / 1e7};
    }
}
