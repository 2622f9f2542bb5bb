// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What one source (the file itself, a side file, an Item) tells about where an image lies: its CRS, its grid, both or
 * neither.
 *
 * @param whyNoCrs reason for a person; empty when there is a CRS
 * @param whyNoPlacement reason for a person; empty when there is a grid
 * @param turned whether it tells a grid that cannot be used: no other source may speak in its place
 */
record Georeferencing(
        OptionalInt epsg, Optional<Placement> placement, String whyNoCrs, String whyNoPlacement, boolean turned) {

    private static final String NO_CRS = "it has no coordinate reference system";
    private static final String NO_POSITION = "it has no position";

    /** A millionth of a pixel of shear per pixel is rounding, more is rotation. */
    private static final double MAX_SHEAR = 1e-6;

    static final Georeferencing NONE =
            new Georeferencing(OptionalInt.empty(), Optional.empty(), NO_CRS, NO_POSITION, false);

    static Georeferencing ofCrs(int epsg) {
        return NONE.withCrs(epsg);
    }

    /** The grid of x = a column + b row + c and y = d column + e row + f, columns and rows counted from pixel corners. */
    static Georeferencing ofAffine(double a, double b, double c, double d, double e, double f) {
        if (!Double.isFinite(a + b + c + d + e + f)) {
            return NONE.turned("its position is not a number");
        }
        if (Math.abs(b) > MAX_SHEAR * Math.abs(a) || Math.abs(d) > MAX_SHEAR * Math.abs(e)) {
            return NONE.turned("it is rotated, and only north-up images are mapped");
        }
        if (!(a > 0 && e < 0)) {
            return NONE.turned("its rows do not run from north to south and its columns from west to east");
        }
        return new Georeferencing(OptionalInt.empty(), Optional.of(new Placement(c, f, a, -e)), NO_CRS, "", false);
    }

    Georeferencing withCrs(int code) {
        return new Georeferencing(OptionalInt.of(code), placement, "", whyNoPlacement, turned);
    }

    Georeferencing withoutCrs(String why) {
        return new Georeferencing(OptionalInt.empty(), placement, why, whyNoPlacement, turned);
    }

    Georeferencing withoutPlacement(String why) {
        return new Georeferencing(epsg, Optional.empty(), whyNoCrs, why, false);
    }

    private Georeferencing turned(String why) {
        return new Georeferencing(epsg, Optional.empty(), whyNoCrs, why, true);
    }

    /** This, with what it lacks taken from the other. */
    Georeferencing or(Georeferencing other) {
        var result = this;
        if (epsg.isEmpty() && other.epsg.isPresent()) {
            result = result.withCrs(other.epsg.getAsInt());
        } else if (epsg.isEmpty() && whyNoCrs.equals(NO_CRS)) {
            result = result.withoutCrs(other.whyNoCrs);
        }
        if (placement.isEmpty() && !turned && (other.placement.isPresent() || other.turned)) {
            result = new Georeferencing(
                    result.epsg, other.placement, result.whyNoCrs, other.whyNoPlacement, other.turned);
        }
        return result;
    }

    boolean isComplete() {
        return epsg.isPresent() && placement.isPresent();
    }

    Optional<GeoReference> geo() {
        return isComplete() ? Optional.of(placement.get().in(epsg.getAsInt())) : Optional.empty();
    }

    /** Empty when nothing is missing. */
    String whyNot() {
        if (turned || epsg.isPresent()) {
            return whyNoPlacement;
        }
        if (placement.isEmpty() && whyNoCrs.equals(NO_CRS)) {
            return whyNoPlacement.equals(NO_POSITION)
                    ? NO_CRS + " and no position"
                    : NO_CRS + ", and " + whyNoPlacement;
        }
        return whyNoCrs;
    }
}
