// SPDX-License-Identifier: Apache-2.0
package org.survol.core.grid;

import java.util.ArrayList;
import java.util.List;

/**
 * The absolute pixel grid of a projected CRS, cut into square tiles. Pixel (0,0) has its upper-left corner at the CRS
 * origin (easting 0, northing 0); columns count eastwards, rows count <em>downwards</em> from northing 0, so rows north
 * of the origin are negative. Every tile and every inference window is addressed on this grid, never relative to a file.
 *
 * @param epsg code of a projected CRS in metres, easting first
 * @param gsdMetres side of a pixel, metres
 * @param tileSize side of a tile, pixels; a multiple of 32
 */
public record TileGrid(int epsg, double gsdMetres, int tileSize) {

    public static final int DEFAULT_TILE_SIZE = 5_120;
    private static final int TILE_MULTIPLE = 32;

    public TileGrid {
        if (epsg <= 0) {
            throw new IllegalArgumentException("EPSG code must be positive: " + epsg);
        }
        if (!(gsdMetres > 0 && gsdMetres < 1_000)) {
            throw new IllegalArgumentException("GSD must be in (0, 1000) metres: " + gsdMetres);
        }
        if (tileSize <= 0 || tileSize % TILE_MULTIPLE != 0) {
            throw new IllegalArgumentException("tile size must be a positive multiple of 32: " + tileSize);
        }
    }

    /** Pixels of a tile without halo. */
    public PixelWindow window(TileAddress tile) {
        return new PixelWindow((long) tile.column() * tileSize, (long) tile.row() * tileSize, tileSize, tileSize);
    }

    public TileAddress tileOf(long column, long row) {
        return new TileAddress(
                Math.toIntExact(Math.floorDiv(column, tileSize)), Math.toIntExact(Math.floorDiv(row, tileSize)));
    }

    /** Easting of a pixel column's west edge, metres. */
    public double easting(long column) {
        return column * gsdMetres;
    }

    /** Northing of a pixel row's north edge, metres. */
    public double northing(long row) {
        return -row * gsdMetres;
    }

    /** Fractional column of an easting. */
    public double column(double easting) {
        return easting / gsdMetres;
    }

    /** Fractional row of a northing. */
    public double row(double northing) {
        return -northing / gsdMetres;
    }

    /**
     * Smallest window whose pixel <em>centres</em> are all the centres that lie in the box; a centre on the west or
     * north edge counts, one on the east or south edge does not. Empty boxes give a window of zero width or height.
     */
    public PixelWindow windowOfCentres(double minEasting, double minNorthing, double maxEasting, double maxNorthing) {
        long west = ceil(column(minEasting) - 0.5);
        long east = ceil(column(maxEasting) - 0.5);
        long north = ceil(row(maxNorthing) - 0.5);
        long south = ceil(row(minNorthing) - 0.5);
        return new PixelWindow(
                west, north, Math.toIntExact(Math.max(0, east - west)), Math.toIntExact(Math.max(0, south - north)));
    }

    /** Tiles that share at least one pixel with the window, row by row from the north-west. */
    public List<TileAddress> tilesTouching(PixelWindow window) {
        var tiles = new ArrayList<TileAddress>();
        if (window.isEmpty()) {
            return tiles;
        }
        var first = tileOf(window.column(), window.row());
        var last = tileOf(window.endColumn() - 1, window.endRow() - 1);
        for (int row = first.row(); row <= last.row(); row++) {
            for (int column = first.column(); column <= last.column(); column++) {
                tiles.add(new TileAddress(column, row));
            }
        }
        return tiles;
    }

    /** Grid lines are not exact in binary: a billionth of a pixel is noise, not position. */
    private static long ceil(double pixels) {
        return (long) Math.ceil(pixels - 1e-6);
    }
}
