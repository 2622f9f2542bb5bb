// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

/**
 * EPSG:2154 to longitude and latitude, for the footprint of an Item. Written with {@code StrictMath}, so that the same
 * seed gives the same digits everywhere; a CRS library promises that less strictly. Formulas: the Lambert conic conformal
 * projection with two parallels of Snyder, "Map Projections: A Working Manual", USGS 1395 (1987), p. 107, with the
 * constants of EPSG:2154 (GRS 80, 44 and 49 degrees north, origin 3 E 46.5 N).
 */
final class Lambert93 {

    private static final double E = Math.sqrt(flattening() * (2 - flattening()));
    private static final double RADIUS = 6_378_137;
    private static final double FALSE_EASTING = 700_000;
    private static final double FALSE_NORTHING = 6_600_000;
    private static final double N;
    private static final double SCALE;
    private static final double ORIGIN;

    static {
        double first = StrictMath.toRadians(44);
        double second = StrictMath.toRadians(49);
        N = StrictMath.log(m(first) / m(second)) / StrictMath.log(t(first) / t(second));
        SCALE = m(first) / (N * StrictMath.pow(t(first), N));
        ORIGIN = RADIUS * SCALE * StrictMath.pow(t(StrictMath.toRadians(46.5)), N);
    }

    private Lambert93() {}

    /** Degrees, rounded to seven decimals. */
    static double[] lngLat(double easting, double northing) {
        double x = easting - FALSE_EASTING;
        double y = ORIGIN - (northing - FALSE_NORTHING);
        double rho = Math.sqrt(x * x + y * y);
        double t = StrictMath.pow(rho / (RADIUS * SCALE), 1 / N);
        double longitude = StrictMath.toRadians(3) + StrictMath.atan2(x, y) / N;
        double latitude = StrictMath.PI / 2 - 2 * StrictMath.atan(t);
        for (int i = 0; i < 8; i++) {
            double s = E * StrictMath.sin(latitude);
            latitude = StrictMath.PI / 2 - 2 * StrictMath.atan(t * StrictMath.pow((1 - s) / (1 + s), E / 2));
        }
        return new double[] {rounded(StrictMath.toDegrees(longitude)), rounded(StrictMath.toDegrees(latitude))};
    }

    private static double flattening() {
        return 1 / 298.257222101;
    }

    private static double m(double latitude) {
        double s = E * StrictMath.sin(latitude);
        return StrictMath.cos(latitude) / Math.sqrt(1 - s * s);
    }

    private static double t(double latitude) {
        double s = E * StrictMath.sin(latitude);
        return StrictMath.tan(StrictMath.PI / 4 - latitude / 2) / StrictMath.pow((1 - s) / (1 + s), E / 2);
    }

    private static double rounded(double degrees) {
        return Math.rint(degrees * 1e7) / 1e7;
    }
}
