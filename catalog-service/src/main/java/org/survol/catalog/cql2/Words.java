// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.survol.catalog.cql2.Expression.ArrayRelation;
import org.survol.catalog.cql2.Expression.Arrays;
import org.survol.catalog.cql2.Expression.Call;
import org.survol.catalog.cql2.Expression.Comparator;
import org.survol.catalog.cql2.Expression.Date;
import org.survol.catalog.cql2.Expression.Fold;
import org.survol.catalog.cql2.Expression.Folding;
import org.survol.catalog.cql2.Expression.Operator;
import org.survol.catalog.cql2.Expression.Spatial;
import org.survol.catalog.cql2.Expression.SpatialRelation;
import org.survol.catalog.cql2.Expression.Temporal;
import org.survol.catalog.cql2.Expression.TemporalRelation;
import org.survol.catalog.cql2.Expression.Timestamp;

/** The words that both forms of the language share. Names of functions and operators ignore case. */
final class Words {

    private static final Map<String, SpatialRelation> SPATIAL = new HashMap<>();
    private static final Map<String, TemporalRelation> TEMPORAL = new HashMap<>();
    private static final Map<String, ArrayRelation> ARRAY = new HashMap<>();
    private static final Map<String, Comparator> COMPARATORS = new HashMap<>();
    private static final Map<String, Operator> OPERATORS = new HashMap<>();

    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");

    static {
        for (var relation : SpatialRelation.values()) {
            SPATIAL.put("s_" + lower(relation.name()), relation);
        }
        for (var relation : TemporalRelation.values()) {
            TEMPORAL.put("t_" + lower(relation.name()), relation);
        }
        for (var relation : ArrayRelation.values()) {
            ARRAY.put("a_" + lower(relation.name()), relation);
        }
        for (var comparator : Comparator.values()) {
            COMPARATORS.put(comparator.symbol(), comparator);
        }
        for (var operator : Operator.values()) {
            OPERATORS.put(operator.symbol(), operator);
        }
    }

    private Words() {}

    static String lower(String word) {
        return word.toLowerCase(Locale.ROOT);
    }

    static Optional<Comparator> comparator(String symbol) {
        return Optional.ofNullable(COMPARATORS.get(symbol));
    }

    static Optional<Operator> operator(String symbol) {
        return Optional.ofNullable(OPERATORS.get(lower(symbol)));
    }

    /** A function or a predicate that looks like one. */
    static Expression call(String name, List<Expression> arguments) {
        var word = lower(name);
        if (SPATIAL.containsKey(word)) {
            two(name, arguments);
            return new Spatial(SPATIAL.get(word), arguments.getFirst(), arguments.getLast());
        }
        if (TEMPORAL.containsKey(word)) {
            two(name, arguments);
            return new Temporal(TEMPORAL.get(word), arguments.getFirst(), arguments.getLast());
        }
        if (ARRAY.containsKey(word)) {
            two(name, arguments);
            return new Arrays(ARRAY.get(word), array(arguments.getFirst()), array(arguments.getLast()));
        }
        if (word.equals("casei") || word.equals("accenti")) {
            if (arguments.size() != 1) {
                throw new Cql2Exception(name + " takes one argument, not " + arguments.size());
            }
            return new Fold(word.equals("casei") ? Folding.CASE : Folding.ACCENT, arguments.getFirst());
        }
        return new Call(name, arguments);
    }

    private static void two(String name, List<Expression> arguments) {
        if (arguments.size() != 2) {
            throw new Cql2Exception(name + " takes two arguments, not " + arguments.size());
        }
    }

    /** Text form: brackets around one element look like brackets around an expression. */
    private static Expression array(Expression argument) {
        return switch (argument) {
            case Expression.Text text -> new Expression.ArrayOf(List.of(text));
            case Expression.Number number -> new Expression.ArrayOf(List.of(number));
            case Expression.Truth truth -> new Expression.ArrayOf(List.of(truth));
            case Timestamp timestamp -> new Expression.ArrayOf(List.of(timestamp));
            case Date date -> new Expression.ArrayOf(List.of(date));
            default -> argument;
        };
    }

    static Timestamp timestamp(String text) {
        return Rfc3339.instant(text)
                .map(Timestamp::new)
                .orElseThrow(() -> new Cql2Exception(
                        "\"" + Cql2Exception.shown(text) + "\" is not a time such as 2024-06-14T10:20:00Z (RFC 3339)"));
    }

    static Date date(String text) {
        try {
            if (DATE.matcher(text).matches()) {
                return new Date(LocalDate.parse(text));
            }
        } catch (DateTimeException e) {
            // told below
        }
        throw new Cql2Exception("\"" + Cql2Exception.shown(text) + "\" is not a date such as 2024-06-14");
    }

    /** An end of an interval. */
    static Expression bound(String text) {
        if (text.equals("..")) {
            return new Expression.Unbounded();
        }
        return DATE.matcher(text).matches() ? date(text) : timestamp(text);
    }
}
