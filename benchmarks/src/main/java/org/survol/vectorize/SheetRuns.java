// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.nomenclature.Flair;
import org.survol.vectorize.product.LandCoverFiles;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;
import org.survol.vectorize.topology.ClosedClusters;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.Sheet;
import org.survol.vectorize.topology.SheetAssembler;
import org.survol.vectorize.topology.TileTracer;
import org.survol.vectorize.topology.TopologyCodec;

/**
 * A whole product of many tiles, sheet by sheet, one thread. Tiles are cut from a raster that is repeated and mirrored, traced
 * first, and lie in files until they are wanted, as in the store. Run it with the heap that is to be enough.
 */
public final class SheetRuns {

    private SheetRuns() {}

    /** Arguments: file of one byte a pixel, in FLAIR's classes; its side; side of a tile; tiles a side; pixels a sheet's
     * side; folder for the tiles and the product; rule set. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        int side = Integer.parseInt(arguments[1]);
        int tileSize = Integer.parseInt(arguments[2]);
        int across = Integer.parseInt(arguments[3]);
        var folder = Path.of(arguments[5]);
        var grid = new TileGrid(2154, 0.2, tileSize);
        var rules = MapRules.of(arguments[6], RuleSets.load(arguments[6]), Flair.NOMENCLATURE, grid.gsdMetres());
        var threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        var present = new TreeSet<TileAddress>();
        var tiles = Files.createDirectories(folder.resolve("tiles"));
        var pixels = new byte[tileSize * tileSize];
        for (int i = 0; i < across * across; i++) {
            var tile = new TileAddress(640 + i % across, -1250 + i / across);
            var window = grid.window(tile);
            AssemblyRuns.cut(classes, side, window.column(), window.row(), tileSize, pixels);
            var topology = ClosedClusters.settled(TileTracer.trace(window, pixels, null), rules);
            Files.write(tiles.resolve(tile.toString()), TopologyCodec.encode(topology));
            present.add(tile);
        }
        long traced = threads.getCurrentThreadCpuTime();
        long wall = System.nanoTime();
        var plan = ProductRuns.plan(grid, present.first());
        var sheets = Sheet.of(grid, present, Integer.parseInt(arguments[4]));
        int polygons;
        long[] read = new long[1];
        try (var files = new LandCoverFiles(plan, Flair.NOMENCLATURE, rules, folder, false)) {
            for (var sheet : sheets) {
                var cleared = new SheetAssembler(grid, sheet, present, rules).assemble(tile -> {
                    read[0]++;
                    return TopologyCodec.decode(tile.toString(), Files.readAllBytes(tiles.resolve(tile.toString())));
                });
                var map = Generalization.simplified(cleared, rules);
                files.write(map);
                files.writeTiles(map, sheet.window(grid));
            }
            files.finish();
            polygons = files.polygons();
        }
        System.out.printf(
                Locale.ROOT,
                "| %d of %d px | %,d | %s | %d | %,d | %,d | %.0f | %.0f | %.0f | %d |%n",
                across * across,
                tileSize,
                Math.round(across * across * grid.gsdMetres() * tileSize * grid.gsdMetres() * tileSize / 1e6),
                arguments[6],
                sheets.size(),
                read[0],
                polygons,
                (traced - begin) / 1e9,
                (threads.getCurrentThreadCpuTime() - traced) / 1e9,
                (System.nanoTime() - wall) / 1e9,
                Runtime.getRuntime().maxMemory() >> 20);
    }
}
