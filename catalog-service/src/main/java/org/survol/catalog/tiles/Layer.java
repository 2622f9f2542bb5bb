// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a map tile shows. */
enum Layer {
    /** red, green, blue of the stack */
    IMAGE,
    /** the class map in the legend's colours */
    CLASSES,
    /** probability of the chosen class, dark where unsure */
    CONFIDENCE;

    static Optional<Layer> parse(String name) {
        return Arrays.stream(values())
                .filter(layer -> layer.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }
}
