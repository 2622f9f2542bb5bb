// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.locationtech.jts.coverage.CoverageSimplifier;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LinearRing;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.CoverageAssembler;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.MinimumMappingUnit;
import org.survol.vectorize.topology.PlanarMap;
import org.survol.vectorize.topology.Rings;
import org.survol.vectorize.topology.TileTracer;

/**
 * Simplifies the map of a class raster, ours and JTS's CoverageSimplifier taking turns, one thread: CPU time, vertices
 * counted as JTS has them (a shared one on either side), and whether the outcome is a valid coverage.
 */
public final class SimplifyingRuns {

    private static final GeometryFactory FACTORY = new GeometryFactory();

    private SimplifyingRuns() {}

    /** Arguments: file of one byte a pixel; its side; fewest pixels of a region; tolerance, pixels; pairs. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        int side = Integer.parseInt(arguments[1]);
        double tolerance = Double.parseDouble(arguments[3]);
        int pairs = Integer.parseInt(arguments[4]);
        var assembler = new CoverageAssembler(new TileGrid(2154, 0.2, side));
        assembler.add(new TileAddress(0, 0), TileTracer.trace(new PixelWindow(0, 0, side, side), classes, null));
        var map = MinimumMappingUnit.eliminate(assembler.assemble(), MapRules.plain(Long.parseLong(arguments[2]), 0));
        var polygons = polygons(map);
        long vertices =
                Arrays.stream(polygons).mapToLong(Geometry::getNumPoints).sum();
        var threads = ManagementFactory.getThreadMXBean();
        var ours = new double[pairs];
        var theirs = new double[pairs];
        PlanarMap simplified = null;
        Geometry[] jts = null;
        for (int i = -2; i < pairs; i++) {
            long begin = threads.getCurrentThreadCpuTime();
            simplified = Generalization.simplified(map, tolerance);
            long middle = threads.getCurrentThreadCpuTime();
            jts = CoverageSimplifier.simplify(polygons, tolerance);
            long end = threads.getCurrentThreadCpuTime();
            if (i >= 0) {
                ours[i] = vertices * 1e3 / (middle - begin);
                theirs[i] = vertices * 1e3 / (end - middle);
            }
        }
        var mine = polygons(simplified);
        var ratios = new double[pairs];
        Arrays.setAll(ratios, i -> ours[i] / theirs[i]);
        System.out.printf(
                Locale.ROOT,
                "| %,d | %,d | %s | %s | %s | %,d | %,d | %.0f | %.0f | %s, %s |%n",
                polygons.length,
                vertices,
                spread(ours),
                spread(theirs),
                spread(ratios),
                Arrays.stream(mine).mapToLong(Geometry::getNumPoints).sum(),
                Arrays.stream(jts).mapToLong(Geometry::getNumPoints).sum(),
                areaMoved(polygons, mine),
                areaMoved(polygons, jts),
                valid(mine),
                valid(jts));
    }

    /** Sum over polygons of how much their areas differ, pixels. */
    private static double areaMoved(Geometry[] before, Geometry[] after) {
        double moved = 0;
        for (int i = 0; i < before.length; i++) {
            moved += Math.abs(before[i].getArea() - after[i].getArea());
        }
        return moved;
    }

    private static String valid(Geometry[] coverage) {
        return CoverageValidator.isValid(coverage) && Arrays.stream(coverage).allMatch(Geometry::isValid)
                ? "valid"
                : "invalid";
    }

    private static String spread(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT, "%.2f (%.2f to %.2f)", sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    private static Geometry[] polygons(PlanarMap map) {
        var polygons = new Geometry[map.regionCount()];
        var rings = new Rings();
        for (int region = 1; region <= map.regionCount(); region++) {
            map.rings(region, rings);
            var holes = new LinearRing[rings.count() - 1];
            for (int i = 1; i < rings.count(); i++) {
                holes[i - 1] = ring(rings, i, map.units());
            }
            polygons[region - 1] = FACTORY.createPolygon(ring(rings, 0, map.units()), holes);
        }
        return polygons;
    }

    private static LinearRing ring(Rings rings, int ring, double units) {
        int corners = rings.corners(ring);
        var coordinates = new Coordinate[corners + 1];
        for (int i = 0; i <= corners; i++) {
            coordinates[i] =
                    new Coordinate(rings.column(ring, i % corners) / units, -rings.row(ring, i % corners) / units);
        }
        return FACTORY.createLinearRing(coordinates);
    }
}
