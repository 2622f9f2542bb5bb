// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** How one sample of a raster is stored. */
public enum SampleType {
    UINT8(1, false),
    UINT16(2, false),
    INT16(2, false),
    UINT32(4, false),
    INT32(4, false),
    FLOAT32(4, true),
    FLOAT64(8, true);

    private final int bytes;
    private final boolean floating;

    SampleType(int bytes, boolean floating) {
        this.bytes = bytes;
        this.floating = floating;
    }

    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return floating;
    }
}
