// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplerTest {

    private static final int SIZE = 24;

    @ParameterizedTest
    @EnumSource(names = {"BILINEAR", "CUBIC", "AVERAGE"})
    void aPlaneStaysAPlane(Resampler resampler) {
        var source = source((x, y) -> 3 * (x + 0.5) - 2 * (y + 0.5) + 7);
        var random = new Random(1);
        for (int i = 0; i < 500; i++) {
            double x = 4 + random.nextDouble() * (SIZE - 8);
            double y = 4 + random.nextDouble() * (SIZE - 8);
            // a mean over whole pixels is the plane's value only where whole pixels are covered
            double px = resampler == Resampler.AVERAGE ? Math.floor(x) : x;
            double py = resampler == Resampler.AVERAGE ? Math.floor(y) : y;

            assertThat(at(resampler, source, px, py, 2)).isCloseTo(3 * px - 2 * py + 7, within(1e-4));
        }
    }

    @ParameterizedTest
    @EnumSource
    void atAPixelsCentreEqualSizesGiveThePixel(Resampler resampler) {
        var random = new Random(2);
        var source = source((x, y) -> random.nextInt(256));
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                assertThat(at(resampler, source, x + 0.5, y + 0.5, 1))
                        .isCloseTo(source.floats(0)[y * SIZE + x], within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConstantStaysConstantUpToTheEdgesOfValidity(Resampler resampler) {
        var random = new Random(3);
        var valid = new byte[SIZE * SIZE];
        for (int i = 0; i < valid.length; i++) {
            valid[i] = (byte) (random.nextInt(3) == 0 ? 0 : 255);
        }
        // what lies under an invalid pixel must not leak
        var plane = new float[SIZE * SIZE];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = valid[i] == 0 ? -9_999 : 42;
        }
        var source = SourcePixels.ofFloats(0, 0, SIZE, SIZE, new float[][] {plane}, valid);
        for (int i = 0; i < 2_000; i++) {
            double x = random.nextDouble() * SIZE;
            double y = random.nextDouble() * SIZE;
            if (source.hasValue(source.index((int) x, (int) y))) {
                assertThat(at(resampler, source, x, y, 1.7)).isCloseTo(42, within(1e-4));
            }
        }
    }

    @Test
    void averagesKeepTheSum() {
        var random = new Random(4);
        var source = source((x, y) -> random.nextInt(256));
        double scale = SIZE / 10.0;
        double sum = 0;
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 10; x++) {
                sum += at(Resampler.AVERAGE, source, (x + 0.5) * scale, (y + 0.5) * scale, scale) * scale * scale;
            }
        }
        double expected = 0;
        for (float value : source.floats(0)) {
            expected += value;
        }

        assertThat(sum).isCloseTo(expected, within(0.01));
    }

    private interface Value {
        double at(int x, int y);
    }

    private static SourcePixels source(Value value) {
        var plane = new float[SIZE * SIZE];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = (float) value.at(i % SIZE, i / SIZE);
        }
        var valid = new byte[plane.length];
        Arrays.fill(valid, (byte) 255);
        return SourcePixels.ofFloats(0, 0, SIZE, SIZE, new float[][] {plane}, valid);
    }

    private static double at(Resampler resampler, SourcePixels source, double x, double y, double scale) {
        int nearest = source.index(Math.min(SIZE - 1, (int) x), Math.min(SIZE - 1, (int) y));
        var value = new float[1][1];
        resampler.take(source, nearest, x, y, scale, scale, value, 0);
        return value[0][0];
    }
}
