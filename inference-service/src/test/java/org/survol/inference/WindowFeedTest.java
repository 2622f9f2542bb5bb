// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.survol.core.model.ModelCard;

@Timeout(30)
class WindowFeedTest {

    private static final ModelCard CARD = FixtureReference.card();
    private static final int SIDE = 32;

    private final EchoingNetwork network = new EchoingNetwork();
    private final WindowFeed feed = new WindowFeed(CARD, network, SIDE, Cores.alone());

    @AfterEach
    void close() {
        feed.close();
        assertThat(network.closed).isTrue();
    }

    @Test
    void everyWindowOfEveryTileGetsItsOwnResults() throws Exception {
        var tiles = new ArrayList<Callable<List<Integer>>>();
        for (int tile = 0; tile < 4; tile++) {
            int number = tile;
            tiles.add(() -> echoes(50, i -> new int[] {8 * (1 + i % 3), 16}, number));
        }
        try (var workers = Executors.newFixedThreadPool(4)) {
            var results = workers.invokeAll(tiles);
            for (int tile = 0; tile < 4; tile++) {
                assertThat(results.get(tile).get()).isEqualTo(expected(50, tile));
            }
        }
        assertThat(network.shapes).as("one size a batch").allMatch(shape -> shape[1] == 16 && shape[0] % 8 == 0);
    }

    @Test
    void whatComesWhileTheDeviceIsBusyGoesTogetherAndTheFirstTileFirst() throws Exception {
        network.turns = new Semaphore(0);
        try (var workers = Executors.newCachedThreadPool();
                var early = feed.lane(new Times());
                var late = feed.lane(new Times())) {
            early.put(new EchoWindow(1));
            network.awaitBusy();
            // the later tile has filled half of the next batch when the earlier one comes back
            late.put(new EchoWindow(2));
            late.put(new EchoWindow(3));
            var more = workers.submit(() -> {
                for (int i = 4; i < 8; i++) {
                    early.put(new EchoWindow(i));
                }
                early.finish();
                return null;
            });
            awaitUntil(() -> feed.waitingLanes() == 1);
            var last = workers.submit(() -> {
                late.put(new EchoWindow(8));
                late.finish();
                return null;
            });
            awaitUntil(() -> feed.waitingLanes() == 2);
            network.turns.release();
            awaitUntil(() -> network.entered.get() == 2 && feed.waitingLanes() == 0);
            awaitUntil(() -> feed.waitingWindows() == 3);
            network.turns.release(10);
            more.get();
            last.get();
        }

        assertThat(network.batches).hasSize(3);
        assertThat(network.batches.get(0)).containsExactly(1);
        assertThat(network.batches.get(1)).containsExactly(2, 3, 4, 5);
        assertThat(network.batches.get(2))
                .as("6 first, though 8 waited too")
                .startsWith(6)
                .contains(7, 8);
    }

    @Test
    void aBatchThatDoesNotFitIsComputedInHalves() throws Exception {
        network.room = 1;
        network.turns = new Semaphore(0);
        var windows = new ArrayList<EchoWindow>();
        try (var lane = feed.lane(new Times())) {
            for (int i = 0; i < 5; i++) {
                windows.add(new EchoWindow(i));
                lane.put(windows.getLast());
            }
            network.turns.release(20);
            lane.finish();
        }

        assertThat(windows).extracting(window -> window.seen).containsExactly(0, 1, 2, 3, 4);
        assertThat(network.refusals).as("4 at once, then 2 at once").isEqualTo(2);
    }

    @Test
    void aWindowThatNeverFitsFailsItsTileAlone() throws Exception {
        network.room = 0;
        try (var lane = feed.lane(new Times())) {
            lane.put(new EchoWindow(1));
            assertThatThrownBy(lane::finish).isInstanceOf(OutOfDeviceMemoryException.class);
        }
        network.room = 4;

        assertThat(echoes(3, i -> new int[] {SIDE, SIDE}, 0)).isEqualTo(expected(3, 0));
    }

    @Test
    void aTileThatCannotReadItsWindowLeavesTheOthersAlone() throws Exception {
        try (var broken = feed.lane(new Times());
                var sound = feed.lane(new Times())) {
            assertThatThrownBy(() -> broken.put(new EchoWindow(1) {
                        @Override
                        public void fill(WindowBatch batch, int index) throws IOException {
                            throw new IOException("unreadable");
                        }
                    }))
                    .hasMessage("unreadable");
            var window = new EchoWindow(2);
            sound.put(window);
            sound.finish();
            assertThat(window.seen).isEqualTo(2);
        }
    }

    @Test
    void aResultThatCannotBeTakenFailsItsTileAlone() throws Exception {
        try (var broken = feed.lane(new Times());
                var sound = feed.lane(new Times())) {
            broken.put(new EchoWindow(1) {
                @Override
                public void take(WindowBatch batch, int index) {
                    throw new IllegalArgumentException("nonsense");
                }
            });
            var window = new EchoWindow(2);
            sound.put(window);
            sound.finish();
            assertThat(window.seen).isEqualTo(2);
            assertThatThrownBy(broken::finish).hasMessage("nonsense");
        }
    }

    @Test
    void whoeverWaitsLearnsThatTheNetworkIsClosed() throws Exception {
        try (var lane = feed.lane(new Times())) {
            feed.close();
            assertThatThrownBy(() -> lane.put(new EchoWindow(1))).hasMessageContaining("closed");
        }
    }

