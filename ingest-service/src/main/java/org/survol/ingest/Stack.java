// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.List;
import org.survol.core.BadInputException;
import org.survol.core.raster.ByteRaster;

/**
 * A tile with its halo, cut from the sources.
 *
 * @param pixels the model's bands in its order; 0 where the mask is 0
 * @param mask 255 where every image band that the model asks for has a value
 * @param validInTile valid pixels of the tile proper, halo not counted
 * @param terrainInTile those of them that have a height above ground; elsewhere elevation is 0
 * @param uses what each source gave to the valid pixels of the tile proper
 * @param unreadable sources that were left out
 */
record Stack(
        ByteRaster pixels,
        byte[] mask,
        long validInTile,
        long terrainInTile,
        List<Use> uses,
        List<BadInputException> unreadable,
        long readNanos,
        long warpNanos) {

    /** @param source index in the plan */
    record Use(Layer layer, int source, long pixels) {}
}
