// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.plan.Windowing;
import org.survol.core.raster.ByteRaster;

/**
 * Scores a tile window by window. Pure but for the stack's reading: equal pixels under a window give equal predictions,
 * whichever tile asked.
 *
 * <p>Beyond the world's edge the network sees the image mirrored. Other pixels without image it sees as they lie in the
 * stack (0); their result is cleared, and a window that would keep none but such pixels is not computed. When the
 * windows are {@linkplain Windowing#isExactFor exact} only that part of a window is computed which the kept pixels
 * depend on.
 */
final class TileScorer {

    /** Sides of windows that are cut short are multiples of this, so that the network meets few different ones. */
    private static final int STEP = 128;

    private final ModelCard card;
    private final Windowing windowing;
    private final WindowGrid grid;
    private final PixelWindow world;
    private final boolean exact;
    private final boolean[] isClass = new boolean[256];

    /** @param world what all images of the acquisition lie in, on the absolute grid */
    TileScorer(ModelCard card, Windowing windowing, PixelWindow world) {
        this.card = card;
        this.windowing = windowing;
        this.grid = WindowGrid.of(windowing);
        this.world = world;
        this.exact = windowing.isExactFor(card);
        for (LandClass landClass : card.nomenclature().classes()) {
            isClass[landClass.value()] = true;
        }
    }

    /**
     * @param tile what to score, on the absolute grid
     * @param extent where the stack lies on it
     * @param decoding decodes ahead of the network
     * @param times gets {@code decode} and {@code compute}
     * @throws BadInputException when the model does not keep to its card
     * @throws InterruptedIOException when the thread is interrupted, between two windows
     */
    Prediction score(
            PixelWindow tile, PixelWindow extent, Stack stack, WindowFeed feed, ExecutorService decoding, Times times)
            throws IOException, InferenceException {
        var seen = seenBy(tile);
        if (!extent.contains(seen)) {
            throw new IllegalArgumentException("the windows see " + seen + ", beyond the stack's " + extent);
        }
        var prediction = new Prediction(tile, card.nomenclature().classes().size());
        try (var reader = new StackReader(stack, decoding);
                var lane = feed.lane(times)) {
            for (var window : grid.covering(tile)) {
                var kept = window.kept();
                reader.advance(
                        inStack(window.computed().row(), extent.row(), extent.height()),
                        inStack(kept.endRow() + windowing.margin(), extent.row(), extent.height()));
                var imaged = copyMask(reader, kept, tile, extent, prediction);
                if (imaged.isEmpty()) {
                    continue;
                }
                var computed = exact && feed.takesAnySize() ? around(imaged, window.computed()) : window.computed();
                lane.put(new ScoredWindow(computed, imaged, reader, extent, prediction, tile));
                prediction.count(imaged, computed);
            }
            lane.finish();
            times.add("decode", reader.decodeNanos());
        }
        return prediction;
    }

    /** Smallest window that holds all that the tile's result depends on. */
    PixelWindow seenBy(PixelWindow tile) {
        return exact ? tile.grow(windowing.margin()) : grid.seenBy(tile);
    }

    private static int inStack(long row, long firstRow, int rows) {
        return (int) Math.clamp(row - firstRow, 0, rows);
    }

    /**
     * The part of a window that decides about some of its pixels. It starts where the network's coarser grids do: at
     * multiples of the card's window multiple from the window's corner.
     */
    private PixelWindow around(PixelWindow kept, PixelWindow window) {
        var needed = kept.grow(windowing.margin());
        int multiple = card.windowMultiple();
        long column = window.column() + Math.floorDiv(needed.column() - window.column(), multiple) * multiple;
        long row = window.row() + Math.floorDiv(needed.row() - window.row(), multiple) * multiple;
        return new PixelWindow(
                column,
                row,
                side(needed.endColumn() - column, window.endColumn() - column),
                side(needed.endRow() - row, window.endRow() - row));
    }

    private int side(long needed, long available) {
        long step = Math.ceilDiv(STEP, card.windowMultiple()) * (long) card.windowMultiple();
        return (int) Math.min(Math.ceilDiv(needed, step) * step, available);
    }

