// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.ModelCard;
import org.survol.core.model.OnnxCard;
import org.survol.core.plan.Windowing;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.ByteSources;

/**
 * A bundled network over one image, cut into tiles of several sizes: the maps are the same, byte for byte. At half the
 * usual tile sizes; with {@code SURVOL_TEST_FULL_TILES=1} at 1,024, 2,560 and 5,120 pixels, which takes minutes.
 */
class TilingLeavesNoTraceTest {

    private static final Path DEMO = Path.of("../models/survol-demo-rgbie.onnx");
    private static final Path RGB = Path.of("../models/survol-rgb.onnx");
    private static final int UNIT = "1".equals(System.getenv("SURVOL_TEST_FULL_TILES")) ? 1_024 : 512;
    /** three of the smallest tiles wide and high; its edges lie on no tile's */
    private static final PixelWindow WORLD =
            new PixelWindow(4 * UNIT + 11, -6 * UNIT + 5, 3 * UNIT - 31, 3 * UNIT - 40);

    private static Stack.Rows picture;
    private static final List<Integer> TILE_SIZES = List.of(UNIT, 5 * UNIT / 2, 5 * UNIT);

    @BeforeAll
    static void paint() throws IOException {
        picture = new ToyScene(new ToyScene.Hole(5 * UNIT, -5 * UNIT + 100, 150))
                .stack(WORLD)
                .read(0, WORLD.height());
    }

    static Stream<Arguments> networks() throws Exception {
        return Stream.of(
                Arguments.of(DEMO, Windowing.exact(OnnxCard.read(ByteSources.ofFile(DEMO)))),
                // a quarter of what the network sees
                Arguments.of(DEMO, new Windowing(1_184, 16)),
                Arguments.of(RGB, Windowing.exact(OnnxCard.read(ByteSources.ofFile(RGB)))));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void ofTiles(Path model, Windowing windowing) throws Exception {
        var card = OnnxCard.read(ByteSources.ofFile(model));
        byte[] first = map(model, card, windowing, TILE_SIZES.getFirst());
        assertThat(Stream.iterate(0, i -> i + 97)
                        .limit(20_000)
                        .map(i -> first[i])
                        .distinct())
                .as("a map with something on it")
                .hasSizeGreaterThan(4);
        for (int tileSize : TILE_SIZES.subList(1, TILE_SIZES.size())) {
            assertThat(Arrays.mismatch(map(model, card, windowing, tileSize), first))
                    .isEqualTo(-1);
        }
        if (windowing.isExactFor(card)) {
            int margin = windowing.margin();
            // the whole image in one pass of the network
            var onePass = new Windowing(4 * UNIT + 2 * margin, margin);
            assertThat(onePass.isExactFor(card)).isTrue();
            byte[] whole = map(model, card, onePass, 4 * UNIT);
            assertThat(Arrays.mismatch(whole, first)).isEqualTo(-1);
        }
    }

    /** Classes, then confidence, of the whole world. */
    private static byte[] map(Path model, ModelCard card, Windowing windowing, int tileSize) throws Exception {
        int size = Math.toIntExact(WORLD.pixels());
        byte[] map = new byte[2 * size];
        var grid = new TileGrid(2154, 0.2, tileSize);
        var network = OnnxNetwork.load("model", model, card, windowing, Accelerator.cpu(), 1, 2);
        try (var decoding = Executors.newSingleThreadExecutor();
                var feed = new WindowFeed(card, network, windowing.window(), Cores.alone())) {
            for (var address : grid.tilesTouching(WORLD)) {
                var tile = grid.window(address);
                var extent = tile.grow(windowing.halo(tileSize, card));
                var prediction = new TileScorer(card, windowing, WORLD)
                        .score(tile, extent, new Cut(extent, card.bands().size()), feed, decoding, new Times());
                var common = tile.intersect(WORLD);
                for (long row = common.row(); row < common.endRow(); row++) {
                    int from = Math.toIntExact((row - tile.row()) * tileSize + common.column() - tile.column());
                    int to = Math.toIntExact((row - WORLD.row()) * WORLD.width() + common.column() - WORLD.column());
                    System.arraycopy(prediction.classes().plane(0), from, map, to, common.width());
                    System.arraycopy(prediction.confidence().plane(0), from, map, size + to, common.width());
                }
            }
        }
        return map;
    }

    /** A part of the picture, its first bands; beyond it there is no image. */
    private record Cut(PixelWindow extent, int bands) implements Stack {

        @Override
        public int width() {
            return extent.width();
        }

        @Override
        public int height() {
            return extent.height();
        }

        @Override
        public Rows read(int firstRow, int count) {
            var cut = new Rows(new ByteRaster(extent.width(), count, bands), new byte[extent.width() * count]);
            var common =
                    new PixelWindow(extent.column(), extent.row() + firstRow, extent.width(), count).intersect(WORLD);
            for (long row = common.row(); row < common.endRow(); row++) {
                int from = Math.toIntExact((row - WORLD.row()) * WORLD.width() + common.column() - WORLD.column());
                int to = Math.toIntExact(
                        (row - extent.row() - firstRow) * extent.width() + common.column() - extent.column());
                for (int band = 0; band < bands; band++) {
                    System.arraycopy(
                            picture.pixels().plane(band), from, cut.pixels().plane(band), to, common.width());
                }
                System.arraycopy(picture.mask(), from, cut.mask(), to, common.width());
            }
            return cut;
        }
    }
}
