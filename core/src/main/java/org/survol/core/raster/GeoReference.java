// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

/**
 * Where a north-up raster lies: corner coordinates in the units of its CRS (metres for the projected CRSs that Survol
 * maps in), easting or longitude first whatever the CRS's own axis order.
 *
 * @param epsg code of the CRS
 * @param west easting of the west edge of the westernmost pixels
 * @param north northing of the north edge of the northernmost pixels
 * @param pixelWidth ground width of a pixel, positive
 * @param pixelHeight ground height of a pixel, positive although rows run southwards
 */
public record GeoReference(int epsg, double west, double north, double pixelWidth, double pixelHeight) {

    public GeoReference {
        if (epsg <= 0) {
            throw new IllegalArgumentException("EPSG code must be positive: " + epsg);
        }
        if (!Double.isFinite(west) || !Double.isFinite(north)) {
            throw new IllegalArgumentException("corner must be finite: " + west + ", " + north);
        }
        if (!(pixelWidth > 0 && pixelHeight > 0) || !Double.isFinite(pixelWidth) || !Double.isFinite(pixelHeight)) {
            throw new IllegalArgumentException("pixel size must be positive: " + pixelWidth + " x " + pixelHeight);
        }
    }

    /** Easting of a column's west edge; fractional columns allowed. */
    public double easting(double column) {
        return west + column * pixelWidth;
    }

    /** Northing of a row's north edge; fractional rows allowed. */
    public double northing(double row) {
        return north - row * pixelHeight;
    }

    /** Fractional column of an easting. */
    public double column(double easting) {
        return (easting - west) / pixelWidth;
    }

    /** Fractional row of a northing. */
    public double row(double northing) {
        return (north - northing) / pixelHeight;
    }
}
