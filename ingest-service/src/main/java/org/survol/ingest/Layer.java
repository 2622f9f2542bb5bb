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

    private static final int LINES_TO_PROBE = 32;

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

    /** A source together with how it is brought to the grid. */
    record Placed(OpenSource source, PixelMapping mapping, Resampler resampler) {}

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

    /** Values of a layer over a window of the grid, row-major, north row first. */
    static final class Pixels {

        final float[][] planes;
        /** index in the plan of the source that gave the pixel, or {@link #NOTHING} */
        final int[] from;

        Pixels(float[][] planes, int[] from) {
            this.planes = planes;
            this.from = from;
        }
    }

    /** @param sources in the plan's order; those of other roles are passed over */
    Pixels mosaic(PixelWindow window, List<Placed> sources) throws IOException, UnreadableSource {
        int size = Math.toIntExact(window.pixels());
        var pixels = new Pixels(new float[bands][size], new int[size]);
        Arrays.fill(pixels.from, NOTHING);
        int open = size;
        for (var placed : sources) {
            if (open > 0 && takes(placed.source().source().role())) {
                open -= fill(window, placed, pixels);
            }
        }
        return pixels;
    }

    private int fill(PixelWindow window, Placed placed, Pixels pixels) throws IOException, UnreadableSource {
        var read = needed(window, placed);
        if (read.isEmpty()) {
            return 0;
        }
        SourcePixels source;
        try {
            source = read(placed.source(), (int) read.column(), (int) read.row(), read.width(), read.height());
        } catch (BadInputException e) {
            throw new UnreadableSource(placed.source().index(), e);
        }
        var mapping = placed.mapping();
        var resampler = placed.resampler();
        double scaleX = mapping.scaleX();
        double scaleY = mapping.scaleY();
        var x = new double[window.width()];
        var y = new double[window.width()];
        int filled = 0;
        for (int line = 0; line < window.height(); line++) {
            mapping.centres(window.row() + line, window.column(), window.width(), x, y);
            for (int i = 0, at = line * window.width(); i < window.width(); i++, at++) {
                if (pixels.from[at] != NOTHING) {
                    continue;
                }
                int sx = (int) Math.floor(x[i] + Resampler.NOISE);
                int sy = (int) Math.floor(y[i] + Resampler.NOISE);
                // NaN becomes 0 as an int: the comparison is what notices it
                if (!(x[i] >= -1 && y[i] >= -1) || !source.contains(sx, sy)) {
                    continue;
                }
                int nearest = source.index(sx, sy);
                if (source.hasValue(nearest)) {
                    resampler.take(source, nearest, x[i], y[i], scaleX, scaleY, pixels.planes, at);
                    pixels.from[at] = placed.source().index();
                    filled++;
                }
            }
        }
        return filled;
    }

    /** The part of the image that the window's pixels depend on; empty when they lie beside the image. */
    private static PixelWindow needed(PixelWindow window, Placed placed) {
        var mapping = placed.mapping();
        var x = new double[window.width()];
        var y = new double[window.width()];
        double west = Double.POSITIVE_INFINITY;
        double north = Double.POSITIVE_INFINITY;
        double east = Double.NEGATIVE_INFINITY;
        double south = Double.NEGATIVE_INFINITY;
        for (int line = 0; line < window.height(); line = nextProbe(line, window.height())) {
            mapping.centres(window.row() + line, window.column(), window.width(), x, y);
            for (int i = 0; i < x.length; i++) {
                if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
                    west = Math.min(west, x[i]);
                    east = Math.max(east, x[i]);
                    north = Math.min(north, y[i]);
                    south = Math.max(south, y[i]);
                }
            }
        }
        int reachX = placed.resampler().reach(mapping.scaleX()) + 1;
        int reachY = placed.resampler().reach(mapping.scaleY()) + 1;
        long fromX = clamp(Math.floor(west) - reachX, placed.source().width());
        long toX = clamp(Math.floor(east) + reachX + 1, placed.source().width());
        long fromY = clamp(Math.floor(north) - reachY, placed.source().height());
        long toY = clamp(Math.floor(south) + reachY + 1, placed.source().height());
        return new PixelWindow(fromX, fromY, (int) Math.max(0, toX - fromX), (int) Math.max(0, toY - fromY));
    }

    /** Between probed lines a mapping is as good as straight; the last line is always probed. */
    private static int nextProbe(int line, int lines) {
        return line == lines - 1 ? lines : Math.min(line + LINES_TO_PROBE, lines - 1);
    }

    private static long clamp(double pixels, int size) {
        return (long) Math.max(0, Math.min(size, pixels));
    }
}