    /** @return the smallest window with all kept pixels that have image */
    private static PixelWindow copyMask(
            StackReader reader, PixelWindow kept, PixelWindow tile, PixelWindow extent, Prediction prediction)
            throws IOException {
        byte[] mask = prediction.mask();
        int offset = offset(kept.column(), kept.row(), tile);
        reader.copyMask(
                (int) (kept.column() - extent.column()),
                (int) (kept.row() - extent.row()),
                kept.width(),
                kept.height(),
                mask,
                offset,
                tile.width());
        int west = kept.width();
        int east = 0;
        int north = kept.height();
        int south = 0;
        for (int y = 0; y < kept.height(); y++) {
            int row = offset + y * tile.width();
            int first = 0;
            while (first < kept.width() && mask[row + first] == 0) {
                first++;
            }
            if (first == kept.width()) {
                continue;
            }
            int end = kept.width();
            while (mask[row + end - 1] == 0) {
                end--;
            }
            west = Math.min(west, first);
            east = Math.max(east, end);
            north = Math.min(north, y);
            south = y + 1;
        }
        return east == 0
                ? new PixelWindow(kept.column(), kept.row(), 0, 0)
                : new PixelWindow(kept.column() + west, kept.row() + north, east - west, south - north);
    }

    /**
     * @param computed what the network sees
     * @param kept the part of the result that goes into the tile
     */
    private final class ScoredWindow implements WindowFeed.Window {
        private final PixelWindow computed;
        private final PixelWindow kept;
        private final StackReader reader;
        private final PixelWindow extent;
        private final Prediction prediction;
        private final PixelWindow tile;

        ScoredWindow(
                PixelWindow computed,
                PixelWindow kept,
                StackReader reader,
                PixelWindow extent,
                Prediction prediction,
                PixelWindow tile) {
            this.computed = computed;
            this.kept = kept;
            this.reader = reader;
            this.extent = extent;
            this.prediction = prediction;
            this.tile = tile;
        }

        @Override
        public int height() {
            return computed.height();
        }

        @Override
        public int width() {
            return computed.width();
        }

        @Override
        public void fill(WindowBatch batch, int index) throws IOException {
            var there = computed.intersect(extent).intersect(world);
            int first = index * batch.bands() * batch.planeSize();
            if (!there.equals(computed)) {
                batch.clearInput(index);
            }
            reader.copyPixels(
                    (int) (there.column() - extent.column()),
                    (int) (there.row() - extent.row()),
                    there.width(),
                    there.height(),
                    batch.input(),
                    first + offset(there.column(), there.row(), computed),
                    computed.width(),
                    batch.planeSize());
            if (!world.contains(computed)) {
                new WorldEdge(world, windowing.margin()).mirror(batch.input(), first, batch.bands(), computed);
            }
        }

        @Override
        public void take(WindowBatch batch, int index) {
            for (int y = 0; y < kept.height(); y++) {
                int from = offset(kept.column(), kept.row() + y, computed);
                int to = offset(kept.column(), kept.row() + y, tile);
                copyRow(batch, batch.classes(), index, from, prediction.classes(), to);
                copyRow(batch, batch.probabilities(), index, from, prediction.probabilities(), to);
                copyRow(batch, batch.confidence(), index, from, prediction.confidence(), to);
                clearWithoutImage(prediction, to, kept.width());
            }
        }

        private void copyRow(WindowBatch batch, ByteBuffer planes, int index, int from, ByteRaster raster, int to) {
            for (int band = 0; band < raster.bands(); band++) {
                int plane = (index * raster.bands() + band) * batch.planeSize();
                planes.get(plane + from, raster.plane(band), to, kept.width());
            }
        }
    }

    private void clearWithoutImage(Prediction prediction, int offset, int width) {
        byte[] mask = prediction.mask();
        byte[] classes = prediction.classes().plane(0);
        for (int i = offset; i < offset + width; i++) {
            if (mask[i] == 0) {
                prediction.clear(i);
            } else if (!isClass[classes[i] & 0xFF]) {
                throw new BadInputException(
                        "model " + card.name(),
                        "it gave class value " + (classes[i] & 0xFF) + ", which "
                                + card.nomenclature().id() + " does not have",
                        "Export the model so that classes holds values of its card's nomenclature");
            }
        }
    }

    private static int offset(long column, long row, PixelWindow window) {
        return Math.toIntExact((row - window.row()) * window.width() + column - window.column());
    }
}
