// SPDX-License-Identifier: Apache-2.0
package org.survol.core.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AcquisitionIdTest {

    @Test
    void makesAnIdOfAnyName() {
        assertThat(AcquisitionId.of("Réunion été 2024 (1)")).isEqualTo("Reunion-ete-2024-1");
        assertThat(AcquisitionId.of("../../etc")).isEqualTo("etc");
        assertThat(AcquisitionId.of("2024/tarn/")).isEqualTo("2024-tarn");
        assertThat(AcquisitionId.of("日本")).isEqualTo("acquisition");
        assertThat(AcquisitionId.of("nl_025m_1000x1000_rgb_epsg28992")).isEqualTo("nl_025m_1000x1000_rgb_epsg28992");
    }

    @Test
    void everyIdIsOneThatTheChainAcceptsAndStaysItself() {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            var name = new StringBuilder();
            for (int n = random.nextInt(200); n >= 0; n--) {
                name.appendCodePoint(random.nextBoolean() ? random.nextInt(32, 127) : random.nextInt(32, 0xd7ff));
            }

            var id = AcquisitionId.of(name.toString());

            assertThat(AcquisitionId.isValid(id)).as(id).isTrue();
            assertThat(AcquisitionId.of(id)).isEqualTo(id);
        }
    }
}
