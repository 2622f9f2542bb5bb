// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.survol.catalog.cql2.Expression.And;
import org.survol.catalog.cql2.Expression.Arithmetic;
import org.survol.catalog.cql2.Expression.ArrayOf;
import org.survol.catalog.cql2.Expression.Between;
import org.survol.catalog.cql2.Expression.Comparison;
import org.survol.catalog.cql2.Expression.In;
import org.survol.catalog.cql2.Expression.Interval;
import org.survol.catalog.cql2.Expression.IsNull;
import org.survol.catalog.cql2.Expression.Like;
import org.survol.catalog.cql2.Expression.Not;
import org.survol.catalog.cql2.Expression.Operator;
import org.survol.catalog.cql2.Expression.Or;
import org.survol.catalog.cql2.Expression.Property;
import org.survol.catalog.cql2.Expression.Shape;
import org.survol.catalog.cql2.Expression.Text;
import org.survol.catalog.cql2.Expression.Truth;
import org.survol.core.Json;

/** Reads the JSON form. */
public final class Cql2Json {

    private final Budget budget = new Budget();

    private Cql2Json() {}

    /** @throws Cql2Exception when it is not CQL2, or too much of it */
    public static Expression parse(String json) {
        Budget.characters(json.length());
        try {
            return parse(Json.MAPPER.readTree(json));
        } catch (JsonProcessingException e) {
            throw new Cql2Exception(
                    "the filter (cql2-json) is not JSON: " + Cql2Exception.shown(e.getOriginalMessage()));
        }
    }

    /** @throws Cql2Exception when it is not CQL2, or too much of it */
    public static Expression parse(JsonNode json) {
        return new Cql2Json().expression(json);
    }

    private Expression expression(JsonNode node) {
        budget.enter();
        try {
            if (node.isObject()) {
                return object(node);
            }
            if (node.isArray()) {
                return new ArrayOf(expressions(node));
            }
            if (node.isTextual()) {
                return new Text(node.asText());
            }
            if (node.isNumber()) {
                return new Expression.Number(number(node));
            }
            if (node.isBoolean()) {
                return new Truth(node.asBoolean());
            }
            throw new Cql2Exception("the filter (cql2-json) has " + shown(node) + " where a value should stand");
        } finally {
            budget.leave();
        }
    }

    private Expression object(JsonNode node) {
        if (node.has("op")) {
            return operation(node);
        }
        if (node.has("property")) {
            return new Property(text(node, "property"));
        }
        if (node.has("timestamp")) {
            return Words.timestamp(text(node, "timestamp"));
        }
        if (node.has("date")) {
            return Words.date(text(node, "date"));
        }
        if (node.has("interval")) {
            var ends = node.path("interval");
            if (!ends.isArray() || ends.size() != 2) {
                throw new Cql2Exception("an interval has two ends, not " + shown(ends));
            }
            return new Interval(bound(ends.get(0)), bound(ends.get(1)));
        }
        if (node.has("bbox")) {
            var numbers = new ArrayList<Double>();
            node.path("bbox").forEach(number -> numbers.add(number(number)));
            return Shapes.box(numbers);
        }
        if (node.has("type")) {
            return new Shape(Shapes.ofGeoJson(node, budget));
        }
        throw new Cql2Exception("the filter (cql2-json) has " + shown(node)
                + ", which has none of op, property, timestamp, date, interval, bbox, type");
    }

    private Expression operation(JsonNode node) {
        var name = text(node, "op");
        if (!node.path("args").isArray()) {
            throw new Cql2Exception("the operator \"" + Cql2Exception.shown(name) + "\" has no array of args");
        }
        var arguments = expressions(node.path("args"));
        var comparator = Words.comparator(name);
        if (comparator.isPresent()) {
            count(name, arguments, 2);
            return new Comparison(comparator.get(), arguments.get(0), arguments.get(1));
        }
        var operator = Words.operator(name);
        if (operator.isPresent()) {
            if (operator.get() == Operator.MINUS && arguments.size() == 1) {
                return new Arithmetic(Operator.TIMES, new Expression.Number(-1), arguments.getFirst());
            }
            count(name, arguments, 2);
            return new Arithmetic(operator.get(), arguments.get(0), arguments.get(1));
        }
        return switch (Words.lower(name)) {
            case "and" -> {
                atLeastTwo(name, arguments);
                yield new And(arguments);
            }
            case "or" -> {
                atLeastTwo(name, arguments);
                yield new Or(arguments);
            }
            case "not" -> {
                count(name, arguments, 1);
                yield new Not(arguments.getFirst());
            }
            case "isnull" -> {
                count(name, arguments, 1);
                yield new IsNull(arguments.getFirst());
            }
            case "like" -> {
                count(name, arguments, 2);
                yield new Like(arguments.get(0), arguments.get(1));
            }
            case "between" -> between(name, arguments);
            case "in" -> {
                count(name, arguments, 2);
                if (!(arguments.get(1) instanceof ArrayOf(var options))) {
                    throw new Cql2Exception("the second argument of \"in\" must be an array");
                }
                yield new In(arguments.get(0), options);
            }
            default -> Words.call(name, arguments);
        };
    }

    /** Drafts of the standard had the two ends in an array; clients still send that. */
    private static Expression between(String name, List<Expression> arguments) {
        if (arguments.size() == 2 && arguments.get(1) instanceof ArrayOf(var ends) && ends.size() == 2) {
            return new Between(arguments.get(0), ends.get(0), ends.get(1));
        }
        count(name, arguments, 3);
        return new Between(arguments.get(0), arguments.get(1), arguments.get(2));
    }

    private List<Expression> expressions(JsonNode array) {
        var read = new ArrayList<Expression>();
        array.forEach(each -> read.add(expression(each)));
        return read;
    }

    private Expression bound(JsonNode node) {
        return node.isTextual() ? Words.bound(node.asText()) : expression(node);
    }

    private static double number(JsonNode node) {
        if (!node.isNumber() || !Double.isFinite(node.asDouble())) {
            throw new Cql2Exception("the filter (cql2-json) has " + shown(node) + " where a number should stand");
        }
        return node.asDouble();
    }

    private static String text(JsonNode node, String field) {
        if (!node.path(field).isTextual()) {
            throw new Cql2Exception("\"" + field + "\" must be a text, not " + shown(node.path(field)));
        }
        return node.path(field).asText();
    }

    private static void count(String name, List<Expression> arguments, int wanted) {
        if (arguments.size() != wanted) {
            throw new Cql2Exception(
                    "the operator \"" + name + "\" takes " + wanted + " arguments, not " + arguments.size());
        }
    }

    private static void atLeastTwo(String name, List<Expression> arguments) {
        if (arguments.size() < 2) {
            throw new Cql2Exception("the operator \"" + name + "\" takes two arguments or more");
        }
    }

    private static String shown(JsonNode node) {
        return Cql2Exception.shown(node.isMissingNode() ? "nothing" : node.toString());
    }
}
