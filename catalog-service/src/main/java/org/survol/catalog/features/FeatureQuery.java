// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.cql2.Cql2Json;
import org.survol.catalog.cql2.Cql2Text;
import org.survol.catalog.cql2.Expression;
import org.survol.catalog.cql2.Filter;
import org.survol.catalog.cql2.Queryables;
import org.survol.catalog.cql2.Shapes;

/**
 * What a client asks of a map's features.
 *
 * @param filter all of it, the box too; coordinates are longitudes and latitudes
 * @param crs of the answer
 */
record FeatureQuery(
        Optional<Filter> filter,
        Optional<Parameters.Interval> datetime,
        int limit,
        Optional<String> token,
        NamedCrs crs) {

    static final String GEOMETRY = "geometry";
    private static final Set<String> PARAMETERS =
            Set.of("bbox", "bbox-crs", "crs", "datetime", "limit", "token", "filter", "filter-lang", "filter-crs");
    private static final int MOST_FEATURES = 10_000;
    private static final String USUAL_FEATURES = "1000";
    /** Straight lines of another CRS are cut so often, that they stay where they are. */
    private static final int STEPS = 16;

    static FeatureQuery of(Map<String, String> parameters, Queryables queryables, List<NamedCrs> supported) {
        for (var name : parameters.keySet()) {
            if (!PARAMETERS.contains(name)) {
                throw Problem.badRequest(
                        "the parameter \"" + Parameters.shown(name) + "\" is not known here; known are "
                                + PARAMETERS.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
        var parts = new ArrayList<Expression>();
        var bboxCrs = crs(parameters, "bbox-crs", supported);
        var filterCrs = crs(parameters, "filter-crs", supported);
        Optional.ofNullable(parameters.get("bbox")).ifPresent(text -> parts.add(place(box(text, bboxCrs))));
        Optional.ofNullable(parameters.get("filter"))
                .map(text -> filter(text, parameters.getOrDefault("filter-lang", "cql2-text")))
                .map(filter -> new InLngLat(filterCrs, STEPS).of(filter))
                .ifPresent(parts::add);
        var all = parts.size() < 2 ? parts.stream().findFirst() : Optional.<Expression>of(new Expression.And(parts));
        return new FeatureQuery(
                all.map(expression -> Filter.bind(expression, queryables)),
                Optional.ofNullable(parameters.get("datetime")).map(Parameters::datetime),
                Parameters.limit(parameters.getOrDefault("limit", USUAL_FEATURES), MOST_FEATURES),
                Optional.ofNullable(parameters.get("token")),
                crs(parameters, "crs", supported));
    }

    private static NamedCrs crs(Map<String, String> parameters, String name, List<NamedCrs> supported) {
        return Optional.ofNullable(parameters.get(name))
                .map(uri -> NamedCrs.find(name, uri, supported))
                .orElse(NamedCrs.CRS84);
    }

    private static Expression filter(String text, String language) {
        return switch (language) {
            case "cql2-text" -> Cql2Text.parse(text);
            case "cql2-json" -> Cql2Json.parse(text);
            default ->
                throw Problem.badRequest(
                        "filter-lang must be cql2-text or cql2-json, not \"" + Parameters.shown(language) + "\"");
        };
    }

    private static Expression box(String text, NamedCrs crs) {
        if (crs.equals(NamedCrs.CRS84)) {
            var box = Parameters.bbox(text);
            return new Expression.Box(box.west(), box.south(), box.east(), box.north());
        }
        return new InLngLat(crs, STEPS).of(Shapes.box(Parameters.numbers("bbox", text)));
    }

    private static Expression place(Expression shape) {
        return new Expression.Spatial(Expression.SpatialRelation.INTERSECTS, new Expression.Property(GEOMETRY), shape);
    }
}
