// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds Items in one of three ways: from the squares that a small box touches; from the times of those groups of Items that
 * the filter does not rule out, the first few first; or along the order asked for.
 */
final class ItemSearch {

    /** Rows that are read at a time, once the first few did not suffice. */
    private static final int ROWS_AT_A_TIME = 500;

    /** Times that are looked at together at most. */
    private static final int TIMES_AT_A_TIME = 256;

    private final Database database;

    ItemSearch(Database database) {
        this.database = database;
    }

    List<ItemEntry> search(ItemQuery query) {
        var found = new ArrayList<ItemEntry>();
        var groups = query.ids().isEmpty()
                        && !query.sort().isEmpty()
                        && query.sort().getFirst().field() == ItemField.DATETIME
                        && !ItemSql.isByCell(query)
                ? ItemGroups.condition(query)
                : Optional.<FilterSql.Condition>empty();
        if (groups.isPresent()) {
            throughGroups(query, groups.get(), found);
        } else {
            walk(query, Optional.empty(), found);
        }
        return List.copyOf(found);
    }

    ItemCounts count(ItemQuery query, Set<ItemField> by) {
        var where = ItemSql.where(query);
        return where.exact() ? ItemCounting.inDatabase(database, where, by) : ItemCounting.oneByOne(this, query, by);
    }

    private void throughGroups(ItemQuery query, FilterSql.Condition groups, List<ItemEntry> found) {
        Optional<Long> beyond = Optional.empty();
        // one time is a walk along an index; where it does not suffice the next ones are read at once
        int together = 1;
        while (true) {
            var times = ItemGroups.times(database, query, groups, beyond);
            for (int at = 0; at < times.size() && found.size() < query.limit(); ) {
                int end = Math.min(times.size(), at + together);
                walk(query, Optional.of(times.subList(at, end)), found);
                at = end;
                together = Math.min(2 * together, TIMES_AT_A_TIME);
            }
            if (times.size() < ItemGroups.MOST_TIMES || found.size() >= query.limit()) {
                return;
            }
            beyond = Optional.of(times.getLast());
        }
    }

    /** @param times the only ones that are looked at */
    private void walk(ItemQuery query, Optional<List<Long>> times, List<ItemEntry> found) {
        var next = query;
        int atATime = 0;
        while (found.size() < query.limit()) {
            var statement = ItemSql.of(ItemRows.SELECT, next, times);
            int wanted = query.limit() - found.size();
            // most of what is near enough does match
            int most = statement.exact()
                    ? wanted
                    : (int) Math.min(Integer.MAX_VALUE, Math.max(wanted * 5L / 4 + 4, atATime));
            var parameters = new ArrayList<>(statement.values());
            parameters.add(most);
            var rows = database.query(statement.sql() + " limit ?", parameters, ItemRows::read);
            for (var row : rows) {
                if (found.size() < query.limit() && (statement.exact() || matches(query, row))) {
                    found.add(row);
                }
            }
            if (statement.exact() || rows.size() < most) {
                return;
            }
            next = query.after(Optional.of(query.positionOf(rows.getLast())));
            atATime = ROWS_AT_A_TIME;
        }
    }

    private static boolean matches(ItemQuery query, ItemEntry entry) {
        return query.filter()
                .map(filter -> filter.matches(name ->
                        ItemField.named(name).map(field -> field.valueOf(entry)).orElse(null)))
                .orElse(true);
    }
}
