// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.survol.core.grid.PixelWindow;

/**
 * Traces the boundaries of 4-connected regions of equal class in one sweep over the rows, so that a tile may be decoded
 * in bands. Feed {@link #row} from north to south, then {@link #finish}.
 *
 * <p>Work is done per run of equal pixels, not per pixel: a lattice point can only be a corner or a node where a run
 * ends in the row above or below it. A point where two boundary edges meet at a right angle is a corner; one where three
 * or four meet is a node (four also when two diagonal pixels are of one class). Both get links to the next point in each
 * direction during the sweep; arcs are then read off by following links from node to node.
 *
 * <p>Memory follows the boundary: 17 bytes per run and 29 per corner; where probabilities are summed up, 4 more per run and
 * 12 per region and class. Not thread-safe; one tracer per tile.
 */
public final class TileTracer {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MAX_SIDE = 0xFFFF;
    /** Confidence, 0 to 255, from which the chosen class has more than half of the probability. */
    static final int CERTAIN_FROM = 128;

    private final PixelWindow window;
    private final int width;
    private final int height;

    private int rows;

    // Runs of all rows, in scan order.
    private int runs;
    private int[] runStart;
    private int[] runParent;
    private int[] runConfidence;
    private int[] runUncertain;
    private byte[] runLeast;
    private byte[] runClass;
    private final int[] rowFirstRun;

    // Corners and nodes, in scan order.
    private int points;
    private int[] pointXY;
    private int[] links;
    private int[] northWestRun;
    private int[] southWestRun;
    private byte[] pointLinks;

    /** Last point above each column whose southward edge is still open. */
    private final int[] openAbove;

    /** Null when nobody wants to know of probabilities. */
    private final EvidenceTracer evidence;

    public TileTracer(PixelWindow window) {
        this(window, new byte[0]);
    }

    /** @param classValues of the classes whose probabilities will come with every row */
    public TileTracer(PixelWindow window, byte[] classValues) {
        evidence = classValues.length == 0 ? null : new EvidenceTracer(classValues);
        if (window.isEmpty() || window.width() > MAX_SIDE || window.height() > MAX_SIDE) {
            throw new IllegalArgumentException("tile must be 1 to " + MAX_SIDE + " pixels a side: " + window);
        }
        this.window = window;
        width = window.width();
        height = window.height();
        rowFirstRun = new int[height + 1];
        openAbove = new int[width];
        int guess = 1024 + (int) Math.min(window.pixels() / 64, 1 << 20);
        growRuns(guess);
        growPoints(guess);
    }

    /** Traces a whole tile at once.
     *  @param classes row-major, 0 = no data
     *  @param confidence as many, 0 to 255; null when unknown (then 0) */
    public static TileTopology trace(PixelWindow window, byte[] classes, byte[] confidence) {
        var tracer = new TileTracer(window);
        for (int y = 0; y < window.height(); y++) {
            tracer.row(classes, y * window.width(), confidence, y * window.width());
        }
        return tracer.finish();
    }

    /** Takes the next row.
     *  @param confidence null when unknown */
    public void row(byte[] classes, int offset, byte[] confidence, int confidenceOffset) {
        row(classes, offset, confidence, confidenceOffset, null, 0);
    }

    /** Takes the next row.
     *  @param confidence probability of the pixel's class; null when unknown
     *  @param planes of the classes named to the constructor; null when none were
     *  @param planesOffset where the row begins in each plane */
    public void row(
            byte[] classes, int offset, byte[] confidence, int confidenceOffset, ClassPlanes planes, int planesOffset) {
        if (rows == height) {
            throw new IllegalStateException("all " + height + " rows are in");
        }
        int firstRun = runs;
        rowFirstRun[rows] = firstRun;
        splitIntoRuns(classes, offset);
        if (confidence != null) {
            measureConfidence(firstRun, confidence, confidenceOffset);
        }
        if (rows == 0) {
            openNorthEdge();
        } else {
            joinRows(rowFirstRun[rows - 1], firstRun, runs, rows);
        }
        if (evidence != null) {
            addEvidence(firstRun, planes, planesOffset);
        }
        rows++;
        rowFirstRun[rows] = runs;
    }

    /** Points found so far where the boundary turns or branches. */
    public int corners() {
        return points;
    }

