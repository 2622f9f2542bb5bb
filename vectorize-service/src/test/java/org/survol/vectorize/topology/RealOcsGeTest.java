// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.util.LinearComponentExtracter;
import org.locationtech.jts.geom.util.PolygonExtracter;
import org.locationtech.jts.io.WKBReader;
import org.locationtech.jts.operation.distance.IndexedFacetDistance;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;
import org.survol.core.grid.PixelWindow;

/** Real OCS GE there and back: its polygons as pixels of half a metre, and those as polygons again. */
class RealOcsGeTest {

    private static final Path FILE = Path.of("../../shared/data/ocsge_metaleurop_62/ocsge_metaleurop_2018_west.gpkg");
    private static final double GSD = 0.5;
    private static final Envelope WINDOW = new Envelope(698_000, 699_500, 7_036_000, 7_037_500);
    private static final double TOLERANCE_METRES = 1;

    private record Cover(int landClass, Geometry geometry) {}

    @Test
    void areasByClassComeBackAndBoundariesStayWhereTheyWere() throws Exception {
        Assumptions.assumeTrue(Files.exists(FILE), "the OCS GE polygons are not there: " + FILE);
        var covers = covers();
        var raster = rasterised(covers);
        var map = Generalization.simplified(raster.assembled(1024, new Random(1)), TOLERANCE_METRES / GSD);
        var polygons = Polygons.of(map);

        assertThat(CoverageValidator.isValid(polygons.toArray(Geometry[]::new))).isTrue();
        Map<Integer, Double> expected = new HashMap<>();
        covers.forEach(c -> expected.merge(c.landClass, c.geometry.getArea(), Double::sum));
        Map<Integer, Double> actual = new HashMap<>();
        polygons.forEach(p -> actual.merge((int) p.getUserData(), p.getArea() * GSD * GSD, Double::sum));
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        double total = WINDOW.getArea();
        expected.forEach((landClass, area) -> assertThat(actual.get(landClass))
                .as("class %d, of %.0f m2", landClass, area)
                .isCloseTo(area, Offset.offset(Math.max(1e-3 * area, 1e-5 * total))));

        double mean = meanDistance(polygons, covers);
        System.out.printf("OCS GE there and back: mean distance of corners %.2f m%n", mean);
        assertThat(mean).isLessThan(TOLERANCE_METRES);
    }

