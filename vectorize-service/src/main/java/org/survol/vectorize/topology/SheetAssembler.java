// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.rules.MapRules;

/**
 * Makes the map of one sheet, without too small regions: pixel by pixel what the whole map, had it been made at once, holds
 * of that sheet.
 *
 * <p>A group of touching small regions ends as it does in the whole map once all of it is known ({@link ClosedClusters}).
 * So a ring of tiles round the sheet is looked at too, and as long as a group of which the sheet, or a pixel next to it, has
 * a part reaches beyond the ring, a wider one.
 *
 * <p>Regions end at the sheet's edge. There the map has a node wherever two regions meet on either side, so that the
 * polygons of both sheets have the same points on the line between them, and the line itself, like the edge of the images,
 * is left where it is: each sheet may be generalized on its own.
 */
public final class SheetAssembler {

    /** Where the tiles of a run are had from. */
    public interface Tiles {
        TileTopology read(TileAddress tile) throws IOException;
    }

    private final TileGrid grid;
    private final Sheet sheet;
    private final SortedSet<TileAddress> present;
    private final MapRules rules;
    private final CoverageAssembler part;

    /** @param present the run's tiles that have pixels, on any sheet */
    public SheetAssembler(TileGrid grid, Sheet sheet, SortedSet<TileAddress> present, MapRules rules) {
        this.grid = grid;
        this.sheet = sheet;
        this.present = present;
        this.rules = rules;
        part = new CoverageAssembler(grid);
    }

    /** To be called once. Reads the sheet's tiles and as many round it as are needed, each once. */
    public PlanarMap assemble(Tiles tiles) throws IOException {
        for (int ring = firstRing(); ; ring *= 2) {
            var seen = sheet.widened(ring);
            for (var tile : present) {
                if (seen.holds(tile) && !part.tiles().containsKey(tile)) {
                    part.add(tile, tiles.read(tile));
                }
            }
            if (present.stream().allMatch(sheet::holds)) {
                return MinimumMappingUnit.eliminate(part.assemble(), rules);
            }
            var map = cleared();
            if (map.isPresent()) {
                return map.get();
            }
        }
    }

    /** Tiles on either side that are worth a first try. */
    private int firstRing() {
        return rules.leavesAnythingOut() ? Math.max(1, Math.ceilDiv(zoneMargin(), grid.tileSize())) : 1;
    }

    /**
     * How near to the edge of what is known the built-up zone may be wrong, pixels: a building that is cut off there may be
     * larger than it looks, by any length its smallest area allows, and the zone reaches twice its reach from it.
     */
    private int zoneMargin() {
        return rules.zone()
                .map(zone -> Math.toIntExact(3L * zone.reachPixels() + zone.smallestPixels() + 2))
                .orElse(0);
    }

    private Optional<PlanarMap> cleared() {
        var joined = part.join();
        var map = joined.map();
        var open = new Bits(map.regions.count);
        var cutOff = cutOff(joined, open);
        var uncertain = uncertain(map, cutOff);
        var unknown = new Bits(map.regions.count);
        var melted = MinimumMappingUnit.melted(map, rules, small -> {
            for (int r = 1; r < map.regions.count; r++) {
                if (uncertain.get(r)) {
                    small.set(r);
                    open.set(r);
                }
            }
            var closed = ClosedClusters.closed(map, small, open);
            for (int r = 1; r < map.regions.count; r++) {
                if (small.get(r) && !closed.get(r)) {
                    unknown.set(r);
                }
            }
            return closed;
        });
        if (sheetHasPartOf(unknown, joined.numberOf())) {
            return Optional.empty();
        }
        int[] wholeOf = new int[part.regions.count];
        for (int r = 1; r < wholeOf.length; r++) {
            int number = joined.numberOf()[r];
            wholeOf[r] = melted.isPresent() ? melted.get().regionOf()[number] : number;
        }
        byte[] classOf = melted.isPresent() ? melted.get().classOf() : map.regions.landClass;
        return Optional.of(new Cut(wholeOf, classOf).map());
    }

    /** Marks regions that go on in tiles which were not read.
     *  @return the edges of these tiles: west, north, east, south */
    private List<int[]> cutOff(CoverageAssembler.Joined joined, Bits open) {
        var edges = new ArrayList<int[]>();
        part.tiles().forEach((address, tile) -> {
            int west = Math.toIntExact(tile.window().column());
            int north = Math.toIntExact(tile.window().row());
            int east = Math.toIntExact(tile.window().endColumn());
            int south = Math.toIntExact(tile.window().endRow());
            int column = address.column();
            int row = address.row();
            if (isUnread(column, row - 1)) {
                mark(tile, tile.north(), joined.numberOf(), open);
                edges.add(new int[] {west, north, east, north});
            }
            if (isUnread(column, row + 1)) {
                mark(tile, tile.south(), joined.numberOf(), open);
                edges.add(new int[] {west, south, east, south});
            }
            if (isUnread(column - 1, row)) {
                mark(tile, tile.west(), joined.numberOf(), open);
                edges.add(new int[] {west, north, west, south});
            }
            if (isUnread(column + 1, row)) {
                mark(tile, tile.east(), joined.numberOf(), open);
                edges.add(new int[] {east, north, east, south});
            }
        });
        return edges;
    }