    public TileTopology finish() {
        if (rows != height) {
            throw new IllegalStateException(rows + " of " + height + " rows are in");
        }
        closeSouthEdge();
        int[] region = runParent;
        var found = new ClassEvidence(1024);
        int regions = numberRegions(region, found);

        var classes = new byte[regions + 1];
        var pixels = new int[regions + 1];
        var first = new int[regions + 1];
        var confidenceSum = new long[regions + 1];
        var confidenceMin = new byte[regions + 1];
        var uncertain = new int[regions + 1];
        Arrays.fill(confidenceMin, (byte) 0xFF);
        for (int y = 0; y < height; y++) {
            int end = rowFirstRun[y + 1];
            for (int run = rowFirstRun[y]; run < end; run++) {
                int r = region[run];
                if (r == 0) {
                    continue;
                }
                if (pixels[r] == 0) {
                    classes[r] = runClass[run];
                    first[r] = y * width + runStart[run];
                }
                pixels[r] += (run + 1 < end ? runStart[run + 1] : width) - runStart[run];
                confidenceSum[r] += runConfidence[run];
                uncertain[r] += runUncertain[run];
                if ((runLeast[run] & 0xFF) < (confidenceMin[r] & 0xFF)) {
                    confidenceMin[r] = runLeast[run];
                }
            }
        }

        var arcs = new ArcWalk(region);
        arcs.walk();
        return new TileTopology(
                window,
                classes,
                pixels,
                first,
                confidenceSum,
                pixels.clone(),
                confidenceMin,
                uncertain,
                found,
                arcs.arcStart.trimmed(),
                arcs.corners.trimmed(),
                arcs.left.trimmed(),
                arcs.right.trimmed(),
                rowSide(region, 0),
                columnSide(region, true),
                rowSide(region, height - 1),
                columnSide(region, false));
    }

    private void splitIntoRuns(byte[] classes, int offset) {
        reserveRuns(1);
        startRun(0, classes[offset]);
        int x = 1;
        // Eight pixels at a time against the eight to their west: any byte of the difference that is not 0 starts a
        // run.
        for (; x + 8 <= width; x += 8) {
            long difference = (long) LONGS.get(classes, offset + x) ^ (long) LONGS.get(classes, offset + x - 1);
            if (difference != 0) {
                reserveRuns(8);
                do {
                    int step = Long.numberOfTrailingZeros(difference) >> 3;
                    startRun(x + step, classes[offset + x + step]);
                    difference &= ~(0xFFL << (step << 3));
                } while (difference != 0);
            }
        }
        reserveRuns(8);
        for (; x < width; x++) {
            if (classes[offset + x] != classes[offset + x - 1]) {
                startRun(x, classes[offset + x]);
            }
        }
    }

    private void startRun(int x, byte value) {
        runStart[runs] = x;
        runClass[runs] = value;
        runParent[runs] = runs;
        runs++;
    }

    private void addEvidence(int firstRun, ClassPlanes planes, int offset) {
        for (int run = firstRun; run < runs; run++) {
            if (runClass[run] != 0) {
                int end = run + 1 < runs ? runStart[run + 1] : width;
                evidence.add(root(run), planes, offset + runStart[run], offset + end);
            }
        }
    }

    private void measureConfidence(int firstRun, byte[] confidence, int offset) {
        for (int run = firstRun; run < runs; run++) {
            if (runClass[run] == 0) {
                continue;
            }
            int end = offset + (run + 1 < runs ? runStart[run + 1] : width);
            int sum = 0;
            int least = 0xFF;
            int uncertain = 0;
            for (int i = offset + runStart[run]; i < end; i++) {
                int value = confidence[i] & 0xFF;
                sum += value;
                least = Math.min(least, value);
                uncertain += value < CERTAIN_FROM ? 1 : 0;
            }
            runConfidence[run] = sum;
            runLeast[run] = (byte) least;
            runUncertain[run] = uncertain;
        }
    }

    /** Each change of class along the tile's north edge opens an arc southwards. */
    private void openNorthEdge() {
        reservePoints(runs);
        for (int run = 1; run < runs; run++) {
            int x = runStart[run];
            openAbove[x] = point(x, 0, -1, run - 1, 1 << Heading.SOUTH);
        }
    }

    private void closeSouthEdge() {
        int first = rowFirstRun[height - 1];
        reservePoints(runs - first);
        for (int run = first + 1; run < runs; run++) {
            int x = runStart[run];
            int p = point(x, height, run - 1, -1, 1 << Heading.NORTH);
            linkSouth(openAbove[x], p);
        }
    }

