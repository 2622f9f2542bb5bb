// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.tiles.SampleVectorTiles;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/**
 * A sample run whose objects really lie in the store: blocks of {@value #BLOCK} pixels, one class each, so that what a
 * picture or a feature must say at a place is known.
 */
final class StoredRun {

    static final int BLOCK = 32;
    private static final String COG = "image/tiff; application=geotiff; profile=cloud-optimized";

    final SampleRun sample;
    private final ObjectStore store;
    private final Path scratch;

    StoredRun(SampleRun sample, ObjectStore store, Path scratch) throws IOException {
        this.sample = sample;
        this.store = store;
        this.scratch = scratch;
        store.write(StoreLayout.item(sample.run().acquisition()), sample.item().getBytes("UTF-8"), "application/json");
        store.write(sample.planKey(), Json.bytes(sample.plan()), "application/json");
    }

    /** Class of a pixel of the grid. */
    static int classAt(long column, long row) {
        long x = Math.floorDiv(column, BLOCK);
        long y = Math.floorDiv(row, BLOCK);
        return (int) (1 + Math.floorMod(x * 7 + y * 3 + Math.floorDiv(x * y, 5), 4));
    }

    /** The sample's story with references to objects that are there. */
    List<PipelineEvent> story() throws IOException {
        var events = new ArrayList<PipelineEvent>();
        for (var event : sample.story()) {
            events.add(
                    switch (event) {
                        case TileReady e ->
                            new TileReady(e.run(), e.planKey(), e.tile(), stack(e.tile()), e.validShare(), e.report());
                        case TilePredicted e ->
                            new TilePredicted(
                                    e.run(),
                                    e.planKey(),
                                    e.tile(),
                                    classes(e.tile()),
                                    probabilities(e.tile()),
                                    confidence(StoreLayout.confidence(e.run(), e.tile()), e.tile()),
                                    e.keptShare(),
                                    e.report());
                        case PipelineEvent.ProductAssembled e ->
                            sample.assembled(
                                    Map.of("fgb", map(), "gpkg", geoPackage(), "pmtiles", vectorTiles()),
                                    shapes().size(),
                                    e.areaSquareMetres(),
                                    e.missingTiles());
                        default -> event;
                    });
        }
        return events;
    }

    private ObjectRef stack(TileAddress tile) throws IOException {
        var window = sample.plan().grid().window(tile).grow(sample.plan().halo());
        var raster = new ByteRaster(window.width(), window.height(), 3);
        for (int row = 0; row < window.height(); row++) {
            for (int column = 0; column < window.width(); column++) {
                long x = window.column() + column;
                long y = window.row() + row;
                int rgb = SampleRun.CLASSES.ofValue(classAt(x, y)).orElseThrow().rgb();
                int at = row * window.width() + column;
                for (int band = 0; band < 3; band++) {
                    int colour = rgb >> (16 - 8 * band) & 0xff;
                    raster.plane(band)[at] = (byte) (60 + colour / 2 + Math.floorMod(x * 31 + y * 17, 23));
                }
            }
        }
        return write(CogWriter.of(raster), window, StoreLayout.stack(sample.run(), tile));
    }

    private ObjectRef classes(TileAddress tile) throws IOException {
        var window = sample.plan().grid().window(tile);
        var raster = new ByteRaster(window.width(), window.height(), 1);
        for (int i = 0; i < raster.plane(0).length; i++) {
            raster.plane(0)[i] =
                    (byte) classAt(window.column() + i % window.width(), window.row() + i / window.width());
        }
        return write(
                CogWriter.of(raster).colours(SampleRun.CLASSES).nodata(0),
                window,
                StoreLayout.classes(sample.run(), tile));
    }

    /** The chosen class has the confidence, the class after it the rest. */
    private ObjectRef probabilities(TileAddress tile) throws IOException {
        var window = sample.plan().grid().window(tile);
        int classes = SampleRun.CLASSES.classes().size();
        var raster = new ByteRaster(window.width(), window.height(), classes);
        for (int i = 0; i < raster.plane(0).length; i++) {
            long column = window.column() + i % window.width();
            int chosen = classAt(column, window.row() + i / window.width()) - 1;
            raster.plane(chosen)[i] = (byte) confidenceAt(column);
            raster.plane((chosen + 1) % classes)[i] = (byte) (255 - confidenceAt(column));
        }
        return write(CogWriter.of(raster), window, StoreLayout.probabilities(sample.run(), tile));
    }

    /** Of 255, at a column of the grid. */
    static int confidenceAt(long column) {
        return 130 + (int) Math.floorMod(column, (long) BLOCK) * 3;
    }

    private ObjectRef confidence(String key, TileAddress tile) throws IOException {
        var window = sample.plan().grid().window(tile);
        var raster = new ByteRaster(window.width(), window.height(), 1);
        for (int i = 0; i < raster.plane(0).length; i++) {
            raster.plane(0)[i] = (byte) confidenceAt(window.column() + i % window.width());
        }
        return write(CogWriter.of(raster), window, key);
    }

    private ObjectRef write(CogWriter.Builder cog, PixelWindow window, String key) throws IOException {
        var grid = sample.plan().grid();
        var file = Files.createTempFile(scratch, "cog", ".tif");
        cog.georeference(new GeoReference(
                        grid.epsg(),
                        grid.easting(window.column()),
                        grid.northing(window.row()),
                        grid.gsdMetres(),
                        grid.gsdMetres()))
                .write(file);
        return store.upload(key, file, COG);
    }

    /** One square for every block of the tiles that were mapped. */
    List<SampleFlatGeobuf.Shape> shapes() {
        var geometries = new GeometryFactory();
        var grid = sample.plan().grid();
        var shapes = new ArrayList<SampleFlatGeobuf.Shape>();
        for (int tile = 2; tile < sample.plan().tiles().size(); tile++) {
            var window = grid.window(sample.tile(tile));
            for (long row = window.row(); row < window.endRow(); row += BLOCK) {
                for (long column = window.column(); column < window.endColumn(); column += BLOCK) {
                    double west = grid.easting(column);
                    double east = grid.easting(column + BLOCK);
                    double north = grid.northing(row);
                    double south = grid.northing(row + BLOCK);
                    // clockwise, as FlatGeobuf files by others may be
                    var square = geometries.createPolygon(new Coordinate[] {
                        new Coordinate(west, south),
                        new Coordinate(west, north),
                        new Coordinate(east, north),
                        new Coordinate(east, south),
                        new Coordinate(west, south)
                    });
                    shapes.add(new SampleFlatGeobuf.Shape(square, classAt(column, row)));
                }
            }
        }
        return shapes;
    }

    private ObjectRef map() throws IOException {
        return store.write(
                StoreLayout.product(sample.run(), "map.fgb"),
                SampleFlatGeobuf.of(sample.plan().grid().epsg(), shapes()),
                "application/vnd.flatgeobuf");
    }

    private ObjectRef vectorTiles() throws IOException {
        return store.write(
                StoreLayout.product(sample.run(), "land_cover.pmtiles"),
                SampleVectorTiles.pmTiles(sample.plan().grid().epsg(), shapes()),
                "application/vnd.pmtiles");
    }

    private ObjectRef geoPackage() throws IOException {
        return store.write(
                StoreLayout.product(sample.run(), "map.gpkg"), new byte[123_456], "application/geopackage+sqlite3");
    }
}
