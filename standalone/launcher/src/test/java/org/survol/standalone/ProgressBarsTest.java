// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.survol.standalone.AcquisitionProgress.Product;
import org.survol.standalone.AcquisitionProgress.Run;
import org.survol.standalone.AcquisitionProgress.Stage;
import org.survol.standalone.AcquisitionProgress.Tiles;

class ProgressBarsTest {

    private static AcquisitionProgress progress(String state, Tiles tiles, Optional<Product> product) {
        var run = new Run(
                "r1",
                Optional.of("survol-demo-rgb"),
                state,
                tiles,
                Map.of("infer", new Stage(2_000_000, 1_000, Optional.of(2.0))),
                product,
                Optional.empty(),
                Optional.empty());
        return new AcquisitionProgress("flight", state, Optional.empty(), Optional.empty(), List.of(run), List.of());
    }

    @Test
    void drawsHowFarAStageIs() {
        assertThat(new ProgressBars.Bar("infer", 7, 14, 0, 1.234).line())
                .isEqualTo("infer      [##############..............]  50 %  7/14, 1.23 Mpx/s");
        assertThat(new ProgressBars.Bar("tile", 0, 0, 0, 0).line())
                .isEqualTo("tile       [............................]   0 %  -");
        assertThat(new ProgressBars.Bar("tile", 3, 4, 1, 0).line())
                .isEqualTo("tile       [############################] 100 %  3/4, 1 without result");
    }

    @Test
    void emptyTilesAreDoneForTheFirstStageAndNoWorkForTheOthers() {
        var bars = ProgressBars.of(progress("running", new Tiles(10, 3, 4, 2, 1, 0), Optional.empty()));

        assertThat(bars).extracting(ProgressBars.Bar::stage).containsExactly("tile", "infer", "vectorize", "assemble");
        assertThat(bars).extracting(ProgressBars.Bar::done).containsExactly(7, 2, 1, 0);
        assertThat(bars).extracting(ProgressBars.Bar::total).containsExactly(10, 6, 6, 1);
    }

    @Test
    void everyBarIsFullWhenTheRunHasEnded() {
        var product = new Product(5, 10, 2, Map.of());

        var done = ProgressBars.of(progress("done", new Tiles(10, 7, 2, 6, 6, 2), Optional.of(product)));
        var failed = ProgressBars.of(progress("failed", new Tiles(10, 0, 0, 0, 0, 10), Optional.empty()));

        assertThat(done).allMatch(bar -> bar.share() == 1);
        assertThat(failed).allMatch(bar -> bar.share() == 1);
    }

    @Test
    void writesPlainLinesOnlyWhenSomethingChanged() {
        var out = new ByteArrayOutputStream();
        var bars = new ProgressBars(new PrintStream(out, true, StandardCharsets.UTF_8), false);
        var half = progress("running", new Tiles(4, 2, 0, 0, 0, 0), Optional.empty());

        bars.show(half);
        int first = out.size();
        bars.show(half);

        assertThat(out.size()).isEqualTo(first);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("2/4").doesNotContain("\033");
    }

    @Test
    void onATerminalTheBarsStayInPlace() {
        var out = new ByteArrayOutputStream();
        var bars = new ProgressBars(new PrintStream(out, true, StandardCharsets.UTF_8), true);
        var half = progress("running", new Tiles(4, 2, 0, 0, 0, 0), Optional.empty());

        bars.show(half);
        bars.show(half);

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\033[5A");
    }
}
