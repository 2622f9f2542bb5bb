// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.locationtech.jts.geom.Geometry;

/**
 * A filter of OGC's Common Query Language (CQL2, OGC 21-065r2): what its text form and its JSON form both mean. Immutable;
 * two filters of the same meaning and the same shape are equal, whichever form they came in.
 */
public sealed interface Expression {

    /** At least two parts, as many as stood side by side. */
    record And(List<Expression> parts) implements Expression {
        public And {
            parts = List.copyOf(parts);
        }
    }

    record Or(List<Expression> parts) implements Expression {
        public Or {
            parts = List.copyOf(parts);
        }
    }

    record Not(Expression part) implements Expression {}

    record Comparison(Comparator comparator, Expression left, Expression right) implements Expression {}

    /** {@code %} stands for any characters, {@code _} for one, a backslash takes the meaning from the next character. */
    record Like(Expression value, Expression pattern) implements Expression {}

    /** Both ends belong to it. */
    record Between(Expression value, Expression low, Expression high) implements Expression {}

    record In(Expression value, List<Expression> options) implements Expression {
        public In {
            options = List.copyOf(options);
        }
    }

    record IsNull(Expression value) implements Expression {}

    record Spatial(SpatialRelation relation, Expression left, Expression right) implements Expression {}

    record Temporal(TemporalRelation relation, Expression left, Expression right) implements Expression {}

    record Arrays(ArrayRelation relation, Expression left, Expression right) implements Expression {}

    record Arithmetic(Operator operator, Expression left, Expression right) implements Expression {}

    /** {@code CASEI} or {@code ACCENTI}: the text without what distinguishes upper from lower, or accented from plain. */
    record Fold(Folding folding, Expression value) implements Expression {}

    /** Any other function; none is known here, so it is told by name when the filter is bound. */
    record Call(String function, List<Expression> arguments) implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
        }
    }

    record Property(String name) implements Expression {}

    record Text(String value) implements Expression {}

    record Number(double value) implements Expression {}

    record Truth(boolean value) implements Expression {}

    record Timestamp(Instant value) implements Expression {}

    /** A whole day of UTC where time matters. */
    record Date(LocalDate value) implements Expression {}

    /** Both ends belong to it; an end may be a property, or {@link Unbounded}. */
    record Interval(Expression start, Expression end) implements Expression {}

    record Unbounded() implements Expression {}

    record ArrayOf(List<Expression> elements) implements Expression {
        public ArrayOf {
            elements = List.copyOf(elements);
        }
    }

    /** Coordinates as written: longitude first unless the filter says that it is in another CRS. */
    record Shape(Geometry geometry) implements Expression {}

    /** {@code west > east} means that it crosses the antimeridian. Heights are not kept. */
    record Box(double west, double south, double east, double north) implements Expression {}

    enum Comparator {
        EQUAL("="),
        NOT_EQUAL("<>"),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">=");

        private final String symbol;

        Comparator(String symbol) {
            this.symbol = symbol;
        }

        /** As SQL writes it too. */
        public String symbol() {
            return symbol;
        }

        /** The one that holds with the sides exchanged. */
        public Comparator mirrored() {
            return switch (this) {
                case EQUAL, NOT_EQUAL -> this;
                case LESS -> GREATER;
                case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
                case GREATER -> LESS;
                case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
            };
        }

        boolean holds(int order) {
            return switch (this) {
                case EQUAL -> order == 0;
                case NOT_EQUAL -> order != 0;
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
            };
        }
    }

    enum SpatialRelation {
        INTERSECTS,
        DISJOINT,
        EQUALS,
        TOUCHES,
        CROSSES,
        WITHIN,
        CONTAINS,
        OVERLAPS;

        /** The one that holds with the sides exchanged. */
        SpatialRelation mirrored() {
            return switch (this) {
                case WITHIN -> CONTAINS;
                case CONTAINS -> WITHIN;
                case INTERSECTS, DISJOINT, EQUALS, TOUCHES, CROSSES, OVERLAPS -> this;
            };
        }
    }

    /** Allen's relations between intervals, as CQL2 names them. */
    enum TemporalRelation {
        AFTER,
        BEFORE,
        CONTAINS,
        DISJOINT,
        DURING,
        EQUALS,
        FINISHEDBY,
        FINISHES,
        INTERSECTS,
        MEETS,
        METBY,
        OVERLAPPEDBY,
        OVERLAPS,
        STARTEDBY,
        STARTS
    }

    enum ArrayRelation {
        EQUALS,
        CONTAINS,
        CONTAINEDBY,
        OVERLAPS
    }

    enum Operator {
        PLUS("+"),
        MINUS("-"),
        TIMES("*"),
        DIVIDED("/"),
        MODULO("%"),
        /** Quotient without its fraction. */
        DIV("div"),
        POWER("^");

        private final String symbol;

        Operator(String symbol) {
            this.symbol = symbol;
        }

        String symbol() {
            return symbol;
        }
    }

    enum Folding {
        CASE,
        ACCENT
    }
}
