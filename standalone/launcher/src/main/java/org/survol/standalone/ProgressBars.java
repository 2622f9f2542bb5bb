// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A bar per stage of a run. On a terminal the bars stay in place; elsewhere a line is written when a stage begins, ends
 * or passes a quarter.
 */
final class ProgressBars {

    private static final int WIDTH = 28;
    private static final int STEPS = 4;

    /**
     * @param total units of work; 0 as long as unknown
     * @param dropped units that ended without a result
     */
    record Bar(String stage, int done, int total, int dropped, double megapixelsPerSecond) {

        double share() {
            return total == 0 ? 0 : Math.min(1, (double) (done + dropped) / total);
        }

        String line() {
            int filled = (int) Math.floor(share() * WIDTH);
            var text = String.format(
                    Locale.ROOT,
                    "%-10s [%s%s] %3d %%  %s",
                    stage,
                    "#".repeat(filled),
                    ".".repeat(WIDTH - filled),
                    (int) Math.floor(share() * 100),
                    total == 0 ? "-" : done + "/" + total);
            if (dropped > 0) {
                text += ", " + dropped + " without result";
            }
            if (megapixelsPerSecond > 0) {
                text += String.format(Locale.ROOT, ", %.2f Mpx/s", megapixelsPerSecond);
            }
            return text;
        }
    }

    private final PrintStream out;
    private final boolean inPlace;
    private final Map<String, Integer> told = new HashMap<>();
    private int linesUp;

    ProgressBars(PrintStream out, boolean inPlace) {
        this.out = out;
        this.inPlace = inPlace;
    }

    static ProgressBars onConsole() {
        var console = System.console();
        boolean terminal = console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
        return new ProgressBars(System.err, terminal);
    }

    /** Bars of the run that is followed; none before it is planned. */
    static List<Bar> of(AcquisitionProgress progress) {
        var run = progress.latestRun();
        if (run.isEmpty()) {
            return List.of();
        }
        var tiles = run.get().tiles();
        int ended = run.get().hasEnded() ? 1 : 0;
        int assembled = run.get().product().isPresent() ? 1 : 0;
        int mapped = Math.max(0, tiles.planned() - tiles.skipped());
        // which stage lost a tile is not told: what never became ready is lost at the first
        int lostBeforeReady = ended == 1 ? Math.max(0, tiles.planned() - tiles.skipped() - tiles.ready()) : 0;
        int lostBeforePredicted = ended == 1 ? Math.max(0, mapped - tiles.predicted()) : 0;
        int lostBeforeVectorized = ended == 1 ? Math.max(0, mapped - tiles.vectorized()) : 0;
        return List.of(
                new Bar(
                        "tile",
                        tiles.ready() + tiles.skipped(),
                        tiles.planned(),
                        lostBeforeReady,
                        speed(run.get(), "tile")),
                new Bar("infer", tiles.predicted(), mapped, lostBeforePredicted, speed(run.get(), "infer")),
                new Bar("vectorize", tiles.vectorized(), mapped, lostBeforeVectorized, speed(run.get(), "vectorize")),
                new Bar("assemble", assembled, 1, ended - assembled, speed(run.get(), "assemble")));
    }

    void show(AcquisitionProgress progress) {
        var bars = of(progress);
        if (inPlace) {
            var lines = new ArrayList<String>();
            lines.add(progress.id() + ": " + progress.state());
            bars.forEach(bar -> lines.add(bar.line()));
            if (!progress.deadLetters().isEmpty()) {
                lines.add(progress.deadLetters().size() + " dead letter(s)");
            }
            if (linesUp > 0) {
                out.print("\033[" + linesUp + "A\033[J");
            }
            lines.forEach(out::println);
            linesUp = lines.size();
        } else {
            for (var bar : bars) {
                int step = bar.total() == 0 ? -1 : (int) Math.floor(bar.share() * STEPS);
                if (step >= 0 && step > told.getOrDefault(bar.stage(), -1) && (step > 0 || bar.total() > 1)) {
                    told.put(bar.stage(), step);
                    out.println(bar.line());
                }
            }
        }
        out.flush();
    }

    /** What follows stands below the bars. */
    void finish() {
        linesUp = 0;
    }

    private static double speed(AcquisitionProgress.Run run, String stage) {
        var measured = run.stages().get(stage);
        return measured == null ? 0 : measured.megapixelsPerSecond().orElse(0.0);
    }
}
