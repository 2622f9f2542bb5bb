// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;
import org.locationtech.jts.io.WKBWriter;
import org.survol.core.grid.TileAddress;

/** Entries as rows of the table of Items. */
final class ItemRows {

    private static final List<ItemField> FACTS =
            Arrays.stream(ItemField.values()).filter(ItemField::isFact).toList();

    private static final String COLUMNS =
            "collection, id, acquisition, run, tile_column, tile_row, datetime_millis, west, south, east, north, footprint, cell, "
                    + FACTS.stream().map(fact -> fact.column().orElseThrow()).collect(Collectors.joining(", "));

    static final String SELECT = "select " + COLUMNS + " from item";

    private static final String INSERT = "insert into item (" + COLUMNS + ") values ("
            + "?, ".repeat(COLUMNS.split(",").length - 1) + "?) on conflict do nothing";

    private ItemRows() {}

    static void replace(Connection connection, List<ItemEntry> entries) throws SQLException {
        var rows = entries.stream().map(ItemRows::columns).toList();
        var inserted = Database.updates(connection, INSERT, rows);
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] == 0) {
                replace(connection, entries.get(i));
            }
        }
    }

    static void replace(Connection connection, ItemEntry entry) throws SQLException {
        Database.update(connection, "delete from item where collection = ? and id = ?", entry.collection(), entry.id());
        insert(connection, entry);
    }

    /** @return 0 when there is one of that name already */
    static int insert(Connection connection, ItemEntry entry) throws SQLException {
        return Database.update(connection, INSERT, columns(entry).toArray());
    }

    private static List<Object> columns(ItemEntry entry) {
        var values = new ArrayList<Object>();
        values.add(entry.collection());
        values.add(entry.id());
        values.add(entry.acquisition());
        values.add(entry.run().orElse(null));
        values.add(entry.tile().map(TileAddress::column).orElse(null));
        values.add(entry.tile().map(TileAddress::row).orElse(null));
        values.add(entry.datetime().toEpochMilli());
        values.add(entry.bounds().map(LngLatBox::west).orElse(null));
        values.add(entry.bounds().map(LngLatBox::south).orElse(null));
        values.add(entry.bounds().map(LngLatBox::east).orElse(null));
        values.add(entry.bounds().map(LngLatBox::north).orElse(null));
        values.add(entry.footprint().map(shape -> new WKBWriter().write(shape)).orElse(null));
        values.add(Cells.of(entry.bounds()));
        FACTS.forEach(fact -> values.add(fact.columnValue(entry)));
        return values;
    }

    static ItemEntry read(ResultSet row) throws SQLException {
        int column = row.getInt("tile_column");
        boolean tiled = !row.wasNull();
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        for (var fact : FACTS) {
            var value = fact(row, fact);
            if (!row.wasNull()) {
                facts.put(fact, value);
            }
        }
        return new ItemEntry(
                row.getString("collection"),
                row.getString("id"),
                row.getString("acquisition"),
                Optional.ofNullable(row.getString("run")),
                tiled ? Optional.of(new TileAddress(column, row.getInt("tile_row"))) : Optional.empty(),
                Instant.ofEpochMilli(row.getLong("datetime_millis")),
                bounds(row),
                footprint(row.getBytes("footprint")),
                facts);
    }

    private static Object fact(ResultSet row, ItemField fact) throws SQLException {
        var column = fact.column().orElseThrow();
        return switch (fact.type()) {
            case TEXT -> row.getString(column);
            case NUMBER -> row.getDouble(column);
            case INTEGER -> row.getLong(column);
            case TIMESTAMP -> Instant.ofEpochMilli(row.getLong(column));
            case BOOLEAN, DATE, GEOMETRY, ARRAY -> throw new IllegalStateException("no column holds " + fact);
        };
    }

    private static Optional<Geometry> footprint(byte[] wkb) {
        try {
            return wkb == null ? Optional.empty() : Optional.of(new WKBReader().read(wkb));
        } catch (ParseException e) {
            throw new CatalogStoreException("a row of the catalogue does not hold a footprint", e);
        }
    }

    static Optional<LngLatBox> bounds(ResultSet row) throws SQLException {
        double west = row.getDouble("west");
        return row.wasNull()
                ? Optional.empty()
                : Optional.of(
                        new LngLatBox(west, row.getDouble("south"), row.getDouble("east"), row.getDouble("north")));
    }
}
