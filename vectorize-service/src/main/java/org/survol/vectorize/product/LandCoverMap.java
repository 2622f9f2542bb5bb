// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.survol.core.Digest;
import org.survol.core.crs.Crs;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.vectorize.pyramid.TilePyramid;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.PlanarMap;
import org.survol.vectorize.topology.Rings;

/**
 * A planar map with the meaning its plan gives it: metres, class labels, where it came from. Polygons come in the order
 * of a Hilbert curve over their boxes' centres, ties by first pixel: the order depends on the map only.
 */
public final class LandCoverMap {

    private static final double LENGTH_DIGITS = 1e6;
    private static final double SHARE_DIGITS = 1e4;
    private static final double TILE_SHARE_DIGITS = 100;
    private static final int ID_HEX = 24;
    private static final int EPSG_LONG_LAT = 4326;

    private final Plan plan;
    private final PlanarMap map;
    /** The same with pixels' edges: what identity rests on. */
    private final PlanarMap exact;

    private final Nomenclature nomenclature;
    private final Images images;
    private final int units;
    private final int[] bounds;
    private final LandClass[] classes = new LandClass[256];

    /** @param nomenclature of the map's classes */
    public LandCoverMap(Plan plan, Nomenclature nomenclature, PlanarMap map) {
        this.plan = plan;
        this.nomenclature = nomenclature;
        images = new Images(plan);
        this.map = map;
        exact = map.exact();
        units = map.units();
        bounds = map.bounds();
        for (var landClass : nomenclature.classes()) {
            classes[landClass.value()] = landClass;
        }
    }

    public int polygons() {
        return map.regionCount();
    }

    public double areaSquareMetres() {
        long pixels = 0;
        for (int r = 1; r <= map.regionCount(); r++) {
            pixels += map.pixels(r);
        }
        return squareMetres(pixels);
    }

    /** Writes every format into the folder.
     *  @return file by short format name */
    public Map<String, Path> write(Path folder) throws IOException {
        return write(folder, false);
    }

    /** @param textSequence whether GeoJSON text is wanted too */
    public Map<String, Path> write(Path folder, boolean textSequence) throws IOException {
        var files = new LinkedHashMap<String, Path>();
        var head = head();
        var writers = new ArrayList<MapWriter>();
        try {
            writers.add(new GeoPackageWriter(file(files, folder, "gpkg"), head));
            writers.add(new FlatGeobufWriter(file(files, folder, "fgb"), head));
            writers.add(new GeoParquetWriter(file(files, folder, "parquet"), head));
            if (textSequence) {
                writers.add(new GeoJsonSeqWriter(file(files, folder, "geojsons"), head));
            }
            writeInto(writers);
        } finally {
            for (var writer : writers) {
                writer.close();
            }
        }
        return files;
    }

    private static Path file(Map<String, Path> files, Path folder, String format) {
        var file = folder.resolve(MapHead.LAYER + "." + format);
        files.put(format, file);
        return file;
    }

    private void writeInto(List<MapWriter> writers) throws IOException {
        var rings = new Rings();
        var exactRings = new Rings();
        var feature = new MapFeature();
        for (int region : inHilbertOrder()) {
            map.rings(region, rings);
            exact.rings(region, exactRings);
            describe(region, rings, exactRings, feature);
            for (var writer : writers) {
                writer.write(feature);
            }
        }
        for (var writer : writers) {
            writer.finish();
        }
    }

    /** Vector tiles of the map, beside the files of {@link #write}.
     *  @param rules by which small polygons go to their neighbours */
    public Path writeTiles(Path folder, MapRules rules) throws IOException {
        var file = folder.resolve(MapHead.LAYER + ".pmtiles");
        new TilePyramid(plan.grid(), map, rules, this::inTiles).write(file, MapHead.LAYER, head().title());
        return file;
    }

    private Map<String, Object> inTiles(PlanarMap thinned, int region) {
        var landClass = classes[thinned.classOf(region)];
        var is = new LinkedHashMap<String, Object>();
        is.put(MapColumn.CLASS.columnName(), landClass.value());
        is.put(MapColumn.CODE.columnName(), landClass.code());
        is.put(MapColumn.LABEL_EN.columnName(), landClass.labelEn());
        is.put(MapColumn.LABEL_FR.columnName(), landClass.labelFr());
        is.put(MapColumn.COLOUR.columnName(), landClass.colour());
        is.put(MapColumn.AREA_M2.columnName(), (int)
                Math.min(Integer.MAX_VALUE, Math.round(squareMetres(thinned.pixels(region)))));
        is.put(MapColumn.CONFIDENCE.columnName(), rounded(thinned.meanConfidence(region), TILE_SHARE_DIGITS));
        return is;
    }

    private MapHead head() {
        int[] extent = extent();
        boolean empty = polygons() == 0;
        var crs = Crs.ofEpsg(plan.grid().epsg());
        return new MapHead(
                "Land cover " + plan.vintage() + ", " + plan.run().acquisition(),
                plan.datetime(),
                nomenclature,
                crs.epsg(),
                crs.name(),
                crs.wkt(),
                Crs.ofEpsg(EPSG_LONG_LAT).wkt(),
                empty ? 0 : easting(extent[0]),
                empty ? 0 : northing(extent[3]),
                empty ? 0 : easting(extent[2]),
                empty ? 0 : northing(extent[1]),
                polygons());
    }

    /** West, north, east, south of the map, in its units. */
    private int[] extent() {
        var extent = new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE};
        for (int r = 1; r <= polygons(); r++) {
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
        var keys = new long[polygons()];
        for (int r = 1; r <= polygons(); r++) {
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
        return rounded(pixels * plan.grid().gsdMetres() * plan.grid().gsdMetres(), LENGTH_DIGITS);
    }

    /** Takes the noise of binary fractions away: 0.2 m times a column is not a tenth of a nanometre off. */
    private static double rounded(double value, double digits) {
        return Math.rint(value * digits) / digits;
    }

    private static int[] atLeast(int[] array, int length) {
        return array.length >= length ? array : new int[2 * length];
    }
}
