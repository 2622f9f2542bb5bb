// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.survol.catalog.Problem;
import org.survol.catalog.cql2.Queryable.Type;
import org.survol.catalog.store.ItemQuery.Position;
import org.survol.catalog.store.ItemQuery.SortKey;
import org.survol.core.Json;

/**
 * The last Item of a page, as text: pages stay right while Items are added. It holds what the sort keys are there, so it
 * goes with the order that it was given for.
 */
final class PageToken {

    private static final int LONGEST = 4_096;

    private PageToken() {}

    static String encode(Position last) {
        var values = new ArrayList<>(last.keys());
        values.add(last.collection());
        values.add(last.id());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(values));
    }

    static Position decode(String token, List<SortKey> sort) {
        try {
            if (token.length() <= LONGEST) {
                var values =
                        Json.MAPPER.readTree(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
                if (values != null && values.isArray() && values.size() == sort.size() + 2) {
                    return position(values, sort);
                }
            }
        } catch (IllegalArgumentException | IOException e) {
            // told below
        }
        throw Problem.badRequest("the token is not one that this service gave for this search; start again without it");
    }

    private static Position position(JsonNode values, List<SortKey> sort) {
        var keys = new ArrayList<>();
        for (int i = 0; i < sort.size(); i++) {
            keys.add(key(values.get(i), sort.get(i).field().type()));
        }
        return new Position(keys, text(values.get(sort.size())), text(values.get(sort.size() + 1)));
    }

    private static Object key(JsonNode value, Type type) {
        if (value.isNull()) {
            return null;
        }
        return switch (type) {
            case TEXT -> text(value);
            case NUMBER -> {
                check(value.isNumber());
                yield value.asDouble();
            }
            case INTEGER, TIMESTAMP -> {
                check(value.canConvertToLong());
                yield value.asLong();
            }
            case BOOLEAN, DATE, GEOMETRY, ARRAY -> throw new IllegalArgumentException("no order");
        };
    }

    private static String text(JsonNode value) {
        check(value.isTextual() && value.asText().indexOf('\0') < 0);
        return value.asText();
    }

    private static void check(boolean right) {
        if (!right) {
            throw new IllegalArgumentException("not a position");
        }
    }
}
