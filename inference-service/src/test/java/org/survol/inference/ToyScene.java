// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.util.Arrays;
import org.survol.core.grid.PixelWindow;
import org.survol.core.raster.ByteRaster;

/** An endless image of five bands on the absolute grid: patches with noise, and a round hole without image. */
final class ToyScene {

    static final int BANDS = 5;
    private static final int PATCH = 13;

    /** {@code holeRadius} 0: no hole. */
    record Hole(long column, long row, int radius) {
        static final Hole NONE = new Hole(0, 0, 0);

        boolean contains(long x, long y) {
            return (x - column) * (x - column) + (y - row) * (y - row) < (long) radius * radius;
        }
    }

    private final Hole hole;

    ToyScene(Hole hole) {
        this.hole = hole;
    }

    boolean hasImage(long column, long row) {
        return !hole.contains(column, row);
    }

    int pixel(int band, long column, long row) {
        if (!hasImage(column, row)) {
            return 0;
        }
        long patch = mix(Math.floorDiv(column, PATCH) * 31 + band, Math.floorDiv(row, PATCH));
        long noise = mix(column * 7 + band, row * 3);
        return (int) Math.clamp(Math.floorMod(patch, 256) + Math.floorMod(noise, 41) - 20, 0, 255);
    }

    /** What {@code fixture.onnx} must say there: class value, confidence and probabilities. */
    FixtureReference.Answer expected(long column, long row) {
        return FixtureReference.answer((band, dx, dy) -> pixel(band, column + dx, row + dy));
    }

    Stack stack(PixelWindow extent) {
        return stack(extent, extent);
    }

    /** @param world beyond it there is no image */
    Stack stack(PixelWindow extent, PixelWindow world) {
        return new Stack() {
            @Override
            public int width() {
                return extent.width();
            }

            @Override
            public int height() {
                return extent.height();
            }

            @Override
            public int bands() {
                return BANDS;
            }

            @Override
            public Rows read(int firstRow, int count) {
                var pixels = new ByteRaster(extent.width(), count, BANDS);
                byte[] mask = new byte[extent.width() * count];
                Arrays.fill(mask, (byte) 255);
                for (int y = 0; y < count; y++) {
                    for (int x = 0; x < extent.width(); x++) {
                        long column = extent.column() + x;
                        long row = extent.row() + firstRow + y;
                        if (!hasImage(column, row) || !world.contains(new PixelWindow(column, row, 1, 1))) {
                            mask[y * extent.width() + x] = 0;
                            continue;
                        }
                        for (int band = 0; band < BANDS; band++) {
                            pixels.plane(band)[y * extent.width() + x] = (byte) pixel(band, column, row);
                        }
                    }
                }
                return new Rows(pixels, mask);
            }
        };
    }

    private static long mix(long a, long b) {
        long h = a * 0x9E3779B97F4A7C15L ^ Long.rotateLeft(b * 0xC2B2AE3D27D4EB4FL, 31);
        h = (h ^ h >>> 29) * 0xBF58476D1CE4E5B9L;
        return h ^ h >>> 32;
    }
}
