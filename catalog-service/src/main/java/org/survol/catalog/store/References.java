// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.survol.catalog.Collections;
import org.survol.catalog.store.CatalogStore.Registered;
import org.survol.catalog.store.CatalogStore.Registration;
import org.survol.core.Digest;

/** Items that no event tells of: somebody wrote them. Who changes one says which document it is that he has seen. */
record References(Database database) {

    Map<String, Registered> of(Collection<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        var found = new HashMap<String, Registered>();
        database.query(
                        "select id, digest, document from registered_item where id in (" + "?, ".repeat(ids.size() - 1)
                                + "?)",
                        List.copyOf(ids),
                        row -> Map.entry(
                                row.getString("id"),
                                new Registered(row.getString("document"), row.getString("digest"))))
                .forEach(each -> found.put(each.getKey(), each.getValue()));
        return Map.copyOf(found);
    }

    List<String> add(List<Registration> registrations) {
        // in one order, so that two writers never wait for each other
        var ordered = registrations.stream()
                .sorted((a, b) -> a.entry().id().compareTo(b.entry().id()))
                .toList();
        var rows = new ArrayList<List<Object>>();
        for (var each : ordered) {
            rows.add(List.of(each.entry().id(), digest(each), each.document()));
        }
        return database.inTransaction("register Items", connection -> {
            var inserted = Database.updates(
                    connection,
                    "insert into registered_item (id, digest, document) values (?, ?, ?) on conflict do nothing",
                    rows);
            var known = new ArrayList<String>();
            for (int i = 0; i < inserted.length; i++) {
                if (inserted[i] == 0) {
                    known.add(ordered.get(i).entry().id());
                }
            }
            if (known.isEmpty()) {
                find(connection, ordered.stream().map(Registration::entry).toList());
            } else {
                connection.rollback();
            }
            return known;
        });
    }

    boolean replace(Registration now, String digestBefore) {
        return database.inTransaction("replace an Item", connection -> {
            int replaced = Database.update(
                    connection,
                    "update registered_item set digest = ?, document = ? where id = ? and digest = ?",
                    digest(now),
                    now.document(),
                    now.entry().id(),
                    digestBefore);
            if (replaced > 0) {
                find(connection, List.of(now.entry()));
            }
            return replaced > 0;
        });
    }

    boolean remove(String id, String digestBefore) {
        return database.inTransaction("remove an Item", connection -> {
            int removed = Database.update(
                    connection, "delete from registered_item where id = ? and digest = ?", id, digestBefore);
            if (removed > 0) {
                Database.update(
                        connection, "delete from item where collection = ? and id = ?", Collections.REFERENCES, id);
            }
            return removed > 0;
        });
    }

    private static void find(Connection connection, List<ItemEntry> entries) throws SQLException {
        ItemGroups.widen(connection, entries);
        ItemRows.replace(connection, entries);
    }

    private static String digest(Registration registration) {
        return Digest.of(registration.document().getBytes(StandardCharsets.UTF_8));
    }
}
