// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.core.crs.Crs;

/**
 * A CRS as clients name it.
 *
 * @param northFirst whether coordinates under this name are written northing or latitude first
 */
public record NamedCrs(String uri, Crs crs, boolean northFirst) {

    public static final NamedCrs CRS84 =
            new NamedCrs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", Crs.ofEpsg(4326), false);

    private static final String EPSG = "http://www.opengis.net/def/crs/EPSG/0/";
    private static final int WEB_MERCATOR = 3857;
    private static final int WGS84 = 4326;

    private static NamedCrs ofEpsg(int code) {
        var crs = Crs.ofEpsg(code);
        return new NamedCrs(EPSG + code, crs, crs.registryPutsNorthFirst());
    }

    /** Those that features of a file can be had in: the default one first, the file's own last. */
    public static List<NamedCrs> of(int epsg) {
        Map<String, NamedCrs> named = new LinkedHashMap<>();
        for (var each : List.of(CRS84, ofEpsg(WGS84), ofEpsg(WEB_MERCATOR), ofEpsg(epsg))) {
            named.putIfAbsent(each.uri, each);
        }
        return List.copyOf(named.values());
    }

    public static NamedCrs find(String parameter, String uri, List<NamedCrs> supported) {
        return supported.stream()
                .filter(each -> each.uri.equals(uri))
                .findFirst()
                .orElseThrow(() -> Problem.badRequest(parameter + " must be one of "
                        + supported.stream().map(NamedCrs::uri).collect(Collectors.joining(", ")) + ", not \""
                        + Parameters.shown(uri) + "\""));
    }

    public boolean isDegrees() {
        return !crs.isProjectedInMetres();
    }
}
