// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;
import org.survol.core.Outcome;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.model.OnnxCard;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.CancelledRuns;
import org.survol.core.store.StoreLayout;

class PlanStageTest {

    private static final GeoReference TWO_TILES = new GeoReference(2154, 36_500 * 19.2, 343_750 * 19.2, 0.2, 0.2);

    @TempDir
    Path scratch;

    private Flight flight;

    @BeforeEach
    void modelForColour() throws IOException {
        flight = new Flight(scratch, 96).model(Deliveries.card("small", Deliveries.RGB));
    }

    private Flight soundImage() throws IOException {
        return flight.image("sound.tif", Role.RGB, TWO_TILES, 192, 96, (band, e, n) -> band);
    }

    @Test
    void announcesThePlanThenItsTiles() throws Exception {
        var outcome = (Outcome.Done) soundImage().planOutcome();

        assertThat(outcome.events().getFirst())
                .isInstanceOfSatisfying(AcquisitionPlanned.class, planned -> assertThat(planned.tiles())
                        .isEqualTo(2));
        assertThat(Flight.only(TilePlanned.class, outcome.events())).hasSize(2);
        assertThat(flight.published).isEmpty();
    }

    @Test
    void planningAgainIsTheSamePlan() throws Exception {
        soundImage();
        var first = flight.planOutcome();
        var plan = flight.store.list("runs/");

        assertThat(flight.planOutcome()).isEqualTo(first);
        assertThat(flight.store.list("runs/")).isEqualTo(plan);
    }

    @Test
    void orderedAgainACancelledRunIsWanted() throws Exception {
        var run = soundImage().plan().run();
        var cancelled = new CancelledRuns(flight.store);
        cancelled.cancel(run);

        flight.planOutcome();

        assertThat(cancelled.contains(run)).isFalse();
    }

    @Test
    void goesOnWithoutAFileThatIsMissing() throws Exception {
        soundImage().asset("missing.tif", "RGB");

        assertThat(flight.plan().sources()).extracting(Plan.Source::key).containsExactly(Flight.key("sound.tif"));
        assertLetter("missing.tif", "not in the store");
    }

    @Test
    void goesOnWithoutAFileThatIsNoImage() throws Exception {
        soundImage().file("text.tif", "RGB", "no image at all".getBytes(StandardCharsets.UTF_8));

        assertThat(flight.plan().sources()).hasSize(1);
        assertLetter("text.tif", "");
    }

    @Test
    void goesOnWithoutAFileThatIsCutOff() throws Exception {
        soundImage().image("whole.tif", Role.RGB, TWO_TILES, 192, 96, (band, e, n) -> (e * 31 + n * 17) % 256);
        var whole = flight.store.read(Flight.key("whole.tif"));
        flight.file("whole.tif", "RGB", Arrays.copyOf(whole, 100));

        assertThat(flight.plan().sources()).hasSize(1);
        assertLetter("whole.tif", "");
    }

    @Test
    void goesOnWithoutAFileInAnotherCrsThanMetres() throws Exception {
        soundImage()
                .image(
                        "feet.tif",
                        Role.RGB,
                        new GeoReference(2225, 6_500_000, 2_000_000, 0.5, 0.5),
                        8,
                        8,
                        (b, e, n) -> b);

        assertThat(flight.plan().sources()).hasSize(1);
        assertLetter("feet.tif", "not a projected CRS in metres");
    }

    @Test
    void goesOnWithoutAFileOfAnotherSizeThanTheItemSays() throws Exception {
        soundImage();
        var item = new String(flight.item(), StandardCharsets.UTF_8)
                .replace("\"survol:role\":\"RGB\"", "\"survol:role\":\"RGB\",\"file:size\":5");
        var registered = new AcquisitionRegistered(Flight.ID, StoreLayout.item(Flight.ID), "x", Optional.empty());
        flight.store.write(StoreLayout.item(Flight.ID), item.getBytes(StandardCharsets.UTF_8), "application/json");

        var failed = (Outcome.Failed) flight.planStage().plan(registered);

        assertThat(failed.file()).isEqualTo(Flight.key("sound.tif"));
        assertThat(failed.reason()).contains("the Item says 5");
    }

