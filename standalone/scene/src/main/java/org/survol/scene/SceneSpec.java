// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;

/**
 * What to generate. All scenes lie round one place, a corner of four default tiles in Lambert-93 (EPSG:2154), so that
 * every scene straddles 2 x 2 tiles; two scenes of one seed and vintage that differ in size show the same ground where
 * they overlap, up to {@value #SHARED_GROUND_METRES} metres.
 *
 * @param seed chooses the landscape
 * @param sizeMetres side of the square
 * @param vintage year of the flight; what has changed since {@value #BASE_YEAR} depends on it
 * @param epsg CRS of the territory that the scene is set down in: 2154, 5490, 2972, 2975 or 4471. The rest of the generator
 *     thinks in the mainland's; the delivery is moved when it is written
 */
public record SceneSpec(long seed, int sizeMetres, int vintage, int epsg) {

    /** Nothing has changed yet in this year. */
    public static final int BASE_YEAR = 2019;

    public static final int LAST_YEAR = 2049;
    public static final int MIN_SIZE_METRES = 60;
    public static final int MAX_SIZE_METRES = 4_000;
    public static final int DEFAULT_SIZE_METRES = 700;
    public static final int DEFAULT_VINTAGE = 2022;

    /** Scenes up to this side are cut from the same ground. */
    public static final int SHARED_GROUND_METRES = 1_100;

    public static final int EPSG = 2154;

    /** The centre: 600 and 6,132 default tiles from the CRS origin, in the hills of the Tarn. */
    public static final double CENTRE_EASTING = 600 * 1_024.0;

    public static final double CENTRE_NORTHING = 6_132 * 1_024.0;

    /** 0.2 m, the grid of the default tiles. */
    public static final TileGrid GRID = new TileGrid(EPSG, 0.2, TileGrid.DEFAULT_TILE_SIZE);

    static final long CENTRE_COLUMN = 600L * TileGrid.DEFAULT_TILE_SIZE;
    static final long CENTRE_ROW = -6_132L * TileGrid.DEFAULT_TILE_SIZE;
    static final double GSD = 0.2;

    /** In mainland France. */
    public SceneSpec(long seed, int sizeMetres, int vintage) {
        this(seed, sizeMetres, vintage, EPSG);
    }

    public SceneSpec {
        Territory.of(epsg);
        if (sizeMetres < MIN_SIZE_METRES || sizeMetres > MAX_SIZE_METRES) {
            throw new IllegalArgumentException(
                    "scene size must be " + MIN_SIZE_METRES + " to " + MAX_SIZE_METRES + " metres: " + sizeMetres);
        }
        if (vintage < BASE_YEAR || vintage > LAST_YEAR) {
            throw new IllegalArgumentException(
                    "vintage must be a year from " + BASE_YEAR + " to " + LAST_YEAR + ": " + vintage);
        }
    }

    /** Also the id of the STAC Item. */
    public String id() {
        return "sample-" + seed + "-" + sizeMetres + "m-" + vintage + (epsg == EPSG ? "" : "-epsg" + epsg);
    }

    Territory territory() {
        return Territory.of(epsg);
    }

    /** The scene's pixels on {@link #GRID}. */
    public PixelWindow window() {
        int half = sizeMetres * 5 / 2;
        return new PixelWindow(CENTRE_COLUMN - half, CENTRE_ROW - half, 2 * half, 2 * half);
    }
}
