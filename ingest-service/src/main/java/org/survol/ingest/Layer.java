// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.survol.core.BadInputException;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan.Role;

/**
 * Bands that are mosaicked together: at each pixel all of them come from the same file, the first of the plan's sources
 * that has a value there.
 */
enum Layer {
    COLOUR(3, Set.of(Role.RGB, Role.RGBI)) {
        @Override
        SourcePixels read(OpenSource source, int x, int y, int width, int height) throws IOException {
            return source.readBytes(x, y, width, height, 0, 1, 2);
        }
    },
    INFRARED(1, Set.of(Role.IRC, Role.RGBI)) {
        @Override
        SourcePixels read(OpenSource source, int x, int y, int width, int height) throws IOException {
            return source.readBytes(x, y, width, height, source.source().role() == Role.RGBI ? 3 : 0);
        }
    },
    SURFACE(1, Set.of(Role.DSM)) {
        @Override
        SourcePixels read(OpenSource source, int x, int y, int width, int height) throws IOException {
            return source.readHeights(x, y, width, height);
        }
    },
    GROUND(1, Set.of(Role.DTM)) {
        @Override
        SourcePixels read(OpenSource source, int x, int y, int width, int height) throws IOException {
            return source.readHeights(x, y, width, height);
        }
    };

    /** No source gives this pixel. */
    static final int NOTHING = -1;

    private static final int[] ALL_NOTHING = new int[1_024];

    static {
        Arrays.fill(ALL_NOTHING, NOTHING);
    }

    private final int bands;
    private final Set<Role> roles;

    Layer(int bands, Set<Role> roles) {
        this.bands = bands;
        this.roles = roles;
    }

    abstract SourcePixels read(OpenSource source, int x, int y, int width, int height) throws IOException;

    boolean takes(Role role) {
        return roles.contains(role);
    }

    boolean isHeight() {
        return this == SURFACE || this == GROUND;
    }

    /** A source turned out to be unreadable; the tile is cut again without it. */
    static final class UnreadableSource extends Exception {

        private static final long serialVersionUID = 1;

        private final int source;
        private final transient BadInputException why;

        UnreadableSource(int source, BadInputException why) {
            super(why);
            this.source = source;
            this.why = why;
        }

        /** Index in the plan. */
        int source() {
            return source;
        }

        BadInputException why() {
            return why;
        }
    }

    /**
     * Values of a layer over a strip of the grid, row-major, north row first: bytes for images, floats for heights, 0 where
     * no source gives one.
     */
    static final class Pixels {

        final PixelWindow strip;
        final byte[][] bytes;
        final float[] heights;
        /** index in the plan of the source that gave the pixel, or {@link #NOTHING} */
        final int[] from;

        Pixels(Layer layer, PixelWindow strip) {
            int size = Math.toIntExact(strip.pixels());
            this.strip = strip;
            this.bytes = layer.isHeight() ? null : new byte[layer.bands][size];
            this.heights = layer.isHeight() ? new float[size] : null;
            this.from = new int[size];
            Arrays.fill(from, NOTHING);
        }

        /** Where the open pixels that begin at an index end. */
        private int endOfOpen(int at, int end) {
            while (at < end) {
                int most = Math.min(end - at, ALL_NOTHING.length);
                int taken = Arrays.mismatch(from, at, at + most, ALL_NOTHING, 0, most);
                if (taken >= 0) {
                    return at + taken;
                }
                at += most;
            }
            return end;
        }

        /** The smallest part of an area that holds all of its pixels that are still without a value. */
        private PixelWindow open(PixelWindow area) {
            int west = Integer.MAX_VALUE;
            int east = 0;
            long north = area.endRow();
            long south = area.row();
            for (long row = area.row(); row < area.endRow(); row++) {
                int at = Math.toIntExact((row - strip.row()) * strip.width() + area.column() - strip.column());
                int first = 0;
                while (first < area.width() && from[at + first] != NOTHING) {
                    first++;
                }
                if (first < area.width()) {
                    int end = area.width();
                    while (from[at + end - 1] != NOTHING) {
                        end--;
                    }
                    west = Math.min(west, first);
                    east = Math.max(east, end);
                    north = Math.min(north, row);
                    south = row + 1;
                }
            }
            return new PixelWindow(
                    area.column() + west, north, Math.max(0, east - west), (int) Math.max(0, south - north));
        }
    }

