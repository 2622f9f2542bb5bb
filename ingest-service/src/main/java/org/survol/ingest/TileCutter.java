// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteRaster;
import org.survol.ingest.Layer.Placed;
import org.survol.ingest.Layer.UnreadableSource;

/**
 * Cuts a tile with its halo out of the sources: each layer mosaicked and resampled to the grid, then stacked in the
 * model's order of bands. Works through the tile in bands of rows, so that beside the stack itself only a few megabytes
 * of each source are in memory.
 *
 * <p>Elevation is DSM minus DTM, 0.2 m per step, clipped to 0-255; where an image is valid and a height is missing it is
 * 0, ground level, which is what most of a country is.
 */
final class TileCutter {

    private static final double ELEVATION_STEP_METRES = 0.2;
    private static final int ROWS_AT_ONCE = 256;
    /** Pixels of one source read at once; bounds memory when images are much finer than the grid. */
    private static final double SOURCE_PIXELS_AT_ONCE = 16e6;

    private final Plan plan;
    private final TileAddress tile;
    private final PixelWindow window;
    private final List<OpenSource> sources;

    /** @param sources those that touch the tile, in the plan's order */
    TileCutter(Plan plan, TileAddress tile, List<OpenSource> sources) {
        this.plan = plan;
        this.tile = tile;
        this.window = plan.grid().window(tile).grow(plan.halo());
        this.sources = List.copyOf(sources);
    }

    /**
     * A source that turns out to be unreadable is left out altogether, and the others take its place where they cover it:
     * a tile never shows half of a broken file.
     *
     * @throws IOException when a source could not be read now; worth a retry
     */
    Stack cut() throws IOException {
        var remaining = new ArrayList<>(sources);
        var unreadable = new ArrayList<BadInputException>();
        while (true) {
            try {
                return cut(remaining, unreadable);
            } catch (UnreadableSource e) {
                remaining.removeIf(source -> source.index() == e.source());
                unreadable.add(e.why());
            }
        }
    }

    private Stack cut(List<OpenSource> readable, List<BadInputException> unreadable)
            throws IOException, UnreadableSource {
        long started = System.nanoTime();
        var placed = new ArrayList<Placed>();
        for (var source : readable) {
            placed.add(place(source));
        }
        var canvas = new Canvas();
        int rows = rowsAtOnce(placed);
        for (int row = 0; row < window.height(); row += rows) {
            canvas.paint(row, Math.min(rows, window.height() - row), placed);
        }
        long readNanos = readable.stream().mapToLong(OpenSource::readNanos).sum();
        return new Stack(
                canvas.pixels,
                canvas.mask,
                canvas.validInTile,
                canvas.terrainInTile,
                canvas.uses(),
                unreadable,
                readNanos,
                System.nanoTime() - started - readNanos);
    }

    private Placed place(OpenSource source) {
        var geo = source.geo();
        var mapping = geo.epsg() == plan.grid().epsg()
                ? new PixelMapping.SameCrs(plan.grid(), geo)
                : new PixelMapping.Reprojected(
                        plan.grid(), geo, Crs.ofEpsg(plan.grid().epsg()).to(Crs.ofEpsg(geo.epsg())), window);
        boolean heights = Layer.SURFACE.takes(source.source().role())
                || Layer.GROUND.takes(source.source().role());
        return new Placed(source, mapping, Resampler.of(mapping, source.width(), source.height(), heights));
    }

    private int rowsAtOnce(List<Placed> placed) {
        double pixelsPerRow = placed.stream()
                .mapToDouble(
                        p -> window.width() * p.mapping().scaleX() * p.mapping().scaleY())
                .max()
                .orElse(1);
        return (int) Math.max(1, Math.min(ROWS_AT_ONCE, SOURCE_PIXELS_AT_ONCE / pixelsPerRow));
    }

    /** The stack while it grows. */
    private final class Canvas {

