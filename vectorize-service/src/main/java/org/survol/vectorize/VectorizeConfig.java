// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What an operator may set; see docs/configuration.md. */
@ConfigMapping(prefix = "survol.vectorize")
interface VectorizeConfig {

    /**
     * Tiles traced at once. Each holds its packed rasters, 512 rows of every class's probabilities (50 MB with 19 classes)
     * and the boundary of a tile in memory: some 200 MB, twice that on a noisy map.
     */
    @WithDefault("1")
    int workers();

    /** A tile whose boundaries have more corners is refused; each takes some 60 bytes while the tile is traced. */
    @WithDefault("8000000")
    int maxCorners();

    /** Runs assembled at once. Each holds the boundary of a sheet and of the tiles round it in memory. */
    @WithDefault("1")
    int assembleWorkers();

    /**
     * Side of a sheet: larger maps are made sheet by sheet, and polygons end at their edges, lines of the absolute grid.
     * A map that covers no more ground than one sheet is one. Best a multiple of the tile size.
     */
    @WithDefault("40960")
    int sheetPixels();

    /** What the map leaves out and how smooth it is: the name of a rule set, or the path of a YAML file. */
    @WithDefault("detail")
    String rules();

    /** Whether a product has its polygons as GeoJSON text too; several times larger than the other files. */
    @WithDefault("false")
    boolean geojsonSeq();
}
