// SPDX-License-Identifier: Apache-2.0
package org.survol.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.survol.broker.BrokerMain.Options;

class BrokerMainTest {

    @Test
    void readsItsOptions() {
        var options = Options.parse(List.of("--port", "9092", "--data", "kafka"));

        assertThat(options.port()).isEqualTo(9092);
        assertThat(options.data()).isAbsolute().hasFileName("kafka");
        assertThat(options.controllerPort()).isZero();
    }

    @Test
    void namesTheOptionThatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--port", "70000", "--data", "kafka")))
                .withMessageContaining("--port")
                .withMessageContaining("70000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--port", "9092")))
                .withMessageContaining("--data");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--data")))
                .withMessageContaining("--data");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--verbose", "yes")))
                .withMessageContaining("--verbose");
    }
}
