// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import org.survol.core.plan.Plan.Source;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.FloatRaster;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterReader;

/** A source of a plan, ready to be read while one tile is cut. Not thread-safe; the reader under it is shared. */
final class OpenSource {

    /** Colour and infrared of one file are asked for one after the other: the last window is kept for the second. */
    private record Window(int x, int y, int width, int height) {}

    private final int index;
    private final Source source;
    private final RasterReader reader;
    private Window last;
    private ByteRaster lastBytes;
    private byte[] lastMask;
    private long readNanos;

    /** @param index of the source in its plan */
    OpenSource(int index, Source source, RasterReader reader) {
        this.index = index;
        this.source = source;
        this.reader = reader;
    }

    int index() {
        return index;
    }

    Source source() {
        return source;
    }

    GeoReference geo() {
        return source.geo().orElseGet(() -> reader.header().requireGeo());
    }

    int width() {
        return reader.header().width();
    }

    int height() {
        return reader.header().height();
    }

    /** Time spent reading and decoding so far. */
    long readNanos() {
        return readNanos;
    }

    /** 8-bit bands by their place in the file; the window must lie inside. */
    SourcePixels readBytes(int x, int y, int width, int height, int... bands) throws IOException {
        long started = System.nanoTime();
        var window = new Window(x, y, width, height);
        if (!window.equals(last)) {
            last = null;
            lastBytes = reader.readBytes(0, x, y, width, height);
            lastMask = reader.readMask(0, x, y, width, height);
            last = window;
        }
        var planes = new float[bands.length][width * height];
        for (int b = 0; b < bands.length; b++) {
            var plane = lastBytes.plane(bands[b]);
            for (int i = 0; i < plane.length; i++) {
                planes[b][i] = plane[i] & 0xff;
            }
        }
        readNanos += System.nanoTime() - started;
        return new SourcePixels(x, y, width, height, planes, lastMask);
    }

    /** The first band as heights, metres. */
    SourcePixels readHeights(int x, int y, int width, int height) throws IOException {
        long started = System.nanoTime();
        FloatRaster raster = reader.readFloats(0, x, y, width, height);
        var heights = raster.plane(0);
        var valid = reader.readMask(0, x, y, width, height);
        for (int i = 0; i < valid.length; i++) {
            if (!Float.isFinite(heights[i])) {
                valid[i] = 0;
            }
        }
        readNanos += System.nanoTime() - started;
        return new SourcePixels(x, y, width, height, new float[][] {heights}, valid);
    }
}
