// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.UnaryOperator;
import org.survol.vectorize.rules.MapRules;

/**
 * Removes regions smaller than the minimum mapping unit of their class, and those that are nowhere as wide as their class has
 * to be. The smallest such region of the map (ties: the one
 * whose first pixel comes first, north to south, then west to east) takes, of the classes next to it, the one nearest by
 * meaning (ties: with which it shares the longest boundary, then the smaller class value) and melts into all its neighbours
 * of that class; then the next smallest, until every region is large enough. A region with nothing but "no data" round it
 * stays, and so does a building that is to be enlarged instead. What melts together is in the built-up zone when any part of it was, and wide enough when any
 * part was.
 *
 * <p>The choice looks at classes, not at regions, so it does not matter whether two neighbours of one class are connected
 * somewhere else; groups of small regions that do not touch each other have no influence on each other. Both together
 * mean that the outcome depends on the pixels near by only, and not on tiles or on the order of arrival.
 */
public final class MinimumMappingUnit {

    private record Small(long pixels, int region) implements Comparable<Small> {
        @Override
        public int compareTo(Small other) {
            int byArea = Long.compare(pixels, other.pixels);
            return byArea != 0 ? byArea : Integer.compare(region, other.region);
        }
    }

    private final PlanarMap map;
    private final MapRules rules;
    private final Bits insideZone;
    /** Regions, and what they melted into, no part of which is wide enough for its class. */
    private final Bits narrow;

    /** Buildings that stay, to be enlarged: {@link BuildingOutlines}. */
    private final Bits enlarged;

    private final Unions unions;
    private final byte[] landClass;
    private final long[] pixels;
    /** Neighbour, shared length, neighbour, shared length, … of every region that is still small. */
    private final Ints[] borders;

    private MinimumMappingUnit(PlanarMap map, MapRules rules) {
        this.map = map;
        this.rules = rules;
        insideZone = rules.zone()
                .map(zone -> BuiltUpZone.regionsInside(map, zone))
                .orElseGet(() -> new Bits(map.regions.count));
        narrow = narrowRegions(map, rules);
        enlarged = enlargedRegions(map, rules);
        int count = map.regions.count;
        unions = new Unions(count);
        landClass = Arrays.copyOf(map.regions.landClass, count);
        pixels = Arrays.copyOf(map.regions.pixels, count);
        borders = new Ints[count];
    }

    /** The map without regions of fewer pixels than the rules want. */
    public static PlanarMap eliminate(PlanarMap map, MapRules rules) {
        var elimination = new MinimumMappingUnit(map, rules);
        return elimination
                .run(elimination.tooSmall())
                .map(melted -> PlanarMap.of(map.regions, map.arcs, melted.regionOf(), melted.classOf()))
                .orElse(map);
    }

    /** @param regionOf by region: the one that speaks for it and all it is melted with
     *  @param classOf by region, read for those that speak */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Melted(int[] regionOf, byte[] classOf) {}

    /** As {@link #eliminate}, of some regions only.
     *  @param choice from those that cannot stay as they are: whole groups of touching ones */
    static Optional<Melted> melted(PlanarMap map, MapRules rules, UnaryOperator<Bits> choice) {
        var elimination = new MinimumMappingUnit(map, rules);
        return elimination.run(choice.apply(elimination.tooSmall()));
    }

    private Bits tooSmall() {
        var small = new Bits(map.regions.count);
        for (int r = 1; r < map.regions.count; r++) {
            if (isSmall(r)) {
                small.set(r);
            }
        }
        return small;
    }

    private static Bits narrowRegions(PlanarMap map, MapRules rules) {
        var narrow = new Bits(map.regions.count);
        var byDiameter = new HashMap<Integer, RegionWidth>();
        for (int r = 1; r < map.regions.count; r++) {
            int diameter = rules.minimumWidthPixels(map.classOf(r));
            // One pixel is in every region.
            if (diameter > 1
                    && !byDiameter
                            .computeIfAbsent(diameter, d -> new RegionWidth(map, d))
                            .holdsDisc(r)) {
                narrow.set(r);
            }
        }
        return narrow;
    }

    /** With a boundary of one piece, so that there is one neighbour, all round. */
    private static Bits enlargedRegions(PlanarMap map, MapRules rules) {
        var enlarged = new Bits(map.regions.count);
        if (!rules.enlarges()) {
            return enlarged;
        }
        var pieces = new int[map.regions.count];
        for (int a = 0; a < map.arcs.size(); a++) {
            pieces[map.arcs.left.at[a]]++;
            pieces[map.arcs.right.at[a]]++;
        }
        for (int r = 1; r < map.regions.count; r++) {
            if (pieces[r] == 1 && rules.isEnlarged(map.classOf(r), map.pixels(r))) {
                enlarged.set(r);
            }
        }
        return enlarged;
    }

