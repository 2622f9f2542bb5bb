// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.core.grid.PixelWindow;

class WindowGridTest {

    @Test
    void windowsOfATileLieOnTheGridAndKeepTheirPartOfTheTile() {
        var windows = new WindowGrid(48, 8).covering(new PixelWindow(-96, 40, 96, 32));

        assertThat(windows)
                .containsExactly(
                        new WindowGrid.Window(new PixelWindow(-104, -8, 64, 64), new PixelWindow(-96, 40, 48, 8)),
                        new WindowGrid.Window(new PixelWindow(-56, -8, 64, 64), new PixelWindow(-48, 40, 48, 8)),
                        new WindowGrid.Window(new PixelWindow(-104, 40, 64, 64), new PixelWindow(-96, 48, 48, 24)),
                        new WindowGrid.Window(new PixelWindow(-56, 40, 64, 64), new PixelWindow(-48, 48, 48, 24)));
    }

    @Test
    void everyPixelOfATileIsKeptOnceAndSeenWithItsMargin() {
        var random = new Random(11);
        for (int i = 0; i < 300; i++) {
            int stride = 1 + random.nextInt(60);
            int margin = random.nextInt(20);
            var grid = new WindowGrid(stride, margin);
            var tile = new PixelWindow(
                    random.nextInt(400) - 200,
                    random.nextInt(400) - 200,
                    1 + random.nextInt(120),
                    1 + random.nextInt(120));
            var kept = new int[tile.height()][tile.width()];

            for (var window : grid.covering(tile)) {
                assertThat(window.computed().width()).isEqualTo(grid.side());
                assertThat(window.computed().height()).isEqualTo(grid.side());
                assertThat(window.computed().contains(window.kept().grow(margin)))
                        .isTrue();
                assertThat(grid.seenBy(tile).contains(window.computed())).isTrue();
                assertThat(Math.floorMod(window.computed().column() + margin, stride))
                        .isZero();
                assertThat(Math.floorMod(window.computed().row() + margin, stride))
                        .isZero();
                for (long y = window.kept().row(); y < window.kept().endRow(); y++) {
                    for (long x = window.kept().column(); x < window.kept().endColumn(); x++) {
                        kept[(int) (y - tile.row())][(int) (x - tile.column())]++;
                    }
                }
            }

            for (int[] row : kept) {
                assertThat(row).containsOnly(1);
            }
        }
    }

    @Test
    void theAgreedHaloHoldsWhateverTheWindowsSee() {
        var random = new Random(12);
        for (int i = 0; i < 1_000; i++) {
            int stride = 1 + random.nextInt(600);
            int margin = random.nextInt(100);
            int tileSize = 32 * (1 + random.nextInt(40));
            var tile = new PixelWindow(
                    (long) tileSize * (random.nextInt(2_000) - 1_000),
                    (long) tileSize * (random.nextInt(2_000) - 1_000),
                    tileSize,
                    tileSize);
            int halo = tileSize % stride == 0 ? margin : margin + stride;

            assertThat(tile.grow(halo).contains(new WindowGrid(stride, margin).seenBy(tile)))
                    .isTrue();
        }
    }
}
