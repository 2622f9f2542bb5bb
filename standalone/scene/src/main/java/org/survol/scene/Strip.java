// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.survol.core.grid.PixelWindow;

/**
 * One pass of the aircraft, north to south: its own exposure, fall-off towards the edges, slow drift along the way and
 * sensor noise. Neighbouring strips show the same ground in a slightly different light. Bands: red, green, blue, near
 * infrared, one byte per pixel and band. Threads may expose different pixels at the same time.
 */
final class Strip {

    private static final double OVERLAP = 0.25;
    private static final int USUAL_WIDTH_PIXELS = 1_600;

    private final int number;
    private final PixelWindow window;
    private final Instant time;
    private final float[] gain = new float[4];
    private final float[] offset = new float[4];
    private final float fallOff;
    private final int drift;
    private final int noise;
    private final byte[][] bands;

    private Strip(int number, PixelWindow window, Flight flight, Dice dice) {
        this.number = number;
        this.window = window;
        this.time = flight.start().plus(Duration.ofMinutes((long) number * Flight.MINUTES_BETWEEN_STRIPS));
        double exposure = dice.between(0.93, 1.07);
        double haze = dice.between(0, 7);
        for (int band = 0; band < 4; band++) {
            gain[band] = (float) (exposure * dice.between(0.975, 1.025));
            // haze is blue
            offset[band] = (float) (haze * (band == 2 ? 1.2 : band == 3 ? 0.3 : 0.8) + dice.between(-1.5, 1.5));
        }
        fallOff = (float) dice.between(0.02, 0.07);
        drift = dice.nextInt();
        noise = dice.nextInt();
        bands = new byte[4][window.width() * window.height()];
    }

    /** Strips that cover an area, neighbours overlapping by a quarter of their width. */
    static List<Strip> over(PixelWindow area, int firstNumber, Flight flight, long seed) {
        int count = Math.max(2, (int)
                Math.round((area.width() - OVERLAP * USUAL_WIDTH_PIXELS) / ((1 - OVERLAP) * USUAL_WIDTH_PIXELS)));
        int width = (int) Math.ceil(area.width() / (count - (count - 1) * OVERLAP));
        var strips = new ArrayList<Strip>();
        for (int i = 0; i < count; i++) {
            int shift = count == 1 ? 0 : (int) ((long) (area.width() - width) * i / (count - 1));
            var window = new PixelWindow(area.column() + shift, area.row(), width, area.height());
            int number = firstNumber + i;
            strips.add(new Strip(number, window, flight, new Dice(seed ^ flight.seed(), "strip", number)));
        }
        return strips;
    }

    int number() {
        return number;
    }

    PixelWindow window() {
        return window;
    }

    Instant time() {
        return time;
    }

    byte[] band(int band) {
        return bands[band];
    }

    /** Takes the part of the picture that the strip sees. */
    void expose(Light.Picture picture) {
        PixelWindow common = window.intersect(picture.window());
        for (int row = 0; row < common.height(); row++) {
            long gridRow = common.row() + row;
            int gy = (int) (gridRow - SceneSpec.CENTRE_ROW);
            float along = 1 + 0.05f * (Noise.value(gy / 1_500.0, 0.5, drift) - 0.5f);
            for (int column = 0; column < common.width(); column++) {
                long gridColumn = common.column() + column;
                int gx = (int) (gridColumn - SceneSpec.CENTRE_COLUMN);
                int from = (int) (gridRow - picture.window().row())
                                * picture.window().width()
                        + (int) (gridColumn - picture.window().column());
                int to = (int) (gridRow - window.row()) * window.width() + (int) (gridColumn - window.column());
                float across = 2f * (gridColumn - window.column()) / window.width() - 1;
                float light = along * (1 - fallOff * across * across);
                for (int band = 0; band < 4; band++) {
                    float signal = gain[band] * light * picture.radiance()[band][from] + offset[band];
                    float deviation = 1.1f + 0.008f * signal;
                    float value = signal + deviation * Noise.gaussian(gx, gy, noise + band);
                    // 0 means "outside" in many programs: the darkest shadow is 1
                    bands[band][to] = (byte) Math.clamp(Math.round(value), 1, 255);
                }
            }
        }
    }
}
