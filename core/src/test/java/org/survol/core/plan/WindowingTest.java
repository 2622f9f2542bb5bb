// SPDX-License-Identifier: Apache-2.0
package org.survol.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

class WindowingTest {

    /** The reference network's figures: windows of 512 that keep 256, and a reach of 542. */
    private static final ModelCard REFERENCE = card(512, 128, 542);

    @Test
    void theCardRecommends() {
        assertThat(Windowing.parse("card", REFERENCE)).isEqualTo(new Windowing(512, 128));
        assertThat(Windowing.ofCard(REFERENCE).isExactFor(REFERENCE)).isFalse();
    }

    @Test
    void exactWindowsReachAsFarAsTheNetworkSeesAndKeepAQuarter() {
        var exact = Windowing.parse("exact", REFERENCE);

        assertThat(exact).isEqualTo(new Windowing(2_176, 544));
        assertThat(exact.isExactFor(REFERENCE)).isTrue();
        assertThat(Windowing.exact(card(4_096, 128, 542))).isEqualTo(new Windowing(4_096, 544));
        assertThat(Windowing.exact(card(512, 128, 70))).isEqualTo(new Windowing(512, 128));
    }

    @Test
    void theOperatorsWindowsAreTakenWhenTheyFitTheNetwork() {
        assertThat(Windowing.parse("2048/256", REFERENCE)).isEqualTo(new Windowing(2_048, 256));
        assertRefused("2048/1024", "leaves nothing");
        assertRefused("2050/256", "multiple of 32");
        assertRefused("2048", "WINDOW/MARGIN");
        assertRefused("large", "WINDOW/MARGIN");
        assertRefused("99999999999/1", "WINDOW/MARGIN");
    }

    @Test
    void aMarginOffTheNetworksOwnGridIsNotExact() {
        assertThat(new Windowing(2_048, 550).isExactFor(REFERENCE)).isFalse();
        assertThat(new Windowing(2_048, 576).isExactFor(REFERENCE)).isTrue();
    }

    @Test
    void theHaloIsTheMarginUnlessWholeWindowsStraddleTiles() {
        assertThat(new Windowing(64, 8).halo(96, REFERENCE))
                .as("a stride of 48 divides 96")
                .isEqualTo(8);
        assertThat(new Windowing(64, 8).halo(128, REFERENCE)).isEqualTo(56);
        assertThat(new Windowing(2_048, 544).halo(512, REFERENCE))
                .as("exact: windows are cut")
                .isEqualTo(544);
    }

    private static void assertRefused(String setting, String reason) {
        assertThatThrownBy(() -> Windowing.parse(setting, REFERENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    private static ModelCard card(int windowSize, int margin, int reach) {
        var classes = List.of(new LandClass(1, "a", "a", "a", "#000000"), new LandClass(2, "b", "b", "b", "#ffffff"));
        return new ModelCard(
                ModelCard.CARD_VERSION,
                "reference",
                "1",
                "Reference",
                new Nomenclature("two", classes),
                List.of(Band.RED),
                0.2,
                32,
                windowSize,
                margin,
                reach,
                1,
                "none",
                "none",
                Optional.empty(),
                Optional.empty());
    }
}
