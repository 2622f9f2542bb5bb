// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.model.OnnxCard;
import org.survol.core.raster.ByteSources;

/** The bundled models say here what they say in Python; make_reference.py wrote down what that is. */
class PythonReferenceTest {

    private static final int SIDE = 128;
    private static final int PIXELS = SIDE * SIDE;
    private static final double SAME_CLASS = 0.9999;

    @Test
    void onAGeneratedScene() throws Exception {
        var reference = reference("/reference-scene.bin.gz");
        try (var model = model("survol-demo-rgbie")) {
            model.input().put(0, reference, 0, 5 * PIXELS);
            model.run();
            assertSame(model, reference, 5 * PIXELS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"survol-rgb", "survol-demo-rgb"})
    void inRedGreenAndBlueAlone(String name) throws Exception {
        try (var model = model(name)) {
            model.input().put(0, reference("/reference-scene.bin.gz"), 0, 3 * PIXELS);
            model.run();
            assertSame(model, reference("/reference-" + name + ".bin.gz"), 0);
        }
    }

    private static void assertSame(LoadedNetwork model, byte[] reference, int offset) {
        int same = 0;
        for (int i = 0; i < PIXELS; i++) {
            same += model.classes().get(i) == reference[offset + i] ? 1 : 0;
        }
        assertThat((double) same / PIXELS).as("pixels of the same class").isGreaterThanOrEqualTo(SAME_CLASS);
        int probabilities = model.probabilities().capacity();
        assertThat(farthest(model.probabilities(), reference, offset + PIXELS)).isLessThanOrEqualTo(1);
        assertThat(farthest(model.confidence(), reference, offset + PIXELS + probabilities))
                .isLessThanOrEqualTo(1);
        assertThat(reference).hasSize(offset + PIXELS + probabilities + PIXELS);
    }

    private static int farthest(ByteBuffer ours, byte[] reference, int offset) {
        int farthest = 0;
        for (int i = 0; i < ours.capacity(); i++) {
            farthest = Math.max(farthest, Math.abs((ours.get(i) & 0xff) - (reference[offset + i] & 0xff)));
        }
        return farthest;
    }

    private static LoadedNetwork model(String name) throws IOException, InferenceException {
        var file = Path.of("../models", name + ".onnx");
        return LoadedNetwork.of(name, file, OnnxCard.read(ByteSources.ofFile(file)), SIDE);
    }

    private static byte[] reference(String resource) throws IOException {
        try (var file = PythonReferenceTest.class.getResourceAsStream(resource);
                var content = new GZIPInputStream(file)) {
            return content.readAllBytes();
        }
    }
}
