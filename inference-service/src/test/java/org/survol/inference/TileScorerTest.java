// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.ModelCard;

class TileScorerTest {

    private static ExecutorService decoding;

    @BeforeAll
    static void startDecoding() {
        decoding = Executors.newSingleThreadExecutor();
    }

    @AfterAll
    static void stopDecoding() {
        decoding.shutdownNow();
    }

    @Test
    void saysWhatThePlainReferenceSays() throws Exception {
        var scene = new ToyScene(ToyScene.Hole.NONE);
        var tile = new PixelWindow(-96, -160, 160, 128);

        var prediction = score(FixtureReference.card(), scene, tile, 64);

        for (int y = 0; y < tile.height(); y++) {
            for (int x = 0; x < tile.width(); x++) {
                var expected = scene.expected(tile.column() + x, tile.row() + y);
                int i = y * tile.width() + x;
                assertThat(prediction.classes().plane(0)[i] & 0xFF).isEqualTo(expected.value());
                assertThat((double) (prediction.confidence().plane(0)[i] & 0xFF))
                        .isCloseTo(expected.confidence(), within(0.51));
                for (int k = 0; k < 4; k++) {
                    assertThat((double) (prediction.probabilities().plane(k)[i] & 0xFF))
                            .isCloseTo(expected.probabilities().get(k), within(0.51));
                }
            }
        }
        assertThat(FixtureReference.VALUES)
                .as("a scene that shows every class")
                .allSatisfy(value -> assertThat(prediction.classes().plane(0)).contains(value));
    }

    @Test
    void theTileSizeLeavesNoTrace() throws Exception {
        var scene = new ToyScene(new ToyScene.Hole(300, -220, 90));
        var world = new PixelWindow(0, -640, 640, 640);
        // the second card's margin is below the receptive field: windows show, but the same ones for any tile size
        for (var card : new ModelCard[] {FixtureReference.card(), FixtureReference.card(64, 1)}) {
            var whole = score(card, scene, world, 128);
            for (int tileSize : new int[] {128, 320}) {
                var grid = new TileGrid(2154, 0.2, tileSize);
                for (var address : grid.tilesTouching(world)) {
                    var tile = grid.window(address);
                    var prediction = score(card, scene, tile, card.marginPixels() + card.stridePixels());
                    for (int y = 0; y < tileSize; y++) {
                        int from = y * tileSize;
                        int wholeFrom = (int) ((tile.row() + y - world.row()) * world.width() + tile.column());
                        assertSame(
                                prediction.classes().plane(0),
                                from,
                                whole.classes().plane(0),
                                wholeFrom,
                                tileSize);
                        assertSame(
                                prediction.confidence().plane(0),
                                from,
                                whole.confidence().plane(0),
                                wholeFrom,
                                tileSize);
                        for (int k = 0; k < 4; k++) {
                            assertSame(
                                    prediction.probabilities().plane(k),
                                    from,
                                    whole.probabilities().plane(k),
                                    wholeFrom,
                                    tileSize);
                        }
                    }
                }
            }
        }
    }

    @Test
    void pixelsWithoutImageHaveNoClassAndTheirNeighboursKeepTheirs() throws Exception {
        var scene = new ToyScene(new ToyScene.Hole(100, 90, 60));
        var tile = new PixelWindow(0, 0, 192, 192);

        var prediction = score(FixtureReference.card(), scene, tile, 64);

        for (int y = 0; y < 192; y++) {
            for (int x = 0; x < 192; x++) {
                int i = y * 192 + x;
                boolean hasImage = scene.hasImage(x, y);
                assertThat(prediction.mask()[i] != 0).isEqualTo(hasImage);
                assertThat(prediction.classes().plane(0)[i] & 0xFF)
                        .isEqualTo(hasImage ? scene.expected(x, y).value() : 0);
                if (!hasImage) {
                    assertThat(prediction.confidence().plane(0)[i]).isZero();
                    for (int k = 0; k < 4; k++) {
                        assertThat(prediction.probabilities().plane(k)[i]).isZero();
                    }
                }
            }
        }
    }

