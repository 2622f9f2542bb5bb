// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.LongAdder;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.Wave;
import org.survol.ingest.Layer.UnreadableSource;

/**
 * Cuts a tile with its halo out of the sources: each layer mosaicked and resampled to the grid, then stacked in the
 * model's order of bands. Works through the tile in strips of rows, several at a time, so that beside the stack itself
 * only a few megabytes of each source are in memory. How many threads take part changes nothing in the result.
 *
 * <p>Elevation is DSM minus DTM, 0.2 m per step, clipped to 0-255; where an image is valid and a height is missing it is
 * 0, ground level, which is what most of a country is.
 */
final class TileCutter {

    private static final float ELEVATION_STEPS_PER_METRE = 5;
    private static final int ROWS_AT_ONCE = 64;
    /** Pixels of one source that a thread reads at once; bounds memory when images are much finer than the grid. */
    private static final double SOURCE_PIXELS_AT_ONCE = 4e6;

    private final Plan plan;
    private final TileAddress tile;
    private final PixelWindow window;
    private final List<OpenSource> sources;
    private final ExecutorService pool;
    private final int threads;
    private final Map<Integer, Lattice> lattices = new HashMap<>();

    /**
     * @param sources those that touch the tile, in the plan's order
     * @param pool helps the calling thread
     * @param threads to use, the caller's included
     */
    TileCutter(Plan plan, TileAddress tile, List<OpenSource> sources, ExecutorService pool, int threads) {
        this.plan = plan;
        this.tile = tile;
        this.window = plan.grid().window(tile).grow(plan.halo());
        this.sources = List.copyOf(sources);
        this.pool = pool;
        this.threads = threads;
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
        long readBefore = readNanos(readable);
        var placed = new ArrayList<Placed>();
        for (var source : readable) {
            placed.add(place(source));
        }
        var canvas = new Canvas();
        int rows = rowsAtOnce(placed);
        int strips = (window.height() + rows - 1) / rows;
        try {
            Wave.run(pool, threads, strips, i -> {
                try {
                    canvas.paint(i * rows, Math.min(rows, window.height() - i * rows), placed);
                } catch (IOException | UnreadableSource e) {
                    throw new StripFailed(e);
                }
            });
        } catch (StripFailed e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case UnreadableSource cause -> throw cause;
                default -> throw e;
            }
        }
        // threads read and warp at the same time: the wall's share of each is the threads' share
        long wall = System.nanoTime() - started;
        double readShare =
                Math.min(1, (readNanos(readable) - readBefore) / (double) Math.max(1, canvas.threadNanos.sum()));
        long readNanos = (long) (wall * readShare);
        return new Stack(
                canvas.pixels,
                canvas.mask,
                canvas.validInTile,
                canvas.terrainInTile,
                canvas.uses(),
                unreadable.stream()
                        .sorted(Comparator.comparing(BadInputException::file))
                        .toList(),
                readNanos,
                wall - readNanos);
    }

    private static long readNanos(List<OpenSource> sources) {
        return sources.stream().mapToLong(OpenSource::readNanos).sum();
    }

    /** Carries what ended a strip out of the thread that painted it. */
    private static final class StripFailed extends RuntimeException {

        private static final long serialVersionUID = 1;

        StripFailed(Exception cause) {
            super(cause);
        }
    }

    private Placed place(OpenSource source) {
        var grid = plan.grid();
        var geo = source.geo();
        var box = source.source().footprint();
        var mapping = geo.epsg() == grid.epsg()
                ? new PixelMapping.SameCrs(grid, geo)
                : PixelMapping.Reprojected.of(
                        grid,
                        geo,
                        lattices.computeIfAbsent(geo.epsg(), this::lattice),
                        (box.minEasting() + box.maxEasting()) / 2,
                        (box.minNorthing() + box.maxNorthing()) / 2);
        boolean heights = Layer.SURFACE.takes(source.source().role())
                || Layer.GROUND.takes(source.source().role());
        var resampler = Resampler.of(mapping, source.width(), source.height(), heights);
        return new Placed(grid, source, mapping, resampler, window);
    }

    private Lattice lattice(int epsg) {
        var grid = plan.grid();
        return new Lattice(grid, Crs.ofEpsg(grid.epsg()).to(Crs.ofEpsg(epsg)), window);
    }

    private int rowsAtOnce(List<Placed> placed) {
        double pixelsPerRow = placed.stream()
                .mapToDouble(p -> window.width() * p.mapping.scaleX() * p.mapping.scaleY())
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

        private final byte[] allValid = new byte[window.width()];
        private final LongAdder threadNanos = new LongAdder();
        private long validInTile;
        private long terrainInTile;

        Canvas() {
            Arrays.fill(allValid, (byte) 255);
        }

        /** Strips may be painted by several threads at the same time. */
        void paint(int firstRow, int rows, List<Placed> placed) throws IOException, UnreadableSource {
            long started = System.nanoTime();
            var strip = new PixelWindow(window.column(), window.row() + firstRow, window.width(), rows);
            int offset = firstRow * window.width();

            var colour = mosaic(Layer.COLOUR, strip, placed);
            var infrared = bands.contains(Band.NIR) ? mosaic(Layer.INFRARED, strip, placed) : null;
            var second = infrared == null ? colour.from : infrared.from;
            for (int i = 0; i < second.length; i++) {
                // all ones where both are known: NOTHING is the only negative index
                mask[offset + i] = (byte) ~((colour.from[i] | second[i]) >> 31);
            }
            boolean whole = countValid(offset, offset + second.length) == second.length;
            stack(Band.RED, colour.bytes[0], offset, whole);
            stack(Band.GREEN, colour.bytes[1], offset, whole);
            stack(Band.BLUE, colour.bytes[2], offset, whole);
            if (infrared != null) {
                stack(Band.NIR, infrared.bytes[0], offset, whole);
            }
            Layer.Pixels surface = null;
            Layer.Pixels ground = null;
            if (bands.contains(Band.ELEVATION)) {
                surface = Layer.SURFACE.mosaic(strip, placed);
                ground = Layer.GROUND.mosaic(strip, placed);
                stack(Band.ELEVATION, elevation(surface, ground), offset, whole);
            }
            count(strip, offset, colour, infrared, surface, ground);
            threadNanos.add(System.nanoTime() - started);
        }

        /** Heights are not faded: surface and ground of one place must come from one survey. */
        private Layer.Pixels mosaic(Layer layer, PixelWindow strip, List<Placed> placed)
                throws IOException, UnreadableSource {
            var metres = plan.featherMetres();
            return metres.isPresent()
                    ? new Feather(metres.get()).mosaic(layer, strip, placed)
                    : layer.mosaic(strip, placed);
        }

        private byte[] elevation(Layer.Pixels surface, Layer.Pixels ground) {
            var elevation = new byte[surface.from.length];
            for (int i = 0; i < elevation.length; i++) {
                float steps = (surface.heights[i] - ground.heights[i]) * ELEVATION_STEPS_PER_METRE;
                int known = ~((surface.from[i] | ground.from[i]) >> 31);
                elevation[i] = (byte) (Math.max(0, Math.min(255, (int) (steps + 0.5f))) & known);
            }
            return elevation;
        }

        private void stack(Band band, byte[] values, int offset, boolean whole) {
            int index = bands.indexOf(band);
            if (index >= 0) {
                var plane = pixels.plane(index);
                System.arraycopy(values, 0, plane, offset, values.length);
                for (int i = offset; !whole && i < offset + values.length; i++) {
                    plane[i] &= mask[i];
                }
            }
        }

        /** @param layers in the order of {@link Layer}; null where the model does not ask for one */
        private void count(PixelWindow strip, int offset, Layer.Pixels... layers) {
            var inside = strip.intersect(plan.grid().window(tile));
            var surface = layers[Layer.SURFACE.ordinal()];
            var ground = layers[Layer.GROUND.ordinal()];
            var used = new long[layers.length][plan.sources().size()];
            long valid = 0;
            long terrain = 0;
            for (int row = 0; row < inside.height(); row++) {
                int first = Math.toIntExact(
                        (inside.row() - strip.row() + row) * strip.width() + inside.column() - strip.column());
                int end = first + inside.width();
                valid += countValid(offset + first, offset + end);
                for (int layer = 0; layer < layers.length; layer++) {
                    if (layers[layer] != null) {
                        countRow(layers[layer].from, offset, first, end, used[layer]);
                    }
                }
                if (surface != null) {
                    for (int i = first; i < end; i++) {
                        terrain += ~((surface.from[i] | ground.from[i]) >> 31) & mask[offset + i] & 1;
                    }
                }
            }
            add(valid, terrain, used);
        }

        private int countValid(int first, int end) {
            int count = 0;
            int i = first;
            while (i < end) {
                int most = Math.min(end - i, allValid.length);
                int invalid = Arrays.mismatch(mask, i, i + most, allValid, 0, most);
                count += invalid < 0 ? most : invalid;
                i += invalid < 0 ? most : invalid;
                while (i < end && mask[i] == 0) {
                    i++;
                }
            }
            return count;
        }

        /** Most pixels have the same source as the one before. */
        private void countRow(int[] from, int offset, int first, int end, long[] used) {
            for (int i = first; i < end; ) {
                int source = from[i];
                int run = i + 1;
                while (run < end && from[run] == source) {
                    run++;
                }
                if (source != Layer.NOTHING) {
                    used[source] += countValid(offset + i, offset + run);
                }
                i = run;
            }
        }

        private synchronized void add(long valid, long terrain, long[][] used) {
            validInTile += valid;
            terrainInTile += terrain;
            for (int layer = 0; layer < used.length; layer++) {
                for (int source = 0; source < used[layer].length; source++) {
                    uses[layer][source] += used[layer][source];
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
