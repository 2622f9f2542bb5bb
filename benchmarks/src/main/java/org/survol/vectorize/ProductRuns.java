// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.Flair;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.core.plan.Plan;
import org.survol.vectorize.product.LandCoverFiles;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSets;
import org.survol.vectorize.topology.CoverageAssembler;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.MinimumMappingUnit;
import org.survol.vectorize.topology.TileTracer;

/** Writes the product files of a class raster of FLAIR's classes, 0.2 m, once for each rule set that is named. */
public final class ProductRuns {

    private ProductRuns() {}

    /** Arguments: file of one byte a pixel; its side; folder for the files; rule sets. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        var grid = new TileGrid(2154, 0.2, Integer.parseInt(arguments[1]));
        var tile = new TileAddress(650, -1250);
        var window = grid.window(tile);
        var plan = plan(grid, tile);
        var threads = ManagementFactory.getThreadMXBean();
        for (int i = 3; i < arguments.length; i++) {
            long begin = threads.getCurrentThreadCpuTime();
            var assembler = new CoverageAssembler(grid);
            var ruleSet = RuleSets.load(arguments[i]);
            var product = ruleSet.nomenclature()
                    .flatMap(ProductClasses::product)
                    .map(other -> ProductClasses.of("benchmark", Flair.NOMENCLATURE, other))
                    .orElse(ProductClasses.same(Flair.NOMENCLATURE));
            assembler.add(tile, TileTracer.trace(window, recoded(classes, product), classes));
            var rules = MapRules.of(arguments[i], ruleSet, product.product(), grid.gsdMetres());
            var map = Generalization.simplified(MinimumMappingUnit.eliminate(assembler.assemble(), rules), rules);
            long mapped = threads.getCurrentThreadCpuTime();
            var folder = Files.createDirectories(Path.of(arguments[2], arguments[i]));
            long written;
            try (var files = new LandCoverFiles(plan, product.product(), rules, folder, true)) {
                files.write(map);
                written = threads.getCurrentThreadCpuTime();
                files.writeTiles(map, window);
                files.finish();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,d polygons, %,d points; CPU s: map %.1f, files %.1f, tiles %.1f%n",
                    arguments[i],
                    map.regionCount(),
                    map.points(),
                    (mapped - begin) / 1e9,
                    (written - mapped) / 1e9,
                    (threads.getCurrentThreadCpuTime() - written) / 1e9);
        }
    }

    private static byte[] recoded(byte[] classes, ProductClasses product) {
        var values = new byte[256];
        for (int i = 0; i < product.model().classes().size(); i++) {
            if (product.index(i) >= 0) {
                values[product.model().classes().get(i).value()] =
                        (byte) product.product().classes().get(product.index(i)).value();
            }
        }
        var recoded = new byte[classes.length];
        for (int i = 0; i < recoded.length; i++) {
            recoded[i] = values[classes[i] & 0xFF];
        }
        return recoded;
    }

    /** Of one tile; files of products say where they come from. */
    public static Plan plan(TileGrid grid, TileAddress tile) {
        var window = grid.window(tile);
        var card = new ModelCard(
                1,
                "benchmark",
                "1",
                "Benchmark",
                Flair.NOMENCLATURE,
                List.of(Band.RED, Band.GREEN, Band.BLUE),
                grid.gsdMetres(),
                32,
                64,
                0,
                0,
                1,
                "Apache-2.0",
                "none",
                Optional.empty(),
                Optional.empty());
        return new Plan(
                new RunRef("benchmark", "0123456789abcdef"),
                grid,
                0,
                new Plan.PinnedModel("models/benchmark.onnx", "ab".repeat(32), card),
                new Plan.Footprint(
                        grid.easting(window.column()),
                        grid.northing(window.endRow()),
                        grid.easting(window.endColumn()),
                        grid.northing(window.row())),
                Instant.parse("2024-06-21T10:15:30Z"),
                2024,
                List.of(),
                List.of(new Plan.PlannedTile(tile, List.of())),
                Optional.empty(),
                null);
    }
}
