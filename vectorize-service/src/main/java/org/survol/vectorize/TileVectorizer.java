// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.TiffReader;
import org.survol.vectorize.topology.TileTopology;
import org.survol.vectorize.topology.TileTracer;

/** Class raster and confidence of one tile in, regions and arcs out; decodes a band of rows at a time. */
final class TileVectorizer {

    private static final String MEND = "Have the tile predicted again";
    /** A block row of the rasters. */
    private static final int BAND_ROWS = 512;

    private final Nomenclature nomenclature;
    private final int maxCorners;

    /** @param maxCorners corners of boundaries, above which a tile is refused; bounds memory */
    TileVectorizer(Nomenclature nomenclature, int maxCorners) {
        this.nomenclature = nomenclature;
        this.maxCorners = maxCorners;
    }

    /**
     * @param window the tile's pixels on the absolute grid
     * @param times gets decode and trace
     */
    TileTopology vectorize(PixelWindow window, ByteSource classes, ByteSource confidence, Times times)
            throws IOException {
        var classReader = opened(classes, window);
        var confidenceReader = opened(confidence, window);
        var tracer = new TileTracer(window);
        int width = window.width();
        for (int y = 0; y < window.height(); y += BAND_ROWS) {
            int top = y;
            int rows = Math.min(BAND_ROWS, window.height() - y);
            var classBand = times.of(
                    "decode",
                    () -> classReader.readBytes(0, 0, top, width, rows).plane(0));
            var confidenceBand = times.of(
                    "decode",
                    () -> confidenceReader.readBytes(0, 0, top, width, rows).plane(0));
            times.of("trace", () -> {
                for (int row = 0; row < rows; row++) {
                    tracer.row(classBand, row * width, confidenceBand, row * width);
                }
                return null;
            });
            if (tracer.corners() > maxCorners) {
                throw new BadInputException(
                        classes.name(),
                        "its first " + (top + rows) + " rows have " + tracer.corners()
                                + " boundary corners, and a tile may have " + maxCorners
                                + ": its classes change from pixel to pixel, which is noise and no map",
                        "See whether the model suits these images, or raise survol.vectorize.max-corners");
            }
        }
        var topology = times.of("trace", tracer::finish);
        refuseUnknownClasses(classes.name(), topology);
        return topology;
    }

    private static TiffReader opened(ByteSource source, PixelWindow window) throws IOException {
        var reader = TiffReader.open(source);
        var header = reader.header();
        if (header.width() != window.width() || header.height() != window.height() || header.bands() != 1) {
            throw new BadInputException(
                    source.name(),
                    "it has " + header.bands() + " band(s) of " + header.width() + " x " + header.height()
                            + " pixels, and the tile one of " + window.width() + " x " + window.height(),
                    MEND);
        }
        return reader;
    }

    private void refuseUnknownClasses(String file, TileTopology topology) {
        for (int value = 1; value <= 0xFF; value++) {
            if (nomenclature.ofValue(value).isEmpty() && topology.hasClass(value)) {
                throw new BadInputException(
                        file,
                        "it holds class " + value + ", which nomenclature " + nomenclature.id() + " has not",
                        "Correct the model's card or its output values, and have the tile predicted again");
            }
        }
    }
}
