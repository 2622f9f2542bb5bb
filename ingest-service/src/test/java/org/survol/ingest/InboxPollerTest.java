// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink.PublishException;

class InboxPollerTest {

    private static final Duration QUIET = Duration.ofMinutes(10);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final List<String> told = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-22T12:00:00Z");
    private boolean brokerAway;
    private InboxPoller poller = poller(Optional.empty());

    @Test
    void tellsItemsAndMarkersOnceAndNothingElse() throws Exception {
        put("inbox/a/item.json");
        put("inbox/a/1.tif");
        put("inbox/b/_SUCCESS");
        put("runs/x/plan.json");

        poller.turn();
        poller.turn();

        assertThat(told).containsExactly("inbox/a/item.json", "inbox/b/_SUCCESS");
        put("inbox/c/item.json");
        poller.turn();
        assertThat(told).containsExactly("inbox/a/item.json", "inbox/b/_SUCCESS", "inbox/c/item.json");
    }

    @Test
    void tellsWhatWasReplacedAndWhatCameBack() throws Exception {
        put("inbox/a/item.json");
        poller.turn();

        store.write("inbox/a/item.json", new byte[2], "application/json");
        poller.turn();
        store.delete("inbox/a/item.json");
        poller.turn();
        put("inbox/a/item.json");
        poller.turn();

        assertThat(told).hasSize(3);
    }

    @Test
    void whatCouldNotBeToldIsToldAtTheNextTurn() throws Exception {
        put("inbox/a/item.json");
        put("inbox/b/item.json");
        brokerAway = true;
        assertThatThrownBy(() -> poller.turn()).isInstanceOf(PublishException.class);
        brokerAway = false;

        poller.turn();

        assertThat(told).containsExactly("inbox/a/item.json", "inbox/b/item.json");
    }

    @Test
    void aFolderThatHasBeenQuietGetsAMarker() throws Exception {
        poller = poller(Optional.of(QUIET));
        put("inbox/a/1.tif");
        poller.turn();
        now = now.plus(QUIET).minusSeconds(1);
        put("inbox/a/sub/2.tif");
        poller.turn();
        now = now.plus(QUIET).minusSeconds(1);
        poller.turn();
        assertThat(store.stat("inbox/a/_DONE")).as("it was still growing").isEmpty();

        now = now.plusSeconds(1);
        poller.turn();
        poller.turn();

        assertThat(store.stat("inbox/a/_DONE")).isPresent();
        assertThat(told).containsExactly("inbox/a/_DONE");
    }

    @Test
    void quietFoldersWithAnItemOrOfAnAcquisitionGetNone() throws Exception {
        poller = poller(Optional.of(QUIET));
        put("inbox/with-item/1.tif");
        put("inbox/with-item/deep/item.json");
        put("inbox/handed-in/1.tif");
        put(StoreLayout.item("handed-in"));
        put("inbox/loose.tif");

        poller.turn();
        now = now.plus(QUIET).plus(QUIET);
        poller.turn();

        assertThat(store.list("inbox/")).extracting(ObjectStore.Stat::key).noneMatch(key -> key.endsWith("_DONE"));
    }

    private InboxPoller poller(Optional<Duration> settle) {
        var config = new TriggerConfig("topic", Optional.empty(), Optional.of(Duration.ofSeconds(5)), settle);
        return new InboxPoller(store, this::tell, config, () -> now);
    }

    private void tell(ObjectStore.Stat object) {
        if (brokerAway) {
            throw new PublishException("away", null);
        }
        told.add(object.key());
    }

    private void put(String key) {
        store.write(key, new byte[1], "application/octet-stream");
    }
}