    /** Walks the lattice row {@code y} between two pixel rows: joins runs of equal class and finds corners and nodes. */
    private void joinRows(int upperFirst, int lowerFirst, int lowerEnd, int y) {
        reservePoints(lowerEnd - upperFirst + 2);
        final int[] start = runStart;
        final byte[] value = runClass;
        int upper = upperFirst;
        int lower = lowerFirst;
        int upperRunEnd = upper + 1 < lowerFirst ? start[upper + 1] : width;
        int lowerRunEnd = lower + 1 < lowerEnd ? start[lower + 1] : width;
        int openWest = -1;
        boolean east = value[upper] != value[lower];
        if (east) {
            openWest = point(0, y, upper - 1, lower - 1, 1 << Heading.EAST);
        } else if (value[lower] != 0) {
            join(upper, lower);
        }
        while (true) {
            int x = Math.min(upperRunEnd, lowerRunEnd);
            if (x == width) {
                break;
            }
            boolean west = east;
            int northWest = upper;
            int southWest = lower;
            int mask = west ? 1 << Heading.WEST : 0;
            if (upperRunEnd == x) {
                mask |= 1 << Heading.NORTH;
                upper++;
                upperRunEnd = upper + 1 < lowerFirst ? start[upper + 1] : width;
            }
            if (lowerRunEnd == x) {
                mask |= 1 << Heading.SOUTH;
                lower++;
                lowerRunEnd = lower + 1 < lowerEnd ? start[lower + 1] : width;
            }
            east = value[upper] != value[lower];
            if (east) {
                mask |= 1 << Heading.EAST;
            } else if (value[lower] != 0) {
                join(upper, lower);
            }
            if (mask == (1 << Heading.NORTH | 1 << Heading.SOUTH)) {
                continue;
            }
            int p = point(x, y, northWest, southWest, mask);
            if (west) {
                linkEast(openWest, p);
            }
            openWest = p;
            if ((mask & 1 << Heading.NORTH) != 0) {
                linkSouth(openAbove[x], p);
            }
            if ((mask & 1 << Heading.SOUTH) != 0) {
                openAbove[x] = p;
            }
        }
        if (east) {
            linkEast(openWest, point(width, y, upper, lower, 1 << Heading.WEST));
        }
    }

    /** The root is always the run that comes first in scan order, so that numbering needs one pass. */
    private void join(int a, int b) {
        int rootA = root(a);
        int rootB = root(b);
        if (rootA == rootB) {
            return;
        }
        int first = Math.min(rootA, rootB);
        int second = Math.max(rootA, rootB);
        runParent[second] = first;
        if (evidence != null) {
            evidence.join(second, first);
        }
    }

    private int root(int run) {
        int[] parent = runParent;
        while (parent[run] != run) {
            parent[run] = parent[parent[run]];
            run = parent[run];
        }
        return run;
    }

    /** Turns parents into region numbers in place: a parent never comes after its child. */
    private int numberRegions(int[] parent, ClassEvidence found) {
        int regions = 0;
        for (int run = 0; run < runs; run++) {
            if (runClass[run] == 0) {
                parent[run] = 0;
            } else if (parent[run] != run) {
                parent[run] = parent[parent[run]];
            } else {
                parent[run] = ++regions;
                if (evidence == null) {
                    found.endRegion();
                } else {
                    evidence.describe(run, found);
                }
            }
        }
        return regions;
    }

    private TileTopology.Side rowSide(int[] region, int y) {
        int firstRun = rowFirstRun[y];
        int count = rowFirstRun[y + 1] - firstRun;
        var ends = new int[count];
        for (int i = 0; i < count; i++) {
            ends[i] = i + 1 < count ? runStart[firstRun + i + 1] : width;
        }
        return new TileTopology.Side(Arrays.copyOfRange(region, firstRun, firstRun + count), ends);
    }

    private TileTopology.Side columnSide(int[] region, boolean east) {
        var regions = new Ints(64);
        var ends = new Ints(64);
        for (int y = 0; y < height; y++) {
            int r = region[east ? rowFirstRun[y + 1] - 1 : rowFirstRun[y]];
            if (y > 0 && regions.at[regions.size - 1] == r) {
                ends.at[ends.size - 1] = y + 1;
            } else {
                regions.add(r);
                ends.add(y + 1);
            }
        }
        return new TileTopology.Side(regions.trimmed(), ends.trimmed());
    }

    private int point(int x, int y, int northWest, int southWest, int mask) {
        int p = points++;
        pointXY[p] = x << 16 | y;
        northWestRun[p] = northWest;
        southWestRun[p] = southWest;
        pointLinks[p] = (byte) mask;
        return p;
    }