    @Test
    void whoeverWaitsForResultsLearnsItToo() throws Exception {
        network.turns = new Semaphore(0);
        try (var lane = feed.lane(new Times())) {
            lane.put(new EchoWindow(1));
            network.awaitBusy();
            lane.put(new EchoWindow(2));
            var closing = Thread.ofPlatform().start(feed::close);
            assertThatThrownBy(lane::finish).hasMessageContaining("closed");
            network.turns.release();
            closing.join();
        }
    }

    @Test
    void aFeedComputesAsManyBatchesAtOnceAsItMay() throws Exception {
        network.turns = new Semaphore(0);
        var free = new Semaphore(2);
        try (var both = new WindowFeed(CARD, network, SIDE, new Cores(free, 1, 2));
                var lane = both.lane(new Times())) {
            lane.put(new EchoWindow(1));
            awaitUntil(() -> network.entered.get() == 1);
            lane.put(new EchoWindow(2));
            awaitUntil(() -> network.entered.get() == 2);
            assertThat(free.availablePermits()).isZero();
            network.turns.release(2);
            lane.finish();
        }
        assertThat(network.batches).containsExactlyInAnyOrder(List.of(1), List.of(2));
        assertThat(free.availablePermits()).isEqualTo(2);
    }

    @Test
    void whoNeedsAllCoresWaitsUntilTheyAreFree() throws Exception {
        network.turns = new Semaphore(0);
        var free = new Semaphore(2);
        try (var small = new WindowFeed(CARD, network, SIDE, new Cores(free, 1, 2));
                var large = new WindowFeed(CARD, network, SIDE, new Cores(free, 2, 1));
                var first = small.lane(new Times());
                var second = large.lane(new Times())) {
            first.put(new EchoWindow(1));
            awaitUntil(() -> network.entered.get() == 1);
            second.put(new EchoWindow(2));
            awaitUntil(free::hasQueuedThreads);
            network.turns.release();
            first.finish();
            awaitUntil(() -> network.entered.get() == 2);
            network.turns.release();
            second.finish();
        }
        assertThat(network.batches).containsExactly(List.of(1), List.of(2));
    }

    private List<Integer> echoes(int count, IntFunction<int[]> shape, int seed) throws Exception {
        var windows = new ArrayList<EchoWindow>();
        try (var lane = feed.lane(new Times())) {
            for (int i = 0; i < count; i++) {
                windows.add(new EchoWindow((seed * 60 + i) & 0xff, shape.apply(i)));
                lane.put(windows.getLast());
            }
            lane.finish();
        }
        return windows.stream().map(window -> window.seen).toList();
    }

    private static List<Integer> expected(int count, int seed) {
        var values = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            values.add((seed * 60 + i) & 0xff);
        }
        return values;
    }

    private static void awaitUntil(BooleanSupplier condition) {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            while (!condition.getAsBoolean()) {
                LockSupport.parkNanos(100_000);
            }
        });
    }

    /** Is filled with a number and expects it back, on every pixel. */
    private static class EchoWindow implements WindowFeed.Window {
        private final int number;
        private final int[] shape;
        private volatile int seen = -1;

        EchoWindow(int number) {
            this(number, new int[] {SIDE, SIDE});
        }

        EchoWindow(int number, int[] shape) {
            this.number = number;
            this.shape = shape;
        }

        @Override
        public int height() {
            return shape[0];
        }

        @Override
        public int width() {
            return shape[1];
        }

        @Override
        public void fill(WindowBatch batch, int index) throws IOException {
            int bytes = batch.bands() * batch.planeSize();
            for (int i = index * bytes; i < (index + 1) * bytes; i++) {
                batch.input().put(i, (byte) number);
            }
        }

        @Override
        public void take(WindowBatch batch, int index) {
            int first = index * batch.planeSize();
            int value = batch.classes().get(first) & 0xff;
            for (int i = first; i < first + batch.planeSize(); i++) {
                if ((batch.classes().get(i) & 0xff) != value) {
                    throw new IllegalStateException("a pixel of another window");
                }
            }
            seen = value;
        }
    }

    /** Gives the first band as classes. */
    private static final class EchoingNetwork implements Network {
        private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());
        private final List<int[]> shapes = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger entered = new AtomicInteger();
        /** a run takes one */
        private volatile Semaphore turns = new Semaphore(1_000);

        private volatile int room = 4;
        private volatile int refusals;
        private volatile boolean closed;

        void awaitBusy() {
            awaitUntil(() -> entered.get() > 0);
        }

        @Override
        public String device() {
            return "echo";
        }

        @Override
        public int windowsAtOnce() {
            return 4;
        }

        @Override
        public boolean takesAnySize() {
            return true;
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread
        public void run(WindowBatch batch, int first, int count) throws InferenceException {
            entered.incrementAndGet();
            try {
                assertThat(turns.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (count > room) {
                refusals++;
                throw new OutOfDeviceMemoryException("no room for " + count, null);
            }
            var numbers = new ArrayList<Integer>();
            for (int window = first; window < first + count; window++) {
                int from = window * batch.bands() * batch.planeSize();
                numbers.add(batch.input().get(from) & 0xff);
                for (int i = 0; i < batch.planeSize(); i++) {
                    batch.classes()
                            .put(window * batch.planeSize() + i, batch.input().get(from + i));
                }
            }
            batches.add(numbers);
            shapes.add(new int[] {batch.height(), batch.width()});
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
