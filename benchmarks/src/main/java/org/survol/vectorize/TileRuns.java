// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.grid.PixelWindow;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;

/**
 * A tile from its three COGs to its topology, as the service does it, one thread: class raster, probabilities of 19 classes
 * and confidence. Probabilities are made up: the pixel's class has 128 to 255 of 255, smooth over the ground, two others have
 * the rest.
 */
public final class TileRuns {

    private TileRuns() {}

    /** Arguments: file of one byte a pixel, in FLAIR's classes; its side; times; rule sets. */
    public static void main(String[] arguments) throws IOException {
        var classes = Files.readAllBytes(Path.of(arguments[0]));
        var window = window(Integer.parseInt(arguments[1]));
        var rasters = rasters(classes, window);
        var threads = ManagementFactory.getThreadMXBean();
        for (int rules = 3; rules < arguments.length; rules++) {
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                var times = new Times();
                long begin = threads.getCurrentThreadCpuTime();
                var topology = ProductRules.load(arguments[rules])
                        .vectorizer(card(), 0.2, Integer.MAX_VALUE)
                        .vectorize(window, rasters, times);
                double seconds = (threads.getCurrentThreadCpuTime() - begin) / 1e9;
                System.out.printf(
                        Locale.ROOT,
                        "%s: %,d regions, %.2f s of CPU, %.1f Mpx/s, wall ms %s%n",
                        arguments[rules],
                        topology.regions(),
                        seconds,
                        classes.length / 1e6 / seconds,
                        times.millis());
            }
        }
    }

    static PixelWindow window(int side) {
        return new PixelWindow(650L * side, -1250L * side, side, side);
    }

    static TileVectorizer.Rasters rasters(byte[] classes, PixelWindow window) throws IOException {
        int side = window.width();
        int count = Flair.NOMENCLATURE.classes().size();
        var planes = new byte[count][classes.length];
        var confidence = new byte[classes.length];
        for (int i = 0; i < classes.length; i++) {
            int own = (classes[i] & 0xFF) - 1;
            int sure = 128 + (int) (63.5 * (2 + Math.sin(i % side / 37.0) + Math.cos(i / side / 51.0))) / 2;
            confidence[i] = (byte) sure;
            planes[own][i] = (byte) sure;
            planes[(own + 1) % count][i] = (byte) ((255 - sure) / 2);
            planes[(own + 6) % count][i] = (byte) ((255 - sure) / 2);
        }
        return new TileVectorizer.Rasters(
                ByteSources.ofBytes("classes", cog(window, classes)),
                ByteSources.ofBytes("probabilities", cog(window, planes)),
                ByteSources.ofBytes("confidence", cog(window, confidence)));
    }

    private static byte[] cog(PixelWindow window, byte[]... planes) throws IOException {
        var file = Files.createTempFile("tile", ".tif");
        try {
            CogWriter.of(ByteRaster.of(window.width(), window.height(), planes))
                    .georeference(new GeoReference(2154, 0.2 * window.column(), -0.2 * window.row(), 0.2, 0.2))
                    .write(file);
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    static ModelCard card() {
        return new ModelCard(
                1,
                "benchmark",
                "1",
                "Benchmark",
                Flair.NOMENCLATURE,
                List.of(Band.RED, Band.GREEN, Band.BLUE),
                0.2,
                32,
                64,
                0,
                0,
                1,
                "Apache-2.0",
                "none",
                Optional.empty(),
                Optional.empty());
    }
}
