// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.survol.standalone.AcquisitionProgress.DeadLetter;
import org.survol.standalone.AcquisitionProgress.ProductFile;
import org.survol.standalone.AcquisitionProgress.Stage;
import org.survol.standalone.AcquisitionProgress.Tiles;

/**
 * What came out of an acquisition, for a terminal and as JSON.
 *
 * @param wallSeconds from handing in to the end
 */
record Summary(
        String acquisition,
        Optional<String> run,
        Optional<String> model,
        String state,
        Tiles tiles,
        Map<String, Stage> stages,
        long polygons,
        double areaSquareMetres,
        double wallSeconds,
        Map<String, ProductFile> files,
        List<DeadLetter> deadLetters) {

    private static final List<String> STAGES = List.of("tile", "infer", "vectorize", "assemble");

    static Summary of(AcquisitionProgress progress, Duration wall) {
        var run = progress.latestRun();
        var product = run.flatMap(AcquisitionProgress.Run::product);
        return new Summary(
                progress.id(),
                run.map(AcquisitionProgress.Run::run),
                run.flatMap(AcquisitionProgress.Run::model).or(progress::model),
                progress.state(),
                run.map(AcquisitionProgress.Run::tiles).orElse(Tiles.NONE),
                new TreeMap<>(run.map(AcquisitionProgress.Run::stages).orElse(Map.of())),
                product.map(AcquisitionProgress.Product::polygons).orElse(0L),
                product.map(AcquisitionProgress.Product::areaSquareMetres).orElse(0.0),
                wall.toMillis() / 1000.0,
                new TreeMap<>(product.map(AcquisitionProgress.Product::files).orElse(Map.of())),
                progress.deadLetters());
    }

    /** 0 only when there is a map and nothing was lost. */
    static int exitCode(AcquisitionProgress progress) {
        return progress.state().equals("done") && progress.deadLetters().isEmpty()
                ? ExitCode.OK
                : ExitCode.DEAD_LETTERS;
    }

    Summary withFiles(Map<String, ProductFile> other) {
        return new Summary(
                acquisition,
                run,
                model,
                state,
                tiles,
                stages,
                polygons,
                areaSquareMetres,
                wallSeconds,
                other,
                deadLetters);
    }

    String text() {
        var table = new Table("", acquisition);
        table.row("state", state);
        table.row("model", model.orElse("-"));
        table.row(
                "tiles",
                tiles.planned() + " planned, " + tiles.vectorized() + " mapped, " + tiles.skipped() + " empty, "
                        + tiles.failed() + " failed");
        table.row("polygons", Long.toString(polygons));
        table.row("area", format("%.0f m²", areaSquareMetres));
        for (var stage : STAGES) {
            var measured = stages.get(stage);
            if (measured != null && measured.megapixelsPerSecond().isPresent()) {
                table.row(
                        stage,
                        format(
                                "%.2f Mpx/s  (%.1f Mpx in %.1f s of work)",
                                measured.megapixelsPerSecond().get(),
                                measured.pixels() / 1e6,
                                measured.wallMillis() / 1e3));
            }
        }
        table.row("wall time", format("%.1f s", wallSeconds));
        files.forEach((format, file) ->
                table.row(format, file.url().orElse(file.key()) + format("  (%.2f MB)", file.bytes() / 1e6)));
        var text = new StringBuilder(table.toString());
        for (var letter : deadLetters) {
            text.append("dead letter  ").append(letter.line()).append('\n');
        }
        return text.toString();
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
