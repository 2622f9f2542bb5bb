// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.locationtech.jts.geom.Envelope;
import org.survol.catalog.cql2.Expression;
import org.survol.catalog.cql2.Expression.And;
import org.survol.catalog.cql2.Expression.Between;
import org.survol.catalog.cql2.Expression.Box;
import org.survol.catalog.cql2.Expression.Comparator;
import org.survol.catalog.cql2.Expression.Comparison;
import org.survol.catalog.cql2.Expression.In;
import org.survol.catalog.cql2.Expression.Interval;
import org.survol.catalog.cql2.Expression.IsNull;
import org.survol.catalog.cql2.Expression.Like;
import org.survol.catalog.cql2.Expression.Not;
import org.survol.catalog.cql2.Expression.Or;
import org.survol.catalog.cql2.Expression.Property;
import org.survol.catalog.cql2.Expression.Shape;
import org.survol.catalog.cql2.Expression.Spatial;
import org.survol.catalog.cql2.Expression.SpatialRelation;
import org.survol.catalog.cql2.Expression.Temporal;
import org.survol.catalog.cql2.Expression.TemporalRelation;
import org.survol.catalog.cql2.Expression.Text;
import org.survol.catalog.cql2.Expression.Truth;
import org.survol.catalog.cql2.LikePattern;
import org.survol.catalog.cql2.Queryable.Type;

/**
 * A filter as a condition in SQL that H2 and PostgreSQL understand in the same way. What they would not (geometries, orders
 * of letters, folded texts) becomes a condition that lets through at least the rows that match: whoever reads them applies
 * the filter itself unless {@link Condition#exact}.
 *
 * <p>Values are bound, never written; names of columns come from {@link ItemField}.
 */
final class FilterSql {

    private static final String AND = " and ";
    private static final String OR = " or ";
    private static final Condition ANY = new Condition("1 = 1", List.of(), false);
    private static final Condition NONE = new Condition("1 = 0", List.of(), false);

    /**
     * @param exact whether it is true, false and null for the same rows as the filter
     * @param byCell whether it holds for rows of some {@link Cells} only
     */
    record Condition(String sql, List<Object> values, boolean exact, boolean byCell) {

        Condition(String sql, List<Object> values, boolean exact) {
            this(sql, values, exact, false);
        }

        private static Condition exact(String sql, Object... values) {
            return new Condition(sql, List.of(values), true);
        }
    }

    private final Set<ItemField> known;
    private final boolean hasCells;

    /**
     * @param known whose columns the table has
     * @param hasCells whether its rows say in which of the {@link Cells} they lie
     */
    FilterSql(Set<ItemField> known, boolean hasCells) {
        this.known = known;
        this.hasCells = hasCells;
    }

    Condition of(Expression filter) {
        return of(filter, true);
    }

    /**
     * @param more whether it may let through more rows than match; else it may be true for fewer, and is then false and
     *     never null, so that its negation lets through more
     */
    private Condition of(Expression filter, boolean more) {
        return switch (filter) {
            case And(var parts) -> joined(parts, AND, more);
            case Or(var parts) -> joined(parts, OR, more);
            case Not(var part) -> {
                var inner = of(part, !more);
                yield new Condition("not (" + inner.sql + ")", inner.values, inner.exact);
            }
            case Truth(var truth) -> Condition.exact(truth ? "1 = 1" : "1 = 0");
            case Comparison comparison -> comparison(comparison).orElse(unknown(more));
            case Between(var value, var low, var high) ->
                of(
                        new And(List.of(
                                new Comparison(Comparator.GREATER_OR_EQUAL, value, low),
                                new Comparison(Comparator.LESS_OR_EQUAL, value, high))),
                        more);
            case In(var value, var options) -> in(value, options, more);
            case IsNull(Property(var name)) -> isNull(field(name)).orElse(unknown(more));
            case Like(Property(var name), Text(var pattern)) ->
                like(field(name), pattern, more).orElse(unknown(more));
            case Spatial spatial -> spatial(spatial, more);
            case Temporal temporal -> temporal(temporal, more);
            default -> unknown(more);
        };
    }

    private static Condition unknown(boolean more) {
        return more ? ANY : NONE;
    }

    private static ItemField field(String name) {
        return ItemField.named(name).orElseThrow(() -> new IllegalArgumentException("not bound: " + name));
    }

