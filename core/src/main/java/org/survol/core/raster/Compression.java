// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** How the blocks of a raster that we write are compressed. Both are lossless. */
public enum Compression {
    /** quick and small; read by GDAL 2.3 and later */
    ZSTD(TiffTag.COMPRESSION_ZSTD),
    /** read by everything */
    DEFLATE(TiffTag.COMPRESSION_DEFLATE);

    private final int tag;

    Compression(int tag) {
        this.tag = tag;
    }

    int tag() {
        return tag;
    }
}
