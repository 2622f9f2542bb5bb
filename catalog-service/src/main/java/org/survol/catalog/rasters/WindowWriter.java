// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.rasters;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jboss.logging.Logger;
import org.survol.catalog.features.Terms;
import org.survol.catalog.rasters.RunRasters.Kind;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectRef;

/** Puts a window of a run together from its tiles' COGs, pixel by pixel as they are. */
@Singleton
final class WindowWriter {

    private static final Logger LOG = Logger.getLogger(WindowWriter.class);
    /** Rows that are read at once: what a COG's blocks are high. */
    private static final int STRIP = 512;
    /** 8 bits a share: GIS show 0 to 1. */
    private static final double SHARE = 1 / 255.0;

    private final RunRasters rasters;

    WindowWriter(RunRasters rasters) {
        this.rasters = rasters;
    }

    /** What the window's pixels are so far; no data where no tile has said otherwise. */
    private record Canvas(PixelWindow window, ByteRaster raster, byte[] valid) {}

    void write(Plan plan, WindowLayer layer, PixelWindow window, Terms terms, Path file) throws IOException {
        int bands = layer.bands().length;
        var canvas = new Canvas(
                window,
                new ByteRaster(window.width(), window.height(), bands),
                new byte[window.width() * window.height()]);
        var grid = plan.grid();
        for (var tile : grid.tilesTouching(window)) {
            var object = rasters.object(plan.run(), layer.kind(), tile);
            if (object.isPresent()) {
                draw(plan, layer, object.get(), grid.window(tile).intersect(window), canvas);
            }
        }
        var cog = CogWriter.of(canvas.raster())
                .georeference(new GeoReference(
                        grid.epsg(),
                        grid.easting(window.column()),
                        grid.northing(window.row()),
                        grid.gsdMetres(),
                        grid.gsdMetres()))
                .datetime(plan.datetime())
                .metadata(Map.of(
                        "LICENSE", terms.licence(),
                        "ATTRIBUTION", terms.attribution(),
                        "MODEL",
                                plan.model().card().name() + " "
                                        + plan.model().card().version(),
                        "MODEL_SHA256", plan.model().sha256()));
        switch (layer.kind()) {
            case CLASSES -> cog.colours(plan.model().card().nomenclature()).nodata(0);
            case STACK -> cog.bandNames(layer.names()).mask(canvas.valid());
            case CONFIDENCE, PROBABILITIES ->
                cog.bandNames(layer.names()).scale(SHARE).mask(canvas.valid());
        }
        cog.write(file);
    }

    private void draw(Plan plan, WindowLayer layer, ObjectRef object, PixelWindow part, Canvas canvas)
            throws IOException {
        try {
            var reader = rasters.reader(object);
            var geo = reader.header().requireGeo();
            long firstColumn = Math.round(plan.grid().column(geo.west()));
            long firstRow = Math.round(plan.grid().row(geo.north()));
            var inFile = part.intersect(new PixelWindow(firstColumn, firstRow, reader.width(0), reader.height(0)));
            for (int done = 0; done < inFile.height() && inFile.width() > 0; done += STRIP) {
                var strip = new PixelWindow(
                        inFile.column(), inFile.row() + done, inFile.width(), Math.min(STRIP, inFile.height() - done));
                copy(
                        reader,
                        layer,
                        (int) (strip.column() - firstColumn),
                        (int) (strip.row() - firstRow),
                        strip,
                        canvas);
            }
        } catch (BadInputException | NoSuchFileException e) {
            // one damaged file leaves a hole, it does not take the window away
            LOG.warnf("%s is left out of the window: %s", object.key(), e.getMessage());
        }
    }

    private static void copy(TiffReader reader, WindowLayer layer, int x, int y, PixelWindow strip, Canvas canvas)
            throws IOException {
        var pixels = reader.readBands(0, x, y, strip.width(), strip.height(), layer.bands());
        var valid = layer.kind() == Kind.CLASSES ? null : reader.readMask(0, x, y, strip.width(), strip.height());
        int left = (int) (strip.column() - canvas.window().column());
        int top = (int) (strip.row() - canvas.window().row());
        for (int row = 0; row < strip.height(); row++) {
            int from = row * strip.width();
            int to = (top + row) * canvas.window().width() + left;
            for (int band = 0; band < layer.bands().length; band++) {
                System.arraycopy(pixels.plane(band), from, canvas.raster().plane(band), to, strip.width());
            }
            if (valid != null) {
                System.arraycopy(valid, from, canvas.valid(), to, strip.width());
            }
        }
    }
}