    /** @param sources in the plan's order; those of other roles are passed over */
    Pixels mosaic(PixelWindow strip, List<Placed> sources) throws IOException, UnreadableSource {
        var pixels = new Pixels(this, strip);
        for (var placed : sources) {
            if (takes(placed.source.source().role())) {
                var open = pixels.open(placed.reach().intersect(strip));
                if (!open.isEmpty()) {
                    fill(pixels, open, placed);
                }
            }
        }
        return pixels;
    }

    /** Gives the pixels of a part that have no value yet those of a source. */
    void fill(Pixels pixels, PixelWindow part, Placed placed) throws IOException, UnreadableSource {
        var window = placed.needed(part);
        if (window.isEmpty()) {
            return;
        }
        SourcePixels source;
        try {
            source = read(placed.source, (int) window.column(), (int) window.row(), window.width(), window.height());
        } catch (BadInputException e) {
            throw new UnreadableSource(placed.source.index(), e);
        }
        if (placed.resampler == Resampler.COPY && placed.columns != null) {
            copy(pixels, part, placed, source);
        } else {
            resample(pixels, part, placed, source);
        }
    }

    /** Neighbours in the grid are neighbours in the image. */
    private void copy(Pixels pixels, PixelWindow part, Placed placed, SourcePixels source) {
        int column = placed.columns.nearest[(int) (part.column() - placed.window.column())];
        for (int line = 0; line < part.height(); line++) {
            int row = placed.rows.nearest[(int) (part.row() + line - placed.window.row())];
            int at = Math.toIntExact((part.row() + line - pixels.strip.row()) * pixels.strip.width()
                    + part.column()
                    - pixels.strip.column());
            int end = at + part.width();
            int shift = source.index(column, row) - at;
            boolean allValid = source.rowsAreValid(row, 1);
            while (at < end) {
                if (pixels.from[at] != NOTHING || !allValid && !source.hasValue(at + shift)) {
                    at++;
                    continue;
                }
                int run = pixels.endOfOpen(at, end);
                if (!allValid) {
                    int valid = at + 1;
                    while (valid < run && source.hasValue(valid + shift)) {
                        valid++;
                    }
                    run = valid;
                }
                if (isHeight()) {
                    System.arraycopy(source.floats(0), at + shift, pixels.heights, at, run - at);
                } else {
                    for (int band = 0; band < bands; band++) {
                        if (source.isBytes()) {
                            System.arraycopy(source.bytes(band), at + shift, pixels.bytes[band], at, run - at);
                        } else {
                            toBytes(source.floats(band), at + shift, run + shift, pixels.bytes[band], -shift);
                        }
                    }
                }
                Arrays.fill(pixels.from, at, run, placed.source.index());
                at = run;
            }
        }
    }

    private void resample(Pixels pixels, PixelWindow part, Placed placed, SourcePixels source) {
        var sampler = RowSampler.of(placed, source, part);
        var values = new float[bands][part.width()];
        var has = new boolean[part.width()];
        for (int line = 0; line < part.height(); line++) {
            int at = Math.toIntExact((part.row() + line - pixels.strip.row()) * pixels.strip.width()
                    + part.column()
                    - pixels.strip.column());
            int from = 0;
            int to = part.width();
            while (from < to && pixels.from[at + from] != NOTHING) {
                from++;
            }
            while (from < to && pixels.from[at + to - 1] != NOTHING) {
                to--;
            }
            boolean all = sampler.sample(line, from, to, values, has);
            for (int i = from; i < to; ) {
                if (pixels.from[at + i] != NOTHING || !all && !has[i]) {
                    i++;
                    continue;
                }
                int run = i + 1;
                while (run < to && pixels.from[at + run] == NOTHING && (all || has[run])) {
                    run++;
                }
                if (isHeight()) {
                    System.arraycopy(values[0], i, pixels.heights, at + i, run - i);
                } else {
                    for (int band = 0; band < bands; band++) {
                        toBytes(values[band], i, run, pixels.bytes[band], at);
                    }
                }
                Arrays.fill(pixels.from, at + i, at + run, placed.source.index());
                i = run;
            }
        }
    }

    private static void toBytes(float[] values, int from, int to, byte[] bytes, int at) {
        for (int i = from; i < to; i++) {
            bytes[at + i] = (byte) Math.max(0, Math.min(255, (int) (values[i] + 0.5f)));
        }
    }
}
