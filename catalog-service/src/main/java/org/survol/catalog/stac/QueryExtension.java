// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.cql2.Cql2Text;
import org.survol.catalog.cql2.Expression;
import org.survol.catalog.cql2.Expression.Comparator;
import org.survol.catalog.cql2.Expression.Comparison;
import org.survol.catalog.cql2.Expression.Like;
import org.survol.catalog.cql2.Expression.Property;
import org.survol.catalog.cql2.Queryable.Type;
import org.survol.catalog.store.ItemField;

/** STAC's Query extension, {@code {"gsd": {"lte": 0.2}}}, in the words of CQL2. */
final class QueryExtension {

    private static final Pattern DECIMAL = Pattern.compile("-?\\d{1,18}(\\.\\d{1,18})?");

    private QueryExtension() {}

    static List<Expression> expressions(JsonNode query) {
        if (!query.isObject()) {
            throw Problem.badRequest("query must be an object of fields, each an object of operators");
        }
        var parts = new ArrayList<Expression>();
        for (var field : query.properties()) {
            var name = field.getKey().startsWith("properties.")
                    ? field.getKey().substring("properties.".length())
                    : field.getKey();
            if (!field.getValue().isObject()) {
                throw Problem.badRequest("query of \"" + Parameters.shown(name) + "\" must be an object of operators");
            }
            for (var operator : field.getValue().properties()) {
                parts.add(predicate(name, operator.getKey(), operator.getValue()));
            }
        }
        return parts;
    }

    private static Expression predicate(String name, String operator, JsonNode value) {
        var property = new Property(name);
        return switch (operator) {
            case "eq" -> new Comparison(Comparator.EQUAL, property, literal(name, value));
            case "neq" -> new Comparison(Comparator.NOT_EQUAL, property, literal(name, value));
            case "lt" -> new Comparison(Comparator.LESS, property, literal(name, value));
            case "lte" -> new Comparison(Comparator.LESS_OR_EQUAL, property, literal(name, value));
            case "gt" -> new Comparison(Comparator.GREATER, property, literal(name, value));
            case "gte" -> new Comparison(Comparator.GREATER_OR_EQUAL, property, literal(name, value));
            case "startsWith" -> new Like(property, new Expression.Text(escaped(name, value) + "%"));
            case "endsWith" -> new Like(property, new Expression.Text("%" + escaped(name, value)));
            case "contains" -> new Like(property, new Expression.Text("%" + escaped(name, value) + "%"));
            case "in" -> {
                var options = new ArrayList<Expression>();
                value.forEach(option -> options.add(literal(name, option)));
                yield new Expression.In(property, options);
            }
            default ->
                throw Problem.badRequest("query has no operator \"" + Parameters.shown(operator)
                        + "\"; there are eq, neq, lt, lte, gt, gte, startsWith, endsWith, contains, in");
        };
    }

    private static Expression literal(String name, JsonNode value) {
        if (value.isTextual()) {
            return ofText(ItemField.named(name).map(ItemField::type).orElse(Type.TEXT), value.asText());
        }
        if (value.isNumber()) {
            return new Expression.Number(value.asDouble());
        }
        if (value.isBoolean()) {
            return new Expression.Truth(value.asBoolean());
        }
        throw Problem.badRequest("query compares \"" + Parameters.shown(name) + "\" with "
                + Parameters.shown(value.toString()) + ", which is no text, number or truth value");
    }

    /** Clients that take values from a command line send numbers as texts. */
    private static Expression ofText(Type type, String text) {
        return switch (type) {
            case TIMESTAMP -> Cql2Text.parse("TIMESTAMP('" + text.replace("'", "''") + "')");
            case NUMBER, INTEGER ->
                DECIMAL.matcher(text).matches()
                        ? new Expression.Number(Double.parseDouble(text))
                        : new Expression.Text(text);
            default -> new Expression.Text(text);
        };
    }

    private static String escaped(String name, JsonNode value) {
        if (!value.isTextual()) {
            throw Problem.badRequest("query compares the text of \"" + Parameters.shown(name) + "\" with "
                    + Parameters.shown(value.toString()));
        }
        return value.asText().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }
}
