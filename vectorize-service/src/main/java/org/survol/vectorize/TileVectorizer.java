// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.TiffReader;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.ClassPlanes;
import org.survol.vectorize.topology.ClosedClusters;
import org.survol.vectorize.topology.TileTopology;
import org.survol.vectorize.topology.TileTracer;

/**
 * The rasters of one tile in, regions and arcs in the product's classes out; decodes a band of rows at a time.
 */
final class TileVectorizer {

    private static final String MEND = "Have the tile predicted again";
    /** A block row of the rasters. */
    private static final int BAND_ROWS = 512;

    private final ProductClasses classes;
    private final ProductPlanes planes;
    private final MapRules rules;
    private final int maxCorners;

    /** @param maxCorners corners of boundaries, above which a tile is refused; bounds memory */
    TileVectorizer(ProductClasses classes, ProductPlanes planes, MapRules rules, int maxCorners) {
        this.classes = classes;
        this.planes = planes;
        this.rules = rules;
        this.maxCorners = maxCorners;
    }

    /** The three rasters that the model left of a tile. */
    record Rasters(ByteSource classes, ByteSource probabilities, ByteSource confidence) {}

    /**
     * @param window the tile's pixels on the absolute grid
     * @param times gets decode and trace
     */
    TileTopology vectorize(PixelWindow window, Rasters rasters, Times times) throws IOException {
        var classReader = opened(rasters.classes, window, 1);
        var confidenceReader = opened(rasters.confidence, window, 1);
        var probabilityReader =
                opened(rasters.probabilities, window, classes.model().classes().size());
        var tracer = new TileTracer(window, planes.values());
        int width = window.width();
        for (int y = 0; y < window.height(); y += BAND_ROWS) {
            int top = y;
            int rows = Math.min(BAND_ROWS, window.height() - y);
            var predicted = times.of(
                    "decode",
                    () -> classReader.readBytes(0, 0, top, width, rows).plane(0));
            refuseUnknownClasses(rasters.classes.name(), predicted);
            var probabilities = times.of("decode", () -> probabilityReader.readBytes(0, 0, top, width, rows));
            var confidence = times.of(
                    "decode",
                    () -> confidenceReader.readBytes(0, 0, top, width, rows).plane(0));
            times.of("trace", () -> {
                trace(predicted, confidence, planes.of(probabilities), tracer, width, rows);
                return null;
            });
            if (tracer.corners() > maxCorners) {
                throw new BadInputException(
                        rasters.classes.name(),
                        "its first " + (top + rows) + " rows have " + tracer.corners()
                                + " boundary corners, and a tile may have " + maxCorners
                                + ": its classes change from pixel to pixel, which is noise and no map",
                        "See whether the model suits these images, or raise survol.vectorize.max-corners");
            }
        }
        var traced = times.of("trace", tracer::finish);
        return times.of("mmu", () -> ClosedClusters.settled(traced, rules));
    }

    private void trace(
            byte[] predicted, byte[] confidence, ClassPlanes probabilities, TileTracer tracer, int width, int rows) {
        byte[] chosen = predicted;
        byte[] certainty = confidence;
        if (!classes.isSame()) {
            chosen = new byte[predicted.length];
            certainty = new byte[predicted.length];
            planes.choose(probabilities, predicted, chosen, certainty);
        }
        for (int row = 0; row < rows; row++) {
            tracer.row(chosen, row * width, certainty, row * width, probabilities, row * width);
        }
    }

    private static TiffReader opened(ByteSource source, PixelWindow window, int bands) throws IOException {
        var reader = TiffReader.open(source);
        var header = reader.header();
        if (header.width() != window.width() || header.height() != window.height() || header.bands() != bands) {
            throw new BadInputException(
                    source.name(),
                    "it has " + header.bands() + " band(s) of " + header.width() + " x " + header.height()
                            + " pixels, and the tile " + bands + " of " + window.width() + " x " + window.height(),
                    MEND);
        }
        return reader;
    }

    private void refuseUnknownClasses(String file, byte[] predicted) {
        var seen = new boolean[256];
        for (byte value : predicted) {
            seen[value & 0xFF] = true;
        }
        for (int value = 1; value < seen.length; value++) {
            if (seen[value] && classes.model().ofValue(value).isEmpty()) {
                throw new BadInputException(
                        file,
                        "it holds class " + value + ", which nomenclature "
                                + classes.model().id() + " has not",
                        "Correct the model's card or its output values, and have the tile predicted again");
            }
        }
    }
}
