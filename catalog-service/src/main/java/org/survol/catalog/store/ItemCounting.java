// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.survol.catalog.cql2.Queryable.Type;

/** Counts Items: by the database where it can tell which they are, else one by one. */
final class ItemCounting {

    private static final int MOST_ONE_BY_ONE = 100_000;
    private static final int AT_A_TIME = 1_000;

    private static final long MILLIS_A_DAY = 86_400_000;

    private ItemCounting() {}

    static ItemCounts inDatabase(Database database, ItemSql where, Set<ItemField> by) {
        // a day is a whole number in both databases only when it is rounded as one
        var byDay = new TreeMap<Long, Long>();
        database.query(
                        "select floor(datetime_millis / " + MILLIS_A_DAY + ".0) as bucket, count(*) as items from item"
                                + where.sql() + " group by 1",
                        where.values(),
                        row -> Map.entry((long) row.getDouble("bucket"), row.getLong("items")))
                .forEach(day -> byDay.merge(day.getKey(), day.getValue(), Long::sum));
        var counts = new EnumMap<ItemField, SortedMap<String, Long>>(ItemField.class);
        for (var field : by) {
            var column = field.column().orElseThrow();
            var values = new TreeMap<String, Long>();
            database.query(
                            "select " + column + ", count(*) as items from item" + where.sql() + " and " + column
                                    + " is not null group by " + column,
                            where.values(),
                            row -> Map.entry(
                                    field.type() == Type.NUMBER
                                            ? Double.toString(row.getDouble(column))
                                            : row.getString(column),
                                    row.getLong("items")))
                    .forEach(value -> values.merge(value.getKey(), value.getValue(), Long::sum));
            counts.put(field, values);
        }
        var ends = database.query(
                        "select min(datetime_millis) as earliest, max(datetime_millis) as latest from item"
                                + where.sql(),
                        where.values(),
                        row -> new long[] {row.getLong("earliest"), row.getLong("latest")})
                .getFirst();
        long total = byDay.values().stream().mapToLong(Long::longValue).sum();
        return new ItemCounts(
                total,
                total == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ends[0])),
                total == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ends[1])),
                byDay,
                counts);
    }

    static ItemCounts oneByOne(ItemSearch search, ItemQuery query, Set<ItemField> by) {
        long total = 0;
        Optional<Instant> first = Optional.empty();
        Optional<Instant> last = Optional.empty();
        var byDay = new TreeMap<Long, Long>();
        var counts = new EnumMap<ItemField, SortedMap<String, Long>>(ItemField.class);
        by.forEach(field -> counts.put(field, new TreeMap<>()));
        var next =
                query.sortedBy(ItemQuery.NEWEST_FIRST).after(Optional.empty()).first(AT_A_TIME);
        while (true) {
            var found = search.search(next);
            for (var entry : found) {
                total++;
                byDay.merge(Math.floorDiv(entry.datetime().toEpochMilli(), MILLIS_A_DAY), 1L, Long::sum);
                for (var field : by) {
                    var value = field.columnValue(entry);
                    if (value != null) {
                        counts.get(field).merge(value.toString(), 1L, Long::sum);
                    }
                }
            }
            if (total > MOST_ONE_BY_ONE) {
                throw new TooMuchToCount(MOST_ONE_BY_ONE);
            }
            if (!found.isEmpty()) {
                // newest first
                last = last.or(() -> Optional.of(found.getFirst().datetime()));
                first = Optional.of(found.getLast().datetime());
            }
            if (found.size() < AT_A_TIME) {
                return new ItemCounts(total, first, last, byDay, counts);
            }
            next = next.after(Optional.of(next.positionOf(found.getLast())));
        }
    }
}
