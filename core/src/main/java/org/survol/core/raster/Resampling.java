// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/** How overviews are made from the level above them. */
public enum Resampling {
    /** mean of the valid pixels of two by two; for images and measures */
    AVERAGE,
    /** the north-west pixel of two by two; for classes, whose values must not be mixed */
    NEAREST
}
