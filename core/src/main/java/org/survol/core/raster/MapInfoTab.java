// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.survol.core.BadInputException;

/**
 * A MapInfo raster table: control points {@code (easting, northing) (column, row)}, counted from pixel corners as GDAL
 * does, and the CRS by MapInfo's own codes. Those in use in France are known; of another one the grid is taken and the
 * CRS left to whoever else states it.
 */
final class MapInfoTab {

    private static final String NUMBER = "\\s*([-+]?[0-9.]{1,30}(?:[eE][-+]?[0-9]{1,3})?)\\s*";
    private static final Pattern POINT =
            Pattern.compile("\\(" + NUMBER + "," + NUMBER + "\\)\\s*\\(" + NUMBER + "," + NUMBER + "\\)");
    private static final Pattern COORD_SYS =
            Pattern.compile("(?i)CoordSys\\s+Earth\\s+Projection\\s+([^\\r\\n]{1,400})");
    private static final int MAX_POINTS = 1_000;
    /** Control points are written in decimals of a metre at best. */
    private static final double MAX_MISFIT_PIXELS = 0.5;

    private static final int LAMBERT = 3;
    private static final int TRANSVERSE_MERCATOR = 8;
    private static final int WGS84 = 104;

    private record Point(double x, double y, double column, double row) {}

    private MapInfoTab() {}

    static Georeferencing parse(String file, String text) {
        var points = new ArrayList<Point>();
        var matcher = POINT.matcher(text);
        while (matcher.find() && points.size() < MAX_POINTS) {
            points.add(new Point(
                    number(file, matcher.group(1)),
                    number(file, matcher.group(2)),
                    number(file, matcher.group(3)),
                    number(file, matcher.group(4))));
        }
        var placed = points.isEmpty() ? Georeferencing.NONE : fit(file, points);
        var epsg = epsg(text);
        return epsg.isPresent()
                ? placed.withCrs(epsg.getAsInt())
                : placed.withoutCrs("the coordinate system of " + file + " is not one that is known here");
    }

    private static Georeferencing fit(String file, List<Point> points) {
        double[] x = plane(points, true);
        double[] y = plane(points, false);
        if (x == null || y == null) {
            throw new BadInputException(
                    file,
                    "its control points do not tell a grid",
                    "Give at least three control points that do not lie on one line");
        }
        for (var p : points) {
            double east = x[0] * p.column + x[1] * p.row + x[2] - p.x;
            double north = y[0] * p.column + y[1] * p.row + y[2] - p.y;
            if (!(Math.hypot(east, north) <= MAX_MISFIT_PIXELS * Math.hypot(x[0], y[0]))) {
                throw new BadInputException(
                        file,
                        "its control points do not lie on one grid",
                        "Rectify the image, for example with gdalwarp -t_srs EPSG:2154");
            }
        }
        // decimals of the points leave a little shear behind
        double step = 1e-4;
        boolean straight = Math.abs(x[1]) < step * Math.abs(x[0]) && Math.abs(y[0]) < step * Math.abs(y[1]);
        return Georeferencing.ofAffine(x[0], straight ? 0 : x[1], x[2], straight ? 0 : y[0], y[1], y[2]);
    }

    /** Least squares of value = p column + q row + r; null when the points lie on a line. */
    private static double[] plane(List<Point> points, boolean east) {
        double n = points.size();
        double meanColumn = points.stream().mapToDouble(Point::column).sum() / n;
        double meanRow = points.stream().mapToDouble(Point::row).sum() / n;
        double mean = points.stream().mapToDouble(p -> east ? p.x : p.y).sum() / n;
        double cc = 0;
        double cr = 0;
        double rr = 0;
        double cv = 0;
        double rv = 0;
        for (var point : points) {
            double c = point.column - meanColumn;
            double r = point.row - meanRow;
            double v = (east ? point.x : point.y) - mean;
            cc += c * c;
            cr += c * r;
            rr += r * r;
            cv += c * v;
            rv += r * v;
        }
        double determinant = cc * rr - cr * cr;
        if (!(determinant > 1e-9 * cc * rr)) {
            return null;
        }
        double p = (cv * rr - rv * cr) / determinant;
        double q = (rv * cc - cv * cr) / determinant;
        return new double[] {p, q, mean - p * meanColumn - q * meanRow};
    }

