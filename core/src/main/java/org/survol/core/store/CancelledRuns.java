// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.survol.core.event.RunRef;

/**
 * Runs that nobody wants any more. What the broker holds for the stages cannot be withdrawn, so every stage asks here before
 * it begins: work of a cancelled run ends there, without a result. A run's objects stay, and planning it once more takes
 * its cancellation back. A cancellation holds for work that begins later; what has begun is finished.
 */
public final class CancelledRuns {

    private final ObjectStore store;

    public CancelledRuns(ObjectStore store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    /** Cancelled twice is cancelled. */
    public void cancel(RunRef run) throws IOException {
        store.writeIfAbsent(StoreLayout.cancelled(run), new byte[0], "application/octet-stream");
    }

    /** Does nothing when the run is not cancelled. */
    public void takeBack(RunRef run) throws IOException {
        store.delete(StoreLayout.cancelled(run));
    }

    public boolean contains(RunRef run) throws IOException {
        return store.stat(StoreLayout.cancelled(run)).isPresent();
    }

    /** @param acquisition whose runs are wanted; absent: all */
    public Set<RunRef> of(Optional<String> acquisition) throws IOException {
        return store
                .list(StoreLayout.CANCELLED + acquisition.map(id -> id + "/").orElse(""))
                .stream()
                .map(stat ->
                        stat.key().substring(StoreLayout.CANCELLED.length()).split("/", 2))
                .filter(names -> names.length == 2 && RunRef.isValid(names[0], names[1]))
                .map(names -> new RunRef(names[0], names[1]))
                .collect(Collectors.toUnmodifiableSet());
    }
}