    private boolean isUnread(int column, int row) {
        var address = new TileAddress(column, row);
        return present.contains(address) && !part.tiles().containsKey(address);
    }

    private static void mark(CoverageAssembler.Edges tile, TileTopology.Side side, int[] numberOf, Bits marks) {
        for (int region : side.regions()) {
            if (region != 0) {
                marks.set(numberOf[tile.regionOffset() + region]);
            }
        }
    }

    /** Regions of which nobody knows whether the smaller or the larger minimum holds for them. */
    private Bits uncertain(PlanarMap map, List<int[]> cutOff) {
        var uncertain = new Bits(map.regions.count);
        if (rules.zone().isEmpty() || cutOff.isEmpty()) {
            return uncertain;
        }
        int margin = zoneMargin();
        var bounds = map.bounds();
        for (int r = 1; r < map.regions.count; r++) {
            long least =
                    Math.max(rules.minimumPixels(map.classOf(r), true), rules.minimumPixels(map.classOf(r), false));
            if (map.pixels(r) < least) {
                for (var edge : cutOff) {
                    if (bounds[4 * r] <= edge[2] + margin
                            && bounds[4 * r + 2] >= edge[0] - margin
                            && bounds[4 * r + 1] <= edge[3] + margin
                            && bounds[4 * r + 3] >= edge[1] - margin) {
                        uncertain.set(r);
                        break;
                    }
                }
            }
        }
        return uncertain;
    }

    /** Whether any pixel of these regions lies on the sheet or next to its edge. */
    private boolean sheetHasPartOf(Bits regions, int[] numberOf) {
        for (var tile : part.tiles().entrySet()) {
            var address = tile.getKey();
            var edges = tile.getValue();
            if (sheet.holds(address)) {
                for (int r = 1; r <= edges.regionCount(); r++) {
                    if (regions.get(numberOf[edges.regionOffset() + r])) {
                        return true;
                    }
                }
            }
            if (touches(address, 0, 1, edges.south(), edges, regions, numberOf)
                    || touches(address, 0, -1, edges.north(), edges, regions, numberOf)
                    || touches(address, 1, 0, edges.east(), edges, regions, numberOf)
                    || touches(address, -1, 0, edges.west(), edges, regions, numberOf)) {
                return true;
            }
        }
        return false;
    }

    private boolean touches(
            TileAddress tile,
            int columns,
            int rows,
            TileTopology.Side side,
            CoverageAssembler.Edges edges,
            Bits regions,
            int[] numberOf) {
        if (sheet.holds(tile) || !sheet.holds(new TileAddress(tile.column() + columns, tile.row() + rows))) {
            return false;
        }
        for (int region : side.regions()) {
            if (region != 0 && regions.get(numberOf[edges.regionOffset() + region])) {
                return true;
            }
        }
        return false;
    }

    /** The sheet's part of the map that is known round it. */
    private final class Cut {

        /** By region of a tile: the region of the known map that it is in, and that one's class. */
        private final int[] wholeOf;

        private final byte[] classOfWhole;

        private final RegionTable regions = new RegionTable(1024);
        /** By region of a tile: its region here, 0 for those off the sheet. */
        private final int[] placeOf;

        /** By region of the known map: its region here, as a neighbour. */
        private final Map<Integer, Integer> neighbours = new HashMap<>();

        private final ArcSet pieces = new ArcSet();
        private Unions unions;

        /** @param wholeOf by region of a tile: the region of the known map that it is in */
        Cut(int[] wholeOf, byte[] classOfWhole) {
            this.wholeOf = wholeOf;
            this.classOfWhole = classOfWhole;
            placeOf = new int[wholeOf.length];
        }

