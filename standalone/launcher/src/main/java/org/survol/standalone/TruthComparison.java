// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** A run's class rasters against a true class raster on the same grid, tile by tile, in strips: memory stays small. */
final class TruthComparison {

    private static final int STRIP_ROWS = 512;

    /** A pixel edge may differ by this share of a pixel: coordinates are binary fractions. */
    private static final double TOLERANCE = 1e-3;

    private TruthComparison() {}

    /**
     * @param truth class values as in the model's nomenclature, 0 where the truth is unknown
     * @return counts over the truth's whole extent; where the map has no pixel, its class is 0
     */
    static ConfusionMatrix of(ByteSource truth, Plan plan, ObjectStore store) throws IOException {
        var truthRaster = TiffReader.open(truth);
        var truthGeo = truthRaster.header().requireGeo();
        var grid = plan.grid();
        if (truthGeo.epsg() != grid.epsg() || Math.abs(truthGeo.pixelWidth() / grid.gsdMetres() - 1) > 1e-6) {
            throw new CommandFailed("the truth (EPSG:" + truthGeo.epsg() + ", " + truthGeo.pixelWidth()
                    + " m) does not lie on the run's grid (EPSG:" + grid.epsg() + ", " + grid.gsdMetres()
                    + " m); the accuracy cannot be measured.");
        }
        var matrix = new ConfusionMatrix();
        long compared = 0;
        for (var tile : plan.tiles()) {
            var key = StoreLayout.classes(plan.run(), tile.tile());
            if (store.stat(key).isPresent()) {
                compared += compare(truthRaster, truthGeo, ByteSources.ofObject(store, key), matrix);
            }
        }
        addUnmapped(truthRaster, compared, matrix);
        return matrix;
    }

    static Plan plan(RunRef run, ObjectStore store) throws IOException {
        return org.survol.core.Json.parse(store.read(StoreLayout.plan(run)), Plan.class);
    }

    /** @return pixels of the truth that the tile covers */
    private static long compare(TiffReader truth, GeoReference truthGeo, ByteSource classes, ConfusionMatrix matrix)
            throws IOException {
        var mapped = TiffReader.open(classes);
        var header = mapped.header();
        var geo = header.requireGeo();
        int columnShift = whole(truthGeo.column(geo.west()), classes.name());
        int rowShift = whole(truthGeo.row(geo.north()), classes.name());
        int west = Math.max(0, -columnShift);
        int east = Math.min(header.width(), truth.header().width() - columnShift);
        int north = Math.max(0, -rowShift);
        int south = Math.min(header.height(), truth.header().height() - rowShift);
        if (west >= east || north >= south) {
            return 0;
        }
        for (int row = north; row < south; row += STRIP_ROWS) {
            int rows = Math.min(STRIP_ROWS, south - row);
            matrix.add(
                    truth.readBytes(0, west + columnShift, row + rowShift, east - west, rows)
                            .plane(0),
                    mapped.readBytes(0, west, row, east - west, rows).plane(0));
        }
        return (long) (east - west) * (south - north);
    }

    /** Truth outside all tiles counts as unmapped: a lost tile must not make the map look better. */
    private static void addUnmapped(TiffReader truth, long compared, ConfusionMatrix matrix) throws IOException {
        var header = truth.header();
        if (compared == (long) header.width() * header.height()) {
            return;
        }
        var whole = new ConfusionMatrix();
        for (int row = 0; row < header.height(); row += STRIP_ROWS) {
            int rows = Math.min(STRIP_ROWS, header.height() - row);
            var plane = truth.readBytes(0, 0, row, header.width(), rows).plane(0);
            whole.add(plane, new byte[plane.length]);
        }
        matrix.addUnmapped(whole.unmapped() - matrix.truthPixels());
    }

    private static int whole(double pixels, String name) {
        long rounded = Math.round(pixels);
        if (Math.abs(pixels - rounded) > TOLERANCE) {
            throw new CommandFailed(name + " and the truth are shifted by a part of a pixel: " + pixels);
        }
        return Math.toIntExact(rounded);
    }
}
