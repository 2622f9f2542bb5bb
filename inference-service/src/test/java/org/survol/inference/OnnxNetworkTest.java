// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.BadInputException;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

class OnnxNetworkTest {

    @Test
    void aSecondRunOverwritesTheFirst() throws Exception {
        try (var model = load(FixtureReference.file(), FixtureReference.card())) {
            model.run();
            byte first = model.classes().get(32 * 64 + 32);
            int brightWhereItCounts = FixtureReference.answer((band, dx, dy) -> band == 1 ? 255 : 0)
                    .value();
            int pixels = 64 * 64;
            for (int i = pixels; i < 2 * pixels; i++) {
                model.input().put(i, (byte) 255);
            }

            model.run();

            assertThat((int) first)
                    .isEqualTo(FixtureReference.answer((band, dx, dy) -> 0).value());
            assertThat((int) model.classes().get(32 * 64 + 32))
                    .isEqualTo(brightWhereItCounts)
                    .isNotEqualTo(first);
        }
    }

    @Test
    void aCardWithOtherBandsIsRefused() {
        assertRefused(card(List.of(Band.RED, Band.GREEN), 4), "input has shape [-1, 5, -1, -1]");
    }

    @Test
    void aCardWithOtherClassesIsRefused() {
        assertRefused(card(FixtureReference.card().bands(), 3), "probabilities has shape [-1, 4, -1, -1]");
    }

    @Test
    void aFileThatIsNoModelIsRefusedNamingTheKey(@TempDir Path folder) throws IOException {
        byte[] half = Files.readAllBytes(FixtureReference.file());
        var file = Files.write(folder.resolve("half.onnx"), Arrays.copyOf(half, half.length / 2));

        assertThatThrownBy(() -> load(file, FixtureReference.card()))
                .isInstanceOfSatisfying(BadInputException.class, e -> {
                    assertThat(e.file()).isEqualTo("models/fixture.onnx");
                    assertThat(e.reason()).contains("cannot load it");
                });
    }

    @Test
    void aGpuThatIsDemandedAndMissingStopsTheStart() {
        if (device(Device.AUTO).equals("cpu")) {
            assertThatThrownBy(() -> device(Device.CUDA))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("survol.inference.device=cuda");
        } else {
            assertThat(device(Device.CUDA)).startsWith("cuda");
        }
    }

    private static String device(Device wanted) {
        return Accelerator.choose(wanted, Precision.TF32, Path.of("")).device();
    }

    private static void assertRefused(ModelCard card, String reason) {
        assertThatThrownBy(() -> load(FixtureReference.file(), card))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(reason);
    }

    private static LoadedNetwork load(Path file, ModelCard card) throws InferenceException {
        return LoadedNetwork.of("models/fixture.onnx", file, card, card.windowSize());
    }

    private static ModelCard card(List<Band> bands, int classes) {
        var card = FixtureReference.card();
        List<LandClass> fewer = card.nomenclature().classes().subList(0, classes);
        return new ModelCard(
                card.cardVersion(),
                card.name(),
                card.version(),
                card.title(),
                new Nomenclature("fewer", fewer),
                bands,
                card.gsdMetres(),
                card.windowMultiple(),
                card.windowSize(),
                card.marginPixels(),
                card.receptiveFieldPixels(),
                card.temperature(),
                card.licence(),
                card.trainingData(),
                card.accuracy(),
                card.domain());
    }
}
