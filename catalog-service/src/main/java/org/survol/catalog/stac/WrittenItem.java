// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Geometry;
import org.survol.catalog.Collections;
import org.survol.catalog.GivenItem;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.cql2.Cql2Exception;
import org.survol.catalog.cql2.Rfc3339;
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.CatalogStore.Registration;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.Json;

/** A STAC Item that somebody wants to have registered: checked for all that would break who reads it. */
final class WrittenItem {

    /** Also names of flights, which are looked for in the same column. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private static final Pattern VERSION = Pattern.compile("1\\.[01]\\.\\d+([-.][A-Za-z0-9.]+)?");

    /** Browsers follow what they show; anything else may be code. */
    private static final Set<String> SCHEMES = Set.of("http", "https", "s3");

    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("9999-12-31T23:59:59Z").plusSeconds(1);

    /** Pages that hold it nest it deeper, and readers have limits. */
    private static final int DEEPEST = 64;

    private WrittenItem() {}

    /**
     * @param id that it must have; absent: any
     * @throws Problem that says what is wrong with it
     */
    static Registration checked(JsonNode given, Optional<String> id) {
        if (!(given instanceof ObjectNode written)
                || !written.path("type").asText().equals("Feature")) {
            throw Problem.badRequest("a STAC Item must be a JSON object whose type is Feature");
        }
        check(isNoDeeperThan(written, DEEPEST), "an Item must not be nested deeper than " + DEEPEST + " levels");
        var item = written.deepCopy();
        var name = id(item, id);
        check(
                VERSION.matcher(item.path("stac_version").asText()).matches(),
                "stac_version must be 1.0 or 1.1 with a patch, such as 1.1.0");
        check(
                !item.hasNonNull("collection")
                        || item.path("collection").asText().equals(Collections.REFERENCES),
                "collection must be " + Collections.REFERENCES + ", or be left away");
        place(item);
        time(item.path("properties"));
        if (!item.hasNonNull("assets")) {
            item.putObject("assets");
        }
        check(item.path("assets").isObject(), "assets must be an object");
        item.path("assets").forEach(asset -> href(asset, "each asset"));
        if (!item.hasNonNull("links")) {
            item.putArray("links");
        }
        check(item.path("links").isArray(), "links must be an array");
        for (var link : item.path("links")) {
            href(link, "each link");
            check(link.path("rel").isTextual(), "each link must have a rel");
        }
        for (var extension : item.path("stac_extensions")) {
            check(extension.isTextual(), "stac_extensions must be addresses of schemas");
        }
        var entry = GivenItem.entry(Collections.REFERENCES, name, item)
                .orElseThrow(() -> Problem.badRequest("properties must have a datetime"));
        return new Registration(entry, Json.text(item));
    }

    private static String id(JsonNode item, Optional<String> expected) {
        var id = item.path("id").asText();
        check(
                item.path("id").isTextual() && ID.matcher(id).matches(),
                "id must be 1 to 128 letters, digits, points, dashes or underscores, and begin with a letter or digit");
        expected.ifPresent(wanted -> check(
                id.equals(wanted), "id must be that of the address, \"" + wanted + "\"; to rename, register anew"));
        return id;
    }

    private static void place(ObjectNode item) {
        var geometry = item.path("geometry");
        if (geometry.isMissingNode() || geometry.isNull()) {
            check(item.has("geometry"), "geometry is missing; an Item that lies nowhere says so with null");
            check(!item.hasNonNull("bbox"), "an Item whose geometry is null must not have a bbox");
            return;
        }
        try {
            var shape = Shapes.ofGeoJson(geometry);
            check(!shape.isEmpty(), "geometry has no position");
            var bounds = shape.getEnvelopeInternal();
            check(
                    bounds.getMinX() >= -180
                            && bounds.getMaxX() <= 180
                            && bounds.getMinY() >= -90
                            && bounds.getMaxY() <= 90,
                    "geometry must be longitude and latitude in degrees");
            if (item.hasNonNull("bbox")) {
                check(
                        covers(SearchRequest.bbox(item.get("bbox")), shape),
                        "bbox must hold the whole geometry; leave it away to have it computed");
            } else {
                item.putArray("bbox")
                        .add(bounds.getMinX())
                        .add(bounds.getMinY())
                        .add(bounds.getMaxX())
                        .add(bounds.getMaxY());
            }
        } catch (Cql2Exception e) {
            throw Problem.badRequest("geometry: " + e.getMessage());
        }
    }

    private static boolean covers(LngLatBox box, Geometry shape) {
        for (var position : shape.getCoordinates()) {
            boolean within = box.crossesAntimeridian()
                    ? position.x >= box.west() || position.x <= box.east()
                    : position.x >= box.west() && position.x <= box.east();
            if (!within || position.y < box.south() || position.y > box.north()) {
                return false;
            }
        }
        return true;
    }

    private static void time(JsonNode properties) {
        check(properties.isObject(), "properties must be an object");
        var datetime = properties.path("datetime");
        if (datetime.isNull()) {
            var start = instant(properties, "start_datetime");
            check(!instant(properties, "end_datetime").isBefore(start), "end_datetime lies before start_datetime");
        } else {
            instant(properties, "datetime");
        }
    }

    private static Instant instant(JsonNode properties, String name) {
        var text = properties.path(name);
        return Optional.of(text)
                .filter(JsonNode::isTextual)
                .flatMap(time -> Rfc3339.instant(time.asText()))
                // other years cannot be written back
                .filter(time -> !time.isBefore(FIRST) && time.isBefore(END))
                .orElseThrow(() -> Problem.badRequest("properties must have a " + name
                        + ", an RFC 3339 time such as 2024-06-14T10:20:00Z (datetime may be null when there are"
                        + " start_datetime and end_datetime); not " + Parameters.shown(text.toString())));
    }

    private static void href(JsonNode part, String what) {
        var href = part.path("href").asText();
        try {
            var scheme = URI.create(href).getScheme();
            check(
                    scheme != null && SCHEMES.contains(scheme),
                    what + " must have a whole address as its href: http, " + "https or s3; not \""
                            + Parameters.shown(href) + "\"");
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(what + " has an href that is no address: \"" + Parameters.shown(href) + "\"");
        }
    }

    private static boolean isNoDeeperThan(JsonNode node, int levels) {
        if (node.isValueNode()) {
            return true;
        }
        for (var part : node) {
            if (levels == 0 || !isNoDeeperThan(part, levels - 1)) {
                return false;
            }
        }
        return true;
    }

    private static void check(boolean right, String otherwise) {
        if (!right) {
            throw Problem.badRequest(otherwise);
        }
    }
}
