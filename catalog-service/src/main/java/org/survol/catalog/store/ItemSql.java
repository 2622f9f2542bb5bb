// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.survol.catalog.store.ItemQuery.Position;
import org.survol.catalog.store.ItemQuery.SortKey;

/**
 * The statement of a search, or its condition.
 *
 * @param exact whether it finds no row that the query's filter would not
 */
record ItemSql(String sql, List<Object> values, boolean exact) {

    private static final FilterSql FILTERS = new FilterSql(EnumSet.allOf(ItemField.class), true);

    /** Whether it narrows down to a few {@link Cells}. */
    static boolean isByCell(ItemQuery query) {
        return query.filter()
                .map(filter -> FILTERS.of(filter.expression()).byCell())
                .orElse(false);
    }

    /** @param times the only ones that are looked at */
    static ItemSql of(String select, ItemQuery query, Optional<List<Long>> times) {
        var conditions = new ArrayList<String>();
        var values = new ArrayList<Object>();
        var filter = conditions(query, conditions, values);
        times.ifPresent(some -> anyOf(time(filter.byCell()), some, conditions, values));
        var order = order(query, filter.byCell());
        query.after().ifPresent(after -> {
            var first = order.getFirst();
            if (!first.nullable && !after.keys().isEmpty()) {
                // follows from the next one, but only this one is a range of an index
                conditions.add(first.column + (first.descending ? " <= ?" : " >= ?"));
                values.add(after.keys().getFirst());
            }
            conditions.add("(" + after(query, order, after, values) + ")");
        });
        return new ItemSql(
                select + " where " + String.join(" and ", conditions) + " order by "
                        // always the same, but without it no database sees that its index has this order
                        + (isOfOneCollection(query) ? "collection, " : "")
                        + String.join(", ", order.stream().map(Term::sql).toList()),
                values,
                filter.exact());
    }

    /** Its condition alone, with the word {@code where}; order, position and limit are not in it. */
    static ItemSql where(ItemQuery query) {
        var conditions = new ArrayList<String>();
        var values = new ArrayList<Object>();
        var filter = conditions(query, conditions, values);
        return new ItemSql(" where " + String.join(" and ", conditions), values, filter.exact());
    }

    private static FilterSql.Condition conditions(ItemQuery query, List<String> conditions, List<Object> values) {
        anyOf("collection", query.collections(), conditions, values);
        anyOf("id", query.ids(), conditions, values);
        var filter = query.filter()
                .map(wanted -> FILTERS.of(wanted.expression()))
                .orElse(new FilterSql.Condition("1 = 1", List.of(), true));
        conditions.add("(" + filter.sql() + ")");
        values.addAll(filter.values());
        if (!query.words().isEmpty()) {
            var words = query.words().ofItems();
            conditions.add("(" + words.sql() + ")");
            values.addAll(words.values());
        }
        var time = time(filter.byCell());
        query.from().ifPresent(from -> {
            conditions.add(time + " >= ?");
            values.add(FilterSql.ceiling(from));
        });
        query.to().ifPresent(to -> {
            conditions.add(time + " <= ?");
            values.add(to.toEpochMilli());
        });
        return filter;
    }

    /** A few squares are found faster than they are met on a walk through time: the index by time is hidden. */
    private static String time(boolean byCell) {
        return byCell ? "datetime_millis + 0" : "datetime_millis";
    }

    private static void anyOf(String column, List<?> wanted, List<String> conditions, List<Object> values) {
        if (!wanted.isEmpty()) {
            conditions.add(column
                    + (wanted.size() == 1
                            ? " = ?"
                            : " in (" + String.join(", ", Collections.nCopies(wanted.size(), "?")) + ")"));
            values.addAll(wanted);
        }
    }

    /** A column to sort by; rows without a value come last, whichever way. */
    private record Term(String column, boolean descending, boolean nullable) {

        String sql() {
            return (nullable ? "(" + column + " is null), " : "") + column + (descending ? " desc" : "");
        }

        String beyond(Object value, List<Object> values) {
            values.add(value);
            var further = column + (descending ? " < ?" : " > ?");
            return nullable ? "(" + further + " or " + column + " is null)" : further;
        }

        String at(Object value, List<Object> values) {
            if (value == null) {
                return column + " is null";
            }
            values.add(value);
            return column + " = ?";
        }
    }

    private static List<Term> order(ItemQuery query, boolean byCell) {
        var terms = new ArrayList<Term>();
        for (SortKey key : query.sort()) {
            var column = key.field().column().orElseThrow();
            terms.add(new Term(
                    byCell && key.field() == ItemField.DATETIME ? column + " + 0" : column,
                    key.descending(),
                    key.field().nullable()));
        }
        if (!isOfOneCollection(query)) {
            terms.add(new Term("collection", false, false));
        }
        terms.add(new Term("id", false, false));
        return terms;
    }

    private static boolean isOfOneCollection(ItemQuery query) {
        return query.collections().size() == 1;
    }

    /** "Beyond in the first column, or equal there and beyond in the second, or …". */
    private static String after(ItemQuery query, List<Term> order, Position after, List<Object> values) {
        var keys = new ArrayList<>(after.keys());
        if (!isOfOneCollection(query)) {
            keys.add(after.collection());
        }
        keys.add(after.id());
        var alternatives = new ArrayList<String>();
        for (int beyond = 0; beyond < order.size(); beyond++) {
            if (keys.get(beyond) == null) {
                // nothing follows what has no value
                continue;
            }
            var parts = new ArrayList<String>();
            for (int at = 0; at < beyond; at++) {
                parts.add(order.get(at).at(keys.get(at), values));
            }
            parts.add(order.get(beyond).beyond(keys.get(beyond), values));
            alternatives.add(String.join(" and ", parts));
        }
        return String.join(" or ", alternatives);
    }
}
