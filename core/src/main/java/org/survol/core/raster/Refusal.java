// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import org.survol.core.BadInputException;

/**
 * The ways a raster file is refused, in words that help its sender.
 *
 * @param format what the file is or claims to be
 */
record Refusal(String file, String format) {

    private static final String CONVERT =
            "Convert it to a plain GeoTIFF: gdal_translate -of COG -co COMPRESS=ZSTD INPUT OUTPUT.tif";

    Refusal(String file) {
        this(file, "TIFF");
    }

    BadInputException notAnImage(String what) {
        return new BadInputException(
                file, what, "Send a GeoTIFF; gdal_translate -of COG INPUT OUTPUT.tif makes one of most image files");
    }

    BadInputException truncated(String what) {
        return new BadInputException(
                file, "truncated " + format + ": " + what, "Send the file again; the copy that arrived is incomplete");
    }

    BadInputException damaged(String what) {
        return damaged(what, null);
    }

    BadInputException damaged(String what, Throwable cause) {
        return new BadInputException(
                file,
                "damaged " + format + ": " + what,
                "Send the file again, or write it anew from its source: gdal_translate -of COG INPUT OUTPUT.tif",
                cause);
    }

    BadInputException unsupported(String what) {
        return new BadInputException(file, what, CONVERT);
    }

    BadInputException tooLarge(String what) {
        return new BadInputException(file, what, CONVERT);
    }
}