    private Condition joined(List<Expression> parts, String operator, boolean more) {
        var sql = new StringBuilder();
        var values = new ArrayList<Object>();
        boolean exact = true;
        int byCell = 0;
        for (var part : parts) {
            var condition = of(part, more);
            byCell += condition.byCell ? 1 : 0;
            sql.append(sql.isEmpty() ? "" : operator)
                    .append('(')
                    .append(condition.sql)
                    .append(')');
            values.addAll(condition.values);
            exact &= condition.exact;
        }
        return new Condition(sql.toString(), values, exact, operator.equals(AND) ? byCell > 0 : byCell == parts.size());
    }

    private Optional<String> column(ItemField field) {
        return known.contains(field) ? field.column() : Optional.empty();
    }

    private Optional<Condition> comparison(Comparison comparison) {
        return switch (comparison) {
            case Comparison(var comparator, Property(var one), Property(var other)) ->
                columns(comparator, field(one), field(other));
            case Comparison(var comparator, Property(var name), var literal) ->
                compared(comparator, field(name), literal);
            case Comparison(var comparator, var literal, Property(var name)) ->
                compared(comparator.mirrored(), field(name), literal);
            default -> Optional.empty();
        };
    }

    private static boolean hasSameOrderEverywhere(ItemField field, Comparator comparator) {
        return switch (field.type()) {
            case NUMBER, INTEGER, TIMESTAMP -> true;
            // databases sort letters in their own ways
            case TEXT -> comparator == Comparator.EQUAL || comparator == Comparator.NOT_EQUAL;
            case BOOLEAN, DATE, GEOMETRY, ARRAY -> false;
        };
    }

    private Optional<Condition> columns(Comparator comparator, ItemField one, ItemField other) {
        return hasSameOrderEverywhere(one, comparator)
                ? column(one).flatMap(left -> column(other)
                        .map(right -> Condition.exact(left + " " + comparator.symbol() + " " + right)))
                : Optional.empty();
    }

    private Optional<Condition> compared(Comparator comparator, ItemField field, Expression literal) {
        if (!hasSameOrderEverywhere(field, comparator)) {
            return Optional.empty();
        }
        return column(field).flatMap(column -> literal(literal)
                .map(value -> Condition.exact(column + " " + comparator.symbol() + " ?", value)));
    }

    /** As a column holds it; empty for what is computed, and for times that columns are too coarse for. */
    private static Optional<Object> literal(Expression expression) {
        return switch (expression) {
            case Text(var text) -> Optional.of(text);
            case Expression.Number(var number) -> Optional.of(number);
            case Expression.Timestamp(var instant) -> millis(instant).map(Object.class::cast);
            case Expression.Date(var date) -> millis(startOf(date)).map(Object.class::cast);
            default -> Optional.empty();
        };
    }

    private static Optional<Long> millis(Instant instant) {
        return instant.getNano() % 1_000_000 == 0 ? Optional.of(instant.toEpochMilli()) : Optional.empty();
    }