        private final List<Band> bands = plan.bands();
        private final ByteRaster pixels = new ByteRaster(window.width(), window.height(), bands.size());
        private final byte[] mask = new byte[Math.toIntExact(window.pixels())];
        /** pixels of the tile proper by layer and index of the source */
        private final long[][] uses =
                new long[Layer.values().length][plan.sources().size()];

        private long validInTile;
        private long terrainInTile;

        void paint(int firstRow, int rows, List<Placed> placed) throws IOException, UnreadableSource {
            var strip = new PixelWindow(window.column(), window.row() + firstRow, window.width(), rows);
            int offset = firstRow * window.width();
            int size = Math.toIntExact(strip.pixels());

            var colour = Layer.COLOUR.mosaic(strip, placed);
            var infrared = bands.contains(Band.NIR) ? Layer.INFRARED.mosaic(strip, placed) : null;
            for (int i = 0; i < size; i++) {
                boolean valid =
                        colour.from[i] != Layer.NOTHING && (infrared == null || infrared.from[i] != Layer.NOTHING);
                mask[offset + i] = (byte) (valid ? 255 : 0);
            }
            stack(Band.RED, colour.planes[0], offset);
            stack(Band.GREEN, colour.planes[1], offset);
            stack(Band.BLUE, colour.planes[2], offset);
            if (infrared != null) {
                stack(Band.NIR, infrared.planes[0], offset);
            }
            Layer.Pixels surface = null;
            Layer.Pixels ground = null;
            if (bands.contains(Band.ELEVATION)) {
                surface = Layer.SURFACE.mosaic(strip, placed);
                ground = Layer.GROUND.mosaic(strip, placed);
                stack(Band.ELEVATION, elevation(surface, ground), offset);
            }
            count(strip, offset, colour, infrared, surface, ground);
        }

        private float[] elevation(Layer.Pixels surface, Layer.Pixels ground) {
            var elevation = new float[surface.from.length];
            for (int i = 0; i < elevation.length; i++) {
                if (surface.from[i] != Layer.NOTHING && ground.from[i] != Layer.NOTHING) {
                    elevation[i] = (float) ((surface.planes[0][i] - ground.planes[0][i]) / ELEVATION_STEP_METRES);
                }
            }
            return elevation;
        }

        private void stack(Band band, float[] values, int offset) {
            int index = bands.indexOf(band);
            if (index >= 0) {
                var plane = pixels.plane(index);
                for (int i = 0; i < values.length; i++) {
                    if (mask[offset + i] != 0) {
                        plane[offset + i] = (byte) Math.max(0, Math.min(255, Math.round(values[i])));
                    }
                }
            }
        }

        /** @param layers in the order of {@link Layer}; null where the model does not ask for one */
        private void count(PixelWindow strip, int offset, Layer.Pixels... layers) {
            var inside = strip.intersect(plan.grid().window(tile));
            var surface = layers[Layer.SURFACE.ordinal()];
            var ground = layers[Layer.GROUND.ordinal()];
            for (int row = 0; row < inside.height(); row++) {
                int first = Math.toIntExact(
                        (inside.row() - strip.row() + row) * strip.width() + inside.column() - strip.column());
                for (int i = first; i < first + inside.width(); i++) {
                    if (mask[offset + i] == 0) {
                        continue;
                    }
                    validInTile++;
                    for (int layer = 0; layer < layers.length; layer++) {
                        if (layers[layer] != null && layers[layer].from[i] != Layer.NOTHING) {
                            uses[layer][layers[layer].from[i]]++;
                        }
                    }
                    if (surface != null && surface.from[i] != Layer.NOTHING && ground.from[i] != Layer.NOTHING) {
                        terrainInTile++;
                    }
                }
            }
        }

        List<Stack.Use> uses() {
            var list = new ArrayList<Stack.Use>();
            for (var layer : Layer.values()) {
                var counts = uses[layer.ordinal()];
                for (int source = 0; source < counts.length; source++) {
                    if (counts[source] > 0) {
                        list.add(new Stack.Use(layer, source, counts[source]));
                    }
                }
            }
            return list;
        }
    }
}
