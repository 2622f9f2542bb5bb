// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geoparquet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A projected CRS as PROJJSON, made from the WKT 1 that the EPSG registry gives: for the projections that national grids use.
 */
final class ProjJson {

    private static final Map<String, String> METHODS = Map.of(
            "9801", "Lambert Conic Conformal (1SP)",
            "9802", "Lambert Conic Conformal (2SP)",
            "9807", "Transverse Mercator",
            "9809", "Oblique Stereographic");
    private static final String TWO_PARALLELS = "9802";

    private static final Pattern PROJECTED = Pattern.compile("PROJCS\\[\"([^\"]+)\"");
    private static final Pattern GEOGRAPHIC = Pattern.compile("GEOGCS\\[\"([^\"]+)\"");
    private static final Pattern DATUM = Pattern.compile("DATUM\\[\"([^\"]+)\"");
    private static final Pattern SPHEROID = Pattern.compile("SPHEROID\\[\"([^\"]+)\", ([0-9.]+), ([0-9.]+)");
    private static final Pattern GREENWICH = Pattern.compile("PRIMEM\\[\"Greenwich\", 0\\.0");
    private static final Pattern METHOD = Pattern.compile("PROJECTION\\[\"[^\"]+\", AUTHORITY\\[\"EPSG\",\"(\\d+)\"]");
    private static final Pattern PARAMETER = Pattern.compile("PARAMETER\\[\"([a-z_0-9]+)\", (-?[0-9.E]+)]");

    private ProjJson() {}

    /** Empty when the projection is none of those known here, or the meridian not Greenwich's. */
    static Optional<Map<String, Object>> of(int epsg, String wkt) {
        var projected = PROJECTED.matcher(wkt);
        var geographic = GEOGRAPHIC.matcher(wkt);
        var datum = DATUM.matcher(wkt);
        var spheroid = SPHEROID.matcher(wkt);
        var method = METHOD.matcher(wkt);
        if (!projected.find()
                || !geographic.find()
                || !datum.find()
                || !spheroid.find()
                || !method.find()
                || !GREENWICH.matcher(wkt).find()
                || !METHODS.containsKey(method.group(1))) {
            return Optional.empty();
        }
        var given = new LinkedHashMap<String, Double>();
        var parameter = PARAMETER.matcher(wkt);
        while (parameter.find()) {
            given.put(parameter.group(1), Double.valueOf(parameter.group(2)));
        }
        var ellipsoid = object(
                "name",
                spheroid.group(1),
                "semi_major_axis",
                Double.valueOf(spheroid.group(2)),
                "inverse_flattening",
                Double.valueOf(spheroid.group(3)));
        var base = object(
                "name",
                geographic.group(1),
                "datum",
                object("type", "GeodeticReferenceFrame", "name", datum.group(1), "ellipsoid", ellipsoid),
                "coordinate_system",
                object(
                        "subtype",
                        "ellipsoidal",
                        "axis",
                        List.of(
                                axis("Geodetic latitude", "Lat", "north", "degree"),
                                axis("Geodetic longitude", "Lon", "east", "degree"))));
        var conversion = object(
                "name",
                "unnamed",
                "method",
                object("name", METHODS.get(method.group(1)), "id", epsg(Integer.parseInt(method.group(1)))),
                "parameters",
                parameters(method.group(1), given));
        return Optional.of(object(
                "$schema",
                "https://proj.org/schemas/v0.7/projjson.schema.json",
                "type",
                "ProjectedCRS",
                "name",
                projected.group(1),
                "base_crs",
                base,
                "conversion",
                conversion,
                "coordinate_system",
                object(
                        "subtype",
                        "Cartesian",
                        "axis",
                        List.of(axis("Easting", "E", "east", "metre"), axis("Northing", "N", "north", "metre"))),
                "id",
                epsg(epsg)));
    }

    private static List<Object> parameters(String method, Map<String, Double> given) {
        var parameters = new ArrayList<>();
        if (method.equals(TWO_PARALLELS)) {
            parameters.add(parameter("Latitude of false origin", 8821, given.get("latitude_of_origin"), "degree"));
            parameters.add(parameter("Longitude of false origin", 8822, given.get("central_meridian"), "degree"));
            parameters.add(
                    parameter("Latitude of 1st standard parallel", 8823, given.get("standard_parallel_1"), "degree"));
            parameters.add(
                    parameter("Latitude of 2nd standard parallel", 8824, given.get("standard_parallel_2"), "degree"));
            parameters.add(parameter("Easting at false origin", 8826, given.get("false_easting"), "metre"));
            parameters.add(parameter("Northing at false origin", 8827, given.get("false_northing"), "metre"));
        } else {
            parameters.add(parameter("Latitude of natural origin", 8801, given.get("latitude_of_origin"), "degree"));
            parameters.add(parameter("Longitude of natural origin", 8802, given.get("central_meridian"), "degree"));
            parameters.add(parameter("Scale factor at natural origin", 8805, given.get("scale_factor"), "unity"));
            parameters.add(parameter("False easting", 8806, given.get("false_easting"), "metre"));
            parameters.add(parameter("False northing", 8807, given.get("false_northing"), "metre"));
        }
        return parameters;
    }

    private static Map<String, Object> parameter(String name, int id, Double value, String unit) {
        return object("name", name, "value", value, "unit", unit, "id", epsg(id));
    }

    private static Map<String, Object> axis(String name, String abbreviation, String direction, String unit) {
        return object("name", name, "abbreviation", abbreviation, "direction", direction, "unit", unit);
    }

    private static Map<String, Object> epsg(int code) {
        return object("authority", "EPSG", "code", code);
    }

    private static Map<String, Object> object(Object... namesAndValues) {
        var object = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }
}
