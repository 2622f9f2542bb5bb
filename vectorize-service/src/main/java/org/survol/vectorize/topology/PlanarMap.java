// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Regions and the whole arcs between them: each arc runs from node to node, or closes on itself without meeting one. The
 * map depends on the pixels only, not on how they were cut into tiles. Regions are numbered from 1 in the order of their
 * first pixel (north to south, then west to east).
 *
 * <p>Preserves exactly: areas, adjacency, and every node on all sides that meet there, so the polygons are a coverage.
 */
public final class PlanarMap {

    final RegionTable regions;
    final ArcSet arcs;
    private NodeIndex nodes;
    /** Half-edges by the region on their left, rows in {@link #edgesOfRegion}. */
    private int[] edgeStart;

    private int[] edgesOfRegion;
    private Bits walked;

    /** What arcs look like; null: exactly like pixel edges. */
    private final Shapes shapes;

    /** Regions after the last of the map: neighbours beyond the sheet's edge, known by their class only. */
    private int beyond;

    private PlanarMap(RegionTable regions, ArcSet arcs, Shapes shapes) {
        this.regions = regions;
        this.arcs = arcs;
        this.shapes = shapes;
    }

    /** The same map with other lines between the same nodes. */
    PlanarMap shaped(Shapes shapes) {
        var other = new PlanarMap(regions, arcs, shapes);
        other.nodes = nodes;
        other.edgeStart = edgeStart;
        other.edgesOfRegion = edgesOfRegion;
        other.walked = walked;
        other.beyond = beyond;
        return other;
    }

    /** The same map with boundaries exact to the pixel. */
    public PlanarMap exact() {
        return shapes == null ? this : shaped(null);
    }

    /** In what rings and bounds count: steps per pixel. */
    public int units() {
        return shapes == null ? 1 : shapes.units;
    }

    /** Of a part, whose edge has no arcs: what touches it has no rings. */
    static PlanarMap open(RegionTable regions, ArcSet arcs) {
        return new PlanarMap(regions, arcs, null);
    }

    /** As {@link #of}, where the last regions in the order of first pixels are not the map's own. */
    static PlanarMap ofSheet(RegionTable old, ArcSet pieces, int[] regionOf, byte[] classOf, int beyond) {
        var map = of(old, pieces, regionOf, classOf);
        map.beyond = beyond;
        return map;
    }

    /** The same map, exact, with nothing beyond its edge. */
    public PlanarMap alone() {
        if (beyond == 0) {
            return exact();
        }
        var regionOf = new int[regions.count];
        for (int r = 1; r <= regionCount(); r++) {
            regionOf[r] = r;
        }
        return of(regions, arcs, regionOf, regions.landClass);
    }

    /**
     * @param regionOf by old region: the one that speaks for it and all it is merged with; 0 for what is to be outside
     * @param classOf by old region, read for those that speak
     */
    static PlanarMap of(RegionTable old, ArcSet pieces, int[] regionOf, byte[] classOf) {
        int[] renumbered = renumber(old, regionOf);
        var regions = merge(old, renumbered, regionOf, classOf);
        regions.evidence = old.evidence.merged(Arrays.copyOf(renumbered, old.count), regions.count);
        return new PlanarMap(regions, wholeArcs(pieces, renumbered), null);
    }

    /** As {@link #of}, without what the model gave each class: enough to tell what melts into what. */
    static PlanarMap withoutEvidence(RegionTable old, ArcSet pieces, int[] regionOf, byte[] classOf) {
        int[] renumbered = renumber(old, regionOf);
        return new PlanarMap(merge(old, renumbered, regionOf, classOf), wholeArcs(pieces, renumbered), null);
    }

    public int regionCount() {
        return regions.count - 1 - beyond;
    }

    /** Whether it is no region of the map: no data, or beyond the sheet. */
    boolean isOutside(int region) {
        return region == 0 || region > regionCount();
    }

    /** Class value, 1 to 255. */
    public int classOf(int region) {
        return regions.classOf(region);
    }

    public long pixels(int region) {
        return regions.pixels[region];
    }

