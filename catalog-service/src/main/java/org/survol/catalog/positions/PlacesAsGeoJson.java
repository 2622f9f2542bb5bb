// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.locationtech.jts.geom.Coordinate;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.features.NamedCrs;
import org.survol.core.Json;

/** Values at places as GeoJSON: one point each, classes with code and names, a link to where its polygon comes from. */
final class PlacesAsGeoJson {

    private final String map;
    private final Instant datetime;
    private final PublicUrl url;

    PlacesAsGeoJson(String map, Instant datetime, PublicUrl url) {
        this.map = map;
        this.datetime = datetime;
        this.url = url;
    }

    /** @param values of each place, by measure; absent where there is none */
    ObjectNode of(NamedCrs crs, List<Coordinate> places, List<Measure> measures, List<Map<Measure, Number>> values) {
        var collection = Json.MAPPER.createObjectNode().put("type", "FeatureCollection");
        collection.put("numberReturned", places.size());
        var features = collection.putArray("features");
        for (int i = 0; i < places.size(); i++) {
            var feature = features.addObject().put("type", "Feature").put("id", Integer.toString(i));
            feature.putObject("geometry")
                    .put("type", "Point")
                    .putArray("coordinates")
                    .add(places.get(i).x)
                    .add(places.get(i).y);
            var properties = feature.putObject("properties").put("datetime", datetime.toString());
            for (var measure : measures) {
                put(properties, measure, values.get(i).get(measure));
            }
            polygon(values.get(i))
                    .ifPresent(number -> link(
                            feature.putArray("links"),
                            "via",
                            url.of("lineage", map, number),
                            MediaType.APPLICATION_JSON));
        }
        link(collection.putArray("links"), "collection", url.of("edr", "collections", map), MediaType.APPLICATION_JSON);
        if (!crs.equals(NamedCrs.CRS84)) {
            collection.put("coordRefSys", crs.uri());
        }
        return collection;
    }

    private static void put(ObjectNode properties, Measure measure, Number value) {
        switch (value) {
            case null -> properties.putNull(measure.name());
            case Double real -> properties.put(measure.name(), real);
            default -> properties.put(measure.name(), value.longValue());
        }
        if (value != null && measure.classes().isPresent()) {
            measure.classes().get().ofValue(value.intValue()).ifPresent(landClass -> properties
                    .put(measure.name() + "_code", landClass.code())
                    .put(measure.name() + "_label_en", landClass.labelEn())
                    .put(measure.name() + "_label_fr", landClass.labelFr())
                    .put(measure.name() + "_colour", landClass.colour()));
        }
    }

    /** Number of the polygon, when that was asked for and there is one. */
    static Optional<String> polygon(Map<Measure, Number> values) {
        return values.entrySet().stream()
                .filter(each -> each.getKey().source() == Measure.Source.POLYGON)
                .map(each -> each.getValue().toString())
                .findFirst();
    }
}
