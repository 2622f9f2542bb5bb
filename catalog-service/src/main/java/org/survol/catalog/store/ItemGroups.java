// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Items of one collection, time, flight, run and model, and the bounds of them all: as many as a run has tiles in one row.
 * A search through time looks at times of groups that the filter does not rule out.
 */
final class ItemGroups {

    /** Equal for all Items of a group. */
    private static final Set<ItemField> SHARED =
            Set.of(ItemField.COLLECTION, ItemField.DATETIME, ItemField.ACQUISITION, ItemField.RUN, ItemField.MODEL);

    private static final String INSERT = "insert into item_group (name, collection, datetime_millis, acquisition, run,"
            + " model, west, south, east, north) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";

    private static final String WIDEN = "update item_group set west = least(coalesce(west, ?), ?),"
            + " south = least(coalesce(south, ?), ?), east = greatest(coalesce(east, ?), ?),"
            + " north = greatest(coalesce(north, ?), ?) where name = ?"
            + " and (west is null or west > ? or south > ? or east < ? or north < ?)";

    /** Read at a time. */
    static final int MOST_TIMES = 1_000;

    private ItemGroups() {}

    private record Group(ItemEntry one, Optional<LngLatBox> bounds) {

        Group with(Group other) {
            if (bounds.isEmpty() || other.bounds.isEmpty()) {
                return bounds.isEmpty() ? other : this;
            }
            var a = bounds.get();
            var b = other.bounds.get();
            return new Group(
                    one,
                    Optional.of(new LngLatBox(
                            Math.min(a.west(), b.west()),
                            Math.min(a.south(), b.south()),
                            Math.max(a.east(), b.east()),
                            Math.max(a.north(), b.north()))));
        }
    }

    /** Before or together with the Items themselves, so that none is ever missed. */
    static void widen(Connection connection, List<ItemEntry> entries) throws SQLException {
        // in the same order in every transaction: no two wait for each other
        var groups = new TreeMap<String, Group>();
        for (var entry : entries) {
            groups.merge(name(entry), new Group(entry, entry.bounds().map(ItemGroups::unbroken)), Group::with);
        }
        var rows = new ArrayList<List<Object>>();
        groups.forEach((name, group) -> rows.add(row(name, group)));
        var inserted = Database.updates(connection, INSERT, rows);
        int at = 0;
        for (var group : groups.entrySet()) {
            if (inserted[at++] == 0 && group.getValue().bounds().isPresent()) {
                widen(connection, group.getKey(), group.getValue().bounds().get());
            }
        }
    }

    private static void widen(Connection connection, String name, LngLatBox box) throws SQLException {
        Database.update(
                connection,
                WIDEN,
                box.west(),
                box.west(),
                box.south(),
                box.south(),
                box.east(),
                box.east(),
                box.north(),
                box.north(),
                name,
                box.west(),
                box.south(),
                box.east(),
                box.north());
    }

    private static List<Object> row(String name, Group group) {
        var one = group.one();
        return Arrays.asList(
                name,
                one.collection(),
                one.datetime().toEpochMilli(),
                one.acquisition(),
                one.run().orElse(null),
                one.facts().get(ItemField.MODEL),
                group.bounds().map(LngLatBox::west).orElse(null),
                group.bounds().map(LngLatBox::south).orElse(null),
                group.bounds().map(LngLatBox::east).orElse(null),
                group.bounds().map(LngLatBox::north).orElse(null));
    }

    /** Names of flights and runs have no slash; the migration builds the same in SQL. */
    private static String name(ItemEntry entry) {
        var model = entry.facts().get(ItemField.MODEL);
        return entry.collection() + "/" + entry.datetime().toEpochMilli() + "/" + entry.acquisition() + "/"
                + entry.run().orElse("") + (model == null ? "" : "/" + model);
    }

    private static LngLatBox unbroken(LngLatBox box) {
        return box.crossesAntimeridian() ? new LngLatBox(-180, box.south(), 180, box.north()) : box;
    }

    /** What of the filter and the words can be said of groups; empty when that is nothing. */
    static Optional<FilterSql.Condition> condition(ItemQuery query) {
        var parts = new ArrayList<FilterSql.Condition>();
        query.filter()
                .map(filter -> new FilterSql(SHARED, false).of(filter.expression()))
                .filter(condition -> !condition.values().isEmpty())
                .ifPresent(parts::add);
        if (!query.words().isEmpty()) {
            parts.add(query.words().ofGroups(SHARED));
        }
        return parts.isEmpty()
                ? Optional.empty()
                : Optional.of(new FilterSql.Condition(
                        parts.stream().map(part -> "(" + part.sql() + ")").collect(Collectors.joining(" and ")),
                        parts.stream().flatMap(part -> part.values().stream()).toList(),
                        false));
    }

    /** Times, in the order of the search, at which there may be Items that it finds; {@link #MOST_TIMES} at most. */
    static List<Long> times(Database database, ItemQuery query, FilterSql.Condition condition, Optional<Long> beyond) {
        boolean descending = query.sort().getFirst().descending();
        var values = new ArrayList<Object>(condition.values());
        var sql = new StringBuilder("select distinct datetime_millis from item_group where (" + condition.sql() + ")");
        if (!query.collections().isEmpty()) {
            sql.append(" and collection in (")
                    .append("?, ".repeat(query.collections().size() - 1))
                    .append("?)");
            values.addAll(query.collections());
        }
        query.from().ifPresent(from -> {
            sql.append(" and datetime_millis >= ?");
            values.add(FilterSql.ceiling(from));
        });
        query.to().ifPresent(to -> {
            sql.append(" and datetime_millis <= ?");
            values.add(to.toEpochMilli());
        });
        query.after().ifPresent(after -> {
            sql.append(" and datetime_millis ").append(descending ? "<= ?" : ">= ?");
            values.add(after.keys().getFirst());
        });
        beyond.ifPresent(time -> {
            sql.append(" and datetime_millis ").append(descending ? "< ?" : "> ?");
            values.add(time);
        });
        sql.append(" order by datetime_millis")
                .append(descending ? " desc" : "")
                .append(" limit ")
                .append(MOST_TIMES);
        return database.query(sql.toString(), values, row -> row.getLong(1));
    }
}
