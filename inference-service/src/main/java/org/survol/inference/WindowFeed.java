// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.model.ModelCard;

/**
 * Keeps a network busy with the windows of several tiles. While one batch is being computed, the next one is filled and
 * the results of the one before are taken away, so the device waits for nobody as long as windows come. A batch leaves
 * as soon as the device is free and holds what has come by then, from whichever tiles; the tile that came first goes
 * first.
 *
 * <p>When the device has no room for a batch, it is computed in halves, and so are those after it.
 */
final class WindowFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WindowFeed.class);
    /** One window of a tile. */
    interface Window {
        int height();

        int width();

        /** Writes its pixels, on the thread that put it. */
        void fill(WindowBatch batch, int index) throws IOException;

        /** Takes its results away, on a thread of the feed. */
        void take(WindowBatch batch, int index);
    }

    private final Network network;
    private final Cores cores;
    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Load> empty = new ArrayDeque<>();
    private final TreeSet<Lane> waiting = new TreeSet<>(Comparator.comparingLong(lane -> lane.ticket));
    private final ExecutorService taking = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Thread> drivers = new ArrayList<>();
    /** the batch that is being filled */
    private Load next;

    private volatile int windowsAtOnce;
    private long tickets;
    private boolean closed;

    /** A batch and whose windows are in it. */
    private static final class Load {
        private final WindowBatch batch;
        private final List<Lane> lanes = new ArrayList<>();
        private final List<Window> windows = new ArrayList<>();
        private int unfilled;
        private int untaken;
        /** why it was not computed, or null */
        private Throwable obstacle;

        Load(WindowBatch batch) {
            this.batch = batch;
        }
    }

    private record Place(Load load, int index) {}

    /**
     * @param side of the largest window, pixels
     * @param cores that batches are computed on
     */
    WindowFeed(ModelCard card, Network network, int side, Cores cores) {
        this.network = network;
        this.windowsAtOnce = network.windowsAtOnce();
        this.cores = cores;
        for (int i = 0; i < batches(cores); i++) {
            empty.add(new Load(new WindowBatch(card, windowsAtOnce, side)));
        }
        for (int i = 0; i < cores.runs(); i++) {
            drivers.add(Thread.ofPlatform()
                    .daemon()
                    .name("device-" + card.name(), i)
                    .start(this::drive));
        }
    }

    /** One is filled, one emptied, and the others are computed. */
    static int batches(Cores cores) {
        return cores.runs() + 2;
    }

    String device() {
        return network.device();
    }

    boolean takesAnySize() {
        return network.takesAnySize();
    }

    /** @param times gets {@code compute} */
    Lane lane(Times times) {
        lock.lock();
        try {
            return new Lane(tickets++, times);
        } finally {
            lock.unlock();
        }
    }

    /** The windows of one tile. For one thread. */
    final class Lane implements AutoCloseable {
        private final long ticket;
        private final Times times;
        private int underWay;
        private boolean left;
        private Throwable failure;

        private Lane(long ticket, Times times) {
            this.ticket = ticket;
            this.times = times;
        }

        /**
         * Waits for room, then has the window filled.
         *
         * @throws InferenceException when the device failed at one of this tile's windows
         * @throws InterruptedIOException when the thread is interrupted
         */
        void put(Window window) throws IOException, InferenceException {
            var place = claim(window);
            boolean filled = false;
            try {
                window.fill(place.load.batch, place.index);
                filled = true;
            } finally {
                lock.lock();
                try {
                    place.load.unfilled--;
                    left |= !filled;
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }

        /** Waits until the results of all windows have been taken. */
        void finish() throws IOException, InferenceException {
            lock.lock();
            try {
                check();
                while (underWay > 0) {
                    await();
                    check();
                }
            } finally {
                lock.unlock();
            }
        }

        /** What is still under way is computed for nobody. */
        @Override
        public void close() {
            lock.lock();
            try {
                left = true;
            } finally {
                lock.unlock();
            }
        }

        private Place claim(Window window) throws IOException, InferenceException {
            lock.lock();
            try {
                waiting.add(this);
                try {
                    while (waiting.first() != this || !hasRoomFor(window)) {
                        check();
                        await();
                    }
                    check();
                } finally {
                    waiting.remove(this);
                    changed.signalAll();
                }
                if (next == null) {
                    next = empty.remove();
                    next.batch.shape(window.height(), window.width());
                }
                next.lanes.add(this);
                next.windows.add(window);
                next.unfilled++;
                underWay++;
                return new Place(next, next.windows.size() - 1);
            } finally {
                lock.unlock();
            }
        }

        private void await() throws InterruptedIOException {
            try {
                changed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (InterruptedIOException)
                        new InterruptedIOException("interrupted while a tile was scored").initCause(e);
            }
        }

        private void check() throws InferenceException, InterruptedIOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while a tile was scored");
            }
            if (closed) {
                throw new InferenceException("the network is being closed", null);
            }
            switch (failure) {
                case null -> {}
                case InferenceException inference -> throw inference;
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                default -> throw new IllegalStateException(failure);
            }
        }

        /** With the lock. */
        private void done(Throwable obstacle) {
            underWay--;
            if (failure == null) {
                failure = obstacle;
            }
        }
    }

    /** With the lock. */
    private boolean hasRoomFor(Window window) {
        if (next == null) {
            return !empty.isEmpty();
        }
        return next.windows.size() < windowsAtOnce
                && next.batch.height() == window.height()
                && next.batch.width() == window.width();
    }

    /** Tiles that wait for room in a batch. */
    int waitingLanes() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Windows that wait for the device. */
    int waitingWindows() {
        lock.lock();
        try {
            return next == null ? 0 : next.windows.size();
        } finally {
            lock.unlock();
        }
    }

    private void drive() {
        for (var load = awaitLoad(); load != null; load = awaitLoad()) {
            cores.acquire();
            try {
                long start = System.nanoTime();
                load.obstacle = compute(load);
                long share = (System.nanoTime() - start) / load.windows.size();
                load.lanes.forEach(lane -> lane.times.add("compute", share));
            } finally {
                cores.release();
            }
            handOver(load);
        }
    }

    /** @return a batch whose windows are all filled, or null when the feed is closed */
    private Load awaitLoad() {
        lock.lock();
        try {
            while (!closed && (next == null || next.unfilled > 0)) {
                changed.awaitUninterruptibly();
            }
            changed.signalAll();
            if (closed) {
                return null;
            }
            var load = next;
            next = null;
            return load;
        } finally {
            lock.unlock();
        }
    }

    /** @return what went wrong, or null */
    private Throwable compute(Load load) {
        try {
            int first = 0;
            while (first < load.windows.size()) {
                int count = Math.min(windowsAtOnce, load.windows.size() - first);
                try {
                    network.run(load.batch, first, count);
                    first += count;
                } catch (OutOfDeviceMemoryException e) {
                    if (count == 1) {
                        return e;
                    }
                    shrink(count, e);
                }
            }
            return null;
        } catch (Throwable e) {
            // whatever it is, it is the tiles' that wait for it
            return e;
        }
    }

    private void shrink(int tooMany, OutOfDeviceMemoryException cause) {
        lock.lock();
        try {
            windowsAtOnce = Math.max(1, tooMany / 2);
            LOG.warn(
                    "{} has no room for {} windows at once, so it gets {}: {}",
                    network.device(),
                    tooMany,
                    windowsAtOnce,
                    cause.getMessage());
        } finally {
            lock.unlock();
        }
    }

    private void handOver(Load load) {
        load.untaken = load.windows.size();
        for (int i = 0; i < load.windows.size(); i++) {
            int index = i;
            taking.execute(() -> take(load, index));
        }
    }

    private void take(Load load, int index) {
        var lane = load.lanes.get(index);
        var problem = load.obstacle;
        if (problem == null && !hasLeft(lane)) {
            try {
                load.windows.get(index).take(load.batch, index);
            } catch (RuntimeException | Error e) {
                problem = e;
            }
        }
        lock.lock();
        try {
            lane.done(problem);
            load.untaken--;
            if (load.untaken == 0) {
                load.lanes.clear();
                load.windows.clear();
                empty.add(load);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean hasLeft(Lane lane) {
        lock.lock();
        try {
            return lane.left;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the batches that are being computed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (var driver : drivers) {
            while (driver.isAlive()) {
                try {
                    driver.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        taking.close();
        network.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
