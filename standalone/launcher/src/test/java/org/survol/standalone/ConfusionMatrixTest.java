// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

class ConfusionMatrixTest {

    private static final Nomenclature TWO = new Nomenclature(
            "two", List.of(new LandClass(1, "a", "A", "A", "#000000"), new LandClass(200, "b", "B", "B", "#ffffff")));

    @Test
    void countsWhatBothSidesKnow() {
        var matrix = new ConfusionMatrix();

        matrix.add(new byte[] {1, 1, 1, (byte) 200, 0, 1}, new byte[] {1, 1, (byte) 200, (byte) 200, 1, 0});

        assertThat(matrix.compared()).isEqualTo(4);
        assertThat(matrix.unmapped()).isEqualTo(1);
        assertThat(matrix.overallAccuracy()).isEqualTo(0.75);
        var a = matrix.classes(TWO).getFirst();
        assertThat(a.code()).isEqualTo("a");
        assertThat(a.producersAccuracy()).isEqualTo(2 / 3.0, within(1e-12));
        assertThat(a.usersAccuracy()).isEqualTo(1);
        var b = matrix.classes(TWO).getLast();
        assertThat(b.value()).isEqualTo(200);
        assertThat(b.iou()).isEqualTo(0.5);
    }

    @Test
    void anyCutIntoPartsGivesTheSameCounts() {
        var random = new Random(3);
        for (int round = 0; round < 50; round++) {
            int length = random.nextInt(1, 500);
            var truth = new byte[length];
            var mapped = new byte[length];
            for (int i = 0; i < length; i++) {
                truth[i] = (byte) random.nextInt(4);
                mapped[i] = (byte) random.nextInt(4);
            }
            var whole = new ConfusionMatrix();
            whole.add(truth, mapped);

            int cut = random.nextInt(length + 1);
            var parts = new ConfusionMatrix();
            parts.add(java.util.Arrays.copyOf(truth, cut), java.util.Arrays.copyOf(mapped, cut));
            parts.add(
                    java.util.Arrays.copyOfRange(truth, cut, length),
                    java.util.Arrays.copyOfRange(mapped, cut, length));

            assertThat(parts.classes(TWO)).isEqualTo(whole.classes(TWO));
            assertThat(parts.unmapped()).isEqualTo(whole.unmapped());
            assertThat(whole.compared() + whole.unmapped()).isEqualTo(whole.truthPixels());
        }
    }
}