    private void linkEast(int west, int east) {
        links[(west << 2) + Heading.EAST] = east;
        links[(east << 2) + Heading.WEST] = west;
    }

    private void linkSouth(int north, int south) {
        links[(north << 2) + Heading.SOUTH] = south;
        links[(south << 2) + Heading.NORTH] = north;
    }

    private void reserveRuns(int more) {
        if (runStart.length - runs < more) {
            growRuns(Ints.Growth.next(runStart.length + more));
        }
    }

    private void growRuns(int capacity) {
        runStart = runStart == null ? new int[capacity] : Arrays.copyOf(runStart, capacity);
        runParent = runParent == null ? new int[capacity] : Arrays.copyOf(runParent, capacity);
        runConfidence = runConfidence == null ? new int[capacity] : Arrays.copyOf(runConfidence, capacity);
        runUncertain = runUncertain == null ? new int[capacity] : Arrays.copyOf(runUncertain, capacity);
        runLeast = runLeast == null ? new byte[capacity] : Arrays.copyOf(runLeast, capacity);
        runClass = runClass == null ? new byte[capacity] : Arrays.copyOf(runClass, capacity);
        if (evidence != null) {
            evidence.growRuns(capacity);
        }
    }

    private void reservePoints(int more) {
        if (pointXY.length - points < more) {
            growPoints(Ints.Growth.next(pointXY.length + more));
        }
    }

    private void growPoints(int capacity) {
        pointXY = pointXY == null ? new int[capacity] : Arrays.copyOf(pointXY, capacity);
        links = links == null
                ? new int[Math.multiplyExact(4, capacity)]
                : Arrays.copyOf(links, Math.multiplyExact(4, capacity));
        northWestRun = northWestRun == null ? new int[capacity] : Arrays.copyOf(northWestRun, capacity);
        southWestRun = southWestRun == null ? new int[capacity] : Arrays.copyOf(southWestRun, capacity);
        pointLinks = pointLinks == null ? new byte[capacity] : Arrays.copyOf(pointLinks, capacity);
    }

    /** Reads arcs off the links: first those between nodes and tile edges, then what is left, which closes on itself. */
    private final class ArcWalk {

        final Ints arcStart = new Ints(points / 4);
        final Ints corners = new Ints(points + points / 4);
        final Ints left = new Ints(points / 4);
        final Ints right = new Ints(points / 4);
        private final int[] region;
        /** Links not walked yet. */
        private final byte[] todo = Arrays.copyOf(pointLinks, points);

        ArcWalk(int[] region) {
            this.region = region;
        }

        void walk() {
            arcStart.add(0);
            for (int p = 0; p < points; p++) {
                if (!isCorner(p)) {
                    for (int heading = 0; heading < 4; heading++) {
                        if ((todo[p] & 1 << heading) != 0) {
                            follow(p, heading);
                        }
                    }
                }
            }
            // The first point of a closed arc in scan order is its northernmost, then westernmost: it leaves eastwards.
            for (int p = 0; p < points; p++) {
                if (todo[p] != 0) {
                    follow(p, Heading.EAST);
                }
            }
        }

        private boolean isCorner(int p) {
            return Integer.bitCount(pointLinks[p]) == 2;
        }

        private void follow(int start, int heading) {
            left.add(regionLeftOf(start, heading));
            right.add(regionLeftOf(start, Heading.right(heading)));
            corners.add(pointXY[start]);
            int p = start;
            int h = heading;
            while (true) {
                todo[p] &= (byte) ~(1 << h);
                p = links[(p << 2) + h];
                int back = 1 << Heading.opposite(h);
                todo[p] &= (byte) ~back;
                corners.add(pointXY[p]);
                if (p == start || !isCorner(p)) {
                    break;
                }
                h = Integer.numberOfTrailingZeros(pointLinks[p] ^ back);
            }
            arcStart.add(corners.size);
        }

        /** Region of the pixel that touches p on the left of that heading. */
        private int regionLeftOf(int p, int heading) {
            int x = pointXY[p] >>> 16;
            return switch (heading) {
                case Heading.EAST -> region[northWestRun[p] + step(p, x, Heading.NORTH)];
                case Heading.SOUTH -> region[southWestRun[p] + step(p, x, Heading.SOUTH)];
                case Heading.WEST -> region[southWestRun[p]];
                default -> region[northWestRun[p]];
            };
        }

        /** 1 when another run begins at p's column in the row beyond that link. */
        private int step(int p, int x, int towards) {
            return x == 0 || (pointLinks[p] & 1 << towards) != 0 ? 1 : 0;
        }
    }
}
