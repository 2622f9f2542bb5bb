// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Polygon;
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

/**
 * Reads the text form by recursive descent. The grammar is taken a little wider than the standard's: predicates and values
 * are read alike, and what makes no sense together is told when the filter is bound to what it is about.
 */
public final class Cql2Text {

    private static final Set<String> RESERVED =
            Set.of("and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div");

    private final List<Token> tokens;
    private final Budget budget = new Budget();
    private int next;

    private Cql2Text(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** @throws Cql2Exception when it is not CQL2, or too much of it */
    public static Expression parse(String text) {
        Budget.characters(text.length());
        var reader = new Cql2Text(Token.of(text));
        var expression = reader.or();
        if (reader.peek().kind() != Token.Kind.END) {
            throw reader.unexpected("the end of the filter, AND or OR");
        }
        return expression;
    }

    private Expression or() {
        budget.enter();
        var parts = new ArrayList<Expression>();
        do {
            parts.add(and());
        } while (takeWord("or"));
        budget.leave();
        return parts.size() == 1 ? parts.getFirst() : new Or(parts);
    }

    private Expression and() {
        var parts = new ArrayList<Expression>();
        do {
            parts.add(not());
        } while (takeWord("and"));
        return parts.size() == 1 ? parts.getFirst() : new And(parts);
    }

    private Expression not() {
        if (!takeWord("not")) {
            return predicate();
        }
        budget.enter();
        var part = not();
        budget.leave();
        return new Not(part);
    }

    private Expression predicate() {
        budget.node();
        var value = sum();
        var comparator = peek().kind() == Token.Kind.SYMBOL
                ? Words.comparator(peek().text())
                : java.util.Optional.<Expression.Comparator>empty();
        if (comparator.isPresent()) {
            next++;
            return new Comparison(comparator.get(), value, sum());
        }
        if (takeWord("is")) {
            boolean negated = takeWord("not");
            word("null");
            return negated(negated, new IsNull(value));
        }
        boolean negated = takeWord("not");
        if (takeWord("like")) {
            return negated(negated, new Like(value, sum()));
        }
        if (takeWord("between")) {
            var low = sum();
            word("and");
            return negated(negated, new Between(value, low, sum()));
        }
        if (takeWord("in")) {
            symbol("(");
            return negated(negated, new In(value, list(this::sum)));
        }
        if (negated) {
            throw unexpected("LIKE, BETWEEN or IN");
        }
        return value;
    }

    private static Expression negated(boolean negated, Expression predicate) {
        return negated ? new Not(predicate) : predicate;
    }

    private Expression sum() {
        var value = product();
        while (peek().is("+") || peek().is("-")) {
            value = arithmetic(value, this::product);
        }
        return value;
    }

    private Expression product() {
        var value = power();
        while (peek().is("*") || peek().is("/") || peek().is("%") || peek().isWord("div")) {
            value = arithmetic(value, this::power);
        }
        return value;
    }

    private Expression power() {
        var value = signed();
        while (peek().is("^")) {
            value = arithmetic(value, this::signed);
        }
        return value;
    }

    private Expression arithmetic(Expression left, Supplier<Expression> right) {
        budget.node();
        var operator = Words.operator(take().text()).orElseThrow();
        return new Arithmetic(operator, left, right.get());
    }

    private Expression signed() {
        if (!take("-")) {
            return value();
        }
        if (peek().kind() == Token.Kind.NUMBER) {
            return new Expression.Number(-number());
        }
        budget.enter();
        var value = signed();
        budget.leave();
        return new Arithmetic(Operator.TIMES, new Expression.Number(-1), value);
    }

    private Expression value() {
        budget.node();
        var token = peek();
        return switch (token.kind()) {
            case STRING -> new Text(take().text());
            case NAME -> new Property(take().text());
            case NUMBER -> new Expression.Number(number());
            case WORD -> word();
            case SYMBOL -> {
                if (!take("(")) {
                    throw unexpected("a value");
                }
                yield bracketed();
            }
            case END -> throw unexpected("a value");
        };
    }

    private Expression bracketed() {
        if (take(")")) {
            return new ArrayOf(List.of());
        }
        var first = or();
        if (take(")")) {
            return first;
        }
        var elements = new ArrayList<>(List.of(first));
        symbol(",");
        elements.addAll(list(this::or));
        return new ArrayOf(elements);
    }

    private Expression word() {
        var word = take();
        if (word.isWord("true") || word.isWord("false")) {
            return new Truth(word.isWord("true"));
        }
        if (RESERVED.contains(Words.lower(word.text()))) {
            next--;
            throw unexpected("a value");
        }
        if (peek().is("(") || peek().isWord("z") && tokens.get(next + 1).is("(")) {
            return named(word);
        }
        return new Property(word.text());
    }

    private Expression named(Token name) {
        return switch (Words.lower(name.text())) {
            case "timestamp" -> {
                symbol("(");
                var timestamp = Words.timestamp(text());
                symbol(")");
                yield timestamp;
            }
            case "date" -> {
                symbol("(");
                var date = Words.date(text());
                symbol(")");
                yield date;
            }
            case "interval" -> {
                symbol("(");
                var start = bound();
                symbol(",");
                var end = bound();
                symbol(")");
                yield new Interval(start, end);
            }
            case "bbox" -> {
                symbol("(");
                yield Shapes.box(list(this::signedNumber));
            }
            case "point",
                    "linestring",
                    "polygon",
                    "multipoint",
                    "multilinestring",
                    "multipolygon",
                    "geometrycollection" -> new Shape(geometry(Words.lower(name.text())));
            default -> {
                symbol("(");
                budget.enter();
                var arguments = take(")") ? List.<Expression>of() : list(this::or);
                budget.leave();
                yield Words.call(name.text(), arguments);
            }
        };
    }

    private Expression bound() {
        return peek().kind() == Token.Kind.STRING ? Words.bound(take().text()) : value();
    }

    private Geometry geometry(String type) {
        takeWord("z");
        return switch (type) {
            case "point" -> {
                symbol("(");
                var position = position();
                symbol(")");
                yield Shapes.point(position);
            }
            case "linestring" -> Shapes.line(positions());
            case "polygon" -> polygon();
            case "multipoint" -> {
                symbol("(");
                // with brackets around each position, or without as many write it
                yield Shapes.FACTORY.createMultiPointFromCoords(list(() -> {
                            if (!take("(")) {
                                return position();
                            }
                            var position = position();
                            symbol(")");
                            return position;
                        })
                        .toArray(Coordinate[]::new));
            }
            case "multilinestring" -> {
                symbol("(");
                yield Shapes.FACTORY.createMultiLineString(
                        list(() -> Shapes.line(positions())).toArray(LineString[]::new));
            }
            case "multipolygon" -> {
                symbol("(");
                yield Shapes.FACTORY.createMultiPolygon(list(this::polygon).toArray(Polygon[]::new));
            }
            default -> {
                symbol("(");
                yield Shapes.FACTORY.createGeometryCollection(list(this::member).toArray(Geometry[]::new));
            }
        };
    }

    private Geometry member() {
        budget.enter();
        var name = take();
        if (name.kind() != Token.Kind.WORD || !(named(name) instanceof Shape(var geometry))) {
            next--;
            throw unexpected("a geometry");
        }
        budget.leave();
        return geometry;
    }

    private Polygon polygon() {
        symbol("(");
        return Shapes.polygon(list(this::positions));
    }

    private List<Coordinate> positions() {
        symbol("(");
        return list(this::position);
    }

    private Coordinate position() {
        budget.vertex();
        double x = signedNumber();
        double y = signedNumber();
        if (peek().kind() == Token.Kind.NUMBER || peek().is("-")) {
            signedNumber();
        }
        return Shapes.coordinate(x, y);
    }

    /** What stands between here and the closing bracket, commas between. */
    private <T> List<T> list(Supplier<T> reader) {
        var read = new ArrayList<T>();
        do {
            budget.node();
            read.add(reader.get());
        } while (take(","));
        symbol(")");
        return read;
    }

    private double signedNumber() {
        boolean negative = take("-");
        if (!negative) {
            take("+");
        }
        return negative ? -number() : number();
    }

    private double number() {
        if (peek().kind() != Token.Kind.NUMBER) {
            throw unexpected("a number");
        }
        double number = Double.parseDouble(peek().text());
        if (Double.isInfinite(number)) {
            throw unexpected("a smaller number");
        }
        next++;
        return number;
    }

    private String text() {
        if (peek().kind() != Token.Kind.STRING) {
            throw unexpected("a text in single quotes");
        }
        return take().text();
    }

    private Token peek() {
        return tokens.get(next);
    }

    private Token take() {
        return tokens.get(next++);
    }

    private boolean take(String symbol) {
        boolean there = peek().is(symbol);
        next += there ? 1 : 0;
        return there;
    }

    private boolean takeWord(String word) {
        boolean there = peek().isWord(word);
        next += there ? 1 : 0;
        return there;
    }

    private void symbol(String symbol) {
        if (!take(symbol)) {
            throw unexpected("\"" + symbol + "\"");
        }
    }

    private void word(String word) {
        if (!takeWord(word)) {
            throw unexpected(word.toUpperCase(java.util.Locale.ROOT));
        }
    }

    private Cql2Exception unexpected(String wanted) {
        return new Cql2Exception(
                "the filter (cql2-text) has " + peek().shown() + ", but " + wanted + " should stand there");
    }
}
