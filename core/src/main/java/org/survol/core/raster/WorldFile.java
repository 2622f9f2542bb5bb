// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.Arrays;
import org.survol.core.BadInputException;

/**
 * A world file: six numbers, the pixel's width, two rotations, its height (negative when rows run south), then easting
 * and northing of the centre of the first pixel.
 */
final class WorldFile {

    private WorldFile() {}

    static Georeferencing parse(String file, String text) {
        var words = Arrays.stream(text.strip().split("\\s+", 8)).limit(7).toArray(String[]::new);
        if (words.length != 6) {
            throw bad(file, "a world file has six numbers, one a line");
        }
        var n = new double[6];
        for (int i = 0; i < 6; i++) {
            n[i] = number(file, words[i]);
        }
        return Georeferencing.ofAffine(n[0], n[2], n[4] - (n[0] + n[2]) / 2, n[1], n[3], n[5] - (n[1] + n[3]) / 2);
    }

    private static double number(String file, String word) {
        try {
            if (word.length() <= 40) {
                return Double.parseDouble(word);
            }
        } catch (NumberFormatException e) {
            if (word.indexOf(',') >= 0) {
                throw bad(file, "its numbers have decimal commas instead of points");
            }
        }
        throw bad(file, "a line of it is no number");
    }

    private static BadInputException bad(String file, String reason) {
        return new BadInputException(
                file, reason, "Write it anew, for example with gdal_translate -co WORLDFILE=YES INPUT OUTPUT.jp2");
    }
}
