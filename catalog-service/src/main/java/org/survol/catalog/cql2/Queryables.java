// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.stream.Collectors;
import org.survol.core.Json;

/** All that filters may ask about in one place. Immutable. */
public final class Queryables {

    private static final String DIALECT = "https://json-schema.org/draft/2019-09/schema";

    private final Map<String, Queryable> byName = new LinkedHashMap<>();

    public Queryables(List<Queryable> queryables) {
        queryables.forEach(queryable -> byName.put(queryable.name(), queryable));
    }

    public Optional<Queryable> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public SequencedCollection<Queryable> all() {
        return List.copyOf(byName.values());
    }

    Queryable get(String name) {
        return find(name)
                .orElseThrow(() -> new Cql2Exception("there is no property \"" + Cql2Exception.shown(name)
                        + "\" to filter by; there are "
                        + byName.keySet().stream().sorted().collect(Collectors.joining(", "))));
    }

    /** A JSON schema, as OGC API Features part 3 asks for. */
    public ObjectNode schema(String id, String title) {
        var schema = Json.MAPPER.createObjectNode();
        schema.put("$schema", DIALECT);
        schema.put("$id", id);
        schema.put("type", "object");
        schema.put("title", title);
        var properties = schema.putObject("properties");
        byName.values().forEach(queryable -> describe(properties.putObject(queryable.name()), queryable));
        schema.put("additionalProperties", false);
        return schema;
    }

    private static void describe(ObjectNode property, Queryable queryable) {
        property.put("title", queryable.title());
        switch (queryable.type()) {
            case TEXT -> property.put("type", "string");
            case NUMBER -> property.put("type", "number");
            case INTEGER -> property.put("type", "integer");
            case BOOLEAN -> property.put("type", "boolean");
            case TIMESTAMP -> property.put("type", "string").put("format", "date-time");
            case DATE -> property.put("type", "string").put("format", "date");
            case GEOMETRY -> property.put("format", "geometry-any").put("x-ogc-role", "primary-geometry");
            case ARRAY -> property.put("type", "array");
        }
    }
}