    @Test
    void tellsTheRoleFromTheFileWhereItCan() throws Exception {
        soundImage().image("four.tif", Role.RGBI, TWO_TILES, 8, 8, (b, e, n) -> b);
        flight.heights("heights.tif", Role.DSM, TWO_TILES, 8, 8, (b, e, n) -> 1);
        flight.asset("sound.tif", "").asset("four.tif", "").asset("heights.tif", "");

        assertThat(flight.plan().sources())
                .extracting(Plan.Source::role)
                .containsExactlyInAnyOrder(Role.RGB, Role.RGBI);
        assertLetter("heights.tif", "survol:role");
    }

    @Test
    void theOnlyFileBeingBadIsOneDeadLetterThatNamesIt() throws Exception {
        flight.asset("missing.tif", "RGB");

        var failed = (Outcome.Failed) flight.planOutcome();

        assertThat(failed.kind()).isEqualTo(FailureKind.BAD_INPUT);
        assertThat(failed.file()).isEqualTo(Flight.key("missing.tif"));
        assertThat(failed.reason()).contains("not in the store").contains("RED, GREEN, BLUE");
        assertThat(flight.published).isEmpty();
    }

    @Test
    void tellsAboutAModelWithoutCardOnceAndLeavesItOut() throws Exception {
        soundImage().store.write(StoreLayout.model("cardless"), Deliveries.cardlessOnnx(), "application/octet-stream");
        var stage = flight.planStage();
        var registered = flight.registered();

        stage.plan(registered);
        stage.plan(registered);

        assertThat(flight.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.stage()).isEqualTo("model");
            assertThat(letter.file()).isEqualTo(StoreLayout.model("cardless"));
            assertThat(letter.reason()).contains("no model card");
            assertThat(letter.acquisition()).isEmpty();
        });
    }

    @Test
    void aReplacedModelIsReadAgain() throws Exception {
        soundImage();
        var stage = flight.planStage();
        var registered = flight.registered();
        var before = stage.plan(registered);

        flight.model(Deliveries.card("small", List.of(Deliveries.RGB.get(1))));

        assertThat(stage.plan(registered)).isNotEqualTo(before);
    }

    @Test
    void aRunKeepsTheModelItWasPlannedWith() throws Exception {
        var plan = soundImage().plan();

        flight.model(Deliveries.card("small", List.of(Deliveries.RGB.get(1))));
        var replaced = flight.plan();
        flight.store.delete(StoreLayout.model("small"));

        assertThat(replaced.model().sha256()).isNotEqualTo(plan.model().sha256());
        for (var planned : List.of(plan, replaced)) {
            var kept = flight.store.read(planned.model().key());
            assertThat(Digest.of(kept)).isEqualTo(planned.model().sha256());
            assertThat(OnnxCard.read(ByteSources.ofBytes("kept", kept)))
                    .isEqualTo(planned.model().card());
        }
    }

    @Test
    void withoutAnyModelTheDeploymentIsWrongNotTheFlight() throws Exception {
        soundImage().store.delete(StoreLayout.model("small"));

        assertThat(((Outcome.Failed) flight.planOutcome()).kind()).isEqualTo(FailureKind.CONFIG);
    }

    private void assertLetter(String file, String reasonOrMend) {
        assertThat(flight.deadLetters()).singleElement().satisfies((DeadLettered letter) -> {
            assertThat(letter.stage()).isEqualTo("plan");
            assertThat(letter.acquisition()).contains(Flight.ID);
            assertThat(letter.tile()).isEmpty();
            assertThat(letter.file()).isEqualTo(Flight.key(file));
            assertThat(letter.reason() + letter.mend()).contains(reasonOrMend);
        });
    }
}
