// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayList;
import java.util.List;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.Polygon;

/** A map's regions as JTS polygons in lattice coordinates, y northwards (minus the row). */
public final class Polygons {

    private static final GeometryFactory FACTORY = new GeometryFactory();

    private Polygons() {}

    public static List<Polygon> of(PlanarMap map) {
        var polygons = new ArrayList<Polygon>();
        var rings = new Rings();
        for (int r = 1; r <= map.regionCount(); r++) {
            map.rings(r, rings);
            var holes = new LinearRing[rings.count() - 1];
            for (int i = 1; i < rings.count(); i++) {
                holes[i - 1] = ring(rings, i, map.units());
            }
            var polygon = FACTORY.createPolygon(ring(rings, 0, map.units()), holes);
            polygon.setUserData(map.classOf(r));
            polygons.add(polygon);
        }
        return polygons;
    }

    private static LinearRing ring(Rings rings, int ring, int units) {
        int n = rings.corners(ring);
        var coordinates = new Coordinate[n + 1];
        for (int i = 0; i <= n; i++) {
            coordinates[i] = new Coordinate(
                    rings.column(ring, i % n) / (double) units, -rings.row(ring, i % n) / (double) units);
        }
        return FACTORY.createLinearRing(coordinates);
    }

    /** Fills every polygon again by the even-odd rule at pixel centres. A pixel taken twice fails. */
    static byte[] rasterised(PlanarMap map, int column, int row, int width, int height) {
        var raster = new byte[width * height];
        for (var polygon : of(map)) {
            Envelope box = polygon.getEnvelopeInternal();
            var inside = new boolean[width * height];
            for (int i = -1; i < polygon.getNumInteriorRing(); i++) {
                var ring = i < 0 ? polygon.getExteriorRing() : polygon.getInteriorRingN(i);
                var c = ring.getCoordinates();
                for (int k = 1; k < c.length; k++) {
                    if (c[k].x == c[k - 1].x) {
                        int x = (int) c[k].x - column;
                        int from = (int) -Math.max(c[k].y, c[k - 1].y) - row;
                        int to = (int) -Math.min(c[k].y, c[k - 1].y) - row;
                        for (int y = from; y < to; y++) {
                            for (int px = x; px < Math.min(width, (int) box.getMaxX() - column); px++) {
                                inside[y * width + px] ^= true;
                            }
                        }
                    }
                }
            }
            for (int p = 0; p < inside.length; p++) {
                if (inside[p]) {
                    if (raster[p] != 0) {
                        throw new AssertionError("pixel " + p + " lies in two polygons");
                    }
                    raster[p] = (byte) (int) polygon.getUserData();
                }
            }
        }
        return raster;
    }
}
