// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
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
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.ItemField;
import org.survol.catalog.store.ItemQuery;
import org.survol.catalog.store.ItemQuery.SortKey;
import org.survol.catalog.store.LngLatBox;
import org.survol.catalog.store.Words;
import org.survol.core.Json;

/** What a client asks of a search, from the parameters of a GET or the body of a POST; whatever cannot be right is told. */
record SearchRequest(ItemQuery query, Optional<Fields> fields) {

    static final Set<String> PARAMETERS = Set.of(
            "bbox",
            "datetime",
            "intersects",
            "collections",
            "ids",
            "limit",
            "token",
            "fields",
            "sortby",
            "q",
            "query",
            "filter",
            "filter-lang",
            "filter-crs");

    private static final int MOST_ITEMS = 1_000;
    private static final int USUAL_ITEMS = 10;
    private static final int MOST_SORT_KEYS = 5;
    private static final int MOST_WORDS = 10;
    private static final int LONGEST_WORD = 100;
    private static final String TEXT = "cql2-text";
    private static final String JSON = "cql2-json";
    private static final Set<String> LNG_LAT =
            Set.of("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/OGC/0/CRS84h");

    /** A filter that is not understood must not silently be answered as if it were not there. */
    static void refuseOthers(Set<String> names, Set<String> known) {
        for (var name : names) {
            if (!known.contains(name)) {
                throw Problem.badRequest(
                        "the parameter \"" + Parameters.shown(name) + "\" is not known here; known are "
                                + known.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
    }

    static SearchRequest ofParameters(Map<String, String> parameters) {
        var given = new Given();
        given.collections = Parameters.names("collections", Optional.ofNullable(parameters.get("collections")));
        given.ids = Parameters.names("ids", Optional.ofNullable(parameters.get("ids")));
        given.bbox = Optional.ofNullable(parameters.get("bbox")).map(Parameters::bbox);
        given.datetime = Optional.ofNullable(parameters.get("datetime")).map(Parameters::datetime);
        given.intersects = Optional.ofNullable(parameters.get("intersects")).map(text -> json("intersects", text));
        given.limit = Parameters.limit(parameters.getOrDefault("limit", Integer.toString(USUAL_ITEMS)), MOST_ITEMS);
        given.token = Optional.ofNullable(parameters.get("token"));
        given.sort = sort(Optional.ofNullable(parameters.get("sortby")));
        given.words = words(Parameters.names("q", Optional.ofNullable(parameters.get("q"))));
        given.query = Optional.ofNullable(parameters.get("query")).map(text -> json("query", text));
        given.filterCrs(Optional.ofNullable(parameters.get("filter-crs")));
        var language = parameters.getOrDefault("filter-lang", TEXT);
        given.filter = Optional.ofNullable(parameters.get("filter")).map(text -> switch (language) {
            case TEXT -> Cql2Text.parse(text);
            case JSON -> Cql2Json.parse(text);
            default -> throw unknownLanguage(language);
        });
        return given.request(Optional.ofNullable(parameters.get("fields")).map(Fields::parse));
    }

    static SearchRequest ofBody(ObjectNode body) {
        var names = new java.util.TreeSet<String>();
        body.fieldNames().forEachRemaining(names::add);
        refuseOthers(names, PARAMETERS);
        var given = new Given();
        given.collections = names(body, "collections");
        given.ids = names(body, "ids");
        given.bbox = present(body, "bbox").map(SearchRequest::bbox);
        given.datetime = text(body, "datetime").map(Parameters::datetime);
        given.intersects = present(body, "intersects");
        given.limit = present(body, "limit")
                .map(limit -> Parameters.limit(limit.isNumber() ? limit.asText() : limit.toString(), MOST_ITEMS))
                .orElse(USUAL_ITEMS);
        given.token = text(body, "token");
        given.sort = present(body, "sortby").map(SearchRequest::sort).orElse(ItemQuery.NEWEST_FIRST);
        given.words = words(names(body, "q"));
        given.query = present(body, "query");
        given.filterCrs(text(body, "filter-crs"));
        var language = text(body, "filter-lang").orElse(JSON);
        given.filter = present(body, "filter").map(filter -> switch (language) {
            case JSON -> Cql2Json.parse(filter);
            case TEXT -> {
                if (!filter.isTextual()) {
                    throw Problem.badRequest("filter must be a text when filter-lang is " + TEXT);
                }
                yield Cql2Text.parse(filter.asText());
            }
            default -> throw unknownLanguage(language);
        });
        return given.request(Optional.ofNullable(body.get("fields")).map(Fields::parse));
    }

    static Words words(List<String> words) {
        if (words.size() > MOST_WORDS || words.stream().anyMatch(word -> word.length() > LONGEST_WORD)) {
            throw Problem.badRequest(
                    "q must not have more than " + MOST_WORDS + " words or phrases of " + LONGEST_WORD + " letters");
        }
        return new Words(words);
    }

    static ObjectNode body(byte[] body) {
        try {
            if (Json.MAPPER.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (java.io.IOException e) {
            throw Problem.badRequest("the body is not JSON: " + reason(e));
        }
        throw Problem.badRequest("the body must be a JSON object");
    }

    private static String reason(java.io.IOException e) {
        return Parameters.shown(e instanceof JsonProcessingException json ? json.getOriginalMessage() : "unreadable");
    }

    private static Problem unknownLanguage(String language) {
        return Problem.badRequest(
                "filter-lang must be " + TEXT + " or " + JSON + ", not \"" + Parameters.shown(language) + "\"");
    }

    private static Optional<JsonNode> present(ObjectNode body, String name) {
        return Optional.ofNullable(body.get(name)).filter(value -> !value.isNull());
    }

    private static Optional<String> text(ObjectNode body, String name) {
        return present(body, name).map(value -> {
            if (!value.isTextual()) {
                throw Problem.badRequest(name + " must be a text, not " + Parameters.shown(value.toString()));
            }
            return value.asText();
        });
    }

    static List<String> names(ObjectNode body, String name) {
        var names = new ArrayList<String>();
        present(body, name).ifPresent(array -> {
            // one name alone is what several clients send
            for (var each : array.isTextual() ? List.of(array) : array) {
                if (!each.isTextual()) {
                    throw Problem.badRequest(name + " must be an array of names");
                }
                names.add(each.asText());
            }
            if (array.isValueNode() && names.isEmpty()) {
                throw Problem.badRequest(name + " must be an array of names");
            }
        });
        return Parameters.names(name, names);
    }

    static LngLatBox bbox(JsonNode bbox) {
        var numbers = new ArrayList<Double>();
        boolean right = bbox.isArray();
        for (var number : bbox) {
            right &= number.isNumber();
            numbers.add(number.asDouble());
        }
        if (!right) {
            throw Problem.badRequest("bbox must be an array of 4 or 6 numbers");
        }
        return Parameters.bbox(numbers);
    }

    private static JsonNode json(String name, String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw Problem.badRequest(name + " must be JSON: " + Parameters.shown(e.getOriginalMessage()));
        }
    }

    /** {@code +gsd,-datetime}; a plus sign may have become a space on its way. */
    private static List<SortKey> sort(Optional<String> text) {
        var keys = new ArrayList<SortKey>();
        for (var key : text.orElse("").split(",", MOST_SORT_KEYS + 2)) {
            var stripped = key.strip();
            if (!stripped.isEmpty()) {
                boolean signed = stripped.startsWith("-") || stripped.startsWith("+");
                keys.add(key(signed ? stripped.substring(1) : stripped, stripped.startsWith("-")));
            }
        }
        return checked(keys);
    }

    private static List<SortKey> sort(JsonNode sortby) {
        var keys = new ArrayList<SortKey>();
        if (!sortby.isArray()) {
            throw Problem.badRequest("sortby must be an array of objects with field and direction");
        }
        for (var key : sortby) {
            var direction = key.path("direction").asText("asc");
            if (!key.path("field").isTextual() || !Set.of("asc", "desc").contains(direction)) {
                throw Problem.badRequest(
                        "sortby must be an array of objects with a field and a direction, which is asc or desc");
            }
            keys.add(key(key.path("field").asText(), direction.equals("desc")));
        }
        return checked(keys);
    }

    private static List<SortKey> checked(List<SortKey> keys) {
        if (keys.size() > MOST_SORT_KEYS) {
            throw Problem.badRequest("sortby must not name more than " + MOST_SORT_KEYS);
        }
        return keys.isEmpty() ? ItemQuery.NEWEST_FIRST : keys;
    }

    private static SortKey key(String name, boolean descending) {
        return ItemField.named(withoutPrefix(name))
                .filter(ItemField::sortable)
                .map(field -> new SortKey(field, descending))
                .orElseThrow(() -> Problem.badRequest("there is no field \"" + Parameters.shown(name)
                        + "\" to sort by; there are "
                        + java.util.Arrays.stream(ItemField.values())
                                .filter(ItemField::sortable)
                                .map(ItemField::field)
                                .sorted(Comparator.naturalOrder())
                                .collect(Collectors.joining(", "))));
    }

    private static String withoutPrefix(String name) {
        return name.startsWith("properties.") ? name.substring("properties.".length()) : name;
    }

    /** The parts before they are put together. */
    private static final class Given {

        private List<String> collections = List.of();
        private List<String> ids = List.of();
        private Optional<LngLatBox> bbox = Optional.empty();
        private Optional<Parameters.Interval> datetime = Optional.empty();
        private Optional<JsonNode> intersects = Optional.empty();
        private int limit;
        private Optional<String> token = Optional.empty();
        private List<SortKey> sort = List.of();
        private Words words = Words.NONE;
        private Optional<JsonNode> query = Optional.empty();
        private Optional<Expression> filter = Optional.empty();

        private void filterCrs(Optional<String> crs) {
            if (crs.isPresent() && !LNG_LAT.contains(crs.get())) {
                throw Problem.badRequest("filter-crs must be http://www.opengis.net/def/crs/OGC/1.3/CRS84, not \""
                        + Parameters.shown(crs.get()) + "\"");
            }
        }

        private SearchRequest request(Optional<Fields> fields) {
            if (bbox.isPresent() && intersects.isPresent()) {
                throw Problem.badRequest("bbox and intersects exclude each other; give one of them");
            }
            var parts = new ArrayList<Expression>();
            bbox.ifPresent(
                    box -> parts.add(place(new Expression.Box(box.west(), box.south(), box.east(), box.north()))));
            intersects.ifPresent(geometry -> parts.add(place(new Expression.Shape(Shapes.ofGeoJson(geometry)))));
            query.ifPresent(each -> parts.addAll(QueryExtension.expressions(each)));
            filter.ifPresent(parts::add);
            Optional<Expression> all =
                    parts.size() < 2 ? parts.stream().findFirst() : Optional.of(new Expression.And(parts));
            return new SearchRequest(
                    new ItemQuery(
                            collections,
                            ids,
                            datetime.flatMap(Parameters.Interval::from),
                            datetime.flatMap(Parameters.Interval::to),
                            all.map(expression -> Filter.bind(expression, ItemField.QUERYABLES)),
                            words,
                            sort,
                            token.map(text -> PageToken.decode(text, sort)),
                            limit),
                    fields);
        }

        private static Expression place(Expression shape) {
            return new Expression.Spatial(
                    Expression.SpatialRelation.INTERSECTS, new Expression.Property(ItemField.GEOMETRY.field()), shape);
        }
    }
}
