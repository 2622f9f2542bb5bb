// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import org.survol.core.raster.ByteRaster;

/** Where the pixels of a tile with its halo come from: full rows from the north. */
interface Stack {

    /** @param mask one byte a pixel, row by row: 255 where there is image, 0 where there is none */
    record Rows(ByteRaster pixels, byte[] mask) {}

    int width();

    int height();

    int bands();

    /** May be called by several threads. */
    Rows read(int firstRow, int count) throws IOException;
}
