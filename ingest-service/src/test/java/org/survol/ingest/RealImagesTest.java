// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;

/**
 * Real orthophotos of several countries and pixel sizes: each is cut into tiles for a model of about its own pixel size,
 * or is refused for want of a place or of colours.
 */
class RealImagesTest {

    private static final List<Path> FOLDERS =
            List.of(Path.of("../../shared/data/orthos_unlabelled"), Path.of("../../shared/data/bdortho_5m_martinique"));

    /** GSD of the models that are on offer, metres. */
    private static final Map<String, Double> MODELS = Map.of("fine", 0.2, "medium", 0.5, "coarse", 5.0);

    @TempDir
    private Path scratch;

    @TestFactory
    Stream<DynamicTest> goesThroughOrIsRefusedForATrueReason() throws IOException {
        var images = new ArrayList<Path>();
        for (var folder : FOLDERS) {
            if (Files.isDirectory(folder)) {
                try (var files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith(".tif")).forEach(images::add);
                }
            }
        }
        assumeTrue(!images.isEmpty(), "the real images are not on this machine");
        // of series of the same kind two stand for all, unless SURVOL_TEST_ALL_IMAGES in the environment asks for every
        // one
        Predicate<Path> wanted = image -> System.getenv("SURVOL_TEST_ALL_IMAGES") != null
                || !image.toString().contains("tree_masks")
                        && !image.toString().contains("naip")
                        && !image.toString().contains("bdortho")
                || image.toString().matches(".*(1091-322_0[05]|2009|2020|_675_938|_678_941).*");
        return images.stream()
                .filter(wanted)
                .sorted(Comparator.naturalOrder())
                .map(image -> DynamicTest.dynamicTest(
                        image.getFileName() + " of " + image.getParent().getFileName(), () -> check(image)));
    }

    private void check(Path image) throws IOException {
        var header = TiffReader.open(ByteSources.ofFile(image)).header();
        var flight = new Flight(scratch, 1024);
        for (var model : MODELS.entrySet()) {
            flight.model(card(model.getKey(), model.getValue()));
        }
        flight.file("image.tif", header.bands() == 4 ? "RGBI" : "RGB", Files.readAllBytes(image));

        if (header.geo().isEmpty() || header.bands() < 3) {
            assertThat(flight.planOutcome()).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
                assertThat(failed.file()).isEqualTo(Flight.key("image.tif"));
                assertThat(failed.reason()).containsAnyOf("no coordinate reference system", "bands");
            });
            return;
        }
        double gsd = header.geo().get().pixelWidth();
        var model = MODELS.entrySet().stream()
                .min(Comparator.comparingDouble(entry -> Math.abs(Math.log(entry.getValue() / gsd))))
                .orElseThrow();
        var plan = flight.planWith(model.getKey());
        var ready = Flight.only(TileReady.class, flight.tiles(plan));

        assertThat(flight.deadLetters()).isEmpty();
        assertThat(ready).isNotEmpty();
        double mapped = ready.stream()
                        .mapToDouble(tile -> tile.validShare()
                                * plan.grid().window(tile.tile()).pixels())
                        .sum()
                * model.getValue()
                * model.getValue();
        assertThat(mapped).as("ground that the tiles show, m²").isGreaterThan(0).isLessThanOrEqualTo(1.01 * area(plan));
    }

    private static double area(Plan plan) {
        var box = plan.footprint();
        return (box.maxEasting() - box.minEasting()) * (box.maxNorthing() - box.minNorthing());
    }

    private static ModelCard card(String name, double gsdMetres) {
        var card = Deliveries.card(name, Deliveries.RGB);
        return new ModelCard(
                card.cardVersion(),
                card.name(),
                card.version(),
                card.title(),
                card.nomenclature(),
                card.bands(),
                gsdMetres,
                card.windowMultiple(),
                card.windowSize(),
                card.marginPixels(),
                card.receptiveFieldPixels(),
                card.temperature(),
                card.licence(),
                card.trainingData(),
                Optional.empty(),
                Optional.empty());
    }
}
