// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;

/**
 * Joins traced tiles into one planar map whose regions and arcs are those of the whole raster, as if it had never been
 * cut: regions of one class that meet across a tile edge become one, pixels of different classes that meet there get a
 * boundary, and a tile that is absent is no data. Which points are nodes follows from the four pixels round them, by the
 * same rule on a tile's edge as inside it.
 *
 * <p>Tiles may come in any order. Memory follows the boundary, not the area. Not thread-safe.
 */
public final class CoverageAssembler {

    /** A tile's edges, and where its regions and arcs are: region r of the tile is {@code regionOffset + r} of all. */
    record Edges(
            PixelWindow window,
            int regionOffset,
            int regionCount,
            int firstArc,
            int arcCount,
            TileTopology.Side north,
            TileTopology.Side east,
            TileTopology.Side south,
            TileTopology.Side west) {}

    /** Takes what one row of pixels on either hand of a tile edge has in common, eastwards or southwards.
     *  @param left region in the common table; 0 for nothing */
    interface SeamRun {
        void take(int left, int right, int fromX, int fromY, int toX, int toY);
    }

    /** @param numberOf by region of the common table: its region in the map */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Joined(PlanarMap map, int[] numberOf) {}

    private static final TileTopology.Side NOTHING =
            new TileTopology.Side(new int[] {0}, new int[] {Integer.MAX_VALUE});

    private final TileGrid grid;
    private final Map<TileAddress, Edges> tiles = new TreeMap<>();
    /** Of all tiles, one after the other. */
    final RegionTable regions = new RegionTable(1024);

    /** The tiles' own, one tile after the other. */
    ArcSet pieces = new ArcSet();

    public CoverageAssembler(TileGrid grid) {
        this.grid = grid;
    }

    /** @throws IllegalArgumentException when the tile is in already or is not where it says */
    public void add(TileAddress address, TileTopology tile) {
        var window = grid.window(address);
        if (!tile.window.equals(window)) {
            throw new IllegalArgumentException("tile " + address + " covers " + window + ", not " + tile.window);
        }
        int west = Math.toIntExact(window.column());
        int north = Math.toIntExact(window.row());
        int offset = regions.count - 1;
        var edges = new Edges(
                window,
                offset,
                tile.regions(),
                pieces.size(),
                tile.arcs(),
                tile.north,
                tile.east,
                tile.south,
                tile.west);
        if (tiles.putIfAbsent(address, edges) != null) {
            throw new IllegalArgumentException("tile " + address + " is in already");
        }
        for (int r = 1; r <= tile.regions(); r++) {
            regions.add(
                    tile.classes[r],
                    tile.pixels[r],
                    west + tile.first[r] % window.width(),
                    north + tile.first[r] / window.width(),
                    tile.confidenceSum[r],
                    tile.confidencePixels[r],
                    tile.confidenceMin[r],
                    tile.uncertain[r]);
            regions.evidence.addAll(tile.evidence, r);
            regions.evidence.endRegion();
        }
        for (int arc = 0; arc < tile.arcs(); arc++) {
            pieces.begin(numbered(tile.left[arc], offset), numbered(tile.right[arc], offset));
            for (int i = tile.arcStart[arc]; i < tile.arcStart[arc + 1]; i++) {
                pieces.corner(west + (tile.corners[i] >>> 16), north + (tile.corners[i] & 0xFFFF));
            }
            pieces.end();
        }
    }

    /** To be called once, when every tile is in. */
    public PlanarMap assemble() {
        int[] regionOf = closeSeams();
        var open = pieces;
        pieces = null;
        return PlanarMap.of(regions, open, regionOf, regions.landClass);
    }

    /** The map of the tiles that are in, without what the model gave each class; more may come. */
    Joined join() {
        int own = pieces.size();
        int[] regionOf = closeSeams();
        var map = PlanarMap.withoutEvidence(regions, pieces, regionOf, regions.landClass);
        pieces.cutBack(own);
        return new Joined(map, PlanarMap.renumber(regions, regionOf));
    }

    Map<TileAddress, Edges> tiles() {
        return tiles;
    }

    /** Adds what separates classes along tile edges to the pieces.
     *  @return by region: the one that speaks for it and all that it meets there */
    private int[] closeSeams() {
        var unions = new Unions(regions.count);
        SeamRun run = (left, right, fromX, fromY, toX, toY) -> {
            if (regions.classOf(left) != regions.classOf(right)) {
                pieces.line(left, right, fromX, fromY, toX, toY);
            } else if (left != 0) {
                unions.join(left, right);
            }
        };
        forEverySeam(run);
        return unions.roots();
    }

    /** One pass per edge: each tile sees to its west and north, and to its east and south where it is the last. */
    void forEverySeam(SeamRun run) {
        tiles.forEach((address, tile) -> {
            var north = new TileAddress(address.column(), address.row() - 1);
            var west = new TileAddress(address.column() - 1, address.row());
            var south = new TileAddress(address.column(), address.row() + 1);
            var east = new TileAddress(address.column() + 1, address.row());
            seam(tiles.get(north), tile, address, true, run);
            seam(tile, tiles.get(west), address, false, run);
            if (!tiles.containsKey(south)) {
                seam(tile, null, south, true, run);
            }
            if (!tiles.containsKey(east)) {
                seam(null, tile, east, false, run);
            }
        });
    }

    /**
     * Walks one tile edge, eastwards or southwards, with one row of pixels on either hand.
     *
     * @param left north of the edge when eastwards, east of it when southwards; null for no tile
     * @param at tile whose north-western corner is where the edge begins, present or not
     */
    void seam(Edges left, Edges right, TileAddress at, boolean eastwards, SeamRun run) {
        var leftSide = left == null ? NOTHING : eastwards ? left.south : left.west;
        var rightSide = right == null ? NOTHING : eastwards ? right.north : right.east;
        int x = Math.multiplyExact(at.column(), grid.tileSize());
        int y = Math.multiplyExact(at.row(), grid.tileSize());
        int l = 0;
        int r = 0;
        int from = 0;
        while (from < grid.tileSize()) {
            int to = Math.min(
                    grid.tileSize(), Math.min(leftSide.ends()[l], rightSide.ends()[r]));
            run.take(
                    numbered(leftSide.regions()[l], offset(left)),
                    numbered(rightSide.regions()[r], offset(right)),
                    eastwards ? x + from : x,
                    eastwards ? y : y + from,
                    eastwards ? x + to : x,
                    eastwards ? y : y + to);
            if (leftSide.ends()[l] == to) {
                l++;
            }
            if (rightSide.ends()[r] == to) {
                r++;
            }
            from = to;
        }
    }

    private static int offset(Edges tile) {
        return tile == null ? 0 : tile.regionOffset;
    }

    private static int numbered(int region, int offset) {
        return region == 0 ? 0 : region + offset;
    }

    /** Convenience for a whole area at once.
     *  @param traced same order as the addresses */
    static PlanarMap assemble(TileGrid grid, List<TileAddress> addresses, List<TileTopology> traced) {
        var assembler = new CoverageAssembler(grid);
        for (int i = 0; i < traced.size(); i++) {
            assembler.add(addresses.get(i), traced.get(i));
        }
        return assembler.assemble();
    }
}
