// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;

/**
 * A rectangle of tiles that is made into polygons on its own, so that memory follows the sheet and not the map. A map that
 * covers no more ground than one sheet is one, wherever it lies; a larger one is cut at lines of the absolute grid, and its
 * polygons with it.
 *
 * @param west first tile column
 * @param north first tile row
 * @param east tile column after the last
 * @param south tile row after the last
 */
public record Sheet(int west, int north, int east, int south) {

    /** Eight tiles of 5,120 px, 8.2 km at 0.2 m; a multiple of all the sizes that tiles have in use. */
    public static final int DEFAULT_SIDE = 40_960;

    /**
     * The sheets of a map, neighbours one after the other (along a Hilbert curve).
     *
     * @param present tiles that have pixels
     * @param side pixels; of tiles that do not divide it, as many as reach it
     */
    public static List<Sheet> of(TileGrid grid, Collection<TileAddress> present, int side) {
        int tiles = Math.ceilDiv(side, grid.tileSize());
        if (present.size() <= (long) tiles * tiles) {
            return present.isEmpty() ? List.of() : List.of(around(present));
        }
        Set<Sheet> sheets = new HashSet<>();
        for (var tile : present) {
            int west = Math.floorDiv(tile.column(), tiles) * tiles;
            int north = Math.floorDiv(tile.row(), tiles) * tiles;
            sheets.add(new Sheet(west, north, west + tiles, north + tiles));
        }
        int firstColumn = sheets.stream().mapToInt(Sheet::west).min().orElseThrow();
        int lastRow = sheets.stream().mapToInt(Sheet::north).max().orElseThrow();
        var ordered = new ArrayList<>(sheets);
        ordered.sort(Comparator.comparingLong(
                sheet -> Hilbert.position((sheet.west - firstColumn) / tiles, (lastRow - sheet.north) / tiles)));
        return ordered;
    }

    private static Sheet around(Collection<TileAddress> tiles) {
        return new Sheet(
                tiles.stream().mapToInt(TileAddress::column).min().orElseThrow(),
                tiles.stream().mapToInt(TileAddress::row).min().orElseThrow(),
                1 + tiles.stream().mapToInt(TileAddress::column).max().orElseThrow(),
                1 + tiles.stream().mapToInt(TileAddress::row).max().orElseThrow());
    }

    public boolean holds(TileAddress tile) {
        return tile.column() >= west && tile.column() < east && tile.row() >= north && tile.row() < south;
    }

    /** With so many tiles more on every side. */
    Sheet widened(int ring) {
        return new Sheet(west - ring, north - ring, east + ring, south + ring);
    }

    /** Its pixels on the absolute grid. */
    public PixelWindow window(TileGrid grid) {
        return new PixelWindow(
                (long) west * grid.tileSize(),
                (long) north * grid.tileSize(),
                Math.multiplyExact(east - west, grid.tileSize()),
                Math.multiplyExact(south - north, grid.tileSize()));
    }
}
