// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.topology.CoverageAssembler;
import org.survol.vectorize.topology.Rings;
import org.survol.vectorize.topology.TileTopology;
import org.survol.vectorize.topology.TileTracer;

/**
 * Polygonizes a class raster in memory with one thread each time it reads a line {@code go}: traces it, and makes the rings
 * of all polygons. Prints nanoseconds of CPU time for either, and counts, as JSON.
 */
public final class PolygonizingRuns {

    private PolygonizingRuns() {}

    /** Arguments: file of one byte a pixel, row-major; side, pixels. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        int side = Integer.parseInt(arguments[1]);
        var threads = ManagementFactory.getThreadMXBean();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            long begin = threads.getCurrentThreadCpuTime();
            long beginWall = System.nanoTime();
            var topology = TileTracer.trace(new PixelWindow(0, 0, side, side), classes, null);
            long traced = threads.getCurrentThreadCpuTime();
            long tracedWall = System.nanoTime();
            var counts = line.startsWith("trace") ? new long[2] : polygons(topology, side);
            long end = threads.getCurrentThreadCpuTime();
            long endWall = System.nanoTime();
            System.out.println("{\"trace\":" + (traced - begin) + ",\"polygons\":" + (end - traced)
                    + ",\"traceWall\":" + (tracedWall - beginWall) + ",\"polygonsWall\":" + (endWall - tracedWall)
                    + ",\"regions\":" + topology.regions() + ",\"arcs\":" + topology.arcs() + ",\"rings\":" + counts[0]
                    + ",\"corners\":" + counts[1] + "}");
        }
    }

    private static long[] polygons(TileTopology topology, int side) {
        var assembler = new CoverageAssembler(new TileGrid(2154, 0.2, side));
        assembler.add(new TileAddress(0, 0), topology);
        var map = assembler.assemble();
        var rings = new Rings();
        var counts = new long[2];
        for (int region = 1; region <= map.regionCount(); region++) {
            map.rings(region, rings);
            counts[0] += rings.count();
            for (int ring = 0; ring < rings.count(); ring++) {
                counts[1] += rings.corners(ring);
            }
        }
        return counts;
    }
}
