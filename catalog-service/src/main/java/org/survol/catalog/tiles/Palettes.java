// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import org.survol.core.nomenclature.Nomenclature;

/** 256 colours, each 0xAARRGGBB; 0 is always transparent: no data. */
final class Palettes {

    private static final int OPAQUE = 0xff000000;
    /** Dark violet, teal, pale yellow: light grows evenly, and the colour-blind see the same order. */
    private static final int[] STOPS = {0x35105c, 0x21858d, 0xf7e98d};

    private Palettes() {}

    static int[] classes(Nomenclature nomenclature) {
        var palette = new int[256];
        for (var landClass : nomenclature.classes()) {
            palette[landClass.value()] = OPAQUE | landClass.rgb();
        }
        return palette;
    }

    static int[] confidence() {
        var palette = new int[256];
        for (int value = 1; value < palette.length; value++) {
            double position = value / 255.0 * (STOPS.length - 1);
            int stop = Math.min((int) position, STOPS.length - 2);
            palette[value] = OPAQUE | between(STOPS[stop], STOPS[stop + 1], position - stop);
        }
        return palette;
    }

    /** One colour, transparent at 0, opaque at 255. */
    static int[] oneHue(int rgb) {
        var palette = new int[256];
        for (int value = 1; value < palette.length; value++) {
            palette[value] = value << 24 | rgb;
        }
        return palette;
    }

    private static int between(int from, int to, double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = from >> shift & 0xff;
            int b = to >> shift & 0xff;
            mixed |= (int) Math.round(a + share * (b - a)) << shift;
        }
        return mixed;
    }
}