    private Optional<Melted> run(Bits which) {
        var queue = new PriorityQueue<Small>();
        for (int r = 1; r < map.regions.count; r++) {
            if (which.get(r)) {
                borders[r] = new Ints(16);
                queue.add(new Small(pixels[r], r));
            }
        }
        if (queue.isEmpty()) {
            return Optional.empty();
        }
        measureBorders();
        var lengthByClass = new long[256];
        for (var small = queue.poll(); small != null; small = queue.poll()) {
            int region = small.region;
            // A region that was melted or has grown since stands in the queue again with what it is now.
            if (unions.root(region) != region || pixels[region] != small.pixels) {
                continue;
            }
            int chosen = nearestClass(region, lengthByClass);
            if (chosen != 0) {
                int into = melt(region, (byte) chosen);
                if (borders[into] != null) {
                    queue.add(new Small(pixels[into], into));
                }
            }
        }
        var regionOf = new int[map.regions.count];
        for (int r = 1; r < regionOf.length; r++) {
            regionOf[r] = unions.root(r);
        }
        return Optional.of(new Melted(regionOf, landClass));
    }

    private void measureBorders() {
        var arcs = map.arcs;
        for (int a = 0; a < arcs.size(); a++) {
            int left = arcs.left.at[a];
            int right = arcs.right.at[a];
            if (left == 0 || right == 0 || borders[left] == null && borders[right] == null) {
                continue;
            }
            int length = 0;
            for (int i = arcs.start.at[a] + 1; i < arcs.start.at[a + 1]; i++) {
                length += Math.abs(arcs.x.at[i] - arcs.x.at[i - 1]) + Math.abs(arcs.y.at[i] - arcs.y.at[i - 1]);
            }
            addBorder(left, right, length);
            addBorder(right, left, length);
        }
    }

    private void addBorder(int of, int with, int length) {
        if (borders[of] != null) {
            borders[of].add(with);
            borders[of].add(length);
        }
    }

    /** Class value, or 0 when there is no neighbour to take. */
    private int nearestClass(int region, long[] lengthByClass) {
        var border = borders[region];
        Arrays.fill(lengthByClass, 0);
        for (int i = 0; i < border.size; i += 2) {
            int neighbour = unions.root(border.at[i]);
            if (neighbour != region) {
                lengthByClass[landClass[neighbour] & 0xFF] += border.at[i + 1];
            }
        }
        int own = landClass[region] & 0xFF;
        int chosen = 0;
        for (int c = 1; c < lengthByClass.length; c++) {
            if (lengthByClass[c] > 0 && (chosen == 0 || isNearer(own, c, chosen, lengthByClass))) {
                chosen = c;
            }
        }
        return chosen;
    }

    private boolean isNearer(int own, int c, int chosen, long[] lengthByClass) {
        int byKinship = Integer.compare(rules.kinship(own, c), rules.kinship(own, chosen));
        return byKinship > 0 || byKinship == 0 && lengthByClass[c] > lengthByClass[chosen];
    }

    private boolean isSmall(int region) {
        return narrow.get(region)
                || !enlarged.get(region)
                        && pixels[region] < rules.minimumPixels(landClass[region] & 0xFF, insideZone.get(region));
    }

    /** @return the region that speaks for the result */
    private int melt(int region, byte chosen) {
        var border = borders[region];
        borders[region] = null;
        landClass[region] = chosen;
        int into = region;
        var joined = border;
        boolean stillSmall = true;
        boolean inside = insideZone.get(region);
        boolean allNarrow = narrow.get(region);
        for (int i = 0; i < border.size; i += 2) {
            int neighbour = unions.root(border.at[i]);
            if (neighbour == into || landClass[neighbour] != chosen) {
                continue;
            }
            var other = borders[neighbour];
            borders[neighbour] = null;
            long area = pixels[into] + pixels[neighbour];
            into = unions.join(into, neighbour);
            pixels[into] = area;
            landClass[into] = chosen;
            inside |= insideZone.get(neighbour);
            allNarrow &= narrow.get(neighbour);
            stillSmall &= other != null;
            if (stillSmall) {
                joined = concatenated(joined, other, border);
            }
        }
        if (inside) {
            insideZone.set(into);
        }
        if (allNarrow) {
            narrow.set(into);
        } else {
            narrow.clear(into);
        }
        // Large regions are never melted, so nobody asks for their borders again.
        borders[into] = stillSmall && isSmall(into) ? joined : null;
        return into;
    }

    /** Neither may change while {@code walked} is being walked. */
    private static Ints concatenated(Ints a, Ints b, Ints walked) {
        var into = a;
        if (a == walked) {
            into = new Ints(a.size + b.size);
            into.reserve(a.size);
            System.arraycopy(a.at, 0, into.at, 0, a.size);
            into.size = a.size;
        }
        into.reserve(b.size);
        System.arraycopy(b.at, 0, into.at, into.size, b.size);
        into.size += b.size;
        return into;
    }
}
