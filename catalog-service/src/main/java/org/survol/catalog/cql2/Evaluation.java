// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.operation.relateng.RelateNG;
import org.locationtech.jts.operation.relateng.RelatePredicate;
import org.locationtech.jts.operation.relateng.TopologyPredicate;
import org.survol.catalog.cql2.Expression.And;
import org.survol.catalog.cql2.Expression.Arithmetic;
import org.survol.catalog.cql2.Expression.ArrayOf;
import org.survol.catalog.cql2.Expression.ArrayRelation;
import org.survol.catalog.cql2.Expression.Arrays;
import org.survol.catalog.cql2.Expression.Between;
import org.survol.catalog.cql2.Expression.Box;
import org.survol.catalog.cql2.Expression.Call;
import org.survol.catalog.cql2.Expression.Comparison;
import org.survol.catalog.cql2.Expression.Date;
import org.survol.catalog.cql2.Expression.Fold;
import org.survol.catalog.cql2.Expression.In;
import org.survol.catalog.cql2.Expression.Interval;
import org.survol.catalog.cql2.Expression.IsNull;
import org.survol.catalog.cql2.Expression.Like;
import org.survol.catalog.cql2.Expression.Not;
import org.survol.catalog.cql2.Expression.Operator;
import org.survol.catalog.cql2.Expression.Or;
import org.survol.catalog.cql2.Expression.Property;
import org.survol.catalog.cql2.Expression.Shape;
import org.survol.catalog.cql2.Expression.Spatial;
import org.survol.catalog.cql2.Expression.SpatialRelation;
import org.survol.catalog.cql2.Expression.Temporal;
import org.survol.catalog.cql2.Expression.Text;
import org.survol.catalog.cql2.Expression.Timestamp;
import org.survol.catalog.cql2.Expression.Truth;
import org.survol.catalog.cql2.Expression.Unbounded;

/** Turns a filter into steps that compute it, and refuses what does not fit together. */
final class Evaluation {

    /** Computes a value from those of the properties; null where it cannot be told. */
    interface Step {
        Object value(Function<String, Object> properties);
    }

    private enum Kind {
        PREDICATE("a predicate"),
        NUMBER("a number"),
        TEXT("a text"),
        TIME("a time"),
        INTERVAL("an interval"),
        GEOMETRY("a geometry"),
        ARRAY("an array");

        private final String shown;

        Kind(String shown) {
            this.shown = shown;
        }
    }

    private record Typed(Kind kind, Step step) {}

    private final Queryables queryables;

    Evaluation(Queryables queryables) {
        this.queryables = queryables;
    }

    Step predicate(Expression expression) {
        return of(Kind.PREDICATE, expression, "the filter");
    }

    private Step of(Kind kind, Expression expression, String where) {
        var typed = typed(expression);
        if (typed.kind != kind) {
            throw new Cql2Exception(
                    where + " needs " + kind.shown + ", but " + shown(expression) + " is " + typed.kind.shown);
        }
        return typed.step;
    }

