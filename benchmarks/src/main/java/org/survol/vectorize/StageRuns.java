// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.product.LandCoverFiles;
import org.survol.vectorize.topology.CoverageAssembler;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.MinimumMappingUnit;

/** One tile all the way: its COGs in, GeoPackage, FlatGeobuf, GeoParquet and vector tiles out, one thread. */
public final class StageRuns {

    private StageRuns() {}

    /** Arguments: file of one byte a pixel, in FLAIR's classes; its side; folder for the files; times; rule set. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        int side = Integer.parseInt(arguments[1]);
        var window = TileRuns.window(side);
        var rasters = TileRuns.rasters(classes, window);
        var grid = new TileGrid(2154, 0.2, side);
        var tile = new TileAddress(650, -1250);
        var plan = ProductRuns.plan(grid, tile);
        var rules = ProductRules.load(arguments[4]);
        var ofMap = rules.ofMap(TileRuns.card(), grid.gsdMetres());
        var threads = ManagementFactory.getThreadMXBean();
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            long begin = threads.getCurrentThreadCpuTime();
            var topology = rules.vectorizer(TileRuns.card(), grid.gsdMetres(), Integer.MAX_VALUE)
                    .vectorize(window, rasters, new Times());
            long traced = threads.getCurrentThreadCpuTime();
            var assembler = new CoverageAssembler(grid);
            assembler.add(tile, topology);
            var map = Generalization.simplified(MinimumMappingUnit.eliminate(assembler.assemble(), ofMap), ofMap);
            long made = threads.getCurrentThreadCpuTime();
            var folder = Files.createDirectories(Path.of(arguments[2]));
            long written;
            try (var files =
                    new LandCoverFiles(plan, rules.classes(TileRuns.card()).product(), ofMap, folder, false)) {
                files.write(map);
                written = threads.getCurrentThreadCpuTime();
                files.writeTiles(map, window);
                files.finish();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d polygons; CPU s: tile %.1f, map %.1f, files %.1f, vector tiles %.1f%n",
                    arguments[4],
                    map.regionCount(),
                    (traced - begin) / 1e9,
                    (made - traced) / 1e9,
                    (written - made) / 1e9,
                    (threads.getCurrentThreadCpuTime() - written) / 1e9);
        }
    }
}
