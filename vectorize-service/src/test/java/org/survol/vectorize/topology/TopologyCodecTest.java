// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;

class TopologyCodecTest {

    @Test
    void readsBackWhatItWrote() {
        CoverageLawsTest.forEveryRaster((name, raster) -> {
            var bytes = TopologyCodec.encode(raster.traced());
            assertThat(TopologyCodec.encode(TopologyCodec.decode(name, bytes)))
                    .as(name)
                    .isEqualTo(bytes);
        });
    }

    @Test
    void refusesEveryShortenedFileAndEveryChangedByte() {
        var bytes = TopologyCodec.encode(ClassRasters.random(11).traced());
        for (int i = 0; i < bytes.length; i += 7) {
            var cut = Arrays.copyOf(bytes, i);
            var changed = bytes.clone();
            changed[i] ^= 0x10;
            assertThatThrownBy(() -> TopologyCodec.decode("topology.bin", cut))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("topology.bin");
            assertThatThrownBy(() -> TopologyCodec.decode("topology.bin", changed))
                    .isInstanceOf(BadInputException.class);
        }
    }
}
