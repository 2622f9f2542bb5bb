// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.Intake.Receipt;
import org.survol.messaging.EventSink;

class IntakeTest {

    private static final byte[] ITEM = Deliveries.item("flight", Map.of("a.tif", "RGB"));

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final List<Object> published = new ArrayList<>();
    private final Intake intake = intake(published::addAll);

    @Test
    void storesTheItemThenTells() throws Exception {
        var receipt = intake.register(ITEM, Optional.of("small"));

        var stored = store.read(StoreLayout.item("flight"));
        assertThat(receipt).isEqualTo(new Receipt.Accepted("flight", true));
        assertThat(published)
                .containsExactly(new AcquisitionRegistered(
                        "flight", StoreLayout.item("flight"), Digest.of(stored), Optional.of("small")));
    }

    @Test
    void theSameItemAgainIsTheSameFact() throws Exception {
        intake.register(ITEM, Optional.empty());
        var respelled =
                (" " + new String(ITEM, StandardCharsets.UTF_8).replace(":{", " : {")).getBytes(StandardCharsets.UTF_8);

        for (int i = 0; i < 100; i++) {
            assertThat(intake.register(respelled, Optional.empty())).isEqualTo(new Receipt.Accepted("flight", false));
        }

        assertThat(published).hasSize(101).allMatch(published.getFirst()::equals);
    }

    @Test
    void anotherItemUnderTheSameIdIsRefused() throws Exception {
        intake.register(ITEM, Optional.empty());
        var stored = store.read(StoreLayout.item("flight"));

        var receipt = intake.register(Deliveries.item("flight", Map.of("b.tif", "RGB")), Optional.empty());

        assertThat(receipt).isEqualTo(new Receipt.Conflict("flight"));
        assertThat(store.read(StoreLayout.item("flight"))).isEqualTo(stored);
        assertThat(published).hasSize(1);
    }

    @Test
    void whatWasStoredButNotToldIsToldByTheNextDelivery() throws Exception {
        var brokerAway = intake(events -> {
            throw new EventSink.PublishException("away", null);
        });
        assertThatThrownBy(() -> brokerAway.register(ITEM, Optional.empty()))
                .isInstanceOf(EventSink.PublishException.class);

        assertThat(intake.register(ITEM, Optional.empty())).isEqualTo(new Receipt.Accepted("flight", false));

        assertThat(published).hasSize(1);
    }

    @Test
    void anUnsoundItemLeavesNoTrace() {
        assertThatThrownBy(() -> intake.register("{}".getBytes(StandardCharsets.UTF_8), Optional.empty()))
                .isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> intake.register(ITEM, Optional.of("../x"))).isInstanceOf(BadInputException.class);

        assertThat(store.list("")).isEmpty();
        assertThat(published).isEmpty();
    }

    private Intake intake(EventSink sink) {
        return new Intake(
                store,
                sink,
                new IngestConfig(Deliveries.BUCKET, 96, "card", 1, 2, 64, 0, 2.5, 100, 10_000, 0.5, 99.5, 0, Set.of()));
    }
}