    private static List<Cover> covers() throws Exception {
        var codes = new ArrayList<String>();
        var covers = new ArrayList<Cover>();
        var window = new GeometryFactory().toGeometry(WINDOW);
        var reader = new WKBReader();
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:file:" + FILE.toAbsolutePath() + "?immutable=1");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT code_cs, geom FROM " + "\"SELECT\" ORDER BY fid")) {
            while (rows.next()) {
                var blob = rows.getBytes(2);
                int header = 8 + new int[] {0, 32, 48, 48, 64}[blob[3] >> 1 & 7];
                var geometry = reader.read(Arrays.copyOfRange(blob, header, blob.length));
                if (!geometry.getEnvelopeInternal().intersects(WINDOW)) {
                    continue;
                }
                var inside = OverlayNGRobust.overlay(geometry, window, OverlayNG.INTERSECTION);
                if (inside.getArea() > 0) {
                    if (!codes.contains(rows.getString(1))) {
                        codes.add(rows.getString(1));
                    }
                    covers.add(new Cover(1 + codes.indexOf(rows.getString(1)), polygonal(inside)));
                }
            }
        }
        return disjoint(covers);
    }

    /** The polygons overlap on 4 % of the ground: there the later one holds. */
    private static List<Cover> disjoint(List<Cover> covers) {
        var disjoint = new ArrayList<Cover>();
        for (int i = 0; i < covers.size(); i++) {
            var left = covers.get(i).geometry;
            for (var later : covers.subList(i + 1, covers.size())) {
                if (left.getEnvelopeInternal().intersects(later.geometry.getEnvelopeInternal())) {
                    left = OverlayNGRobust.overlay(left, later.geometry, OverlayNG.DIFFERENCE);
                }
            }
            if (left.getArea() > 0) {
                disjoint.add(new Cover(covers.get(i).landClass, polygonal(left)));
            }
        }
        return disjoint;
    }

    @SuppressWarnings("unchecked")
    private static Geometry polygonal(Geometry geometry) {
        return geometry.getFactory().buildGeometry(PolygonExtracter.getPolygons(geometry));
    }

    /** By pixel centres. */
    private static ClassRasters rasterised(List<Cover> covers) {
        int width = (int) (WINDOW.getWidth() / GSD);
        int height = (int) (WINDOW.getHeight() / GSD);
        var classes = new byte[width * height];
        for (var cover : covers) {
            var box = cover.geometry.getEnvelopeInternal();
            int top = (int) Math.max(0, Math.floor((WINDOW.getMaxY() - box.getMaxY()) / GSD));
            int bottom = (int) Math.min(height, Math.ceil((WINDOW.getMaxY() - box.getMinY()) / GSD));
            var crossings = new ArrayList<List<Double>>();
            for (int row = top; row < bottom; row++) {
                crossings.add(new ArrayList<>());
            }
            for (var line : lines(cover.geometry)) {
                var c = line.getCoordinates();
                for (int i = 1; i < c.length; i++) {
                    double low = Math.min(c[i - 1].y, c[i].y);
                    double high = Math.max(c[i - 1].y, c[i].y);
                    int from = (int) Math.max(top, Math.floor((WINDOW.getMaxY() - high) / GSD) - 1);
                    int to = (int) Math.min(bottom - 1, Math.ceil((WINDOW.getMaxY() - low) / GSD) + 1);
                    for (int row = from; row <= to; row++) {
                        double y = WINDOW.getMaxY() - (row + 0.5) * GSD;
                        if (low <= y && y < high) {
                            double t = (y - c[i - 1].y) / (c[i].y - c[i - 1].y);
                            crossings.get(row - top).add(c[i - 1].x + t * (c[i].x - c[i - 1].x));
                        }
                    }
                }
            }
            for (int row = top; row < bottom; row++) {
                var xs = crossings.get(row - top);
                xs.sort(null);
                for (int i = 0; i + 1 < xs.size(); i += 2) {
                    int from = (int) Math.ceil((xs.get(i) - WINDOW.getMinX()) / GSD - 0.5);
                    int to = (int) Math.ceil((xs.get(i + 1) - WINDOW.getMinX()) / GSD - 0.5);
                    Arrays.fill(
                            classes,
                            row * width + Math.max(0, from),
                            row * width + Math.clamp(to, Math.max(0, from), width),
                            (byte) cover.landClass);
                }
            }
        }
        var window =
                new PixelWindow(Math.round(WINDOW.getMinX() / GSD), Math.round(-WINDOW.getMaxY() / GSD), width, height);
        return new ClassRasters(window, classes, classes);
    }

    @SuppressWarnings("unchecked")
    private static List<LineString> lines(Geometry geometry) {
        return LinearComponentExtracter.getLines(geometry);
    }

    private static double meanDistance(List<? extends Geometry> polygons, List<Cover> covers) {
        var boundaries = new ArrayList<LineString>();
        covers.forEach(c -> boundaries.addAll(lines(c.geometry)));
        var factory = new GeometryFactory();
        var distance = new IndexedFacetDistance(factory.createMultiLineString(boundaries.toArray(LineString[]::new)));
        double sum = 0;
        int corners = 0;
        for (var polygon : polygons) {
            for (var corner : polygon.getCoordinates()) {
                corner.x *= GSD;
                corner.y *= GSD;
                sum += distance.distance(factory.createPoint(corner));
                corners++;
            }
        }
        return sum / corners;
    }
}
