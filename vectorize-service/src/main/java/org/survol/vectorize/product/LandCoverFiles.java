// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.vectorize.pyramid.TilePyramid;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.PlanarMap;

/**
 * The files of a product, written while its sheets come: every format at once, one polygon in memory at a time. Equal sheets
 * in the same order are equal bytes.
 */
public final class LandCoverFiles implements AutoCloseable {

    private static final double TILE_SHARE_DIGITS = 100;

    private final Plan plan;
    private final Nomenclature nomenclature;
    private final LandClass[] classes = new LandClass[256];
    private final Map<String, Path> files = new LinkedHashMap<>();
    private final List<MapWriter> writers = new ArrayList<>();
    private final TilePyramid pyramid;
    private final MapFeature feature = new MapFeature();
    private MapExtent extent = MapExtent.EMPTY;
    private long pixels;

    /**
     * @param nomenclature of the map's classes
     * @param rules by which small polygons of coarse vector tiles go to their neighbours
     * @param textSequence whether GeoJSON text is wanted too
     */
    public LandCoverFiles(Plan plan, Nomenclature nomenclature, MapRules rules, Path folder, boolean textSequence)
            throws IOException {
        this.plan = plan;
        this.nomenclature = nomenclature;
        for (var landClass : nomenclature.classes()) {
            classes[landClass.value()] = landClass;
        }
        var head = head();
        try {
            writers.add(new GeoPackageWriter(file(folder, "gpkg"), head));
            writers.add(new FlatGeobufWriter(file(folder, "fgb"), head));
            writers.add(new GeoParquetWriter(file(folder, "parquet"), head));
            if (textSequence) {
                writers.add(new GeoJsonSeqWriter(file(folder, "geojsons"), head));
            }
            pyramid = new TilePyramid(
                    plan.grid(), rules, this::inTiles, file(folder, "pmtiles"), MapHead.LAYER, head.title());
        } catch (IOException e) {
            closeWriters();
            throw e;
        }
    }

    private Path file(Path folder, String format) {
        var file = folder.resolve(MapHead.LAYER + "." + format);
        files.put(format, file);
        return file;
    }

    /** Writes the polygons of a sheet. */
    public void write(PlanarMap sheet) throws IOException {
        new SheetFeatures(plan, nomenclature, sheet).forEach(feature, polygon -> {
            extent = extent.and(polygon);
            for (var writer : writers) {
                writer.write(polygon);
            }
        });
        for (int r = 1; r <= sheet.regionCount(); r++) {
            pixels += sheet.pixels(r);
        }
    }

    /** Puts a sheet into the vector tiles.
     *  @param window pixels that no other sheet has */
    public void writeTiles(PlanarMap sheet, PixelWindow window) throws IOException {
        pyramid.add(sheet, window);
    }

    /** Completes the files.
     *  @return file by short format name */
    public Map<String, Path> finish() throws IOException {
        for (var writer : writers) {
            writer.finish(extent);
        }
        pyramid.finish();
        return files;
    }

    public int polygons() {
        return Math.toIntExact(feature.number);
    }

    public double areaSquareMetres() {
        return SheetFeatures.squareMetres(plan.grid(), pixels);
    }

    private Map<String, Object> inTiles(PlanarMap thinned, int region) {
        var landClass = classes[thinned.classOf(region)];
        double area = SheetFeatures.squareMetres(plan.grid(), thinned.pixels(region));
        var is = new LinkedHashMap<String, Object>();
        is.put(MapColumn.CLASS.columnName(), landClass.value());
        is.put(MapColumn.CODE.columnName(), landClass.code());
        is.put(MapColumn.LABEL_EN.columnName(), landClass.labelEn());
        is.put(MapColumn.LABEL_FR.columnName(), landClass.labelFr());
        is.put(MapColumn.COLOUR.columnName(), landClass.colour());
        is.put(MapColumn.AREA_M2.columnName(), (int) Math.min(Integer.MAX_VALUE, Math.round(area)));
        is.put(
                MapColumn.CONFIDENCE.columnName(),
                SheetFeatures.rounded(thinned.meanConfidence(region), TILE_SHARE_DIGITS));
        return is;
    }

    private MapHead head() {
        var crs = Crs.ofEpsg(plan.grid().epsg());
        return new MapHead(
                "Land cover " + plan.vintage() + ", " + plan.run().acquisition(),
                plan.datetime(),
                nomenclature,
                crs.epsg(),
                crs.name(),
                crs.wkt());
    }

    private void closeWriters() throws IOException {
        for (var writer : writers) {
            writer.close();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            closeWriters();
        } finally {
            pyramid.close();
        }
    }
}