    /** Column of the region's first pixel: the westernmost of its northernmost row. */
    public int firstColumn(int region) {
        return regions.firstX[region];
    }

    public int firstRow(int region) {
        return regions.firstY[region];
    }

    /** Mean confidence, 0 to 1, over those pixels of the region that were predicted as its class. */
    public double meanConfidence(int region) {
        return regions.confidencePixels[region] == 0
                ? 0
                : regions.confidenceSum[region] / (255.0 * regions.confidencePixels[region]);
    }

    /** Smallest confidence, 0 to 1, over the same pixels. */
    public double minConfidence(int region) {
        return (regions.confidenceMin[region] & 0xFF) / 255.0;
    }

    /** Pixels of the region whose class, as predicted, has no more than half of the probability. */
    public long uncertainPixels(int region) {
        return regions.uncertain[region];
    }

    /** What the model gave the classes over all the region's pixels, in the order of their values; nothing is left out but 0. */
    public List<ClassShare> shares(int region) {
        var evidence = regions.evidence;
        var shares = new ArrayList<ClassShare>();
        for (int i = evidence.start.at[region]; i < evidence.start.at[region + 1]; i++) {
            shares.add(new ClassShare(evidence.value[i] & 0xFF, evidence.probability[i], evidence.inSet[i]));
        }
        return shares;
    }

    /** @param probability sum over pixels, 255 where one is certain
     *  @param pixelsInSet pixels whose conformal set holds the class */
    public record ClassShare(int classValue, long probability, long pixelsInSet) {}

    /** West, north, east, south of every region in {@link #units}, four to each; index 4 * region. */
    public int[] bounds() {
        var bounds = new int[4 * regions.count];
        for (int r = 0; r < regions.count; r++) {
            bounds[4 * r] = Integer.MAX_VALUE;
            bounds[4 * r + 1] = Integer.MAX_VALUE;
            bounds[4 * r + 2] = Integer.MIN_VALUE;
            bounds[4 * r + 3] = Integer.MIN_VALUE;
        }
        int[] x = shapes == null ? arcs.x.at : shapes.x.at;
        int[] y = shapes == null ? arcs.y.at : shapes.y.at;
        for (int a = 0; a < arcs.size(); a++) {
            for (int i = firstPoint(a); i <= lastPoint(a); i++) {
                stretch(bounds, 4 * arcs.left.at[a], x[i], y[i]);
                stretch(bounds, 4 * arcs.right.at[a], x[i], y[i]);
            }
        }
        return bounds;
    }

    /**
     * The rings of a region, shell first, in {@link #units}.
     *
     * @throws IllegalStateException when they do not enclose the region, which only a wrong boundary can cause
     */
    public void rings(int region, Rings rings) {
        prepareRings();
        rings.clear();
        for (int i = edgeStart[region]; i < edgeStart[region + 1]; i++) {
            if (!walked.get(edgesOfRegion[i])) {
                walk(edgesOfRegion[i], rings);
            }
        }
        for (int i = edgeStart[region]; i < edgeStart[region + 1]; i++) {
            walked.clear(edgesOfRegion[i]);
        }
        if (shapes == null) {
            rings.settle(regions.pixels[region]);
        } else {
            rings.settle();
        }
    }

    /**
     * Follows the boundary with the region on the left. Where two diagonal pixels of the region meet in a point the walk
     * turns right: the ring stays simple, and what lies on the other side of the point becomes a hole that touches it.
     */
    private void walk(int first, Rings rings) {
        int region = arcs.leftOf(first);
        int[] x = shapes == null ? arcs.x.at : shapes.x.at;
        int[] y = shapes == null ? arcs.y.at : shapes.y.at;
        rings.begin();
        int h = first;
        do {
            walked.set(h);
            int from = firstPoint(h >> 1);
            int to = lastPoint(h >> 1);
            if ((h & 1) == 0) {
                for (int i = from; i < to; i++) {
                    rings.corner(x[i], y[i]);
                }
            } else {
                for (int i = to; i > from; i--) {
                    rings.corner(x[i], y[i]);
                }
            }
            h = next(h, region);
        } while (h != first);
        rings.end();
    }

