// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Keeps what was used last, up to a total weight. Safe to call from several threads. */
public final class LruCache<K, V> {

    private final long capacity;
    private final ToLongFunction<V> weigher;
    private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long weight;

    /** @param capacity greatest total of what {@code weigher} says of the values */
    public LruCache(long capacity, ToLongFunction<V> weigher) {
        this.capacity = capacity;
        this.weigher = weigher;
    }

    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key));
    }

    public synchronized void put(K key, V value) {
        var before = entries.put(key, value);
        weight += weigher.applyAsLong(value) - (before == null ? 0 : weigher.applyAsLong(before));
        var eldest = entries.entrySet().iterator();
        while (weight > capacity && eldest.hasNext()) {
            var entry = eldest.next();
            if (entry.getKey().equals(key)) {
                break;
            }
            weight -= weigher.applyAsLong(entry.getValue());
            eldest.remove();
        }
    }
}
