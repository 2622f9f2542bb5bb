// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.survol.objectstore.ObjectStoreMain.Options;

class ObjectStoreMainTest {

    private static final List<String> PLACE = List.of("--data", "objects", "--port", "9000");

    @Test
    void takesTheKeysFromTheEnvironment() {
        var options =
                Options.parse(PLACE, Map.of("SURVOL_STORE_ACCESS_KEY", "access", "SURVOL_STORE_SECRET_KEY", "secret"));

        assertThat(options.accessKey()).isEqualTo("access");
        assertThat(options.secretKey()).isEqualTo("secret");
        assertThat(options.bucket()).isEqualTo("survol");
    }

    @Test
    void namesWhatIsMissingOrWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(PLACE, Map.of("SURVOL_STORE_ACCESS_KEY", "access")))
                .withMessageContaining("SURVOL_STORE_SECRET_KEY");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--data", "objects", "--port", "none"), Map.of()))
                .withMessageContaining("none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.parse(List.of("--speed", "9"), Map.of()))
                .withMessageContaining("--speed");
    }
}
