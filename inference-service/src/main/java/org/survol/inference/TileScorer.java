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
import org.survol.core.raster.ByteRaster;

/**
 * Scores a tile window by window. Pure but for the stack's reading: equal pixels under a window give equal predictions,
 * whichever tile asked.
 *
 * <p>The network sees pixels without image as they lie in the stack (0); their result is cleared, and a window that
 * would keep none but such pixels is not computed.
 */
final class TileScorer {

    private final ModelCard card;
    private final WindowGrid grid;
    private final boolean[] isClass = new boolean[256];

    TileScorer(ModelCard card) {
        this.card = card;
        this.grid = WindowGrid.of(card);
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
            PixelWindow tile,
            PixelWindow extent,
            Stack stack,
            SegmentationModel model,
            ExecutorService decoding,
            Times times)
            throws IOException, InferenceException {
        var seen = grid.seenBy(tile);
        if (!extent.contains(seen)) {
            throw new IllegalArgumentException("the windows see " + seen + ", beyond the stack's " + extent);
        }
        var prediction = new Prediction(tile, card.nomenclature().classes().size());
        int side = grid.side();
        try (var reader = new StackReader(stack, decoding)) {
            for (var window : grid.covering(tile)) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted while a tile was scored");
                }
                int row = (int) (window.computed().row() - extent.row());
                int column = (int) (window.computed().column() - extent.column());
                reader.advance(row, row + side);
                if (!copyMask(reader, window.kept(), tile, extent, prediction)) {
                    continue;
                }
                reader.copyPixels(column, row, side, model.input());
                long start = System.nanoTime();
                model.run();
                times.add("compute", System.nanoTime() - start);
                keep(window, tile, model, prediction);
                prediction.count(window);
            }
            times.add("decode", reader.decodeNanos());
        }
        return prediction;
    }

    /** @return whether any kept pixel has image */
    private static boolean copyMask(
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
        for (int y = 0; y < kept.height(); y++) {
            for (int i = offset + y * tile.width(), end = i + kept.width(); i < end; i++) {
                if (mask[i] != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private void keep(WindowGrid.Window window, PixelWindow tile, SegmentationModel model, Prediction prediction) {
        var kept = window.kept();
        int side = grid.side();
        for (int y = 0; y < kept.height(); y++) {
            int from = (int) (kept.row() + y - window.computed().row()) * side
                    + (int) (kept.column() - window.computed().column());
            int to = offset(kept.column(), kept.row() + y, tile);
            copyRow(model.classes(), side * side, from, prediction.classes(), to, kept.width());
            copyRow(model.probabilities(), side * side, from, prediction.probabilities(), to, kept.width());
            copyRow(model.confidence(), side * side, from, prediction.confidence(), to, kept.width());
            clearWithoutImage(prediction, to, kept.width());
        }
    }

    private static void copyRow(ByteBuffer planes, int planeSize, int from, ByteRaster raster, int to, int width) {
        for (int band = 0; band < raster.bands(); band++) {
            planes.get(band * planeSize + from, raster.plane(band), to, width);
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

    private static int offset(long column, long row, PixelWindow tile) {
        return (int) (row - tile.row()) * tile.width() + (int) (column - tile.column());
    }
}
