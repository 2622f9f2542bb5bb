// SPDX-License-Identifier: Apache-2.0
package org.survol.core.crs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.geotools.api.referencing.FactoryException;
import org.geotools.api.referencing.crs.ProjectedCRS;
import org.geotools.api.referencing.operation.TransformException;
import org.geotools.referencing.CRS;
import org.survol.core.BadInputException;

/**
 * Finds the registry's code of a CRS that is written out as WKT. Names differ from writer to writer, so systems are
 * compared by what they do: two are the same when they project the same points to the same millimetre.
 */
final class WktMatch {

    private static final int MAX_TEXT = 20_000;
    /** Nesting of a written CRS is below ten; deeper ones would only exhaust the parser's stack. */
    private static final int MAX_DEPTH = 50;

    private static final Pattern OWN_CODE =
            Pattern.compile("(?:AUTHORITY|ID)\\s*\\[\\s*\"EPSG\"\\s*,\\s*\"?(\\d{4,6})\"?\\s*]\\s*]\\s*$");

    private static final double SAME_METRES = 2e-3;

    private static final List<Integer> IN_USE = List.of(
            2154, 5490, 4559, 2972, 2975, 4471, 3942, 3943, 3944, 3945, 3946, 3947, 3948, 3949, 3950, 3035, 2056, 31370,
            28992);

    private WktMatch() {}

    static Optional<Crs> find(String text) {
        var wkt = text.strip();
        if (wkt.length() > MAX_TEXT || depth(wkt) > MAX_DEPTH) {
            return Optional.empty();
        }
        var own = OWN_CODE.matcher(wkt);
        if (own.find()) {
            return known(Integer.parseInt(own.group(1)));
        }
        ProjectedCRS written;
        try {
            if (!(CRS.parseWKT(wkt) instanceof ProjectedCRS projected)) {
                return Optional.empty();
            }
            written = projected;
        } catch (FactoryException | RuntimeException e) {
            // the parser throws what it comes across on texts that are none
            return Optional.empty();
        }
        for (int code : candidates(written)) {
            var candidate = known(code);
            if (candidate.isPresent() && same(written, candidate.get())) {
                return candidate;
            }
        }
        return Optional.empty();
    }

    private static int depth(String wkt) {
        int depth = 0;
        int deepest = 0;
        for (int i = 0; i < wkt.length(); i++) {
            char c = wkt.charAt(i);
            if (c == '[' || c == '(') {
                deepest = Math.max(deepest, ++depth);
            } else if (c == ']' || c == ')') {
                depth--;
            }
        }
        return deepest;
    }

    private static Optional<Crs> known(int code) {
        try {
            return Optional.of(Crs.ofEpsg(code));
        } catch (BadInputException e) {
            return Optional.empty();
        }
    }

    /** On WGS 84 the UTM zones by its codes; else the systems in use here and the European zones. */
    private static List<Integer> candidates(ProjectedCRS written) {
        var datum = written.getDatum().getName().getCode().toUpperCase(Locale.ROOT);
        boolean wgs84 = (datum.contains("WGS") || datum.contains("WORLD GEODETIC")) && datum.contains("84");
        var codes = new ArrayList<>(wgs84 ? List.<Integer>of() : IN_USE);
        for (int zone = 1; zone <= 60; zone++) {
            if (wgs84) {
                codes.add(32_600 + zone);
                codes.add(32_700 + zone);
            } else if (zone >= 28 && zone <= 37) {
                codes.add(25_800 + zone);
            }
        }
        return codes;
    }

    /** Takes points of the area that the candidate is made for from one to the other. */
    private static boolean same(ProjectedCRS written, Crs candidate) {
        var home = CRS.getGeographicBoundingBox(candidate.system());
        if (home == null || !(candidate.system() instanceof ProjectedCRS known)) {
            return false;
        }
        try {
            var project = CRS.findMathTransform(known.getBaseCRS(), known, true);
            var toWritten = CRS.findMathTransform(known, written, true);
            for (double share : new double[] {0.5, 0.3, 0.8}) {
                double[] xy = {
                    home.getWestBoundLongitude()
                            + share * (home.getEastBoundLongitude() - home.getWestBoundLongitude()),
                    home.getSouthBoundLatitude()
                            + (1 - share * share) * (home.getNorthBoundLatitude() - home.getSouthBoundLatitude())
                };
                double[] other = new double[2];
                project.transform(xy, 0, xy, 0, 1);
                toWritten.transform(xy, 0, other, 0, 1);
                if (!(Math.hypot(xy[0] - other[0], xy[1] - other[1]) < SAME_METRES)) {
                    return false;
                }
            }
            return true;
        } catch (FactoryException | TransformException | RuntimeException e) {
            // points that one of them cannot project: not the same
            return false;
        }
    }
}
