// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/**
 * A north-up grid without a CRS: corner and pixel size in whatever unit the CRS has.
 *
 * @param west of the west edge of the westernmost pixels
 * @param north of the north edge of the northernmost pixels
 */
record Placement(double west, double north, double pixelWidth, double pixelHeight) {

    GeoReference in(int epsg) {
        return new GeoReference(epsg, west, north, pixelWidth, pixelHeight);
    }
}
