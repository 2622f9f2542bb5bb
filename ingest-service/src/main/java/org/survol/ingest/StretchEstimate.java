// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.survol.core.BadInputException;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.core.raster.FloatRaster;
import org.survol.core.raster.RasterReader;

/**
 * How 16-bit images become 8 bits: one linear map per role and band for a whole acquisition, so that its mosaic has one
 * look, from percentiles of a sample of all its images. The sample is bounded and depends on nothing but the files: the
 * smallest overview that still shows something, else a fixed lattice of small windows. Missing pixels and zeros, which
 * fill the edges of many deliveries, do not count.
 */
final class StretchEstimate {

    private static final int VALUES = 1 << 16;
    /** The overview that is taken is the smallest with so many pixels on its longer side. */
    private static final int OVERVIEW_SIDE = 256;
    /** A lattice of 6 x 6 windows of 128 x 128 pixels: 590,000 pixels of each file at most. */
    private static final int LATTICE = 6;

    private static final int WINDOW = 128;
    /** Larger overviews than this are not read whole. */
    private static final long MAX_OVERVIEW_PIXELS = 4_000_000;

    private final double lowPercent;
    private final double highPercent;
    private final Map<Role, List<long[]>> histograms = new EnumMap<>(Role.class);

    StretchEstimate(double lowPercent, double highPercent) {
        if (!(lowPercent >= 0 && lowPercent < highPercent && highPercent <= 100)) {
            throw new IllegalArgumentException(
                    "survol.ingest.stretch-low-percent and -high-percent must ascend from 0 to" + " 100: " + lowPercent
                            + ", " + highPercent);
        }
        this.lowPercent = lowPercent;
        this.highPercent = highPercent;
    }

    /**
     * Adds a file's pixels.
     *
     * @throws BadInputException when they cannot be read; nothing of the file counts then
     */
    void add(Role role, RasterReader reader) throws IOException {
        var sampled = new ArrayList<long[]>();
        for (int band = 0; band < reader.header().bands(); band++) {
            sampled.add(new long[VALUES]);
        }
        int level = overview(reader);
        if (level > 0) {
            count(reader, level, 0, 0, reader.width(level), reader.height(level), sampled);
        } else {
            int width = reader.width(0);
            int height = reader.height(0);
            int across = Math.min(LATTICE, (width + WINDOW - 1) / WINDOW);
            int down = Math.min(LATTICE, (height + WINDOW - 1) / WINDOW);
            for (int i = 0; i < across * down; i++) {
                int x = place(i % across, across, width);
                int y = place(i / across, down, height);
                count(reader, 0, x, y, Math.min(WINDOW, width - x), Math.min(WINDOW, height - y), sampled);
            }
        }
        var pooled = histograms.computeIfAbsent(role, r -> new ArrayList<>());
        for (int band = 0; band < sampled.size(); band++) {
            if (band == pooled.size()) {
                pooled.add(new long[VALUES]);
            }
            for (int value = 0; value < VALUES; value++) {
                pooled.get(band)[value] += sampled.get(band)[value];
            }
        }
    }

    /** 0 when there is none worth reading. */
    private static int overview(RasterReader reader) {
        int level = reader.levels() - 1;
        while (level > 0 && Math.max(reader.width(level), reader.height(level)) < OVERVIEW_SIDE) {
            level--;
        }
        return (long) reader.width(level) * reader.height(level) > MAX_OVERVIEW_PIXELS ? 0 : level;
    }

    /** Windows lie evenly, the first at the west or north edge and the last at the other. */
    private static int place(int index, int count, int side) {
        return count == 1 ? 0 : (int) ((long) index * (side - WINDOW) / (count - 1));
    }

    private static void count(
            RasterReader reader, int level, int x, int y, int width, int height, List<long[]> histograms)
            throws IOException {
        FloatRaster pixels = reader.readFloats(level, x, y, width, height);
        var valid = reader.readMask(level, x, y, width, height);
        for (int band = 0; band < histograms.size(); band++) {
            var plane = pixels.plane(band);
            var histogram = histograms.get(band);
            for (int i = 0; i < plane.length; i++) {
                int value = (int) plane[i];
                if (valid[i] != 0 && value > 0 && value < VALUES) {
                    histogram[value]++;
                }
            }
        }
    }

    /** One per band of the role's files, by their order there. */
    List<Stretch> of(Role role) {
        return histograms.getOrDefault(role, List.of()).stream()
                .map(histogram -> {
                    int low = percentile(histogram, lowPercent);
                    return new Stretch(low, Math.max(low + 1, percentile(histogram, highPercent)));
                })
                .toList();
    }

    /** The least value that at least so many of the counted ones do not exceed; 0 when none was counted. */
    private static int percentile(long[] histogram, double percent) {
        long total = 0;
        for (long count : histogram) {
            total += count;
        }
        double wanted = total * percent / 100;
        long seen = 0;
        for (int value = 0; value < VALUES; value++) {
            seen += histogram[value];
            if (histogram[value] > 0 && seen >= wanted) {
                return value;
            }
        }
        return 0;
    }
}
