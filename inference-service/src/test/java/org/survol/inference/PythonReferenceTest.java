// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.survol.core.model.OnnxCard;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;

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

    @Test
    void inRedGreenAndBlueAlone() throws Exception {
        try (var model = model("survol-rgb")) {
            model.input().put(0, reference("/reference-scene.bin.gz"), 0, 3 * PIXELS);
            model.run();
            assertSame(model, reference("/reference-rgb.bin.gz"), 0);
        }
    }

    @Test
    void onARealOrthophoto() throws Exception {
        var file = Path.of("../../shared/data/orthos_unlabelled/nl_025m_1000x1000_rgb_epsg28992.tif");
        assumeTrue(Files.exists(file), "the orthophoto is not on this machine");
        var window = TiffReader.open(ByteSources.ofFile(file)).readBytes(0, 300, 420, SIDE, SIDE);
        try (var model = model("survol-demo-rgb")) {
            for (int band = 0; band < 3; band++) {
                model.input().put(band * PIXELS, window.plane(band));
            }
            model.run();
            assertSame(model, reference("/reference-real.bin.gz"), 0);
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