    private Typed typed(Expression expression) {
        return switch (expression) {
            case And(var parts) -> new Typed(Kind.PREDICATE, all(parts, "AND"));
            case Or(var parts) -> new Typed(Kind.PREDICATE, any(parts));
            case Not(var part) -> {
                var step = of(Kind.PREDICATE, part, "NOT");
                yield new Typed(Kind.PREDICATE, properties -> not(step.value(properties)));
            }
            case Comparison comparison -> new Typed(Kind.PREDICATE, comparison(comparison));
            case Between(var value, var low, var high) ->
                new Typed(
                        Kind.PREDICATE,
                        all(
                                List.of(
                                        new Comparison(Expression.Comparator.GREATER_OR_EQUAL, value, low),
                                        new Comparison(Expression.Comparator.LESS_OR_EQUAL, value, high)),
                                "BETWEEN"));
            case In(var value, var options) ->
                new Typed(
                        Kind.PREDICATE,
                        any(options.stream()
                                .<Expression>map(option -> new Comparison(Expression.Comparator.EQUAL, value, option))
                                .toList()));
            case Like like -> new Typed(Kind.PREDICATE, like(like));
            case IsNull(var value) -> {
                var step = typed(value).step;
                yield new Typed(Kind.PREDICATE, properties -> step.value(properties) == null);
            }
            case Spatial spatial -> new Typed(Kind.PREDICATE, spatial(spatial));
            case Temporal temporal -> new Typed(Kind.PREDICATE, temporal(temporal));
            case Arrays arrays -> new Typed(Kind.PREDICATE, arrays(arrays));
            case Arithmetic arithmetic -> new Typed(Kind.NUMBER, arithmetic(arithmetic));
            case Fold(var folding, var value) -> {
                var step = of(Kind.TEXT, value, folding == Expression.Folding.CASE ? "CASEI" : "ACCENTI");
                yield new Typed(Kind.TEXT, whenTold(step, text -> Folds.fold(folding, (String) text)));
            }
            case Call(var function, var _) ->
                throw new Cql2Exception("there is no function \"" + Cql2Exception.shown(function) + "\" here");
            case Property(var name) -> property(queryables.get(name));
            case Text(var text) -> constant(Kind.TEXT, text);
            case Expression.Number(var number) -> constant(Kind.NUMBER, number);
            case Truth(var truth) -> constant(Kind.PREDICATE, truth);
            case Timestamp(var instant) -> constant(Kind.TIME, instant);
            case Date(var date) -> constant(Kind.TIME, date);
            case Interval(var start, var end) -> new Typed(Kind.INTERVAL, interval(bound(start), bound(end)));
            case Unbounded() -> throw new Cql2Exception("\"..\" is the end of an interval only");
            case ArrayOf(var elements) -> {
                var steps =
                        elements.stream().map(element -> typed(element).step).toList();
                yield new Typed(Kind.ARRAY, properties -> {
                    var values = new ArrayList<>();
                    steps.forEach(step -> values.add(plain(step.value(properties))));
                    return values;
                });
            }
            case Shape(var geometry) -> constant(Kind.GEOMETRY, checked(geometry));
            case Box box -> constant(Kind.GEOMETRY, checked(Shapes.of(box)));
        };
    }

    private static Typed constant(Kind kind, Object value) {
        return new Typed(kind, properties -> value);
    }

    private static Typed property(Queryable queryable) {
        var name = queryable.name();
        var kind =
                switch (queryable.type()) {
                    case TEXT -> Kind.TEXT;
                    case NUMBER, INTEGER -> Kind.NUMBER;
                    case BOOLEAN -> Kind.PREDICATE;
                    case TIMESTAMP, DATE -> Kind.TIME;
                    case GEOMETRY -> Kind.GEOMETRY;
                    case ARRAY -> Kind.ARRAY;
                };
        return new Typed(kind, properties -> plain(properties.apply(name)));
    }

    /** Numbers of all types become one. */
    private static Object plain(Object value) {
        return value instanceof Number number ? number.doubleValue() : value;
    }

    private static Geometry checked(Geometry geometry) {
        for (Coordinate position : geometry.getCoordinates()) {
            if (Math.abs(position.x) > 180 || Math.abs(position.y) > 90) {
                throw new Cql2Exception("the position " + position.x + " " + position.y
                        + " is not on Earth: longitudes are -180 to 180 degrees and come first, latitudes -90 to 90");
            }
        }
        return geometry;
    }

    private Step all(List<Expression> parts, String where) {
        var steps = parts.stream().map(part -> of(Kind.PREDICATE, part, where)).toList();
        return properties -> {
            Boolean result = true;
            for (var step : steps) {
                var value = step.value(properties);
                if (Boolean.FALSE.equals(value)) {
                    return false;
                }
                if (value == null) {
                    result = null;
                }
            }
            return result;
        };
    }

