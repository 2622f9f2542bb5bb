// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.survol.core.grid.PixelWindow;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.FloatRaster;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.Resampling;

/**
 * Generates a sample flight: plans the landscape, renders it block by block, exposes the strips and writes the delivery.
 * The same spec gives the same bytes on any machine with any number of threads.
 *
 * <p>The folder: {@code item.json}; per strip {@code strip-N-rgb.tif} and {@code strip-N-irc.tif} (near infrared, red,
 * green); per sheet {@code dsm-N.tif} and {@code dtm-N.tif}; {@code truth/} and {@code ancillary/}. Scenes above
 * {@value #SHEET_METRES} m are delivered in several sheets, so that memory does not grow with the scene, but for the
 * byte per pixel of the class raster.
 */
public final class SceneGenerator {

    static final int SHEET_METRES = 1_000;
    private static final int BLOCK_PIXELS = 1_024;

    private final SceneSpec spec;
    private final Path directory;
    private final ProgressListener listener;
    private final ExecutorService pool;
    private final int threads;
    private final Layout layout;
    private final Flight flight;
    private final Light light;
    private final Delivery delivery;
    private final ByteRaster classes;
    private long pixelsDone;

    private SceneGenerator(
            SceneSpec spec, Path directory, ProgressListener listener, ExecutorService pool, int threads) {
        this.spec = spec;
        this.directory = directory;
        this.listener = listener;
        this.pool = pool;
        this.threads = threads;
        listener.progress("plan", 0, 1);
        this.layout = LayoutPlanner.plan(spec);
        this.flight = Flight.of(spec);
        this.light = new Light(new GroundPainter(layout, flight), flight, spec.seed());
        this.delivery = new Delivery(spec, flight);
        this.classes = new ByteRaster(spec.window().width(), spec.window().height(), 1);
        listener.progress("plan", 1, 1);
    }

    /** Writes the flight into the directory, which is created when missing; files of the same name are replaced. */
    public static void generate(SceneSpec spec, Path directory, ProgressListener listener)
            throws IOException, InterruptedException {
        generate(spec, directory, listener, Runtime.getRuntime().availableProcessors());
    }

