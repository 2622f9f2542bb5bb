// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.survol.core.Digest;
import org.survol.core.grid.TileGrid;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.vectorize.topology.Hilbert;
import org.survol.vectorize.topology.PlanarMap;
import org.survol.vectorize.topology.Rings;

/**
 * The polygons of one sheet with the meaning their plan gives them: metres, class labels, where they came from. They come in
 * the order of a Hilbert curve over their boxes' centres, ties by first pixel: the order depends on the map only.
 */
final class SheetFeatures {

    /** Takes a polygon, which the next one overwrites. */
    interface Sink {
        void take(MapFeature feature) throws IOException;
    }

    private static final double LENGTH_DIGITS = 1e6;
    private static final double SHARE_DIGITS = 1e4;
    private static final int ID_HEX = 24;

    private final Plan plan;
    private final PlanarMap map;
    /** The same with pixels' edges: what identity rests on. */
    private final PlanarMap exact;

    private final Images images;
    private final int units;
    private final int[] bounds;
    private final LandClass[] classes = new LandClass[256];

    /** @param nomenclature of the map's classes */
    SheetFeatures(Plan plan, Nomenclature nomenclature, PlanarMap map) {
        this.plan = plan;
        images = new Images(plan);
        this.map = map;
        exact = map.exact();
        units = map.units();
        bounds = map.bounds();
        for (var landClass : nomenclature.classes()) {
            classes[landClass.value()] = landClass;
        }
    }

    /** @param feature to be used for all of them; counts on */
    void forEach(MapFeature feature, Sink sink) throws IOException {
        var rings = new Rings();
        var exactRings = new Rings();
        for (int region : inHilbertOrder()) {
            map.rings(region, rings);
            exact.rings(region, exactRings);
            describe(region, rings, exactRings, feature);
            sink.take(feature);
        }
    }

