// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.survol.core.model.ModelCard;
import org.survol.core.model.OnnxCard;
import org.survol.core.raster.ByteSources;

/** {@code fixture.onnx} written out in plain Java, from the formula in make_fixture.py; and where the file lies. */
final class FixtureReference {

    static final List<Integer> VALUES = List.of(5, 2, 11, 7);
    private static final int CLASSES = 4;
    private static final int REACH = 3;

    interface Neighbourhood {
        int pixel(int band, int dx, int dy);
    }

    /** @param probabilities 0 to 255, not rounded */
    record Answer(int value, double confidence, List<Double> probabilities) {}

    private FixtureReference() {}

    static Path file() {
        try {
            return Path.of(FixtureReference.class.getResource("/fixture.onnx").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static ModelCard card() {
        try {
            return OnnxCard.read(ByteSources.ofFile(file()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer answer(Neighbourhood image) {
        var logits = new double[CLASSES];
        for (int k = 0; k < CLASSES; k++) {
            long sum = (k * 37 % 7 - 3) * 128L;
            for (int b = 0; b < ToyScene.BANDS; b++) {
                for (int y = 0; y <= 2 * REACH; y++) {
                    for (int x = 0; x <= 2 * REACH; x++) {
                        int weight = (k * 31 + b * 17 + y * 7 + x * 3 + k * y * 5 + k * b * x) % 11 - 5;
                        sum += (long) weight * image.pixel(b, x - REACH, y - REACH);
                    }
                }
            }
            logits[k] = sum / 4096.0;
        }
        int best = 0;
        double total = 0;
        for (int k = 0; k < CLASSES; k++) {
            if (logits[k] > logits[best]) {
                best = k;
            }
            total += Math.exp(logits[k]);
        }
        var probabilities = new Double[CLASSES];
        for (int k = 0; k < CLASSES; k++) {
            probabilities[k] = 255 * Math.exp(logits[k]) / total;
        }
        return new Answer(VALUES.get(best), probabilities[best], List.of(probabilities));
    }
}
