// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.survol.catalog.Problem;
import org.survol.core.Json;

/**
 * The parts of Items that a client wants: STAC's Fields extension. Names within properties may come without that prefix.
 * What is included is all there is, besides what tells the Item from others; without includes all but what is excluded;
 * what is included by name, or deeper than what is excluded, stays.
 *
 * @param fromAll whether includes were not mentioned at all; mentioned but empty they mean what makes a valid Item
 */
record Fields(boolean fromAll, Set<String> include, Set<String> exclude) {

    private static final int MOST = 100;
    private static final String PROPERTIES = "properties";
    /** What makes a valid Item. */
    private static final List<String> USUAL = List.of(
            "type", "stac_version", "id", "collection", "geometry", "bbox", "links", "assets", "properties.datetime");

    /** What it is, and by what it is found again. */
    private static final List<String> IDENTITY = List.of("type", "stac_version", "id", "collection");

    private static final Set<String> MEMBERS = Set.of(
            "type",
            "stac_version",
            "stac_extensions",
            "id",
            "collection",
            "geometry",
            "bbox",
            "links",
            "assets",
            PROPERTIES);

    Fields {
        if (include.size() + exclude.size() > MOST) {
            throw Problem.badRequest("fields must not name more than " + MOST);
        }
    }

    /** {@code id,properties.gsd,-geometry}. */
    static Fields parse(String text) {
        var include = new LinkedHashSet<String>();
        var exclude = new LinkedHashSet<String>();
        for (var name : text.split(",", MOST + 2)) {
            var stripped = name.strip();
            if (stripped.startsWith("-")) {
                exclude.add(path(stripped.substring(1)));
            } else if (!stripped.isEmpty()) {
                include.add(path(stripped.startsWith("+") ? stripped.substring(1) : stripped));
            }
        }
        return new Fields(include.isEmpty() && !exclude.isEmpty(), include, exclude);
    }

    static Fields parse(JsonNode fields) {
        if (!fields.isObject()) {
            throw Problem.badRequest("fields must be an object with include and exclude");
        }
        var exclude = names(fields, "exclude");
        return new Fields(!fields.has("include") && !exclude.isEmpty(), names(fields, "include"), exclude);
    }

    private static Set<String> names(JsonNode fields, String member) {
        var names = new LinkedHashSet<String>();
        if (fields.hasNonNull(member) && !fields.path(member).isArray()) {
            throw Problem.badRequest("fields." + member + " must be an array of names");
        }
        for (var name : fields.path(member)) {
            if (!name.isTextual()) {
                throw Problem.badRequest("fields." + member + " must be an array of names");
            }
            names.add(path(name.asText()));
        }
        return names;
    }

    private static String path(String name) {
        var member = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
        return MEMBERS.contains(member) ? name : PROPERTIES + "." + name;
    }

    ObjectNode of(ObjectNode item) {
        var shown = fromAll ? item.deepCopy() : Json.MAPPER.createObjectNode();
        if (!fromAll) {
            var wanted = new ArrayList<>(include.isEmpty() ? USUAL : IDENTITY);
            wanted.addAll(include);
            wanted.forEach(path -> copy(item, shown, path));
        }
        exclude.stream()
                .filter(path -> include.stream().noneMatch(each -> each.equals(path) || each.startsWith(path + ".")))
                .forEach(path -> remove(shown, path));
        return shown;
    }

    private static void copy(ObjectNode from, ObjectNode to, String path) {
        int dot = path.indexOf('.');
        if (from.has(path)) {
            to.set(path, from.get(path).deepCopy());
        } else if (dot > 0 && from.path(path.substring(0, dot)) instanceof ObjectNode inner) {
            var member = path.substring(0, dot);
            if (!to.path(member).isObject()) {
                to.putObject(member);
            }
            copy(inner, (ObjectNode) to.get(member), path.substring(dot + 1));
        }
    }

    private static void remove(ObjectNode from, String path) {
        int dot = path.indexOf('.');
        if (from.has(path)) {
            from.remove(path);
        } else if (dot > 0 && from.path(path.substring(0, dot)) instanceof ObjectNode inner) {
            remove(inner, path.substring(dot + 1));
        }
    }
}
