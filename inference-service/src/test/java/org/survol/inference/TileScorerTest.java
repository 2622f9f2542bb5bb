// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Windowing;

class TileScorerTest {

    private static final ModelCard CARD = FixtureReference.card();
    private static final Windowing WINDOWS = Windowing.ofCard(CARD);
    private static final PixelWindow ENDLESS = new PixelWindow(-10_000, -10_000, 20_000, 20_000);
    private static final ToyScene SCENE = new ToyScene(ToyScene.Hole.NONE);

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
        var tile = new PixelWindow(-96, -160, 160, 128);

        var prediction = score(WINDOWS, ENDLESS, SCENE, tile);

        for (int y = 0; y < tile.height(); y++) {
            for (int x = 0; x < tile.width(); x++) {
                var expected = SCENE.expected(tile.column() + x, tile.row() + y);
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
        // neither edge lies on a window's or a tile's
        var world = new PixelWindow(10, -633, 611, 597);
        // with the second margin, below the receptive field, windows show, but the same ones for any tile size
        for (var windows : List.of(WINDOWS, new Windowing(64, 1))) {
            var whole = score(windows, world, scene, world);
            for (int tileSize : new int[] {128, 320}) {
                assertTilesAre(whole, windows, world, scene, tileSize);
            }
        }
    }

    @Test
    void exactWindowsGiveWhatOnePassOverTheWholeImageGives() throws Exception {
        var world = new PixelWindow(10, -633, 611, 597);
        // one window, whose kept part is [0, 704) x [-704, 0)
        var onePass = score(new Windowing(768, 32), world, SCENE, world);

        assertThat(WINDOWS.isExactFor(CARD)).isTrue();
        assertThat(onePass.keptShare()).as("of one window").isGreaterThan(611.0 * 597 / (768 * 768));
        assertTilesAre(onePass, WINDOWS, world, SCENE, 224);
    }

    @Test
    void atTheEdgeOfTheWorldTheImageIsMirrored() throws Exception {
        var world = new PixelWindow(5, 7, 90, 60);

        var prediction = score(WINDOWS, world, SCENE, new PixelWindow(0, 0, 128, 96));

        for (long row = 7; row < 67; row++) {
            for (long column = 5; column < 95; column++) {
                long x = column;
                long y = row;
                var expected = FixtureReference.answer(
                        (band, dx, dy) -> SCENE.pixel(band, mirrored(x + dx, 5, 95), mirrored(y + dy, 7, 67)));
                assertThat(prediction.classes().plane(0)[(int) (row * 128 + column)] & 0xFF)
                        .isEqualTo(expected.value());
            }
        }
    }

    private static long mirrored(long place, long start, long end) {
        return place < start ? 2 * start - place : place >= end ? 2 * end - 2 - place : place;
    }

    @Test
    void pixelsWithoutImageHaveNoClassAndTheirNeighboursKeepTheirs() throws Exception {
        var scene = new ToyScene(new ToyScene.Hole(100, 90, 60));
        var tile = new PixelWindow(0, 0, 192, 192);

        var prediction = score(WINDOWS, ENDLESS, scene, tile);

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
        var network = new CountingNetwork(true);

        var prediction = score(WINDOWS, ENDLESS, scene, new PixelWindow(0, 0, 192, 192), network);

        assertThat(network.computedPixels).isZero();
        assertThat(prediction.keptShare()).isZero();
        assertThat(prediction.classes().plane(0)).containsOnly(0);
    }

    @Test
    void ofExactWindowsOnlyWhatTheTileNeedsIsComputed() throws Exception {
        var windows = new Windowing(1_024, 16);
        var tile = new PixelWindow(200, 300, 100, 100);
        var any = new CountingNetwork(true);
        var fixed = new CountingNetwork(false);

        var prediction = score(windows, ENDLESS, SCENE, tile, any);
        score(windows, ENDLESS, SCENE, tile, fixed);

        assertThat(any.computedPixels).isBetween(132L * 132, 256L * 256);
        assertThat(prediction.keptShare()).isEqualTo(100.0 * 100 / any.computedPixels);
        assertThat(fixed.computedPixels).isEqualTo(1_024L * 1_024);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNetworkOfOneSizeSaysTheSame(boolean anySize) throws Exception {
        var tile = new PixelWindow(17, -60, 150, 100);
        try (var network =
                OnnxNetwork.load("fixture", FixtureReference.file(), CARD, WINDOWS, Accelerator.cpu(), 2, 1)) {
            var prediction = score(WINDOWS, ENDLESS, SCENE, tile, new ForwardingNetwork(network, anySize));

            for (int i = 0; i < tile.pixels(); i++) {
                assertThat(prediction.classes().plane(0)[i] & 0xFF)
                        .isEqualTo(SCENE.expected(17 + i % 150, -60 + i / 150).value());
            }
        }
    }

    @Test
    void anInterruptEndsTheWork() {
        var network = new CountingNetwork(true);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> score(WINDOWS, ENDLESS, SCENE, new PixelWindow(0, 0, 192, 192), network))
                    .isInstanceOf(InterruptedIOException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aHaloTooSmallIsNoticed() {
        var tile = new PixelWindow(0, 0, 64, 64);
        var extent = tile.grow(2);

        assertThatThrownBy(() -> score(WINDOWS, ENDLESS, SCENE, tile, extent, new CountingNetwork(true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beyond the stack");
    }

    @Test
    void aModelThatGivesAnUnknownClassIsRefused() {
        var network = new CountingNetwork(true);
        network.classValue = 6;

        assertThatThrownBy(() -> score(WINDOWS, ENDLESS, SCENE, new PixelWindow(0, 0, 64, 64), network))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("class value 6");
    }

    /** Every tile of that size that touches the world equals its part of the whole. */
    private static void assertTilesAre(
            Prediction whole, Windowing windows, PixelWindow world, ToyScene scene, int tileSize) throws Exception {
        var grid = new TileGrid(2154, 0.2, tileSize);
        for (var address : grid.tilesTouching(world)) {
            var tile = grid.window(address);
            var prediction = score(windows, world, scene, tile);
            var common = tile.intersect(world);
            for (long row = common.row(); row < common.endRow(); row++) {
                int from = (int) ((row - tile.row()) * tileSize + common.column() - tile.column());
                int wholeFrom = (int) ((row - world.row()) * world.width() + common.column() - world.column());
                assertSame(prediction.classes().plane(0), from, whole.classes().plane(0), wholeFrom, common.width());
                assertSame(
                        prediction.confidence().plane(0),
                        from,
                        whole.confidence().plane(0),
                        wholeFrom,
                        common.width());
                for (int k = 0; k < 4; k++) {
                    assertSame(
                            prediction.probabilities().plane(k),
                            from,
                            whole.probabilities().plane(k),
                            wholeFrom,
                            common.width());
                }
            }
        }
    }

    private static void assertSame(byte[] part, int from, byte[] whole, int wholeFrom, int length) {
        assertThat(ByteBuffer.wrap(part, from, length)).isEqualTo(ByteBuffer.wrap(whole, wholeFrom, length));
    }

    private static Prediction score(Windowing windows, PixelWindow world, ToyScene scene, PixelWindow tile)
            throws Exception {
        var network = OnnxNetwork.load("fixture", FixtureReference.file(), CARD, windows, Accelerator.cpu(), 2, 1);
        return score(windows, world, scene, tile, network);
    }

    private static Prediction score(
            Windowing windows, PixelWindow world, ToyScene scene, PixelWindow tile, Network network) throws Exception {
        int halo = windows.isExactFor(CARD) ? windows.margin() : windows.margin() + windows.stride();
        return score(windows, world, scene, tile, tile.grow(halo), network);
    }

    private static Prediction score(
            Windowing windows, PixelWindow world, ToyScene scene, PixelWindow tile, PixelWindow extent, Network network)
            throws Exception {
        try (var feed = new WindowFeed(CARD, network, windows.window(), Cores.alone())) {
            return new TileScorer(CARD, windows, world)
                    .score(tile, extent, scene.stack(extent, world), feed, decoding, new Times());
        }
    }

    private record ForwardingNetwork(Network network, boolean takesAnySize) implements Network {
        @Override
        public String device() {
            return network.device();
        }

        @Override
        public int windowsAtOnce() {
            return network.windowsAtOnce();
        }

        @Override
        public void run(WindowBatch batch, int first, int count) throws InferenceException {
            network.run(batch, first, count);
        }

        @Override
        public void close() {}
    }

    /** Says one class everywhere. */
    private static final class CountingNetwork implements Network {
        private final boolean takesAnySize;
        private byte classValue = 5;
        private long computedPixels;

        CountingNetwork(boolean takesAnySize) {
            this.takesAnySize = takesAnySize;
        }

        @Override
        public String device() {
            return "test";
        }

        @Override
        public int windowsAtOnce() {
            return 3;
        }

        @Override
        public boolean takesAnySize() {
            return takesAnySize;
        }

        @Override
        public void run(WindowBatch batch, int first, int count) {
            computedPixels += (long) count * batch.planeSize();
            for (int i = first * batch.planeSize(); i < (first + count) * batch.planeSize(); i++) {
                batch.classes().put(i, classValue);
            }
        }

        @Override
        public void close() {}
    }
}
