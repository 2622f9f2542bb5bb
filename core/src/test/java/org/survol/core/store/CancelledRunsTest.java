// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.survol.core.event.RunRef;

class CancelledRunsTest {

    private static final RunRef RUN = new RunRef("lille-2024", "a1");
    private static final RunRef OTHER_MODEL = new RunRef("lille-2024", "a10");
    private static final RunRef OTHER_FLIGHT = new RunRef("lille-2024-b", "a1");

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final CancelledRuns cancelled = new CancelledRuns(store);

    @Test
    void aCancellationIsOfOneRunAlone() throws IOException {
        cancelled.cancel(RUN);

        assertThat(cancelled.contains(RUN)).isTrue();
        assertThat(cancelled.contains(OTHER_MODEL)).isFalse();
        assertThat(cancelled.contains(OTHER_FLIGHT)).isFalse();
    }

    @Test
    void cancelledTwiceIsCancelledAndTakenBackTwiceIsWanted() throws IOException {
        cancelled.cancel(RUN);
        cancelled.cancel(RUN);
        assertThat(cancelled.of(Optional.empty())).containsExactly(RUN);

        cancelled.takeBack(RUN);
        cancelled.takeBack(RUN);
        assertThat(cancelled.contains(RUN)).isFalse();
        assertThat(cancelled.of(Optional.empty())).isEmpty();
    }

    @Test
    void thoseOfAFlightAreNotThoseOfOneWithALongerName() throws IOException {
        cancelled.cancel(RUN);
        cancelled.cancel(OTHER_MODEL);
        cancelled.cancel(OTHER_FLIGHT);

        assertThat(cancelled.of(Optional.of("lille-2024"))).containsExactlyInAnyOrder(RUN, OTHER_MODEL);
        assertThat(cancelled.of(Optional.empty())).containsExactlyInAnyOrder(RUN, OTHER_MODEL, OTHER_FLIGHT);
    }

    @Test
    void whatOthersLayBesideThemIsPassedOver() throws IOException {
        store.write("cancelled/readme", new byte[0], "text/plain");
        store.write("cancelled/a flight/its run", new byte[0], "text/plain");

        assertThat(cancelled.of(Optional.empty())).isEmpty();
    }
}
