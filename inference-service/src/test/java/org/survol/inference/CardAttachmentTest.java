// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.model.CardAttachment;
import org.survol.core.model.ModelCard;
import org.survol.core.model.OnnxCard;
import org.survol.core.nomenclature.Flair;
import org.survol.core.raster.ByteSources;

/** A plain network with a card attached runs like one that was exported for us, here in ONNX Runtime itself. */
class CardAttachmentTest {

    private static final int SIDE = 64;
    private static final int REACH = 3;
    private static final int CLASSES = 4;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"/plain-11.onnx", "/plain-18.onnx"})
    void aWrappedNetworkEqualsTheOneExportedForUs(String plain) throws Exception {
        var card = card(Map.of("gives", "LOGITS", "mean", repeat(128.0), "std", repeat(64.0)));

        try (var wrapped = load(attach(plain, card));
                var exported = load(FixtureReference.file())) {
            var random = new Random(11);
            for (int i = 0; i < wrapped.input().capacity(); i++) {
                byte pixel = (byte) random.nextInt(256);
                wrapped.input().put(i, pixel);
                exported.input().put(i, pixel);
            }
            wrapped.run();
            exported.run();

            for (int y = REACH; y < SIDE - REACH; y++) {
                for (int x = REACH; x < SIDE - REACH; x++) {
                    int at = y * SIDE + x;
                    assertThat(wrapped.classes().get(at))
                            .isEqualTo(exported.classes().get(at));
                    assertNear(wrapped.confidence(), exported.confidence(), at);
                    for (int k = 0; k < CLASSES; k++) {
                        assertNear(wrapped.probabilities(), exported.probabilities(), k * SIDE * SIDE + at);
                    }
                }
            }
        }
    }

    @Test
    void theTemperatureFlattensProbabilitiesAndKeepsClasses() throws Exception {
        var network = Map.of("gives", "LOGITS", "mean", repeat(128.0), "std", repeat(64.0));
        var hot = card(network);
        hot.put("temperature", 4.0);

        try (var calibrated = load(attach("/plain-18.onnx", hot));
                var plain = load(attach("/plain-18.onnx", card(network)))) {
            for (int i = 0; i < plain.input().capacity(); i++) {
                plain.input().put(i, (byte) (i * 7));
                calibrated.input().put(i, (byte) (i * 7));
            }
            plain.run();
            calibrated.run();

            assertThat(calibrated.classes()).isEqualTo(plain.classes());
            int centre = SIDE / 2 * SIDE + SIDE / 2;
            assertThat(calibrated.confidence().get(centre) & 0xff)
                    .isLessThan(plain.confidence().get(centre) & 0xff);
        }
    }

    @Test
    void aNetworkThatKeepsThePromisesIsOnlyGivenTheCard() throws Exception {
        var card = card(Map.of());
        card.remove("network");
        card.put("version", "2");

        var file = attach("/fixture.onnx", card);

        assertThat(OnnxCard.read(ByteSources.ofFile(file)).version()).isEqualTo("2");
        try (var model = load(file)) {
            model.run();
            assertThat((int) model.classes().get(SIDE * SIDE / 2))
                    .isEqualTo(FixtureReference.answer((band, dx, dy) -> 0).value());
        }
    }

    @Test
    void aCardThatDoesNotFitIsRefusedNamingWhatDiffers() {
        assertRefused(
                card(Map.of("gives", "LOGITS", "mean", List.of(1.0), "std", List.of(1.0))), "5 bands and 1 means");
        assertRefused(card(Map.of("gives", "GUESSES", "mean", repeat(1.0), "std", repeat(1.0))), "gives");
        assertRefused(card(Map.of("gives", "LOGITS", "mean", repeat(1.0), "std", repeat(0.0))), "std must be positive");
        assertRefused(
                card(Map.of("gives", "LOGITS", "output", "elsewhere", "mean", repeat(1.0), "std", repeat(1.0))),
                "no output elsewhere");
        var plain = card(Map.of());
        plain.remove("network");
        assertRefused(plain, "does not say how it is fed");
        var narrow = card(Map.of("gives", "LOGITS", "mean", repeat(1.0), "std", repeat(1.0)));
        ((com.fasterxml.jackson.databind.node.ArrayNode)
                        narrow.path("nomenclature").path("classes"))
                .remove(0);
        assertRefused(narrow, "the card's classes makes it 3");
    }

    @Test
    void whatIsNoOnnxFileIsRefused() {
        assertThatThrownBy(() -> CardAttachment.attach(
                        "x.onnx", "not a model".getBytes(), "card.json", Json.bytes(card(Map.of()))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("not a whole ONNX model");
    }

    /** 19 FLAIR classes from one band: a network that strangers trained. */
    @Test
    void aForeignNetworkRuns() throws Exception {
        var foreign = Path.of("../../shared/data/models_flair_toy_unet/flair_toy_ep10_scale0_125.onnx");
        assumeTrue(Files.exists(foreign), "the foreign model is not on this machine");
        var card = Json.MAPPER.createObjectNode();
        card.put("cardVersion", 1);
        card.put("name", "flair-toy");
        card.put("version", "1");
        card.put("title", "Toy U-Net on one band");
        card.set("nomenclature", Json.MAPPER.valueToTree(Flair.NOMENCLATURE));
        card.putArray("bands").add("RED");
        card.put("gsdMetres", 0.2);
        card.put("windowMultiple", 16);
        card.put("windowSize", 256);
        card.put("marginPixels", 64);
        card.put("receptiveFieldPixels", 94);
        card.put("temperature", 1);
        card.put("licence", "Apache-2.0");
        card.put("trainingData", "grey FLAIR-1 toy set");
        card.set(
                "network",
                Json.MAPPER.valueToTree(Map.of("gives", "LOGITS", "mean", List.of(110.0), "std", List.of(50.0))));
        var file = Files.write(
                folder.resolve("foreign.onnx"),
                CardAttachment.attach("foreign.onnx", Files.readAllBytes(foreign), "card.json", Json.bytes(card)));

        try (var model = load(file)) {
            model.run();

            int at = 256 * 128 + 128;
            int total = IntStream.range(0, 19)
                    .map(k -> model.probabilities().get(k * 256 * 256 + at) & 0xff)
                    .sum();
            assertThat(total).isCloseTo(255, within(10));
            assertThat(Flair.NOMENCLATURE.ofValue(model.classes().get(at))).isPresent();
        }
    }

    private void assertRefused(ObjectNode card, String reason) {
        assertThatThrownBy(() -> attach("/plain-18.onnx", card)).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.reason()).contains(reason);
            assertThat(e.mend()).isNotBlank();
        });
    }

    private Path attach(String resource, ObjectNode card) throws IOException, URISyntaxException {
        var onnx = Files.readAllBytes(
                Path.of(CardAttachmentTest.class.getResource(resource).toURI()));
        return Files.write(
                Files.createTempFile(folder, "attached", ".onnx"),
                CardAttachment.attach(resource, onnx, "card.json", Json.bytes(card)));
    }

    private static LoadedNetwork load(Path file) throws IOException, InferenceException {
        ModelCard card = OnnxCard.read(ByteSources.ofFile(file));
        return LoadedNetwork.of(file.toString(), file, card, card.windowSize());
    }

    private static ObjectNode card(Map<String, Object> network) {
        ObjectNode card = Json.MAPPER.valueToTree(FixtureReference.card());
        card.set("network", Json.MAPPER.valueToTree(network));
        return card;
    }

    private static List<Double> repeat(double value) {
        return List.of(value, value, value, value, value);
    }

    /** The exported one rounds a softmax of another form: a step apart at most. */
    private static void assertNear(ByteBuffer one, ByteBuffer other, int at) {
        assertThat(one.get(at) & 0xff).isCloseTo(other.get(at) & 0xff, within(1));
    }
}