    /** West, north, east, south of the map, in its units. */
    private int[] extent() {
        var extent = new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE};
        for (int r = 1; r <= map.regionCount(); r++) {
            extent[0] = Math.min(extent[0], bounds[4 * r]);
            extent[1] = Math.min(extent[1], bounds[4 * r + 1]);
            extent[2] = Math.max(extent[2], bounds[4 * r + 2]);
            extent[3] = Math.max(extent[3], bounds[4 * r + 3]);
        }
        return extent;
    }

    private int[] inHilbertOrder() {
        int[] extent = extent();
        // Twice the centre, so that halves stay whole.
        double scale = ((1 << Hilbert.BITS) - 1)
                / (2.0 * Math.max(1, Math.max((long) extent[2] - extent[0], (long) extent[3] - extent[1])));
        var keys = new long[map.regionCount()];
        for (int r = 1; r <= map.regionCount(); r++) {
            long centreX = (long) bounds[4 * r] + bounds[4 * r + 2] - 2L * extent[0];
            long centreY = 2L * extent[3] - bounds[4 * r + 1] - bounds[4 * r + 3];
            keys[r - 1] = Hilbert.position((int) (centreX * scale), (int) (centreY * scale)) << 31 | r;
        }
        Arrays.sort(keys);
        var order = new int[keys.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) (keys[i] & Integer.MAX_VALUE);
        }
        return order;
    }

    private void describe(int region, Rings rings, Rings exactRings, MapFeature feature) {
        feature.number++;
        feature.west = easting(bounds[4 * region]);
        feature.north = northing(bounds[4 * region + 1]);
        feature.east = easting(bounds[4 * region + 2]);
        feature.south = northing(bounds[4 * region + 3]);
        layOut(rings, feature);

        var landClass = classes[map.classOf(region)];
        var is = feature.attributes;
        is.put(MapColumn.ID, id(landClass, exactRings));
        is.put(MapColumn.CLASS, landClass.value());
        is.put(MapColumn.CODE, landClass.code());
        is.put(MapColumn.LABEL_EN, landClass.labelEn());
        is.put(MapColumn.LABEL_FR, landClass.labelFr());
        is.put(MapColumn.COLOUR, landClass.colour());
        is.put(MapColumn.AREA_M2, squareMetres(rings.area() / ((double) units * units)));
        is.put(
                MapColumn.PERIMETER_M,
                rounded(rings.perimeter() / units * plan.grid().gsdMetres(), LENGTH_DIGITS));
        is.put(MapColumn.CONFIDENCE, rounded(map.meanConfidence(region), SHARE_DIGITS));
        is.put(MapColumn.CONFIDENCE_MIN, rounded(map.minConfidence(region), SHARE_DIGITS));
        long pixels = map.pixels(region);
        var mix = new Mix(map.shares(region), pixels);
        is.put(MapColumn.UNCERTAIN_SHARE, rounded(map.uncertainPixels(region) / (double) pixels, SHARE_DIGITS));
        is.put(MapColumn.ENTROPY, rounded(mix.entropy(), SHARE_DIGITS));
        is.put(MapColumn.CLASS_MIX, mix.json(classes));
        is.put(MapColumn.CONFORMAL_SET, mix.conformalSet(classes));
        var under = images.under(feature);
        is.put(MapColumn.IMAGES, under.names());
        is.put(MapColumn.IMAGES_FROM, under.first());
        is.put(MapColumn.IMAGES_TO, under.last());
        is.put(MapColumn.ACQUISITION, plan.run().acquisition());
        is.put(MapColumn.RUN, plan.run().run());
        is.put(MapColumn.MODEL, plan.model().card().name());
        is.put(MapColumn.MODEL_SHA256, plan.model().sha256());
        is.put(MapColumn.VINTAGE, plan.vintage());
        is.put(MapColumn.DATETIME, plan.datetime());
    }

    private void layOut(Rings rings, MapFeature feature) {
        int points = 0;
        feature.rings = rings.count();
        feature.ringEnds = atLeast(feature.ringEnds, rings.count());
        for (int ring = 0; ring < rings.count(); ring++) {
            points += rings.corners(ring) + 1;
            feature.ringEnds[ring] = points;
        }
        if (feature.xy.length < 2 * points) {
            feature.xy = new double[3 * points];
        }
        int at = 0;
        for (int ring = 0; ring < rings.count(); ring++) {
            int corners = rings.corners(ring);
            for (int i = 0; i <= corners; i++) {
                int corner = i < corners ? i : 0;
                feature.xy[at++] = easting(rings.column(ring, corner));
                feature.xy[at++] = northing(rings.row(ring, corner));
            }
        }
    }

    private String id(LandClass landClass, Rings rings) {
        var digest = Digest.sha256();
        digest.update(Digest.ofParts(plan.grid().epsg(), plan.grid().gsdMetres(), landClass.code())
                .getBytes(StandardCharsets.US_ASCII));
        for (int ring = 0; ring < rings.count(); ring++) {
            int corners = rings.corners(ring);
            var bytes = ByteBuffer.allocate(4 + 8 * corners).putInt(corners);
            for (int i = 0; i < corners; i++) {
                bytes.putInt(rings.column(ring, i)).putInt(rings.row(ring, i));
            }
            digest.update(bytes.flip());
        }
        return Digest.hex(digest.digest()).substring(0, ID_HEX);
    }

    /** @param column in the map's units */
    private double easting(int column) {
        return rounded(column * plan.grid().gsdMetres() / units, LENGTH_DIGITS);
    }

    private double northing(int row) {
        return rounded(-row * plan.grid().gsdMetres() / units, LENGTH_DIGITS);
    }

    private double squareMetres(double pixels) {
        return squareMetres(plan.grid(), pixels);
    }

    static double squareMetres(TileGrid grid, double pixels) {
        return rounded(pixels * grid.gsdMetres() * grid.gsdMetres(), LENGTH_DIGITS);
    }

    /** Takes the noise of binary fractions away: 0.2 m times a column is not a tenth of a nanometre off. */
    static double rounded(double value, double digits) {
        return Math.rint(value * digits) / digits;
    }

    private static int[] atLeast(int[] array, int length) {
        return array.length >= length ? array : new int[2 * length];
    }
}
