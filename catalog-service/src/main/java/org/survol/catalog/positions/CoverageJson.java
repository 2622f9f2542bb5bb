// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.geom.Coordinate;
import org.survol.catalog.features.NamedCrs;
import org.survol.core.Json;

/** Values at places as CoverageJSON (OGC 21-069): domain Point or MultiPoint, one range a parameter. */
final class CoverageJson {

    private CoverageJson() {}

    /** @param values of each place, by measure; absent where there is none */
    static ObjectNode of(
            NamedCrs crs,
            Instant datetime,
            List<Coordinate> places,
            List<Measure> measures,
            List<Map<Measure, Number>> values) {
        var document = Json.MAPPER.createObjectNode();
        document.put("type", "Coverage");
        domain(document.putObject("domain"), crs, datetime, places);
        parameters(document.putObject("parameters"), measures);
        var ranges = document.putObject("ranges");
        for (var measure : measures) {
            var range = ranges.putObject(measure.name());
            boolean whole = measure.unit().isEmpty() || measure.source() == Measure.Source.IMAGE;
            range.put("type", "NdArray").put("dataType", whole ? "integer" : "float");
            if (places.size() > 1) {
                range.putArray("axisNames").add("composite");
                range.putArray("shape").add(places.size());
            } else {
                range.putArray("axisNames");
                range.putArray("shape");
            }
            var numbers = range.putArray("values");
            values.forEach(each -> add(numbers, each.get(measure)));
        }
        return document;
    }

    private static void add(ArrayNode numbers, Number value) {
        switch (value) {
            case null -> numbers.addNull();
            case Double real -> numbers.add(real);
            default -> numbers.add(value.longValue());
        }
    }

    private static void domain(ObjectNode domain, NamedCrs crs, Instant datetime, List<Coordinate> places) {
        var first = crs.northFirst() ? "y" : "x";
        var second = crs.northFirst() ? "x" : "y";
        domain.put("type", "Domain").put("domainType", places.size() > 1 ? "MultiPoint" : "Point");
        var axes = domain.putObject("axes");
        axes.putObject("t").putArray("values").add(datetime.toString());
        if (places.size() > 1) {
            var composite = axes.putObject("composite").put("dataType", "tuple");
            composite.putArray("coordinates").add(first).add(second);
            var tuples = composite.putArray("values");
            places.forEach(place -> tuples.addArray().add(place.x).add(place.y));
        } else {
            axes.putObject(first).putArray("values").add(places.getFirst().x);
            axes.putObject(second).putArray("values").add(places.getFirst().y);
        }
        var referencing = domain.putArray("referencing");
        var space = referencing.addObject();
        space.putArray("coordinates").add(first).add(second);
        space.putObject("system")
                .put("type", crs.isDegrees() ? "GeographicCRS" : "ProjectedCRS")
                .put("id", crs.uri());
        var time = referencing.addObject();
        time.putArray("coordinates").add("t");
        time.putObject("system").put("type", "TemporalRS").put("calendar", "Gregorian");
    }

    /** As CoverageJSON and the collections of EDR describe them. */
    static void parameters(ObjectNode parameters, List<Measure> measures) {
        for (var measure : measures) {
            var parameter = parameters.putObject(measure.name()).put("type", "Parameter");
            parameter.putObject("description").put("en", measure.label());
            var property = parameter.putObject("observedProperty");
            property.putObject("label").put("en", measure.label());
            measure.unit().ifPresent(unit -> parameter
                    .putObject("unit")
                    .putObject("symbol")
                    .put("type", "http://www.opengis.net/def/uom/UCUM/")
                    .put("value", unit));
            measure.classes().ifPresent(classes -> {
                var categories = property.putArray("categories");
                var encoding = parameter.putObject("categoryEncoding");
                for (var landClass : classes.classes()) {
                    var category = categories.addObject().put("id", landClass.code());
                    category.putObject("label").put("en", landClass.labelEn()).put("fr", landClass.labelFr());
                    category.put("preferredColor", landClass.colour());
                    encoding.put(landClass.code(), landClass.value());
                }
            });
        }
    }
}
