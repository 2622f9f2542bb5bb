// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PortsTest {

    private static Ports.Wanted base(int base) {
        return new Ports.Wanted(base, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void countsUpFromTheCatalogue() {
        assertThat(Ports.of(base(8080))).isEqualTo(new Ports(8080, 8081, 8082, 8083, 8084, 8085, 8086));
    }

    @Test
    void anExplicitPortStays() {
        var ports = Ports.of(new Ports.Wanted(8080, 0, 0, 0, 9000, 9092, 0));

        assertThat(ports.store()).isEqualTo(9000);
        assertThat(ports.broker()).isEqualTo(9092);
        assertThat(ports.controller()).isEqualTo(8086);
    }

    @Test
    void baseZeroTakesFreePortsThatDiffer() {
        var ports = Ports.of(base(0)).byOption().values();

        assertThat(new HashSet<>(ports)).hasSize(7);
        assertThat(ports).allMatch(port -> port > 0);
    }

    @Test
    void namesATakenPortAndTheOptionThatChangesIt() throws Exception {
        try (var taken = new ServerSocket(0, 1, Ports.loopback())) {
            int port = taken.getLocalPort();
            var free = Ports.of(base(0));
            var ports = new Ports(
                    free.catalog(),
                    free.ingest(),
                    free.inference(),
                    free.vectorize(),
                    port,
                    free.broker(),
                    free.controller());

            assertThatThrownBy(ports::demandFree)
                    .isInstanceOf(CommandFailed.class)
                    .hasMessageContaining("port " + port + " is taken")
                    .hasMessageContaining("--store-port");
        }
    }

    @Test
    void namesAPortThatIsWantedTwice() {
        var free = Ports.of(base(0));
        var ports = new Ports(
                free.catalog(),
                free.catalog(),
                free.inference(),
                free.vectorize(),
                free.store(),
                free.broker(),
                free.controller());

        assertThatThrownBy(ports::demandFree).hasMessageContaining("--port").hasMessageContaining("--ingest-port");
    }

    @Test
    void refusesABaseWithoutRoomAboveIt() {
        assertThatThrownBy(() -> Ports.of(base(65_533))).isInstanceOf(CommandFailed.class);
    }
}
