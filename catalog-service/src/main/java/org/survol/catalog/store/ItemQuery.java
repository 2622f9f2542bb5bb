// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.survol.catalog.cql2.Filter;

/**
 * Which Items, and in which order; ties in order of collection, then id.
 *
 * @param collections any of these; empty: all
 * @param ids any of these; empty: all
 * @param from inclusive
 * @param to inclusive
 * @param filter bound to {@link ItemField#QUERYABLES}
 * @param words one of which is in what the Item is called by; none: any Item
 * @param sort first key first; Items without a value come last
 * @param after only Items that follow this one in the order
 * @param limit at most this many
 */
public record ItemQuery(
        List<String> collections,
        List<String> ids,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<Filter> filter,
        Words words,
        List<SortKey> sort,
        Optional<Position> after,
        int limit) {

    public static final List<SortKey> NEWEST_FIRST = List.of(new SortKey(ItemField.DATETIME, true));

    public static final ItemQuery ALL = new ItemQuery(
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Words.NONE,
            NEWEST_FIRST,
            Optional.empty(),
            Integer.MAX_VALUE);

    public record SortKey(ItemField field, boolean descending) {

        public SortKey {
            if (!field.sortable()) {
                throw new IllegalArgumentException(field + " has no order");
            }
        }
    }

    /**
     * A place in the order of results.
     *
     * @param keys what the row has in the columns of the sort keys: String, Long, Double or null
     */
    public record Position(List<Object> keys, String collection, String id) {

        public Position {
            keys = Collections.unmodifiableList(new ArrayList<>(keys));
        }
    }

    public ItemQuery {
        collections = List.copyOf(collections);
        ids = List.copyOf(ids);
        sort = List.copyOf(sort);
    }

    public static ItemQuery one(String collection, String id) {
        return ALL.of(collection).withIds(List.of(id)).first(1);
    }

    public ItemQuery of(String... wanted) {
        return new ItemQuery(List.of(wanted), ids, from, to, filter, words, sort, after, limit);
    }

    public ItemQuery withIds(List<String> wanted) {
        return new ItemQuery(collections, wanted, from, to, filter, words, sort, after, limit);
    }

    public ItemQuery between(Optional<Instant> first, Optional<Instant> last) {
        return new ItemQuery(collections, ids, first, last, filter, words, sort, after, limit);
    }

    public ItemQuery where(Optional<Filter> wanted) {
        return new ItemQuery(collections, ids, from, to, wanted, words, sort, after, limit);
    }

    public ItemQuery with(Words any) {
        return new ItemQuery(collections, ids, from, to, filter, any, sort, after, limit);
    }

    public ItemQuery sortedBy(List<SortKey> keys) {
        return new ItemQuery(collections, ids, from, to, filter, words, keys, after, limit);
    }

    public ItemQuery after(Optional<Position> position) {
        return new ItemQuery(collections, ids, from, to, filter, words, sort, position, limit);
    }

    public ItemQuery first(int most) {
        return new ItemQuery(collections, ids, from, to, filter, words, sort, after, most);
    }

    public Position positionOf(ItemEntry entry) {
        var keys = new ArrayList<>();
        sort.forEach(key -> keys.add(key.field().columnValue(entry)));
        return new Position(keys, entry.collection(), entry.id());
    }
}
