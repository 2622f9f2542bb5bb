// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.logging.Logger;
import org.survol.catalog.rasters.RunRasters;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.Band;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.ObjectRef;

/**
 * Draws a WebMercatorQuad tile from the COGs of a run: where each of its pixels lies on the run's grid, which level of
 * which COG is fine enough, the nearest pixel there. Nothing is resampled but by overviews and nearest neighbour, so a
 * class is never mixed with another.
 */
@Singleton
final class TileRenderer {

    private static final Logger LOG = Logger.getLogger(TileRenderer.class);
    private static final int SIZE = WebMercator.SIZE;
    /** Positions are exact on this many steps a side and linear between: an error of millimetres at zoom 14. */
    private static final int STEPS = 16;

    private final RunRasters rasters;

    TileRenderer(RunRasters rasters) {
        this.rasters = rasters;
    }

    /** Where the pixel centres of a map tile lie on a run's grid, in fractional columns and rows. */
    record Placement(double[] columns, double[] rows) {

        /** How many grid pixels one pixel of the map tile spans, at its middle. */
        double gridPixelsPerPixel() {
            int middle = SIZE / 2 * SIZE + SIZE / 2;
            return Math.hypot(columns[middle + 1] - columns[middle], rows[middle + 1] - rows[middle]);
        }
    }

    static Placement place(Plan plan, int zoom, int x, int y) {
        var grid = plan.grid();
        int side = STEPS + 1;
        var xy = new double[side * side * 2];
        for (int j = 0; j < side; j++) {
            for (int i = 0; i < side; i++) {
                int at = 2 * (j * side + i);
                xy[at] = WebMercator.longitude(zoom, x + (double) i / STEPS);
                xy[at + 1] = WebMercator.latitude(zoom, y + (double) j / STEPS);
            }
        }
        Crs.ofEpsg(4326).to(Crs.ofEpsg(grid.epsg())).apply(xy, side * side);
        var columns = new double[SIZE * SIZE];
        var rows = new double[SIZE * SIZE];
        for (int row = 0; row < SIZE; row++) {
            double v = (row + 0.5) / SIZE * STEPS;
            int j = (int) v;
            double fv = v - j;
            for (int column = 0; column < SIZE; column++) {
                double u = (column + 0.5) / SIZE * STEPS;
                int i = (int) u;
                double fu = u - i;
                int at = 2 * (j * side + i);
                int below = at + 2 * side;
                double easting = (1 - fv) * ((1 - fu) * xy[at] + fu * xy[at + 2])
                        + fv * ((1 - fu) * xy[below] + fu * xy[below + 2]);
                double northing = (1 - fv) * ((1 - fu) * xy[at + 1] + fu * xy[at + 3])
                        + fv * ((1 - fu) * xy[below + 1] + fu * xy[below + 3]);
                columns[row * SIZE + column] = grid.column(easting);
                rows[row * SIZE + column] = grid.row(northing);
            }
        }
        return new Placement(columns, rows);
    }

    /** The run's tiles that show in the map tile, and the part of the grid that each contributes. */
    static Map<TileAddress, PixelWindow> needed(Plan plan, Placement placement) {
        var bounds = new TreeMap<TileAddress, long[]>();
        var planned = new java.util.HashSet<TileAddress>();
        plan.tiles().forEach(tile -> planned.add(tile.tile()));
        for (int i = 0; i < SIZE * SIZE; i++) {
            double exactColumn = placement.columns()[i];
            double exactRow = placement.rows()[i];
            if (!(Math.abs(exactColumn) < Integer.MAX_VALUE && Math.abs(exactRow) < Integer.MAX_VALUE)) {
                continue;
            }
            long column = (long) Math.floor(exactColumn);
            long row = (long) Math.floor(exactRow);
            var tile = plan.grid().tileOf(column, row);
            if (!planned.contains(tile)) {
                continue;
            }
            var box = bounds.computeIfAbsent(
                    tile, t -> new long[] {Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE});
            box[0] = Math.min(box[0], column);
            box[1] = Math.min(box[1], row);
            box[2] = Math.max(box[2], column);
            box[3] = Math.max(box[3], row);
        }
        var windows = new TreeMap<TileAddress, PixelWindow>();
        bounds.forEach((tile, box) -> windows.put(
                tile, new PixelWindow(box[0], box[1], (int) (box[2] - box[0] + 1), (int) (box[3] - box[1] + 1))));
        return windows;
    }

    /**
     * A run as it shows in one map tile.
     *
     * @param rasters the COGs that exist among the needed tiles
     */
    record View(
            Plan plan, Placement placement, Map<TileAddress, PixelWindow> needed, Map<TileAddress, ObjectRef> rasters) {

        Nomenclature classes() {
            return plan.model().card().nomenclature();
        }
    }

    byte[] image(View view) throws IOException {
        var pixels = new int[SIZE * SIZE];
        var brush = new Rgb(pixels);
        draw(view, brush, rgb(view.plan));
        return Png.rgba(SIZE, SIZE, pixels);
    }