        PlanarMap map() {
            for (var tile : part.tiles().entrySet()) {
                if (sheet.holds(tile.getKey())) {
                    int offset = tile.getValue().regionOffset();
                    for (int r = offset + 1; r <= offset + tile.getValue().regionCount(); r++) {
                        placeOf[r] = regions.add(part.regions, r);
                    }
                }
            }
            int own = regions.count;
            unions = new Unions(own);
            for (var tile : part.tiles().entrySet()) {
                if (sheet.holds(tile.getKey())) {
                    int first = tile.getValue().firstArc();
                    for (int arc = first; arc < first + tile.getValue().arcCount(); arc++) {
                        copy(arc);
                    }
                }
            }
            part.forEverySeam(this::seam);
            stubs();

            int[] regionOf = new int[regions.count];
            byte[] classOf = Arrays.copyOf(regions.landClass, regions.count);
            for (int r = 1; r < regions.count; r++) {
                regionOf[r] = r < own ? unions.root(r) : r;
            }
            for (int r = 1; r < placeOf.length; r++) {
                if (placeOf[r] != 0) {
                    classOf[placeOf[r]] = classOfWhole[wholeOf[r]];
                }
            }
            return PlanarMap.ofSheet(regions, pieces, regionOf, classOf, neighbours.size());
        }

        private void copy(int arc) {
            var from = part.pieces;
            int left = from.left.at[arc];
            int right = from.right.at[arc];
            if (wholeOf[left] == wholeOf[right]) {
                unions.join(placeOf[left], placeOf[right]);
                return;
            }
            pieces.begin(placeOf[left], placeOf[right]);
            for (int i = from.start.at[arc]; i < from.start.at[arc + 1]; i++) {
                pieces.corner(from.x.at[i], from.y.at[i]);
            }
            pieces.end();
        }

        /** The edge of the sheet is a boundary whatever lies on either side. */
        private void seam(int left, int right, int fromX, int fromY, int toX, int toY) {
            if (placeOf[left] == 0 && placeOf[right] == 0) {
                return;
            }
            if (placeOf[left] != 0 && placeOf[right] != 0 && wholeOf[left] == wholeOf[right]) {
                unions.join(placeOf[left], placeOf[right]);
            } else {
                pieces.line(place(left), place(right), fromX, fromY, toX, toY);
            }
        }

        private int place(int region) {
            return placeOf[region] != 0 || region == 0 ? placeOf[region] : neighbour(wholeOf[region]);
        }

        private int neighbour(int whole) {
            return neighbours.computeIfAbsent(whole, w -> regions.addNeighbour(classOfWhole[w], neighbours.size()));
        }

        /** Where two regions meet on the other side of the sheet's edge their boundary is begun, as far as the next pixel. */
        private void stubs() {
            for (boolean south : new boolean[] {false, true}) {
                var walk = new EdgeWalk(0, south ? 1 : -1);
                for (int column = sheet.west(); column < sheet.east(); column++) {
                    var above = new TileAddress(column, (south ? sheet.south() : sheet.north()) - 1);
                    var below = new TileAddress(column, above.row() + 1);
                    walk.along(south ? above : below, south ? below : above, below, true);
                }
            }
            for (boolean east : new boolean[] {false, true}) {
                var walk = new EdgeWalk(east ? 1 : -1, 0);
                for (int row = sheet.north(); row < sheet.south(); row++) {
                    var before = new TileAddress((east ? sheet.east() : sheet.west()) - 1, row);
                    var behind = new TileAddress(before.column() + 1, row);
                    walk.along(east ? before : behind, east ? behind : before, behind, false);
                }
            }
        }

        /** Along one edge of the sheet, eastwards or southwards. */
        private final class EdgeWalk {

            /** One pixel off the sheet. */
            private final int outX;

            private final int outY;
            private boolean begun;
            private int lastInside;
            private int lastBeyond;

            EdgeWalk(int outX, int outY) {
                this.outX = outX;
                this.outY = outY;
            }

            /** @param at tile whose north-western corner is where this part of the edge begins */
            void along(TileAddress inside, TileAddress beyond, TileAddress at, boolean eastwards) {
                var tiles = part.tiles();
                // On the left hand are north, walking eastwards, and east, walking southwards.
                boolean beyondOnLeft = eastwards ? outY < 0 : outX > 0;
                part.seam(
                        tiles.get(beyondOnLeft ? beyond : inside),
                        tiles.get(beyondOnLeft ? inside : beyond),
                        at,
                        eastwards,
                        (left, right, fromX, fromY, toX, toY) -> step(
                                beyondOnLeft ? right : left, beyondOnLeft ? left : right, fromX, fromY, beyondOnLeft));
            }

            private void step(int inside, int beyond, int x, int y, boolean beyondOnLeft) {
                int now = beyond == 0 ? 0 : wholeOf[beyond];
                if (begun && now != lastBeyond && (inside != 0 || lastInside != 0)) {
                    int ahead = now == 0 ? 0 : neighbour(now);
                    int behind = lastBeyond == 0 ? 0 : neighbour(lastBeyond);
                    pieces.line(beyondOnLeft ? behind : ahead, beyondOnLeft ? ahead : behind, x, y, x + outX, y + outY);
                }
                begun = true;
                lastInside = inside;
                lastBeyond = now;
            }
        }
    }
}
