// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Cuts windows out of a stack. Overlapping windows would decode the same blocks again and again, so the stack is decoded
 * once, in strips of {@value #STRIP_ROWS} rows (the block height of our COGs) that are dropped when the windows have
 * passed them, and the strip after the last one needed is decoded while the network computes. Windows must come from
 * north to south. Held at any time: the strips under one row of windows, and one more.
 */
final class StackReader implements AutoCloseable {

    static final int STRIP_ROWS = 512;

    private record Strip(int firstRow, int rows, Future<Stack.Rows> content) {
        int endRow() {
            return firstRow + rows;
        }
    }

    private final Stack stack;
    private final ExecutorService decoding;
    private final AtomicLong decodeNanos = new AtomicLong();
    private final ArrayDeque<Strip> strips = new ArrayDeque<>();
    private int nextRow;

    StackReader(Stack stack, ExecutorService decoding) {
        this.stack = stack;
        this.decoding = decoding;
    }

    /** Time spent decoding so far, on whichever thread. */
    long decodeNanos() {
        return decodeNanos.get();
    }

    /** Drops the rows north of {@code row} and sees to it that those down to {@code endRow} are there or under way. */
    void advance(int row, int endRow) {
        while (!strips.isEmpty() && strips.peekFirst().endRow() <= row) {
            strips.removeFirst();
        }
        if (strips.isEmpty()) {
            nextRow = Math.max(nextRow, row);
        }
        while (nextRow < Math.min(endRow, stack.height())) {
            request();
        }
        boolean aheadWaiting = !strips.isEmpty() && strips.peekLast().firstRow() >= endRow;
        if (!aheadWaiting && nextRow < stack.height()) {
            request();
        }
    }

    private void request() {
        int first = nextRow;
        int rows = Math.min(STRIP_ROWS - first % STRIP_ROWS, stack.height() - first);
        nextRow = first + rows;
        Callable<Stack.Rows> decode = () -> {
            long start = System.nanoTime();
            try {
                return stack.read(first, rows);
            } finally {
                decodeNanos.addAndGet(System.nanoTime() - start);
            }
        };
        strips.addLast(new Strip(first, rows, decoding.submit(decode)));
    }

    /**
     * Copies a rectangle of all bands. It must lie in the stack, in rows not yet dropped.
     *
     * @param offset where its first pixel goes
     * @param stride bytes between two rows there
     * @param planeSize bytes between two bands there
     */
    void copyPixels(int column, int row, int width, int height, ByteBuffer into, int offset, int stride, int planeSize)
            throws IOException {
        for (var strip : strips) {
            int from = Math.max(row, strip.firstRow());
            int to = Math.min(row + height, strip.endRow());
            if (from >= to) {
                continue;
            }
            var pixels = content(strip).pixels();
            for (int band = 0; band < stack.bands(); band++) {
                byte[] plane = pixels.plane(band);
                for (int y = from; y < to; y++) {
                    int source = (y - strip.firstRow()) * stack.width() + column;
                    into.put(offset + band * planeSize + (y - row) * stride, plane, source, width);
                }
            }
        }
    }

    /** Copies a rectangle of the mask into rows of {@code stride} bytes, the first at {@code offset}. */
    void copyMask(int column, int row, int width, int height, byte[] into, int offset, int stride) throws IOException {
        for (var strip : strips) {
            int from = Math.max(row, strip.firstRow());
            int to = Math.min(row + height, strip.endRow());
            if (from >= to) {
                continue;
            }
            byte[] mask = content(strip).mask();
            for (int y = from; y < to; y++) {
                int source = (y - strip.firstRow()) * stack.width() + column;
                System.arraycopy(mask, source, into, offset + (y - row) * stride, width);
            }
        }
    }

    private static Stack.Rows content(Strip strip) throws IOException {
        try {
            return strip.content().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while a stack was decoded").initCause(e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    @Override
    public void close() {
        strips.forEach(strip -> strip.content().cancel(true));
        strips.clear();
    }
}