    private Step any(List<Expression> parts) {
        var steps = parts.stream().map(part -> of(Kind.PREDICATE, part, "OR")).toList();
        return properties -> {
            Boolean result = false;
            for (var step : steps) {
                var value = step.value(properties);
                if (Boolean.TRUE.equals(value)) {
                    return true;
                }
                if (value == null) {
                    result = null;
                }
            }
            return result;
        };
    }

    private static Object not(Object value) {
        return value == null ? null : !(Boolean) value;
    }

    private static Step whenTold(Step step, Function<Object, Object> then) {
        return properties -> {
            var value = step.value(properties);
            return value == null ? null : then.apply(value);
        };
    }

    private interface Pair {
        Object of(Object left, Object right);
    }

    private static Step whenTold(Step left, Step right, Pair then) {
        return properties -> {
            var one = left.value(properties);
            var other = right.value(properties);
            return one == null || other == null ? null : then.of(one, other);
        };
    }

    private Step comparison(Comparison comparison) {
        var left = typed(comparison.left());
        var right = typed(comparison.right());
        if (left.kind != right.kind) {
            throw new Cql2Exception(shown(comparison.left()) + " is " + left.kind.shown + " and "
                    + shown(comparison.right()) + " is " + right.kind.shown + ": they cannot be compared by "
                    + comparison.comparator().symbol());
        }
        var comparator = comparison.comparator();
        return switch (left.kind) {
            case NUMBER, TEXT, PREDICATE, TIME ->
                whenTold(left.step, right.step, (one, other) -> comparator.holds(compare(one, other)));
            case GEOMETRY, ARRAY, INTERVAL ->
                throw new Cql2Exception(shown(comparison.left()) + " is " + left.kind.shown + ", which "
                        + comparator.symbol() + " does not compare; there are S_EQUALS, A_EQUALS and T_EQUALS");
        };
    }

    private static int compare(Object one, Object other) {
        return switch (one) {
            case Double number -> Double.compare(number + 0.0, (Double) other + 0.0);
            case String text -> text.compareTo((String) other);
            case Boolean truth -> truth.compareTo((Boolean) other);
            default -> instant(one).compareTo(instant(other));
        };
    }

    private static Instant instant(Object time) {
        return time instanceof LocalDate date ? Period.start(date) : (Instant) time;
    }

    private Step like(Like like) {
        var value = of(Kind.TEXT, like.value(), "LIKE");
        var pattern = of(Kind.TEXT, like.pattern(), "LIKE");
        if (like.pattern() instanceof Text(var text)) {
            var known = LikePattern.of(text);
            return whenTold(value, tested -> known.matches((String) tested));
        }
        return whenTold(value, pattern, (tested, against) -> LikePattern.of((String) against)
                .matches((String) tested));
    }

    private Step spatial(Spatial spatial) {
        var name = "S_" + spatial.relation();
        var left = of(Kind.GEOMETRY, spatial.left(), name);
        var right = of(Kind.GEOMETRY, spatial.right(), name);
        // a literal is prepared once and stands on the left
        if (isLiteral(spatial.left())) {
            return prepared((Geometry) left.value(property -> null), spatial.relation(), right);
        }
        if (isLiteral(spatial.right())) {
            return prepared(
                    (Geometry) right.value(property -> null), spatial.relation().mirrored(), left);
        }
        return whenTold(
                left,
                right,
                (one, other) -> RelateNG.relate((Geometry) one, (Geometry) other, topology(spatial.relation())));
    }

    private static boolean isLiteral(Expression expression) {
        return expression instanceof Shape || expression instanceof Box;
    }

    private static Step prepared(Geometry literal, SpatialRelation relation, Step other) {
        // prepared relations build their index when first used, which only one thread may do
        var prepared = RelateNG.prepare(literal);
        return whenTold(other, geometry -> {
            synchronized (prepared) {
                return prepared.evaluate((Geometry) geometry, topology(relation));
            }
        });
    }

