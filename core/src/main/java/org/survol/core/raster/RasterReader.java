// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.util.Arrays;
import org.survol.core.BadInputException;

/**
 * Windows of an image file of any format that is read. Level 0 is the full image, the others are its overviews, largest
 * first; columns count from the west edge, rows from the north. Windows must lie inside their level.
 *
 * <p>A file that turns out to be damaged where a window touches it is a {@link BadInputException}, a source that cannot
 * be reached an {@link IOException}. Safe to use from several threads; holds nothing open that needs closing.
 */
public interface RasterReader {

    RasterHeader header();

    /** 1 for the full image and 1 for each overview. */
    int levels();

    int width(int level);

    int height(int level);

    /**
     * The bands' pixels in a window.
     *
     * @throws BadInputException when the samples are not 8-bit unsigned
     */
    ByteRaster readBytes(int level, int x, int y, int width, int height) throws IOException;

    /** {@link #readBytes} for some of the bands, in the given order. */
    default ByteRaster readBands(int level, int x, int y, int width, int height, int... bands) throws IOException {
        var all = readBytes(level, x, y, width, height);
        var planes = new byte[bands.length][];
        Arrays.setAll(planes, i -> all.plane(bands[i]));
        return ByteRaster.of(width, height, planes);
    }

    /** The bands' pixels in a window, whatever the file's sample type. */
    FloatRaster readFloats(int level, int x, int y, int width, int height) throws IOException;

    /**
     * Which pixels of a window were measured: 255 where valid, 0 where a mask or an alpha band says no, where every band
     * has the nodata value, or where every band is not a number.
     */
    byte[] readMask(int level, int x, int y, int width, int height) throws IOException;

    /**
     * The same file with its alpha band taken as an ordinary one. Some software marks the near infrared of four-band
     * images as opacity; who knows better, knows here. The reader itself when there is no alpha band.
     */
    RasterReader withAlphaAsBand();
}
