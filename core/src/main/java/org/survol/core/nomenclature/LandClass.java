// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One class of a nomenclature.
 *
 * @param value pixel value in class rasters, 1 to 255; 0 is reserved for "no data"
 * @param code short stable code, for example {@code building} or {@code CS1.1.1.1}
 * @param colour {@code #rrggbb}
 */
public record LandClass(int value, String code, String labelEn, String labelFr, String colour) {

    private static final Pattern COLOUR = Pattern.compile("#[0-9a-fA-F]{6}");

    public LandClass {
        if (value < 1 || value > 255) {
            throw new IllegalArgumentException("class value must be 1 to 255: " + value);
        }
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(labelEn, "labelEn");
        Objects.requireNonNull(labelFr, "labelFr");
        if (!COLOUR.matcher(Objects.requireNonNull(colour, "colour")).matches()) {
            throw new IllegalArgumentException("colour must be #rrggbb: " + colour);
        }
    }

    /** 0xRRGGBB. */
    public int rgb() {
        return Integer.parseInt(colour.substring(1), 16);
    }
}
