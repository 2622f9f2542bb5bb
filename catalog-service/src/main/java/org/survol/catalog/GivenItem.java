// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.locationtech.jts.geom.Geometry;
import org.survol.catalog.cql2.Cql2Exception;
import org.survol.catalog.cql2.Queryable;
import org.survol.catalog.cql2.Rfc3339;
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemField;

/** What searches find a STAC Item by that others wrote. */
public final class GivenItem {

    private static final Logger LOG = Logger.getLogger(GivenItem.class);
    private static final int LONGEST_TEXT = 256;

    private GivenItem() {}

    /**
     * @param id also the flight's name
     * @return empty when it has no time; without bounds when it has no place
     * @throws DateTimeException when its time is none
     * @throws IllegalArgumentException when its bbox is none
     */
    public static Optional<ItemEntry> entry(String collection, String id, JsonNode item) {
        var box = Footprints.boundsOfItem(item);
        return datetime(item.path("properties"))
                .map(datetime -> new ItemEntry(
                        collection,
                        id,
                        id,
                        Optional.empty(),
                        Optional.empty(),
                        datetime,
                        box,
                        box.flatMap(known -> footprint(id, item)),
                        facts(item.path("properties"))));
    }

    private static Optional<Geometry> footprint(String id, JsonNode item) {
        try {
            return Optional.of(Shapes.ofGeoJson(item.path("geometry")));
        } catch (Cql2Exception e) {
            LOG.warnf("%s: its Item is searched by its bounds only: %s", id, e.getMessage());
            return Optional.empty();
        }
    }

    private static Map<ItemField, Object> facts(JsonNode properties) {
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        for (var field : ItemField.factsOfDeliveries()) {
            var value = properties.path(field.field());
            if (field.type() == Queryable.Type.NUMBER && value.isNumber()) {
                facts.put(field, value.asDouble());
            } else if (field.type() == Queryable.Type.TEXT && value.isTextual()) {
                put(facts, field, value.asText());
            }
        }
        return facts;
    }

    /** Texts by others are cut to what the columns hold. */
    static void put(Map<ItemField, Object> facts, ItemField field, String text) {
        var clean = text.replace("\0", "");
        facts.put(field, clean.substring(0, Math.min(clean.length(), LONGEST_TEXT)));
    }

    private static Optional<Instant> datetime(JsonNode properties) {
        var datetime = properties.path("datetime").asText("");
        var text = datetime.isEmpty() || datetime.equals("null")
                ? properties.path("start_datetime").asText("")
                : datetime;
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(Rfc3339.instant(text)
                        .orElseGet(() -> OffsetDateTime.parse(text).toInstant())
                        .truncatedTo(ChronoUnit.MILLIS));
    }
}