    private int firstPoint(int arc) {
        return shapes == null ? arcs.start.at[arc] : shapes.first(arc);
    }

    private int lastPoint(int arc) {
        return shapes == null ? arcs.start.at[arc + 1] - 1 : shapes.last(arc);
    }

    /** Those with the region on their left. */
    int[] halfEdges(int region) {
        prepareRings();
        return Arrays.copyOfRange(edgesOfRegion, edgeStart[region], edgeStart[region + 1]);
    }

    NodeIndex nodes() {
        prepareRings();
        return nodes;
    }

    /** Points of all boundaries, each counted once. */
    public long points() {
        return shapes == null ? arcs.x.size : shapes.x.size;
    }

    private int next(int h, int region) {
        int node = nodes.nodeOfEnd(h);
        int arrival = arcs.arrival(h);
        int turned = nodes.leaving(node, Heading.right(arrival));
        if (turned >= 0 && arcs.leftOf(turned) == region) {
            return turned;
        }
        int straight = nodes.leaving(node, arrival);
        if (straight >= 0 && arcs.leftOf(straight) == region) {
            return straight;
        }
        int left = nodes.leaving(node, Heading.left(arrival));
        if (left >= 0 && arcs.leftOf(left) == region) {
            return left;
        }
        throw new IllegalStateException("the boundary of region " + region + " is open");
    }

    private void prepareRings() {
        if (nodes != null) {
            return;
        }
        nodes = new NodeIndex(arcs);
        edgeStart = new int[regions.count + 1];
        int halfEdges = 2 * arcs.size();
        for (int h = 0; h < halfEdges; h++) {
            edgeStart[arcs.leftOf(h) + 1]++;
        }
        for (int r = 0; r < regions.count; r++) {
            edgeStart[r + 1] += edgeStart[r];
        }
        edgesOfRegion = new int[halfEdges];
        int[] fill = Arrays.copyOf(edgeStart, regions.count);
        for (int h = 0; h < halfEdges; h++) {
            edgesOfRegion[fill[arcs.leftOf(h)]++] = h;
        }
        walked = new Bits(halfEdges);
    }

    /** By old region: its new number, in the order of the merged regions' first pixels. */
    static int[] renumber(RegionTable old, int[] regionOf) {
        var firstKey = new long[old.count];
        Arrays.fill(firstKey, Long.MAX_VALUE);
        int speakers = 0;
        for (int r = 1; r < old.count; r++) {
            int speaker = regionOf[r];
            firstKey[speaker] = Math.min(firstKey[speaker], old.firstPixelKey(r));
            if (speaker == r) {
                speakers++;
            }
        }
        var sorted = new long[speakers];
        int n = 0;
        for (int r = 1; r < old.count; r++) {
            if (regionOf[r] == r) {
                sorted[n++] = firstKey[r];
            }
        }
        Arrays.sort(sorted);
        var renumbered = new int[old.count];
        for (int r = 1; r < old.count; r++) {
            renumbered[r] = regionOf[r] == 0 ? 0 : 1 + Arrays.binarySearch(sorted, firstKey[regionOf[r]]);
        }
        return renumbered;
    }

    private static RegionTable merge(RegionTable old, int[] renumbered, int[] regionOf, byte[] classOf) {
        int count = 0;
        for (int number : renumbered) {
            count = Math.max(count, number);
        }
        var regions = new RegionTable(count + 1);
        for (int i = 0; i < count; i++) {
            regions.add((byte) 0, 0, 0, Integer.MAX_VALUE, 0, 0, (byte) 0xFF, 0);
        }
        for (int r = 1; r < old.count; r++) {
            int into = renumbered[r];
            if (into == 0) {
                continue;
            }
            byte landClass = classOf[regionOf[r]];
            regions.landClass[into] = landClass;
            regions.pixels[into] += old.pixels[r];
            regions.uncertain[into] += old.uncertain[r];
            if (old.firstPixelKey(r) < regions.firstPixelKey(into)) {
                regions.firstX[into] = old.firstX[r];
                regions.firstY[into] = old.firstY[r];
            }
            if (old.landClass[r] == landClass) {
                regions.confidenceSum[into] += old.confidenceSum[r];
                regions.confidencePixels[into] += old.confidencePixels[r];
                if ((old.confidenceMin[r] & 0xFF) < (regions.confidenceMin[into] & 0xFF)) {
                    regions.confidenceMin[into] = old.confidenceMin[r];
                }
            }
        }
        return regions;
    }

