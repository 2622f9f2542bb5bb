// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is among the Items that a search finds.
 *
 * @param first their earliest time
 * @param last their latest time
 * @param byDay days since 1970-01-01, UTC, and how many Items each has
 * @param by of each field that was asked for: its values, and how many Items have each; without those that have none
 */
public record ItemCounts(
        long total,
        Optional<Instant> first,
        Optional<Instant> last,
        SortedMap<Long, Long> byDay,
        Map<ItemField, SortedMap<String, Long>> by) {

    public ItemCounts {
        byDay = Collections.unmodifiableSortedMap(new TreeMap<>(byDay));
        var copy = new EnumMap<ItemField, SortedMap<String, Long>>(ItemField.class);
        by.forEach((field, counts) -> copy.put(field, Collections.unmodifiableSortedMap(new TreeMap<>(counts))));
        by = Collections.unmodifiableMap(copy);
    }
}
