// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A file's georeference by its GeoTIFF fields (OGC 19-008). */
final class GeoTags {

    private static final int USER_DEFINED = 32_767;
    private static final int PIXEL_IS_POINT = 2;

    private GeoTags() {}

    static Georeferencing of(TiffDirectory directory) throws IOException {
        var keys = keys(directory);
        int epsg = epsg(keys);
        var placed = placed(directory, keys.getOrDefault(TiffTag.GEO_RASTER_TYPE, 1) == PIXEL_IS_POINT);
        if (epsg == USER_DEFINED) {
            return placed.withoutCrs(
                    "its coordinate reference system is defined by parameters instead of an EPSG code");
        }
        return epsg == 0 ? placed : placed.withCrs(epsg);
    }

    private static Georeferencing placed(TiffDirectory directory, boolean pixelIsPoint) throws IOException {
        var affine = transform(directory);
        if (affine == null) {
            return directory.has(TiffTag.MODEL_TIEPOINT)
                    ? Georeferencing.NONE.withoutPlacement(
                            "it is placed by ground control points instead of a north-up grid")
                    : Georeferencing.NONE.withoutPlacement("it has no position");
        }
        double halfColumn = pixelIsPoint ? 0.5 : 0;
        return Georeferencing.ofAffine(
                affine[0],
                affine[1],
                affine[2] - halfColumn * (affine[0] + affine[1]),
                affine[3],
                affine[4],
                affine[5] - halfColumn * (affine[3] + affine[4]));
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