    private static TopologyPredicate topology(SpatialRelation relation) {
        return switch (relation) {
            case INTERSECTS -> RelatePredicate.intersects();
            case DISJOINT -> RelatePredicate.disjoint();
            case EQUALS -> RelatePredicate.equalsTopo();
            case TOUCHES -> RelatePredicate.touches();
            case CROSSES -> RelatePredicate.crosses();
            case WITHIN -> RelatePredicate.within();
            case CONTAINS -> RelatePredicate.contains();
            case OVERLAPS -> RelatePredicate.overlaps();
        };
    }

    private Step bound(Expression end) {
        return end instanceof Unbounded ? null : of(Kind.TIME, end, "INTERVAL");
    }

    private static Step interval(Step start, Step end) {
        return properties -> {
            var first = start == null ? Instant.MIN : start.value(properties);
            var last = end == null ? Instant.MAX : end.value(properties);
            return first == null || last == null
                    ? null
                    : new Period(Period.of(first).start(), Period.of(last).end());
        };
    }

    private Step temporal(Temporal temporal) {
        var left = time(temporal.left(), temporal);
        var right = time(temporal.right(), temporal);
        return whenTold(left, right, (one, other) -> Period.of(one).stands(temporal.relation(), Period.of(other)));
    }

    private Step time(Expression expression, Temporal temporal) {
        var typed = typed(expression);
        if (typed.kind != Kind.TIME && typed.kind != Kind.INTERVAL) {
            throw new Cql2Exception("T_" + temporal.relation() + " needs times or intervals, but " + shown(expression)
                    + " is " + typed.kind.shown);
        }
        return typed.step;
    }

    private Step arrays(Arrays arrays) {
        var name = "A_" + arrays.relation();
        return whenTold(
                of(Kind.ARRAY, arrays.left(), name),
                of(Kind.ARRAY, arrays.right(), name),
                (one, other) -> stands(arrays.relation(), elements(one), elements(other)));
    }

    private static List<Object> elements(Object array) {
        var elements = new ArrayList<>();
        ((List<?>) array).forEach(element -> elements.add(plain(element)));
        return elements;
    }

    /** As sets. */
    private static boolean stands(ArrayRelation relation, List<Object> one, List<Object> other) {
        return switch (relation) {
            case EQUALS -> one.containsAll(other) && other.containsAll(one);
            case CONTAINS -> one.containsAll(other);
            case CONTAINEDBY -> other.containsAll(one);
            case OVERLAPS -> one.stream().anyMatch(other::contains);
        };
    }

    private Step arithmetic(Arithmetic arithmetic) {
        var symbol = arithmetic.operator().symbol();
        return whenTold(
                of(Kind.NUMBER, arithmetic.left(), symbol),
                of(Kind.NUMBER, arithmetic.right(), symbol),
                (one, other) -> compute(arithmetic.operator(), (Double) one, (Double) other));
    }

    /** Null where there is no result, as for a division by zero. */
    static Double compute(Operator operator, double one, double other) {
        double result =
                switch (operator) {
                    case PLUS -> one + other;
                    case MINUS -> one - other;
                    case TIMES -> one * other;
                    case DIVIDED -> one / other;
                    case MODULO -> one % other;
                    case DIV -> {
                        double quotient = one / other;
                        yield quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
                    }
                    case POWER -> Math.pow(one, other);
                };
        return Double.isFinite(result) ? result : null;
    }

    private static String shown(Expression expression) {
        return switch (expression) {
            case Property(var name) -> "\"" + Cql2Exception.shown(name) + "\"";
            case Text(var text) -> "'" + Cql2Exception.shown(text) + "'";
            case Expression.Number(var number) -> Double.toString(number);
            case Truth(var truth) -> Boolean.toString(truth);
            case Timestamp(var instant) -> instant.toString();
            case Date(var date) -> date.toString();
            default -> "what stands there";
        };
    }
}
