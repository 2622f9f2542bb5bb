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

    /** A tile's edges, and the number that its region 0 would have in the common table. */
    private record Edges(
            PixelWindow window,
            int regionOffset,
            TileTopology.Side north,
            TileTopology.Side east,
            TileTopology.Side south,
            TileTopology.Side west) {}

    private static final TileTopology.Side NOTHING =
            new TileTopology.Side(new int[] {0}, new int[] {Integer.MAX_VALUE});

    private final TileGrid grid;
    private final Map<TileAddress, Edges> tiles = new TreeMap<>();
    private final RegionTable regions = new RegionTable(1024);
    private ArcSet pieces = new ArcSet();

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
        var edges = new Edges(window, offset, tile.north, tile.east, tile.south, tile.west);
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
        var unions = new Unions(regions.count);
        // One pass per edge: each tile sees to its west and north, and to its east and south where it is the last.
        tiles.forEach((address, tile) -> {
            int west = Math.toIntExact(tile.window.column());
            int north = Math.toIntExact(tile.window.row());
            int east = Math.toIntExact(tile.window.endColumn());
            int south = Math.toIntExact(tile.window.endRow());
            var above = tiles.get(new TileAddress(address.column(), address.row() - 1));
            var before = tiles.get(new TileAddress(address.column() - 1, address.row()));
            seam(
                    above == null ? NOTHING : above.south,
                    offset(above),
                    tile.north,
                    tile.regionOffset,
                    west,
                    north,
                    true,
                    unions);
            seam(
                    tile.west,
                    tile.regionOffset,
                    before == null ? NOTHING : before.east,
                    offset(before),
                    west,
                    north,
                    false,
                    unions);
            if (!tiles.containsKey(new TileAddress(address.column(), address.row() + 1))) {
                seam(tile.south, tile.regionOffset, NOTHING, 0, west, south, true, unions);
            }
            if (!tiles.containsKey(new TileAddress(address.column() + 1, address.row()))) {
                seam(NOTHING, 0, tile.east, tile.regionOffset, east, north, false, unions);
            }
        });
        var regionOf = new int[regions.count];
        for (int r = 1; r < regionOf.length; r++) {
            regionOf[r] = unions.root(r);
        }
        var open = pieces;
        pieces = null;
        return PlanarMap.of(regions, open, regionOf, regions.landClass);
    }

    /**
     * Walks one tile edge, eastwards or southwards, with one row of pixels on either hand.
     *
     * @param x lattice point where the edge begins
     */
    private void seam(
            TileTopology.Side left,
            int leftOffset,
            TileTopology.Side right,
            int rightOffset,
            int x,
            int y,
            boolean eastwards,
            Unions unions) {
        int l = 0;
        int r = 0;
        int from = 0;
        while (from < grid.tileSize()) {
            int to = Math.min(left.ends()[l], right.ends()[r]);
            int leftRegion = numbered(left.regions()[l], leftOffset);
            int rightRegion = numbered(right.regions()[r], rightOffset);
            if (regions.classOf(leftRegion) != regions.classOf(rightRegion)) {
                pieces.begin(leftRegion, rightRegion);
                pieces.corner(eastwards ? x + from : x, eastwards ? y : y + from);
                pieces.corner(eastwards ? x + to : x, eastwards ? y : y + to);
                pieces.end();
            } else if (leftRegion != 0) {
                unions.join(leftRegion, rightRegion);
            }
            if (left.ends()[l] == to) {
                l++;
            }
            if (right.ends()[r] == to) {
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