    private static Instant startOf(LocalDate date) {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private Condition in(Expression value, List<Expression> options, boolean more) {
        if (options.isEmpty()) {
            return Condition.exact("1 = 0");
        }
        if (value instanceof Property(var name) && column(field(name)).isPresent()) {
            var values = options.stream().map(FilterSql::literal).toList();
            if (values.stream().allMatch(Optional::isPresent)) {
                return new Condition(
                        column(field(name)).get() + " in (" + String.join(", ", Collections.nCopies(values.size(), "?"))
                                + ")",
                        values.stream().map(Optional::get).toList(),
                        true);
            }
        }
        return joined(
                options.stream()
                        .<Expression>map(option -> new Comparison(Comparator.EQUAL, value, option))
                        .toList(),
                OR,
                more);
    }

    private Optional<Condition> isNull(ItemField field) {
        return switch (field) {
            case GEOMETRY -> whereKnown(field, "west is null");
            case TILE -> whereKnown(field, "tile_column is null");
            default -> column(field).map(column -> Condition.exact(column + " is null"));
        };
    }

    private Optional<Condition> whereKnown(ItemField field, String sql) {
        return known.contains(field) ? Optional.of(Condition.exact(sql)) : Optional.empty();
    }

    private Optional<Condition> like(ItemField field, String pattern, boolean more) {
        var like = LikePattern.of(pattern);
        if (like.countsCharacters() && !more) {
            return Optional.empty();
        }
        return column(field)
                .map(column ->
                        new Condition(column + " like ? escape '\\'", List.of(like.sql()), !like.countsCharacters()));
    }

    /** Bounds that touch: all but {@code DISJOINT} need that. */
    private Condition spatial(Spatial spatial, boolean more) {
        if (!more || spatial.relation() == SpatialRelation.DISJOINT) {
            return unknown(more);
        }
        return switch (spatial) {
            case Spatial(var _, Property _, Shape(var shape)) -> touching(shape.getEnvelopeInternal());
            case Spatial(var _, Shape(var shape), Property _) -> touching(shape.getEnvelopeInternal());
            case Spatial(var _, Property _, Box box) -> touching(box);
            case Spatial(var _, Box box, Property _) -> touching(box);
            default -> ANY;
        };
    }

    private Condition touching(Envelope box) {
        return box.isNull() ? NONE : touching(new Box(box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY()));
    }

    private Condition touching(Box box) {
        var values = new ArrayList<Object>();
        var cells = hasCells
                ? Cells.touching(box.west(), box.south(), box.east(), box.north())
                : Optional.<List<Long>>empty();
        cells.ifPresent(values::addAll);
        values.addAll(List.of(box.north(), box.south(), box.east(), box.west()));
        boolean crosses = box.west() > box.east();
        if (!crosses) {
            values.addAll(List.of(box.east(), box.west()));
        }
        return new Condition(
                cells.map(some -> "cell in (" + String.join(", ", Collections.nCopies(some.size(), "?")) + ") and ")
                                .orElse("")
                        + "south <= ? and north >= ? and "
                        // an Item whose west lies east of its east crosses the antimeridian
                        + (crosses
                                ? "(west <= ? or east >= ? or west > east)"
                                : "(west <= ? and east >= ? or west > east and (west <= ? or east >= ?))"),
                values,
                false,
                cells.isPresent());
    }

    private Condition temporal(Temporal temporal, boolean more) {
        if (temporal.left() instanceof Property(var name)
                && field(name).type() == Type.TIMESTAMP
                && column(field(name)).isPresent()) {
            var column = column(field(name)).get();
            var start = start(temporal.right());
            var end = end(temporal.right());
            if (start.isPresent() && end.isPresent()) {
                var condition = temporal(temporal.relation(), column, start.get(), end.get());
                if (condition.isPresent()) {
                    return condition.get();
                }
            }
        }
        return unknown(more);
    }

    private static Optional<Condition> temporal(TemporalRelation relation, String column, Instant start, Instant end) {
        // the whole milliseconds that an instant of the column must not be before, or after
        long notBefore = start.equals(Instant.MIN) ? Long.MIN_VALUE : ceiling(start);
        long notAfter = end.equals(Instant.MAX) ? Long.MAX_VALUE : end.toEpochMilli();
        return switch (relation) {
            case INTERSECTS -> Optional.of(Condition.exact(column + " between ? and ?", notBefore, notAfter));
            case AFTER -> Optional.of(Condition.exact(column + " > ?", notAfter));
            case BEFORE -> Optional.of(Condition.exact(column + " < ?", notBefore));
            case DISJOINT -> Optional.of(Condition.exact(column + " not between ? and ?", notBefore, notAfter));
            default -> Optional.empty();
        };
    }

    static long ceiling(Instant instant) {
        long millis = instant.toEpochMilli();
        return Instant.ofEpochMilli(millis).isBefore(instant) ? millis + 1 : millis;
    }

    private static Optional<Instant> start(Expression time) {
        return switch (time) {
            case Expression.Timestamp(var instant) -> Optional.of(instant);
            case Expression.Date(var date) -> Optional.of(startOf(date));
            case Interval(Expression.Unbounded(), var _) -> Optional.of(Instant.MIN);
            case Interval(var start, var _) when !(start instanceof Interval) -> start(start);
            default -> Optional.empty();
        };
    }

    private static Optional<Instant> end(Expression time) {
        return switch (time) {
            case Expression.Timestamp(var instant) -> Optional.of(instant);
            case Expression.Date(var date) ->
                Optional.of(startOf(date.plusDays(1)).minusNanos(1));
            case Interval(var _, Expression.Unbounded()) -> Optional.of(Instant.MAX);
            case Interval(var _, var end) when !(end instanceof Interval) -> end(end);
            default -> Optional.empty();
        };
    }
}