    private static int[] rgb(Plan plan) {
        var bands = plan.bands();
        return bands.containsAll(List.of(Band.RED, Band.GREEN, Band.BLUE))
                ? new int[] {bands.indexOf(Band.RED), bands.indexOf(Band.GREEN), bands.indexOf(Band.BLUE)}
                : new int[3];
    }

    byte[] indexed(View view, int band, int[] palette) throws IOException {
        return Png.indexed(SIZE, SIZE, values(view, band), palette);
    }

    /** The classes where both say one, and another one: by code, so that two models can be compared. */
    byte[] change(View now, View before) throws IOException {
        var values = values(now, 0);
        var others = values(before, 0);
        var same = new boolean[256][256];
        for (var landClass : now.classes().classes()) {
            for (var other : before.classes().classes()) {
                same[landClass.value()][other.value()] = landClass.code().equals(other.code());
            }
        }
        for (int i = 0; i < values.length; i++) {
            if (others[i] == 0 || same[values[i] & 0xff][others[i] & 0xff]) {
                values[i] = 0;
            }
        }
        return Png.indexed(SIZE, SIZE, values, Palettes.classes(now.classes()));
    }

    /** 0 where nothing was measured. */
    private byte[] values(View view, int band) throws IOException {
        var values = new byte[SIZE * SIZE];
        draw(
                view,
                (pixel, window, at) -> {
                    if (window.valid()[at] != 0) {
                        values[pixel] = window.planes()[0][at];
                    }
                },
                band);
        return values;
    }

    /** @param valid 255 where measured */
    private record Pixels(byte[][] planes, byte[] valid) {}

    private interface Brush {
        void paint(int pixel, Pixels window, int at);
    }

    private record Rgb(int[] pixels) implements Brush {
        @Override
        public void paint(int pixel, Pixels window, int at) {
            if (window.valid()[at] != 0) {
                pixels[pixel] = 0xff000000
                        | (window.planes()[0][at] & 0xff) << 16
                        | (window.planes()[1][at] & 0xff) << 8
                        | window.planes()[2][at] & 0xff;
            }
        }
    }

    private void draw(View view, Brush brush, int... bands) throws IOException {
        for (var raster : view.rasters.entrySet()) {
            try {
                draw(
                        rasters.reader(raster.getValue()),
                        view.placement,
                        view.needed.get(raster.getKey()),
                        view.plan,
                        brush,
                        bands);
            } catch (BadInputException | NoSuchFileException e) {
                // one damaged file leaves a hole, it does not take the map away
                LOG.warnf("%s is left out of the picture: %s", raster.getValue().key(), e.getMessage());
            }
        }
    }

    private static void draw(
            TiffReader reader, Placement placement, PixelWindow part, Plan plan, Brush brush, int... bands)
            throws IOException {
        var geo = reader.header()
                .geo()
                .orElseThrow(() -> new IOException(reader.header().name() + " has no place"));
        var grid = plan.grid();
        long firstColumn = Math.round(grid.column(geo.west()));
        long firstRow = Math.round(grid.row(geo.north()));
        int level = level(reader, placement.gridPixelsPerPixel());
        double scaleX = (double) reader.width(level) / reader.width(0);
        double scaleY = (double) reader.height(level) / reader.height(0);
        int left = clamp((part.column() - firstColumn) * scaleX, reader.width(level));
        int top = clamp((part.row() - firstRow) * scaleY, reader.height(level));
        int right = clamp((part.endColumn() - 1 - firstColumn) * scaleX, reader.width(level));
        int bottom = clamp((part.endRow() - 1 - firstRow) * scaleY, reader.height(level));
        int width = right - left + 1;
        int height = bottom - top + 1;
        if (Arrays.stream(bands).anyMatch(band -> band >= reader.header().bands())) {
            return;
        }
        var bytes = reader.readBands(level, left, top, width, height, bands);
        var planes = new byte[bytes.bands()][];
        Arrays.setAll(planes, bytes::plane);
        var pixels = new Pixels(planes, reader.readMask(level, left, top, width, height));
        for (int i = 0; i < SIZE * SIZE; i++) {
            long column = (long) Math.floor(placement.columns()[i]);
            long row = (long) Math.floor(placement.rows()[i]);
            if (column < part.column() || column >= part.endColumn() || row < part.row() || row >= part.endRow()) {
                continue;
            }
            int x = clamp((placement.columns()[i] - firstColumn) * scaleX, reader.width(level)) - left;
            int y = clamp((placement.rows()[i] - firstRow) * scaleY, reader.height(level)) - top;
            if (x >= 0 && x < width && y >= 0 && y < height) {
                brush.paint(i, pixels, y * width + x);
            }
        }
    }

    /** The coarsest level that is still at least as fine as the map tile. */
    private static int level(TiffReader reader, double gridPixelsPerPixel) {
        int level = 0;
        while (level + 1 < reader.levels()
                && (double) reader.width(0) / reader.width(level + 1) <= gridPixelsPerPixel * 1.01) {
            level++;
        }
        return level;
    }

    private static int clamp(double position, int size) {
        return Math.clamp((long) Math.floor(position), 0, size - 1);
    }
}
