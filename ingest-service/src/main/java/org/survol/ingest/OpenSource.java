// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.survol.core.plan.Plan.Source;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterReader;

/** A source of a plan, ready to be read while one tile is cut. Safe to use from several threads. */
final class OpenSource {

    private final int index;
    private final Source source;
    private final RasterReader reader;
    private final LongAdder readNanos = new LongAdder();

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

    /** Time that threads spent reading and decoding so far, all of them together. */
    long readNanos() {
        return readNanos.sum();
    }

    /** Bands by their place in the file, stretched to 8 bits where they have more; the window must lie inside. */
    SourcePixels readBytes(int x, int y, int width, int height, int... bands) throws IOException {
        long started = System.nanoTime();
        try {
            var header = reader.header();
            if (!source.stretch().isEmpty()) {
                return stretched(x, y, width, height, bands);
            }
            var raster = reader.readBands(0, x, y, width, height, bands);
            boolean allValid = !header.hasMask() && header.nodata().isEmpty();
            return SourcePixels.ofBytes(x, y, raster, allValid ? null : reader.readMask(0, x, y, width, height));
        } finally {
            readNanos.add(System.nanoTime() - started);
        }
    }

    /** Unrounded, so that resampling starts from all that the samples tell. */
    private SourcePixels stretched(int x, int y, int width, int height, int[] bands) throws IOException {
        var raster = reader.readFloats(0, x, y, width, height);
        var planes = new float[bands.length][];
        for (int b = 0; b < bands.length; b++) {
            var stretch = source.stretch().get(bands[b]);
            var plane = raster.plane(bands[b]);
            for (int i = 0; i < plane.length; i++) {
                plane[i] = stretch.apply(plane[i]);
            }
            planes[b] = plane;
        }
        return SourcePixels.ofFloats(x, y, width, height, planes, reader.readMask(0, x, y, width, height));
    }

    /** The first band as heights, metres; what is not a finite number or nodata has no value. */
    SourcePixels readHeights(int x, int y, int width, int height) throws IOException {
        long started = System.nanoTime();
        try {
            var header = reader.header();
            var heights = reader.readFloats(0, x, y, width, height).plane(0);
            byte[] valid;
            if (header.hasMask() || header.bands() > 1) {
                valid = reader.readMask(0, x, y, width, height);
            } else {
                valid = new byte[heights.length];
                Arrays.fill(valid, (byte) 255);
            }
            float nodata = (float) header.nodata().orElse(Double.NaN);
            for (int i = 0; i < valid.length; i++) {
                // the first comparison is false for not-a-number and for infinities
                if (!(Math.abs(heights[i]) <= Float.MAX_VALUE) || heights[i] == nodata) {
                    valid[i] = 0;
                }
            }
            return SourcePixels.ofFloats(x, y, width, height, new float[][] {heights}, valid);
        } finally {
            readNanos.add(System.nanoTime() - started);
        }
    }
}