    @Test
    void windowsWithoutImageAreNotComputed() throws Exception {
        var scene = new ToyScene(new ToyScene.Hole(96, 96, 1_000));
        try (var model = new CountingModel(FixtureReference.card())) {
            var prediction = score(FixtureReference.card(), scene, new PixelWindow(0, 0, 192, 192), 64, model);

            assertThat(model.runs).isZero();
            assertThat(prediction.keptShare()).isZero();
            assertThat(prediction.classes().plane(0)).containsOnly(0);
        }
    }

    @Test
    void anInterruptEndsTheWorkAfterTheWindow() throws Exception {
        try (var model = new CountingModel(FixtureReference.card())) {
            model.interrupts = true;

            assertThatThrownBy(() -> score(
                            FixtureReference.card(),
                            new ToyScene(ToyScene.Hole.NONE),
                            new PixelWindow(0, 0, 192, 192),
                            64,
                            model))
                    .isInstanceOf(InterruptedIOException.class);
            assertThat(model.runs).isOne();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void theKeptShareIsKeptOverComputedPixels() throws Exception {
        var scene = new ToyScene(ToyScene.Hole.NONE);

        var aligned = score(FixtureReference.card(), scene, new PixelWindow(0, 0, 96, 96), 64);
        var straddling = score(FixtureReference.card(), scene, new PixelWindow(0, 0, 64, 96), 64);

        assertThat(aligned.keptShare()).isEqualTo(48.0 * 48 / (64 * 64));
        assertThat(straddling.keptShare()).isEqualTo(64.0 * 96 / (4 * 64 * 64));
    }

    @Test
    void aHaloTooSmallIsNoticed() {
        assertThatThrownBy(() -> score(
                        FixtureReference.card(), new ToyScene(ToyScene.Hole.NONE), new PixelWindow(0, 0, 64, 64), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beyond the stack");
    }

    @Test
    void aModelThatGivesAnUnknownClassIsRefused() throws Exception {
        try (var model = new CountingModel(FixtureReference.card())) {
            model.classValue = 6;

            assertThatThrownBy(() -> score(
                            FixtureReference.card(),
                            new ToyScene(ToyScene.Hole.NONE),
                            new PixelWindow(0, 0, 64, 64),
                            64,
                            model))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("class value 6");
        }
    }

    private static void assertSame(byte[] part, int from, byte[] whole, int wholeFrom, int length) {
        assertThat(ByteBuffer.wrap(part, from, length)).isEqualTo(ByteBuffer.wrap(whole, wholeFrom, length));
    }

    private static Prediction score(ModelCard card, ToyScene scene, PixelWindow tile, int halo) throws Exception {
        try (var model = OnnxSegmentationModel.load("fixture", FixtureReference.file(), card, Device.CPU, 1)) {
            return score(card, scene, tile, halo, model);
        }
    }

    private static Prediction score(ModelCard card, ToyScene scene, PixelWindow tile, int halo, SegmentationModel model)
            throws Exception {
        var extent = tile.grow(halo);
        return new TileScorer(card).score(tile, extent, scene.stack(extent), model, decoding, new Times());
    }

    /** Says one class everywhere. */
    private static final class CountingModel implements SegmentationModel {
        private final int side;
        private final ByteBuffer input;
        private final ByteBuffer classes;
        private final ByteBuffer probabilities;
        private final ByteBuffer confidence;
        private int classValue = 5;
        private boolean interrupts;
        private int runs;

        CountingModel(ModelCard card) {
            side = card.windowSize();
            input = ByteBuffer.allocate(card.bands().size() * side * side);
            classes = ByteBuffer.allocate(side * side);
            probabilities = ByteBuffer.allocate(card.nomenclature().classes().size() * side * side);
            confidence = ByteBuffer.allocate(side * side);
        }

        @Override
        public int side() {
            return side;
        }

        @Override
        public String device() {
            return "test";
        }

        @Override
        public ByteBuffer input() {
            return input;
        }

        @Override
        public ByteBuffer classes() {
            return classes;
        }

        @Override
        public ByteBuffer probabilities() {
            return probabilities;
        }

        @Override
        public ByteBuffer confidence() {
            return confidence;
        }

        @Override
        public void run() {
            runs++;
            if (interrupts) {
                Thread.currentThread().interrupt();
            }
            for (int i = 0; i < classes.capacity(); i++) {
                classes.put(i, (byte) classValue);
            }
        }

        @Override
        public void close() {}
    }
}
