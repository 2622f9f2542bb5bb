// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;
import org.locationtech.jts.io.WKBWriter;

/** Areas, in SQL that H2 and PostgreSQL both take. */
public final class AreaStore {

    private static final Pattern MARKS = Pattern.compile("\\p{Mn}+");

    private final Database database;

    public AreaStore(DataSource database) {
        this.database = new Database(database);
    }

    /** Adds them, or replaces those of the same set and code; all or none. Of two with one code the last one counts. */
    public void put(List<Area> areas) {
        var byId = new LinkedHashMap<String, Area>();
        areas.forEach(area -> byId.put(area.id(), area));
        database.inTransaction("store " + areas.size() + " areas", connection -> {
            var keys = new ArrayList<List<Object>>();
            var rows = new ArrayList<List<Object>>();
            for (var area : byId.values()) {
                keys.add(List.of(area.set(), area.code()));
                rows.add(List.of(
                        area.set(),
                        area.code(),
                        area.name(),
                        folded(area.name()),
                        new WKBWriter().write(area.outline())));
            }
            Database.updates(connection, "delete from area where area_set = ? and code = ?", keys);
            Database.updates(
                    connection,
                    "insert into area (area_set, code, name, folded, geometry) values (?, ?, ?, ?, ?)",
                    rows);
            return null;
        });
    }

    public Optional<Area> find(String set, String code) {
        return database
                .query(
                        "select area_set, code, name, geometry from area where area_set = ? and code = ?",
                        List.of(set, code),
                        AreaStore::area)
                .stream()
                .findFirst();
    }

    /** What lists show of an area. */
    public record Named(String set, String code, String name) {}

    /** By name; those whose name begins with the text come with those that hold it.
     *  @param text part of the name; capital letters and accents do not matter */
    public List<Named> list(Optional<String> set, Optional<String> text, int limit) {
        var where = new ArrayList<String>();
        var values = new ArrayList<Object>();
        set.ifPresent(wanted -> {
            where.add("area_set = ?");
            values.add(wanted);
        });
        text.ifPresent(wanted -> {
            where.add("folded like ? escape '!'");
            values.add("%" + folded(wanted).replaceAll("([!%_])", "!$1") + "%");
        });
        values.add(limit);
        return database.query(
                "select area_set, code, name from area"
                        + (where.isEmpty() ? "" : " where " + String.join(" and ", where))
                        + " order by folded, area_set, code limit ?",
                values,
                row -> new Named(row.getString("area_set"), row.getString("code"), row.getString("name")));
    }

    /** @return how many there were */
    public int remove(String set) {
        return database.inTransaction(
                "remove areas", connection -> Database.update(connection, "delete from area where area_set = ?", set));
    }

    private static String folded(String text) {
        return MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFD))
                .replaceAll("")
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
    }

    private static Area area(ResultSet row) throws SQLException {
        try {
            return new Area(
                    row.getString("area_set"),
                    row.getString("code"),
                    row.getString("name"),
                    new WKBReader().read(row.getBytes("geometry")));
        } catch (ParseException e) {
            throw new SQLException("an area's outline cannot be read", e);
        }
    }
}
