// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CellsTest {

    @Test
    void whatTouchesIsLookedFor() {
        var random = new Random(5);
        int touching = 0;
        for (int i = 0; i < 200_000; i++) {
            double size = Math.pow(2, -random.nextInt(16));
            double lng = random.nextInt(-180, 180);
            double lat = random.nextInt(-90, 90);
            var box = box(random, lng, lat, size);
            var wanted = box(random, lng, lat, size * random.nextDouble(3));
            var cells = Cells.touching(wanted.west(), wanted.south(), wanted.east(), wanted.north());
            if (box.intersects(wanted) && cells.isPresent()) {
                touching++;
                assertThat(cells.get()).contains(Cells.of(Optional.of(box)));
            }
        }
        assertThat(touching).isGreaterThan(10_000);
    }

    private static LngLatBox box(Random random, double lng, double lat, double size) {
        double west = lng + random.nextDouble(1) * size;
        double south = lat + random.nextDouble(1) * size;
        return new LngLatBox(
                Math.min(180, west),
                Math.min(90, south),
                Math.min(180, west + random.nextDouble(1) * size),
                Math.min(90, south + random.nextDouble(1) * size));
    }

    @Test
    void whatNoSquareHoldsIsAlwaysLookedFor() {
        assertThat(Cells.of(Optional.empty())).isEqualTo(Cells.NOWHERE);
        assertThat(Cells.of(Optional.of(new LngLatBox(179, 0, -179, 1)))).isEqualTo(Cells.ANYWHERE);
        assertThat(Cells.touching(2, 48, 2.1, 48.1).orElseThrow())
                .contains(Cells.ANYWHERE, Cells.of(Optional.of(new LngLatBox(-180, -90, 180, 90))))
                .doesNotContain(Cells.NOWHERE)
                .hasSizeLessThan(200);
        assertThat(Cells.touching(-5, 42, 9, 51)).isEmpty();
    }
}
