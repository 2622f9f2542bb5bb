// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;
import org.survol.vectorize.rules.MapRules;

/**
 * Settles in a tile what no other tile can change: groups of touching regions that are too small, none of which reaches the
 * tile's edge. Such a group ends the same in the tile as in the whole map, because {@link MinimumMappingUnit} asks of large
 * neighbours for nothing but their class, and a region large in the tile is large in the map. So specks never travel: of a
 * noisy tile, most regions.
 *
 * <p>Where another minimum holds near buildings, which may stand in another tile, or for buildings that stand alone, nothing
 * is settled before assembly.
 */
public final class ClosedClusters {

    private ClosedClusters() {}

    /** The tile without closed groups of too small regions; the same tile when there is none. */
    public static TileTopology settled(TileTopology tile, MapRules rules) {
        if (rules.zone().isPresent() || rules.enlarges() || !rules.leavesAnythingOut()) {
            return tile;
        }
        var regions = regionsOf(tile);
        var walled = PlanarMap.open(regions, arcsOf(tile, true));
        return MinimumMappingUnit.melted(walled, rules, small -> closed(tile, walled, small))
                .map(melted -> tileOf(tile, PlanarMap.open(regions, arcsOf(tile, false)), melted))
                .orElse(tile);
    }

    /** In the tile's own coordinates. */
    private static RegionTable regionsOf(TileTopology tile) {
        var regions = new RegionTable(tile.regions() + 1);
        for (int r = 1; r <= tile.regions(); r++) {
            regions.add(
                    tile.classes[r],
                    tile.pixels[r],
                    tile.first[r] % tile.window.width(),
                    tile.first[r] / tile.window.width(),
                    tile.confidenceSum[r],
                    tile.confidencePixels[r],
                    tile.confidenceMin[r],
                    tile.uncertain[r]);
            regions.evidence.addAll(tile.evidence, r);
            regions.evidence.endRegion();
        }
        return regions;
    }

    /** @param walled whether the tile's edges are arcs too, with nothing beyond: regions then have their whole outline */
    private static ArcSet arcsOf(TileTopology tile, boolean walled) {
        var arcs = new ArcSet();
        for (int a = 0; a < tile.arcs(); a++) {
            arcs.begin(tile.left[a], tile.right[a]);
            for (int i = tile.arcStart[a]; i < tile.arcStart[a + 1]; i++) {
                arcs.corner(tile.corners[i] >>> 16, tile.corners[i] & 0xFFFF);
            }
            arcs.end();
        }
        if (walled) {
            int east = tile.window.width();
            int south = tile.window.height();
            wall(arcs, tile.north, 0, 0, true);
            wall(arcs, tile.south, 0, south, true);
            wall(arcs, tile.west, 0, 0, false);
            wall(arcs, tile.east, east, 0, false);
        }
        return arcs;
    }

    private static void wall(ArcSet arcs, TileTopology.Side side, int x, int y, boolean eastwards) {
        int from = 0;
        for (int i = 0; i < side.regions().length; i++) {
            int to = side.ends()[i];
            if (side.regions()[i] != 0) {
                // Which hand is which matters to nobody here.
                arcs.begin(side.regions()[i], 0);
                arcs.corner(eastwards ? x + from : x, eastwards ? y : y + from);
                arcs.corner(eastwards ? x + to : x, eastwards ? y : y + to);
                arcs.end();
            }
            from = to;
        }
    }

    /** Small regions whose group touches no edge of the tile. */
    private static Bits closed(TileTopology tile, PlanarMap map, Bits small) {
        var open = new Bits(map.regions.count);
        for (var side : new TileTopology.Side[] {tile.north, tile.east, tile.south, tile.west}) {
            for (int region : side.regions()) {
                open.set(region);
            }
        }
        return closed(map, small, open);
    }

    /** Small regions that no chain of touching small regions leads from to an open one. */
    static Bits closed(PlanarMap map, Bits small, Bits open) {
        int count = map.regions.count;
        var groups = new Unions(count);
        for (int a = 0; a < map.arcs.size(); a++) {
            int left = map.arcs.left.at[a];
            int right = map.arcs.right.at[a];
            if (small.get(left) && small.get(right)) {
                groups.join(left, right);
            }
        }
        var openGroups = new Bits(count);
        for (int r = 1; r < count; r++) {
            if (open.get(r)) {
                openGroups.set(groups.root(r));
            }
        }
        var closed = new Bits(count);
        for (int r = 1; r < count; r++) {
            if (small.get(r) && !openGroups.get(groups.root(r))) {
                closed.set(r);
            }
        }
        return closed;
    }

    private static TileTopology tileOf(TileTopology tile, PlanarMap before, MinimumMappingUnit.Melted melted) {
        var map = PlanarMap.of(before.regions, before.arcs, melted.regionOf(), melted.classOf());
        int count = map.regions.count;
        var regions = map.regions;
        var arcs = map.arcs;
        var pixels = new int[count];
        var first = new int[count];
        var confidencePixels = new int[count];
        var uncertain = new int[count];
        for (int r = 1; r < count; r++) {
            pixels[r] = Math.toIntExact(regions.pixels[r]);
            first[r] = regions.firstY[r] * tile.window.width() + regions.firstX[r];
            confidencePixels[r] = Math.toIntExact(regions.confidencePixels[r]);
            uncertain[r] = Math.toIntExact(regions.uncertain[r]);
        }
        var corners = new int[arcs.x.size];
        for (int i = 0; i < corners.length; i++) {
            corners[i] = arcs.x.at[i] << 16 | arcs.y.at[i];
        }
        int[] renumbered = PlanarMap.renumber(before.regions, melted.regionOf());
        return new TileTopology(
                tile.window,
                Arrays.copyOf(regions.landClass, count),
                pixels,
                first,
                Arrays.copyOf(regions.confidenceSum, count),
                confidencePixels,
                Arrays.copyOf(regions.confidenceMin, count),
                uncertain,
                regions.evidence,
                arcs.start.trimmed(),
                corners,
                arcs.left.trimmed(),
                arcs.right.trimmed(),
                renumbered(tile.north, renumbered),
                renumbered(tile.east, renumbered),
                renumbered(tile.south, renumbered),
                renumbered(tile.west, renumbered));
    }

    /** A settled group may have joined two neighbours of one class, but runs along an edge stay apart: a run more is no harm. */
    private static TileTopology.Side renumbered(TileTopology.Side side, int[] renumbered) {
        var regions = new int[side.regions().length];
        for (int i = 0; i < regions.length; i++) {
            regions[i] = renumbered[side.regions()[i]];
        }
        return new TileTopology.Side(regions, side.ends());
    }
}