    private static double number(String file, String word) {
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    file, "\"" + word + "\" is no number", "Export the table again, or send a world file instead");
        }
    }

    /** Projection type, datum, unit, then the parameters of the projection. */
    private static OptionalInt epsg(String text) {
        var matcher = COORD_SYS.matcher(text);
        if (!matcher.find()) {
            return OptionalInt.empty();
        }
        var words = matcher.group(1).split(",", -1);
        if (words.length < 8 || !words[2].strip().toLowerCase(Locale.ROOT).equals("\"m\"")) {
            return OptionalInt.empty();
        }
        var p = new double[words.length];
        for (int i = 0; i < words.length; i++) {
            if (i == 2) {
                continue;
            }
            var word = words[i].strip();
            int end = 0;
            while (end < word.length() && "+-.0123456789eE".indexOf(word.charAt(end)) >= 0) {
                end++;
            }
            try {
                p[i] = Double.parseDouble(word.substring(0, end));
            } catch (NumberFormatException e) {
                return OptionalInt.empty();
            }
        }
        // a datum outside GRS 80 and WGS 84 is none of those below
        if (p[1] != 33 && p[1] != 115 && p[1] != WGS84) {
            return OptionalInt.empty();
        }
        if (p[0] == LAMBERT && p.length >= 9) {
            return lambert(p);
        }
        return p[0] == TRANSVERSE_MERCATOR && near(p[4], 0) && near(p[5], 0.9996) && near(p[6], 500_000)
                ? utm((int) p[1], p[3], p[7])
                : OptionalInt.empty();
    }

    /** Longitude and latitude of the origin, two standard parallels, false easting and northing. */
    private static OptionalInt lambert(double[] p) {
        if (!near(p[3], 3)) {
            return OptionalInt.empty();
        }
        if (near(p[4], 46.5) && parallels(p, 44, 49) && near(p[7], 700_000) && near(p[8], 6_600_000)) {
            return OptionalInt.of(2154);
        }
        int zone = (int) Math.round(p[4]);
        boolean conic = zone >= 42
                && zone <= 50
                && near(p[4], zone)
                && parallels(p, zone - 0.75, zone + 0.75)
                && near(p[7], 1_700_000)
                && near(p[8], 200_000 + (zone - 41) * 1_000_000.0);
        return conic ? OptionalInt.of(3900 + zone) : OptionalInt.empty();
    }

    private static boolean parallels(double[] p, double south, double north) {
        return near(p[5], south) && near(p[6], north) || near(p[5], north) && near(p[6], south);
    }

    /** Without WGS 84's own code a zone means the French system that uses it. */
    private static OptionalInt utm(int datum, double meridian, double falseNorthing) {
        double exact = (meridian + 183) / 6;
        int zone = (int) Math.round(exact);
        boolean south = near(falseNorthing, 10_000_000);
        if (!near(exact, zone) || zone < 1 || zone > 60 || !south && !near(falseNorthing, 0)) {
            return OptionalInt.empty();
        }
        if (datum == WGS84) {
            return OptionalInt.of((south ? 32_700 : 32_600) + zone);
        }
        if (south) {
            return zone == 40 ? OptionalInt.of(2975) : zone == 38 ? OptionalInt.of(4471) : OptionalInt.empty();
        }
        return switch (zone) {
            case 20 -> OptionalInt.of(5490);
            case 22 -> OptionalInt.of(2972);
            default -> zone >= 28 && zone <= 37 ? OptionalInt.of(25_800 + zone) : OptionalInt.empty();
        };
    }

    private static boolean near(double value, double expected) {
        return Math.abs(value - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
    }
}
