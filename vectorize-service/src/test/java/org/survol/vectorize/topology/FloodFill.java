// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The plainest way to find regions and to remove small ones, to compare with. */
final class FloodFill {

    /** @param pixels indices in the raster, the first in scan order first */
    record Patch(int landClass, List<Integer> pixels) {}

    private FloodFill() {}

    static List<Patch> patches(ClassRasters raster) {
        int width = raster.window().width();
        int height = raster.window().height();
        var seen = new boolean[width * height];
        var patches = new ArrayList<Patch>();
        for (int start = 0; start < seen.length; start++) {
            if (seen[start] || raster.classes()[start] == 0) {
                continue;
            }
            var pixels = new ArrayList<Integer>();
            var queue = new ArrayDeque<Integer>();
            queue.add(start);
            seen[start] = true;
            while (!queue.isEmpty()) {
                int p = queue.remove();
                pixels.add(p);
                for (int q : neighbours(p, width, height)) {
                    if (q >= 0 && !seen[q] && raster.classes()[q] == raster.classes()[p]) {
                        seen[q] = true;
                        queue.add(q);
                    }
                }
            }
            patches.add(new Patch(raster.classes()[start], pixels));
        }
        return patches;
    }

    static List<String> regions(ClassRasters raster) {
        return patches(raster).stream()
                .map(p -> "class " + p.landClass + " pixels " + p.pixels.size() + " first "
                        + (raster.window().column()
                                + p.pixels.get(0) % raster.window().width()) + " "
                        + (raster.window().row()
                                + p.pixels.get(0) / raster.window().width()))
                .toList();
    }

    /** The rule of {@link MinimumMappingUnit}, on pixels, one region at a time. */
    static byte[] eliminated(ClassRasters raster, int minimumPixels) {
        int width = raster.window().width();
        int height = raster.window().height();
        var classes = raster.classes().clone();
        var current = new ClassRasters(raster.window(), classes, raster.confidence());
        while (true) {
            var patch = patches(current).stream()
                    .filter(p -> p.pixels.size() < minimumPixels)
                    .filter(p -> longestBorder(classes, p, width, height) != 0)
                    .min((a, b) -> Integer.compare(a.pixels.size(), b.pixels.size()));
            if (patch.isEmpty()) {
                return classes;
            }
            byte into = (byte) longestBorder(classes, patch.get(), width, height);
            patch.get().pixels.forEach(p -> classes[p] = into);
        }
    }

    private static int longestBorder(byte[] classes, Patch patch, int width, int height) {
        var lengths = new int[256];
        for (int p : patch.pixels) {
            for (int q : neighbours(p, width, height)) {
                if (q >= 0 && classes[q] != 0 && classes[q] != classes[p]) {
                    lengths[classes[q] & 0xFF]++;
                }
            }
        }
        int longest = 0;
        for (int c = 1; c < lengths.length; c++) {
            if (lengths[c] > lengths[longest]) {
                longest = c;
            }
        }
        return longest;
    }

    private static int[] neighbours(int p, int width, int height) {
        int x = p % width;
        int y = p / width;
        return new int[] {
            x > 0 ? p - 1 : -1, x + 1 < width ? p + 1 : -1, y > 0 ? p - width : -1, y + 1 < height ? p + width : -1
        };
    }
}
