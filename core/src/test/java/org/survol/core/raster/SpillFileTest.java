// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillFileTest {

    @TempDir
    Path scratch;

    @Test
    void givesBackWhatWasPutOrNothing() throws Exception {
        var random = new Random(1);
        var file = scratch.resolve("spill");
        var spill = SpillFile.create(file, 10_000);
        var put = new HashMap<Integer, byte[]>();
        int found = 0;
        for (int i = 0; i < 3_000; i++) {
            var bytes = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(bytes);
            put.put(i, bytes);
            spill.put(i, bytes);
            assertThat(spill.get(i)).isEqualTo(bytes);
            int earlier = Math.max(0, i - random.nextInt(15));
            var back = spill.get(earlier);
            if (back != null) {
                assertThat(back).isEqualTo(put.get(earlier));
                found++;
            }
            assertThat(spill.contains(earlier)).isEqualTo(back != null);
        }

        assertThat(found).isGreaterThan(1_000);
        if (Files.exists(file)) {
            assertThat(Files.size(file)).isLessThanOrEqualTo(10_000);
        }
    }

    @Test
    void refusesNothingButKeepsNothingTooLarge() throws Exception {
        var spill = SpillFile.create(scratch.resolve("spill"), 100);

        spill.put("large", new byte[101]);

        assertThat(spill.get("large")).isNull();
    }
}
