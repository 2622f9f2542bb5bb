// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.catalog.BlockCache;
import org.survol.catalog.SampleRun;
import org.survol.catalog.rasters.RunRasters;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.MemoryObjectStore;

/** One grid tile that fills one picture, pixel by pixel. */
class TileRendererTest {

    private static final int SIDE = WebMercator.SIZE;

    @TempDir
    Path folder;

    private final SampleRun sample = SampleRun.of("lille-2024", "run-1", 1, 1);
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final TileRenderer renderer = new TileRenderer(new RunRasters(null, new BlockCache(store, 16)));

    /** @param value of each band at column and row; 0 is no data when there is one band */
    private TileRenderer.View view(String key, IntBinaryOperator... value) throws IOException {
        var grid = sample.plan().grid();
        var window = grid.window(sample.tile(0));
        var raster = new ByteRaster(SIDE, SIDE, value.length);
        var columns = new double[SIDE * SIDE];
        var rows = new double[SIDE * SIDE];
        for (int i = 0; i < SIDE * SIDE; i++) {
            for (int band = 0; band < value.length; band++) {
                raster.plane(band)[i] = (byte) value[band].applyAsInt(i % SIDE, i / SIDE);
            }
            columns[i] = window.column() + i % SIDE + 0.5;
            rows[i] = window.row() + i / SIDE + 0.5;
        }
        var file = folder.resolve(key);
        var cog = CogWriter.of(raster)
                .georeference(new GeoReference(
                        grid.epsg(),
                        grid.easting(window.column()),
                        grid.northing(window.row()),
                        grid.gsdMetres(),
                        grid.gsdMetres()));
        (value.length == 1 ? cog.nodata(0) : cog).write(file);
        var placement = new TileRenderer.Placement(columns, rows);
        return new TileRenderer.View(
                sample.plan(),
                placement,
                TileRenderer.needed(sample.plan(), placement),
                Map.of(sample.tile(0), store.write(key, Files.readAllBytes(file), "image/tiff")));
    }

    private static BufferedImage read(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    @Test
    void aProbabilityIsAsOpaqueAsItIsProbable() throws IOException {
        var view = view("probabilities.tif", (x, y) -> 255 - x, (x, y) -> x);

        var picture = read(renderer.indexed(view, 1, Palettes.oneHue(0x1553ae)));

        for (int x = 0; x < SIDE; x++) {
            assertThat(picture.getRGB(x, 40) >>> 24).isEqualTo(x);
        }
        assertThat(picture.getRGB(200, 40) & 0xffffff).isEqualTo(0x1553ae);
        assertThat(read(renderer.indexed(view, 2, Palettes.oneHue(0x1553ae))).getRGB(200, 40))
                .as("a band that is not there")
                .isZero();
    }

    @Test
    void changeIsWhereBothSayAClassAndAnotherOne() throws IOException {
        var now = view("now.tif", (x, y) -> x < 100 ? 1 : x < 200 ? 3 : 0);
        var before = view("before.tif", (x, y) -> y < 50 ? 0 : y < 150 ? 1 : 2);

        var picture = read(renderer.change(now, before));

        int building = 0xff000000 | SampleRun.CLASSES.ofValue(1).orElseThrow().rgb();
        int water = 0xff000000 | SampleRun.CLASSES.ofValue(3).orElseThrow().rgb();
        assertThat(picture.getRGB(50, 20)).as("not mapped before").isZero();
        assertThat(picture.getRGB(50, 100)).as("the same").isZero();
        assertThat(picture.getRGB(50, 200)).as("grass to building").isEqualTo(building);
        assertThat(picture.getRGB(150, 100)).as("building to water").isEqualTo(water);
        assertThat(picture.getRGB(230, 100)).as("no longer mapped").isZero();
    }
}
