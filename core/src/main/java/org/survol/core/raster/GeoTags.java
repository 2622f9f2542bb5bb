// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A file's georeference by its GeoTIFF fields (OGC 19-008), or the reason why it has none that we can use. A reason is
 * not a refusal: the pixels can still be read.
 */
record GeoTags(Optional<GeoReference> geo, String whyNot) {

    private static final int USER_DEFINED = 32_767;
    private static final int PIXEL_IS_POINT = 2;

    static GeoTags of(TiffDirectory directory) throws IOException {
        var keys = keys(directory);
        int epsg = epsg(keys);
        var transform = transform(directory);
        if (keys.isEmpty() || epsg == 0) {
            return none(
                    transform == null
                            ? "it has no coordinate reference system and no position"
                            : "it has no coordinate reference system");
        }
        if (epsg == USER_DEFINED) {
            return none("its coordinate reference system is defined by parameters instead of an EPSG code");
        }
        if (transform == null) {
            return none(
                    directory.has(TiffTag.MODEL_TIEPOINT)
                            ? "it is placed by ground control points instead of a north-up grid"
                            : "it has a coordinate reference system but no position");
        }
        double pixelWidth = transform[0];
        double pixelHeight = -transform[4];
        // a millionth of a pixel of shear per pixel is rounding, more is rotation
        if (Math.abs(transform[1]) > 1e-6 * Math.abs(pixelWidth)
                || Math.abs(transform[3]) > 1e-6 * Math.abs(pixelHeight)) {
            return none("it is rotated, and only north-up images are mapped");
        }
        if (!(pixelWidth > 0 && pixelHeight > 0)) {
            return none("its rows do not run from north to south and its columns from west to east");
        }
        double west = transform[2];
        double north = transform[5];
        if (keys.getOrDefault(TiffTag.GEO_RASTER_TYPE, 1) == PIXEL_IS_POINT) {
            west -= pixelWidth / 2;
            north += pixelHeight / 2;
        }
        if (!Double.isFinite(west) || !Double.isFinite(north) || !Double.isFinite(pixelWidth + pixelHeight)) {
            return none("its position is not a number");
        }
        return new GeoTags(Optional.of(new GeoReference(epsg, west, north, pixelWidth, pixelHeight)), "");
    }

    private static GeoTags none(String why) {
        return new GeoTags(Optional.empty(), why);
    }

    /** Keys whose value stands in the directory itself, which are all that we need. */
    private static Map<Integer, Integer> keys(TiffDirectory directory) throws IOException {
        var keys = new HashMap<Integer, Integer>();
        var shorts = directory.numbers(TiffTag.GEO_KEY_DIRECTORY);
        if (shorts.length < 4) {
            return keys;
        }
        for (int i = 4; i + 3 < shorts.length && i / 4 <= shorts[3]; i += 4) {
            if (shorts[i + 1] == 0) {
                keys.put((int) shorts[i], (int) shorts[i + 3]);
            }
        }
        return keys;
    }

    /** 0 when the file names no CRS. */
    private static int epsg(Map<Integer, Integer> keys) {
        int projected = keys.getOrDefault(TiffTag.GEO_PROJECTED_CRS, 0);
        int geodetic = keys.getOrDefault(TiffTag.GEO_GEODETIC_CRS, 0);
        return switch (keys.getOrDefault(TiffTag.GEO_MODEL_TYPE, 0)) {
            case 1 -> projected;
            case 2 -> geodetic;
            default -> projected != 0 ? projected : geodetic;
        };
    }

    /** a, b, c, d, e, f of x = a column + b row + c and y = d column + e row + f; null when there is none. */
    private static double[] transform(TiffDirectory directory) throws IOException {
        var matrix = directory.doubles(TiffTag.MODEL_TRANSFORMATION);
        if (matrix.length >= 8) {
            return new double[] {matrix[0], matrix[1], matrix[3], matrix[4], matrix[5], matrix[7]};
        }
        var scale = directory.doubles(TiffTag.MODEL_PIXEL_SCALE);
        var tie = directory.doubles(TiffTag.MODEL_TIEPOINT);
        if (scale.length < 2 || tie.length < 6) {
            return null;
        }
        return new double[] {scale[0], 0, tie[3] - tie[0] * scale[0], 0, -scale[1], tie[4] + tie[1] * scale[1]};
    }
}