    static void generate(SceneSpec spec, Path directory, ProgressListener listener, int threads)
            throws IOException, InterruptedException {
        try (var pool = Executors.newFixedThreadPool(threads)) {
            new SceneGenerator(spec, directory, listener, pool, threads).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        Files.createDirectories(directory.resolve("truth"));
        Files.createDirectories(directory.resolve("ancillary"));
        int strips = 0;
        int sheets = 0;
        for (PixelWindow sheet : sheets(spec.window())) {
            strips += fly(sheet, ++sheets, strips + 1);
        }
        listener.progress("truth", 0, 1);
        CogWriter.of(classes)
                .georeference(reference(spec, spec.window()))
                .nodata(0)
                .colours(Flair.NOMENCLATURE)
                .metadata(Map.of("AREA_OR_POINT", "Area"))
                .pool(pool, threads)
                .write(directory.resolve("truth/classes.tif"));
        new Vectors(spec, layout).write(directory, classes);
        delivery.writeItem(directory.resolve("item.json"));
        listener.progress("truth", 1, 1);
    }

    /** Squares of at most {@value #SHEET_METRES} m, row by row from the north-west. */
    static List<PixelWindow> sheets(PixelWindow scene) {
        int count = (scene.width() + SHEET_METRES * 5 - 1) / (SHEET_METRES * 5);
        var sheets = new ArrayList<PixelWindow>();
        for (int j = 0; j < count; j++) {
            int north = (int) ((long) scene.height() * j / count);
            int south = (int) ((long) scene.height() * (j + 1) / count);
            for (int i = 0; i < count; i++) {
                int west = (int) ((long) scene.width() * i / count);
                int east = (int) ((long) scene.width() * (i + 1) / count);
                sheets.add(new PixelWindow(scene.column() + west, scene.row() + north, east - west, south - north));
            }
        }
        return sheets;
    }

    private int fly(PixelWindow sheet, int sheetNumber, int firstStrip) throws IOException, InterruptedException {
        var strips = Strip.over(sheet, firstStrip, flight, spec.seed());
        var dsm = new FloatRaster(sheet.width(), sheet.height(), 1);
        var dtm = new FloatRaster(sheet.width(), sheet.height(), 1);
        var running = new ArrayList<Future<?>>();
        for (PixelWindow block : blocks(sheet)) {
            running.add(pool.submit(() -> {
                Light.Picture picture = light.render(block);
                strips.forEach(strip -> strip.expose(picture));
                copy(picture, sheet, dsm, dtm);
                advance(block.pixels());
            }));
        }
        await(running);
        for (Strip strip : strips) {
            writeImage(strip, "rgb", "RGB", List.of("red", "green", "blue"), 0, 1, 2);
            writeImage(strip, "irc", "IRC", List.of("nir", "red", "green"), 3, 0, 1);
        }
        writeElevation(dsm, sheet, "dsm-" + sheetNumber, "DSM");
        writeElevation(dtm, sheet, "dtm-" + sheetNumber, "DTM");
        return strips.size();
    }

    /** Blocks of the absolute grid, cut to the sheet. */
    private static List<PixelWindow> blocks(PixelWindow sheet) {
        var blocks = new ArrayList<PixelWindow>();
        long firstColumn = Math.floorDiv(sheet.column(), BLOCK_PIXELS) * BLOCK_PIXELS;
        long firstRow = Math.floorDiv(sheet.row(), BLOCK_PIXELS) * BLOCK_PIXELS;
        for (long row = firstRow; row < sheet.endRow(); row += BLOCK_PIXELS) {
            for (long column = firstColumn; column < sheet.endColumn(); column += BLOCK_PIXELS) {
                blocks.add(new PixelWindow(column, row, BLOCK_PIXELS, BLOCK_PIXELS).intersect(sheet));
            }
        }
        return blocks;
    }

    private void copy(Light.Picture picture, PixelWindow sheet, FloatRaster dsm, FloatRaster dtm) {
        PixelWindow block = picture.window();
        PixelWindow scene = spec.window();
        for (int row = 0; row < block.height(); row++) {
            int from = row * block.width();
            int inSheet =
                    (int) (block.row() + row - sheet.row()) * sheet.width() + (int) (block.column() - sheet.column());
            int inScene =
                    (int) (block.row() + row - scene.row()) * scene.width() + (int) (block.column() - scene.column());
            System.arraycopy(picture.dsm(), from, dsm.plane(0), inSheet, block.width());
            System.arraycopy(picture.dtm(), from, dtm.plane(0), inSheet, block.width());
            System.arraycopy(picture.classes(), from, classes.plane(0), inScene, block.width());
        }
    }

    private synchronized void advance(long pixels) {
        pixelsDone += pixels;
        listener.progress("render", pixelsDone, spec.window().pixels());
    }

    private void writeImage(Strip strip, String suffix, String role, List<String> names, int... bands)
            throws IOException {
        PixelWindow window = strip.window();
        var planes = new byte[bands.length][];
        for (int i = 0; i < bands.length; i++) {
            planes[i] = strip.band(bands[i]);
        }
        String key = "strip-" + strip.number() + "-" + suffix;
        Path file = directory.resolve(key + ".tif");
        CogWriter.of(ByteRaster.of(window.width(), window.height(), planes))
                .georeference(reference(spec, window))
                .bandNames(names)
                .datetime(strip.time())
                .overviews(Resampling.AVERAGE)
                .pool(pool, threads)
                .write(file);
        delivery.add(key, role, file, window, strip.time());
    }

    private void writeElevation(FloatRaster raster, PixelWindow window, String key, String role) throws IOException {
        Path file = directory.resolve(key + ".tif");
        CogWriter.of(raster)
                .georeference(reference(spec, window))
                .nodata(-9999)
                .bandNames(List.of(role))
                .datetime(flight.start())
                .overviews(Resampling.AVERAGE)
                .pool(pool, threads)
                .write(file);
        delivery.add(key, role, file, window, flight.start());
    }

    /** Where a window of the mainland's grid lies in the scene's territory. */
    static GeoReference reference(SceneSpec spec, PixelWindow window) {
        var territory = spec.territory();
        double east = territory.centreEasting - SceneSpec.CENTRE_EASTING;
        double north = territory.centreNorthing - SceneSpec.CENTRE_NORTHING;
        return new GeoReference(
                territory.epsg,
                metres(window.column() + Math.round(east * 5)),
                metres(Math.round(north * 5) - window.row()),
                SceneSpec.GSD,
                SceneSpec.GSD);
    }

    /** A fifth of a pixel count: exact to the last bit of the division, unlike the product with 0.2. */
    private static double metres(long pixels) {
        return pixels / 5.0;
    }

    private static void await(List<Future<?>> running) throws InterruptedException {
        for (Future<?> future : running) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a block could not be rendered", e.getCause());
            }
        }
    }
}