    /** Drops what no longer separates two regions and joins the rest through every point where only two pieces meet. */
    private static ArcSet wholeArcs(ArcSet pieces, int[] renumbered) {
        var kept = new ArcSet();
        for (int a = 0; a < pieces.size(); a++) {
            int left = renumbered[pieces.left.at[a]];
            int right = renumbered[pieces.right.at[a]];
            if (left != right) {
                kept.begin(left, right);
                for (int i = pieces.start.at[a]; i < pieces.start.at[a + 1]; i++) {
                    kept.corner(pieces.x.at[i], pieces.y.at[i]);
                }
                kept.end();
            }
        }
        var nodes = new NodeIndex(kept);
        var whole = new ArcSet();
        var done = new Bits(kept.size());
        int halfEdges = 2 * kept.size();
        for (int h = 0; h < halfEdges; h++) {
            if (!done.get(h >> 1) && nodes.degree(nodes.nodeOfOrigin(h)) != 2) {
                whole.begin(kept.leftOf(h), kept.leftOf(h ^ 1));
                int at = h;
                while (at >= 0) {
                    done.set(at >> 1);
                    copy(kept, at, whole);
                    at = through(kept, nodes, at);
                }
                whole.end();
            }
        }
        var loop = new ArcSet();
        for (int a = 0; a < kept.size(); a++) {
            if (!done.get(a)) {
                loop.x.size = 0;
                loop.y.size = 0;
                int at = 2 * a;
                do {
                    done.set(at >> 1);
                    copy(kept, at, loop);
                    at = through(kept, nodes, at);
                } while (at != 2 * a);
                whole.begin(kept.left.at[a], kept.right.at[a]);
                copyLoop(loop, whole);
                whole.end();
            }
        }
        return whole;
    }

    /** The piece that goes on where this one ends, or a negative number at a node. */
    private static int through(ArcSet pieces, NodeIndex nodes, int halfEdge) {
        int node = nodes.nodeOfEnd(halfEdge);
        if (nodes.degree(node) != 2) {
            return -1;
        }
        int back = Heading.opposite(pieces.arrival(halfEdge));
        for (int heading = 0; heading < 4; heading++) {
            if (heading != back && nodes.leaving(node, heading) >= 0) {
                return nodes.leaving(node, heading);
            }
        }
        throw new IllegalStateException("a boundary ends in nothing");
    }

    private static void copy(ArcSet from, int halfEdge, ArcSet to) {
        int arc = halfEdge >> 1;
        int first = from.start.at[arc];
        int last = from.start.at[arc + 1] - 1;
        for (int i = 0; i <= last - first; i++) {
            int corner = (halfEdge & 1) == 0 ? first + i : last - i;
            to.corner(from.x.at[corner], from.y.at[corner]);
        }
    }

    /** Begins a closed arc at its northernmost, then westernmost corner, wherever its pieces began. */
    private static void copyLoop(ArcSet loop, ArcSet to) {
        int count = loop.x.size - 1;
        int begin = 0;
        for (int i = 1; i < count; i++) {
            if (loop.y.at[i] < loop.y.at[begin]
                    || loop.y.at[i] == loop.y.at[begin] && loop.x.at[i] < loop.x.at[begin]) {
                begin = i;
            }
        }
        for (int i = 0; i <= count; i++) {
            int corner = (begin + i) % count;
            to.corner(loop.x.at[corner], loop.y.at[corner]);
        }
    }

    private static void stretch(int[] bounds, int at, int x, int y) {
        bounds[at] = Math.min(bounds[at], x);
        bounds[at + 1] = Math.min(bounds[at + 1], y);
        bounds[at + 2] = Math.max(bounds[at + 2], x);
        bounds[at + 3] = Math.max(bounds[at + 3], y);
    }
}
