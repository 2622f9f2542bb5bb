// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HilbertTest {

    @Test
    void passesThroughEveryPixelOfASquareInStepsOfOne() {
        int side = 32;
        var cells = new int[side * side];
        Arrays.fill(cells, -1);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int position = (int) Hilbert.position(x, y);
                assertThat(position).isBetween(0, side * side - 1);
                assertThat(cells[position]).isEqualTo(-1);
                cells[position] = y * side + x;
            }
        }
        for (int i = 1; i < cells.length; i++) {
            int step =
                    Math.abs(cells[i] % side - cells[i - 1] % side) + Math.abs(cells[i] / side - cells[i - 1] / side);
            assertThat(step).isEqualTo(1);
        }
    }

    @Test
    void fitsIn32Bits() {
        int last = (1 << Hilbert.BITS) - 1;
        assertThat(Hilbert.position(last, 0)).isEqualTo((1L << 32) - 1);
    }
}
