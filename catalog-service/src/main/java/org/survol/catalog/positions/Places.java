// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Coordinate;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;

/** Reads places as EDR clients write them: WKT of a POINT or MULTIPOINT. */
final class Places {

    private static final int MOST = 1_000;
    private static final String NUMBER = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d{1,3})?";
    private static final Pattern POSITION =
            Pattern.compile("\\(?\\s*(" + NUMBER + ")\\s+(" + NUMBER + ")(?:\\s+" + NUMBER + ")?\\s*\\)?");
    private static final Pattern WKT =
            Pattern.compile("(MULTI)?POINT\\s*(?:Z\\s*)?\\((.*)\\)", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private Places() {}

    /** @return as written, the first number as x */
    static List<Coordinate> parse(String text) {
        var wkt = WKT.matcher(text.strip());
        if (!wkt.matches()) {
            throw wrong(text);
        }
        boolean many = wkt.group(1) != null;
        var places = new ArrayList<Coordinate>();
        for (var part : Arrays.asList(wkt.group(2).split(",", MOST + 2))) {
            var position = POSITION.matcher(part.strip());
            boolean paired = part.contains("(") == part.contains(")") && (many || !part.contains("("));
            if (!position.matches() || !paired) {
                throw wrong(text);
            }
            places.add(new Coordinate(Double.parseDouble(position.group(1)), Double.parseDouble(position.group(2))));
        }
        if (places.size() > MOST) {
            throw Problem.badRequest("coords must not name more than " + MOST + " places; ask in several requests");
        }
        if (!many && places.size() > 1) {
            throw wrong(text);
        }
        return places;
    }

    private static Problem wrong(String text) {
        return Problem.badRequest(
                "coords must be WKT such as POINT(2.35 48.85) or MULTIPOINT((2.35 48.85),(2.36 48.86))," + " not \""
                        + Parameters.shown(text.strip().toLowerCase(Locale.ROOT)) + "\"");
    }
}
