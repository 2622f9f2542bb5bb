// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.ClosedClusters;
import org.survol.vectorize.topology.CoverageAssembler;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.MinimumMappingUnit;
import org.survol.vectorize.topology.Rings;
import org.survol.vectorize.topology.TileTracer;
import org.survol.vectorize.topology.TopologyCodec;

/**
 * Assembles a square of tiles in memory, one thread: tiles are cut from a raster that is repeated and mirrored, so that lines
 * and regions run on across every edge. Prints the CPU seconds of each step and the peak of the heap in use.
 */
public final class AssemblyRuns {

    private AssemblyRuns() {}

    /**
     * Arguments: file of one byte a pixel; its side; side of a tile; tiles a side; fewest pixels; tolerance, pixels; whether
     * closed groups of small regions are settled in their tile (true).
     */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        int side = Integer.parseInt(arguments[1]);
        int tile = Integer.parseInt(arguments[2]);
        int across = Integer.parseInt(arguments[3]);
        var rules = MapRules.plain(Long.parseLong(arguments[4]), Double.parseDouble(arguments[5]));
        boolean early = arguments.length < 7 || Boolean.parseBoolean(arguments[6]);
        var threads = ManagementFactory.getThreadMXBean();
        var grid = new TileGrid(2154, 0.2, tile);
        var assembler = new CoverageAssembler(grid);
        long[] spent = new long[6];
        long stored = 0;
        long regions = 0;
        long traces = 0;
        var pixels = new byte[tile * tile];
        for (int row = 0; row < across; row++) {
            for (int column = 0; column < across; column++) {
                cut(classes, side, (long) column * tile, (long) row * tile, tile, pixels);
                long begin = threads.getCurrentThreadCpuTime();
                var window = new PixelWindow((long) column * tile, (long) row * tile, tile, tile);
                var topology = TileTracer.trace(window, pixels, null);
                traces += threads.getCurrentThreadCpuTime() - begin;
                var bytes = TopologyCodec.encode(early ? ClosedClusters.settled(topology, rules) : topology);
                stored += bytes.length;
                regions += topology.regions();
                long traced = threads.getCurrentThreadCpuTime();
                assembler.add(new TileAddress(column, row), TopologyCodec.decode("tile", bytes));
                spent[0] += traced - begin;
                spent[1] += threads.getCurrentThreadCpuTime() - traced;
            }
        }
        long begin = threads.getCurrentThreadCpuTime();
        var joined = assembler.assemble();
        spent[2] = threads.getCurrentThreadCpuTime() - begin;
        begin = threads.getCurrentThreadCpuTime();
        var cleared = MinimumMappingUnit.eliminate(joined, rules);
        spent[3] = threads.getCurrentThreadCpuTime() - begin;
        begin = threads.getCurrentThreadCpuTime();
        var map = Generalization.simplified(cleared, rules.tolerancePixels());
        spent[4] = threads.getCurrentThreadCpuTime() - begin;
        begin = threads.getCurrentThreadCpuTime();
        var rings = new Rings();
        for (int region = 1; region <= map.regionCount(); region++) {
            map.rings(region, rings);
        }
        spent[5] = threads.getCurrentThreadCpuTime() - begin;
        long peak = 0;
        for (var pool : ManagementFactory.getMemoryPoolMXBeans()) {
            peak += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
        }
        System.out.printf(
                Locale.ROOT,
                "| %d of %d px | %,d | %.0f | %,d | %,d | %,d | %,d | %.1f | %.1f | %.1f | %.1f | %.1f"
                        + " | %.1f | %.1f | %d |%n",
                across * across,
                tile,
                Math.round(across * across * (double) tile * tile / 25e6),
                stored / 1e6,
                regions,
                joined.regionCount(),
                map.regionCount(),
                map.points(),
                traces / 1e9,
                (spent[0] - traces) / 1e9,
                spent[1] / 1e9,
                spent[2] / 1e9,
                spent[3] / 1e9,
                spent[4] / 1e9,
                spent[5] / 1e9,
                peak >> 20);
    }

    static void cut(byte[] classes, int side, long west, long north, int tile, byte[] into) {
        for (int y = 0; y < tile; y++) {
            int sourceY = mirrored(north + y, side);
            for (int x = 0; x < tile; x++) {
                into[y * tile + x] = classes[sourceY * side + mirrored(west + x, side)];
            }
        }
    }

    private static int mirrored(long i, int side) {
        int inPair = (int) Math.floorMod(i, 2L * side);
        return inPair < side ? inPair : 2 * side - 1 - inPair;
    }
}
