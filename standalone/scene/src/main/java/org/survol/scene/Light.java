// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import org.survol.core.grid.PixelWindow;
import org.survol.scene.Layout.Plot;

/**
 * Turns painted blocks into what a camera over them would see: colour of each surface, sun on its slope, cast shadow,
 * and the blur of the lens. Radiance is in DN of an ideal strip (gain 1, no noise), red, green, blue, near infrared.
 */
final class Light {

    /** Tallest thing that throws a shadow, metres; with slack for the relief. */
    private static final double TALLEST = 27;

    private static final float[] SKY = {0.40f, 0.43f, 0.49f, 0.35f};

    private final GroundPainter painter;
    private final Flight flight;
    private final Style style;
    private final int seed;

    Light(GroundPainter painter, Flight flight, long seed) {
        this.painter = painter;
        this.flight = flight;
        this.style = Style.of(seed);
        this.seed = new Dice(seed, "light", 0).nextInt();
    }

    /** A finished window: classes, elevation and radiance, all of the window's size. */
    record Picture(PixelWindow window, byte[] classes, float[] dtm, float[] dsm, float[][] radiance) {}

    /** Pixels round a window that may throw a shadow or a crown into it. */
    int halo() {
        return (int) (TALLEST / (flight.slope() - 0.22) / SceneSpec.GSD) + GroundPainter.CROWN_REACH_PIXELS + 4;
    }

    Picture render(PixelWindow window) {
        int halo = halo();
        Block block = painter.paint(window.grow(halo));
        float[] shadow = castShadows(block);
        int w = window.width();
        int h = window.height();
        var sharp = new float[4][(w + 2) * (h + 2)];
        var colour = new float[4];
        for (int row = -1; row <= h; row++) {
            for (int column = -1; column <= w; column++) {
                int p = (row + halo) * block.width + column + halo;
                reflect(block, p, column + halo, row + halo, colour);
                float sun = sunOn(block, p) * (1 - shadow[p]);
                int q = (row + 1) * (w + 2) + column + 1;
                for (int band = 0; band < 4; band++) {
                    sharp[band][q] = colour[band] * (SKY[band] + (1 - SKY[band]) * sun);
                }
            }
        }
        var radiance = new float[4][w * h];
        for (int band = 0; band < 4; band++) {
            blur(sharp[band], radiance[band], w, h);
        }
        var classes = new byte[w * h];
        var dtm = new float[w * h];
        var dsm = new float[w * h];
        for (int row = 0; row < h; row++) {
            for (int column = 0; column < w; column++) {
                int p = (row + halo) * block.width + column + halo;
                int q = row * w + column;
                classes[q] = (byte) Surface.of(block.surface[p]).landClass().value();
                dtm[q] = measured(block.ground[p]);
                // what matching of images leaves: a decimetre of roughness, upwards only so that DSM >= DTM
                int gx = (int) (window.column() + column - SceneSpec.CENTRE_COLUMN);
                int gy = (int) (window.row() + row - SceneSpec.CENTRE_ROW);
                float rough = 0.06f * Math.abs(Noise.gaussian(gx, gy, flight.seed() + 3));
                dsm[q] = measured(block.ground[p] + block.above[p] + rough);
            }
        }
        return new Picture(window, classes, dtm, dsm, radiance);
    }

    /** To 1/64 m: no survey knows the rest, and zero bits compress. Monotone, so DSM stays above DTM. */
    private static float measured(float metres) {
        return (float) Math.rint(metres * 64) / 64;
    }

    /** Weights 1-2-1 both ways, over 16: the lens and the resampling of an orthophoto. */
    private static void blur(float[] from, float[] to, int w, int h) {
        int stride = w + 2;
        for (int row = 0; row < h; row++) {
            for (int column = 0; column < w; column++) {
                int q = (row + 1) * stride + column + 1;
                float sides = from[q - 1] + from[q + 1] + from[q - stride] + from[q + stride];
                float corners =
                        from[q - stride - 1] + from[q - stride + 1] + from[q + stride - 1] + from[q + stride + 1];
                to[row * w + column] = (4 * from[q] + 2 * sides + corners) * (1f / 16);
            }
        }
    }

    // ---- sun

    /** 0 in the sun, 1 in full shadow. One sweep away from the sun carries the height of the shadow's edge along. */
    private float[] castShadows(Block block) {
        int w = block.width;
        int h = block.height;
        var edge = new float[w * h];
        var dark = new float[w * h];
        boolean byRow = Math.abs(flight.sunY()) >= Math.abs(flight.sunX());
        int lines = byRow ? h : w;
        int across = byRow ? w : h;
        int lineStride = byRow ? w : 1;
        int crossStride = byRow ? 1 : w;
        // rows count southwards, columns eastwards
        double towardsLine = byRow ? -flight.sunY() : flight.sunX();
        double towardsCross = byRow ? flight.sunX() : -flight.sunY();
        boolean sunAtEnd = towardsLine > 0;
        float shift = (float) (towardsCross / Math.abs(towardsLine));
        float drop = (float) (flight.slope() * SceneSpec.GSD * Math.sqrt(1 + (double) shift * shift));
        int whole = Noise.floor(shift);
        float part = shift - whole;
        for (int i = 0; i < lines; i++) {
            int line = sunAtEnd ? lines - 1 - i : i;
            int before = sunAtEnd ? line + 1 : line - 1;
            for (int j = 0; j < across; j++) {
                int p = line * lineStride + j * crossStride;
                float z = block.ground[p] + block.above[p];
                edge[p] = z;
                if (i > 0) {
                    int a = Math.clamp(j + whole, 0, across - 1);
                    int b = Math.clamp(j + whole + 1, 0, across - 1);
                    float e0 = edge[before * lineStride + a * crossStride];
                    float e1 = edge[before * lineStride + b * crossStride];
                    float ray = e0 + (e1 - e0) * part - drop;
                    if (ray > z) {
                        edge[p] = ray;
                        dark[p] = Noise.smoothstep(0, 0.45f, ray - z);
                    }
                }
            }
        }
        return dark;
    }

    /** Sunlight on the slope, as a share of that on flat ground. */
    private float sunOn(Block block, int p) {
        float limit = Surface.of(block.surface[p]).landClass().value() == 1 ? 1.2f : 1.6f;
        float dx = slope(block, p, 1, limit);
        float dy = -slope(block, p, block.width, limit);
        float n = 1 / (float) Math.sqrt(1 + dx * dx + dy * dy);
        double cosine = n * (flight.sunZ() - dx * flight.sunX() - dy * flight.sunY());
        return (float) Math.clamp(cosine / flight.sunZ(), 0.0, 1.55);
    }

    /** Rise per metre; across a wall only the side that belongs to the pixel's own surface counts. */
    private static float slope(Block block, int p, int stride, float limit) {
        float z = block.ground[p] + block.above[p];
        float before = (z - block.ground[p - stride] - block.above[p - stride]) / (float) SceneSpec.GSD;
        float after = (block.ground[p + stride] + block.above[p + stride] - z) / (float) SceneSpec.GSD;
        boolean wallBefore = Math.abs(before) > 6;
        boolean wallAfter = Math.abs(after) > 6;
        float rise = wallBefore ? wallAfter ? 0 : after : wallAfter ? before : (before + after) / 2;
        return Math.clamp(rise, -limit, limit);
    }

    // ---- colour

    private void reflect(Block block, int p, int column, int row, float[] out) {
        double x = block.x(column);
        double y = block.y(row);
        int index = block.field[p];
        Surface surface = Surface.of(block.surface[p]);
        int gx = (int) (block.window.column() + column - SceneSpec.CENTRE_COLUMN);
        int gy = (int) (block.window.row() + row - SceneSpec.CENTRE_ROW);
        float grain = Noise.unit(gx, gy, seed) - 0.5f;
        float fine = Noise.value(x / 0.9, y / 0.9, seed + 1) - 0.5f;
        float coarse = Noise.value(x / 7, y / 7, seed + 2) - 0.5f;
        float broad = Noise.value(x / 45, y / 45, seed + 3) - 0.5f;
        float detail = block.detail[p];
        float dry = (float) flight.drought();
        int key = index >= 0 ? painter.field(index).key() : 0;
        float own = Noise.unit(key * 0x9E3779B1) - 0.5f;
        switch (surface) {
            case WHEAT -> {
                float ripe = Noise.smoothstep(0, 0.28f, (float) flight.season() + 0.12f * own);
                mix(out, 96, 122, 70, 168, 196, 172, 124, 172, ripe);
                speckle(out, 0.10f * fine + 0.10f * coarse + 0.12f * broad + 0.08f * grain + 0.16f * own);
                lanes(out, painter.field(index), x, y, 2.6, 0.07f);
                if (block.above[p] < 0.2f && flight.season() < 0.4) {
                    toSoil(out, 0.55f);
                }
            }
            case RAPESEED -> {
                float ripe = Noise.smoothstep(0, 0.3f, (float) flight.season() + 0.1f * own);
                mix(out, 128, 142, 76, 165, 178, 160, 122, 160, ripe);
                speckle(out, 0.12f * fine + 0.12f * coarse + 0.1f * broad + 0.1f * grain + 0.14f * own);
                lanes(out, painter.field(index), x, y, 4.5, 0.06f);
            }
            case MAIZE -> {
                double rows = GroundPainter.across(painter.field(index), x, y) / 0.8;
                float bare = (1 - Noise.smoothstep(0.05f, 0.45f, (float) flight.season()))
                        * Noise.smoothstep(0.25f, 0.8f, Noise.wave(rows));
                mix(out, 74, 108, 60, 176, 96, 116, 66, 170, 0.5f + own);
                speckle(out, 0.14f * fine + 0.1f * coarse + 0.14f * broad + 0.1f * grain - 0.12f * Noise.wave(rows));
                toSoil(out, bare * 0.9f);
            }
            case SUNFLOWER -> {
                float season = (float) flight.season() + 0.12f * own;
                float bloom = Noise.smoothstep(0.2f, 0.35f, season) * (1 - Noise.smoothstep(0.55f, 0.72f, season));
                float dead = Noise.smoothstep(0.6f, 0.85f, season);
                mix(out, 92, 118, 64, 172, 172, 158, 62, 172, bloom * 0.75f);
                mixInto(out, 118, 106, 78, 128, dead);
                speckle(out, 0.2f * fine + 0.1f * coarse + 0.1f * broad + 0.16f * grain);
                lanes(out, painter.field(index), x, y, 0.8, 0.07f);
                toSoil(out, 0.5f * (1 - Noise.smoothstep(0, 0.3f, season)));
            }
            case MEADOW -> {
                // mown: dense and even, in swaths as wide as the mower
                mix(out, 90, 126, 68, 186, 150, 152, 96, 174, dry * 0.6f + 0.3f * own + 0.3f * broad);
                speckle(out, 0.06f * fine + 0.1f * coarse + 0.06f * grain);
                lanes(out, painter.field(index), x, y, 3.2, 0.13f);
            }
            case ORCHARD -> {
                // grass between the rows, the strip under the trees kept bare
                Plot plot = painter.field(index);
                double rows = GroundPainter.across(plot, x, y) / GroundPainter.rowSpacing(plot);
                mix(out, 104, 124, 80, 162, 160, 148, 110, 156, dry * 0.8f + 0.3f * own);
                toSoil(out, 0.75f * (1 - Noise.smoothstep(0.2f, 0.3f, Noise.wave(rows))));
                speckle(out, 0.12f * fine + 0.14f * coarse + 0.08f * grain);
            }
            case PLOUGHED -> {
                soil(out);
                Plot plot = painter.field(index);
                double across = GroundPainter.across(plot, x, y);
                float streak = Noise.value(across / 0.7, GroundPainter.along(plot, x, y) / 22, key) - 0.5f;
                float moist = Noise.octaves(x / 38, y / 38, key + 1, 2) - 0.5f;
                speckle(out, 0.16f * streak + 0.24f * moist + 0.08f * fine + 0.1f * grain + 0.22f * own);
            }
            case VINE -> {
                if (detail > 0.75f) {
                    set(out, 78, 104, 62, 158);
                    speckle(out, 0.2f * fine + 0.12f * broad + 0.16f * grain);
                } else if (detail > 0.25f) {
                    mix(out, 118, 128, 88, 150, 158, 146, 112, 150, dry);
                    speckle(out, 0.14f * fine + 0.12f * coarse + 0.1f * grain);
                } else {
                    soil(out);
                    speckle(out, 0.08f + 0.12f * fine + 0.16f * coarse + 0.1f * grain);
                }
            }
            case BROADLEAVED_FLOOR -> {
                set(out, 66, 78, 52, 112);
                speckle(out, 0.3f * fine + 0.2f * coarse + 0.2f * grain);
            }
            case CONIFER_FLOOR -> {
                set(out, 62, 62, 50, 82);
                speckle(out, 0.3f * fine + 0.2f * coarse + 0.2f * grain);
            }
            case HEATH -> {
                mix(out, 104, 112, 74, 132, 142, 130, 96, 136, 0.6f * dry + 0.8f * coarse + 0.3f);
                speckle(out, 0.3f * fine + 0.2f * grain + 0.15f * broad);
            }
            case FELLED -> {
                soil(out);
                // brash: grey branches over what has begun to grow again
                mixInto(out, 104, 110, 72, 142, Noise.smoothstep(-0.25f, 0.1f, fine + 0.7f * coarse));
                mixInto(out, 158, 150, 136, 150, Noise.smoothstep(0.25f, 0.45f, grain));
                speckle(out, 0.34f * fine + 0.22f * grain - 0.04f);
            }
            case ROUGH_GRASS -> {
                // tussocks, last year's stalks between them
                mix(out, 106, 118, 76, 146, 168, 150, 110, 142, 0.7f * dry + 0.7f * coarse + 0.5f * broad + 0.3f);
                speckle(out, 0.36f * fine + 0.14f * grain);
            }
            case LAWN -> {
                mix(out, 94, 122, 70, 172, 156, 150, 106, 156, 0.7f * dry + 0.5f * own + 0.7f * coarse);
                speckle(out, 0.1f * fine + 0.08f * grain);
            }
            case PITCH -> {
                Plot plot = painter.field(index);
                mix(out, 88, 128, 66, 184, 128, 140, 84, 172, 0.5f * dry + 0.4f * coarse);
                float mown = Noise.wave(GroundPainter.along(plot, x, y) / 11) > 0.5f ? 0.035f : -0.035f;
                speckle(out, mown + 0.08f * fine + 0.06f * grain);
            }
            case PITCH_LINE -> set(out, 205, 210, 198, 205);
            case BARE -> {
                soil(out);
                mixInto(out, 212, 198, 172, 192, Noise.smoothstep(-0.3f, 0.3f, coarse + 0.6f * broad));
                speckle(out, 0.12f * fine + 0.12f * grain + 0.1f);
            }
            case SAND -> {
                set(out, 190, 180, 156, 178);
                speckle(out, 0.14f * fine + 0.12f * grain);
            }
            case GRAVEL -> {
                // crushed limestone: pale, warm, coarse; wheels press it bare, weeds come up
                set(out, style.stone[0] + 16, style.stone[1] + 8, style.stone[2] - 8, style.stone[0] + 12);
                mixInto(out, 136, 136, 98, 150, Noise.smoothstep(0.22f, 0.5f, coarse));
                speckle(out, 0.16f * fine + 0.08f * coarse + 0.24f * grain + 0.06f * own);
            }
            case TRACK -> {
                soil(out);
                mixInto(out, style.stone[0] + 10, style.stone[1] + 4, style.stone[2] - 10, style.stone[0] + 8, 0.8f);
                speckle(out, 0.14f * fine + 0.1f * coarse + 0.2f * grain);
            }
            case TRACK_CROWN -> {
                mix(out, 118, 124, 84, 142, 158, 146, 112, 148, 0.5f * dry + 0.4f);
                speckle(out, 0.16f * fine + 0.12f * grain);
            }
            case BALLAST -> {
                set(out, 134, 122, 114, 126);
                speckle(out, 0.12f * fine + 0.08f * coarse + 0.26f * grain);
            }
            case SLEEPER -> {
                set(out, 150, 146, 140, 148);
                speckle(out, 0.1f * fine + 0.12f * grain);
            }
            case RAIL -> {
                set(out, 96, 82, 76, 90);
                speckle(out, 0.2f * fine + 0.2f * grain);
            }
            case ASPHALT -> {
                float age = Noise.value(x / 150, y / 150, seed + 6);
                mix(out, 112, 114, 120, 106, 156, 152, 148, 142, age + 0.3f * own);
                float wheels = Math.abs(Math.abs(detail) - 0.5f) < 0.18f ? 0.03f : 0;
                float patch = Noise.value(x / 5, y / 5, seed + 7) > 0.83f ? -0.07f : 0;
                speckle(out, wheels + patch + 0.05f * fine + 0.06f * coarse + 0.06f * grain);
            }
            case CAR_PARK -> {
                mix(out, 104, 106, 112, 100, 138, 136, 136, 130, 0.5f + own);
                speckle(out, 0.06f * fine + 0.1f * coarse + 0.06f * grain);
            }
            case MARKING -> {
                set(out, 214, 214, 212, 204);
                speckle(out, 0.2f * fine + 0.1f * grain);
            }
            case CONCRETE -> {
                mix(out, 150, 148, 144, 142, 190, 184, 174, 174, 0.5f + own + 0.4f * broad);
                float joint = Noise.wave(x / 6) < 0.03f || Noise.wave(y / 6) < 0.03f ? -0.06f : 0;
                speckle(out, joint + 0.07f * fine + 0.14f * coarse + 0.06f * grain);
            }
            case PAVING -> {
                // slabs and setts, greyer and duller than loose stone
                set(out, style.stone[0] - 30, style.stone[1] - 26, style.stone[2] - 20, style.stone[0] - 42);
                float joint = Noise.wave(x / 1.6) < 0.12f || Noise.wave(y / 1.6) < 0.12f ? -0.05f : 0;
                speckle(out, joint + 0.06f * fine + 0.1f * coarse + 0.06f * grain + 0.14f * own);
            }
            case CAR -> paintCar(out, detail, grain);
            case WATER -> {
                float murk = Noise.value(x / 120, y / 120, seed + 8);
                mix(out, 44, 66, 66, 16, 84, 92, 70, 28, murk);
                speckle(out, 0.06f * fine + 0.12f * coarse + 0.04f * grain);
            }
            case POOL -> {
                mix(out, 96, 186, 204, 40, 126, 206, 214, 52, 0.5f + own);
                speckle(out, 0.12f * fine + 0.06f * grain);
            }
            case SHRUB -> {
                mix(out, 78, 92, 56, 122, 116, 112, 74, 128, detail * 0.8f + 0.2f * dry);
                speckle(out, 0.2f * fine + 0.16f * grain);
            }
            case BROADLEAVED -> {
                mix(out, 62, 88, 52, 150, 98, 112, 66, 174, detail * 0.75f + 0.5f * broad);
                mixInto(out, 132, 122, 74, 158, 0.3f * dry * detail * detail);
                speckle(out, 0.2f * fine + 0.14f * grain);
            }
            case CONIFER -> {
                mix(out, 44, 64, 48, 92, 66, 82, 58, 116, detail);
                speckle(out, 0.16f * fine + 0.16f * grain);
            }
            case TILE_ROOF -> {
                float shade = roofTone(detail);
                set(out, style.clay[0], style.clay[1], style.clay[2], style.clay[0] - 14);
                mixInto(out, 152, 132, 118, 146, shade * 0.6f);
                speckle(out, 0.3f * (shade - 0.5f) + 0.12f * fine + 0.12f * coarse + 0.14f * grain);
            }
            case SLATE_ROOF -> {
                float shade = roofTone(detail);
                mix(out, 84, 88, 98, 84, 118, 120, 126, 112, shade);
                speckle(out, 0.08f * fine + 0.1f * coarse + 0.1f * grain);
            }
            case METAL_ROOF -> {
                float tone = roofTone(detail);
                mix(out, 128, 134, 142, 128, 206, 206, 204, 190, tone);
                if (tone > 0.62f && tone < 0.74f) {
                    set(out, 120, 138, 158, 130);
                }
                if (tone < 0.1f) {
                    set(out, 140, 104, 92, 128);
                }
                float rib = Noise.wave(roofPlace(detail) * 60) - 0.5f;
                speckle(out, 0.03f * rib + 0.05f * fine + 0.12f * coarse + 0.04f * grain);
            }
            case FLAT_ROOF -> {
                float tone = roofTone(detail);
                mix(out, 112, 112, 112, 108, 214, 212, 206, 200, tone);
                speckle(out, 0.06f * fine + 0.16f * coarse + 0.1f * grain);
            }
            case ROOF_LIGHT -> {
                set(out, 188, 196, 198, 172);
                speckle(out, 0.08f * fine + 0.06f * grain);
            }
        }
    }

    private static float roofTone(float detail) {
        return Noise.unit(Noise.hash((int) detail, 5, 77));
    }

    private static float roofPlace(float detail) {
        return detail - (int) detail;
    }

    private static void paintCar(float[] out, float identity, float grain) {
        if (identity < 0.3f) {
            set(out, 222, 222, 222, 214);
        } else if (identity < 0.55f) {
            set(out, 62, 64, 70, 62);
        } else if (identity < 0.78f) {
            set(out, 152, 156, 160, 150);
        } else if (identity < 0.88f) {
            set(out, 158, 58, 54, 140);
        } else {
            set(out, 58, 82, 132, 92);
        }
        speckle(out, 0.16f * grain);
    }

    private void soil(float[] out) {
        set(out, style.soil[0], style.soil[1], style.soil[2], style.soil[0] + 8);
    }

    private void toSoil(float[] out, float share) {
        mixInto(out, style.soil[0], style.soil[1], style.soil[2], style.soil[0] + 8, share);
    }

    private static void lanes(float[] out, Plot plot, double x, double y, double spacing, float strength) {
        double across = GroundPainter.across(plot, x, y);
        float streak = Noise.wave(across / spacing) - 0.5f;
        float drill = Noise.value(across / 0.6, GroundPainter.along(plot, x, y) / 14, plot.key()) - 0.5f;
        speckle(out, strength * (streak + drill));
    }

    private static void set(float[] out, float r, float g, float b, float n) {
        out[0] = r;
        out[1] = g;
        out[2] = b;
        out[3] = n;
    }

    /** From one colour (share 0) to another (share 1), red, green, blue, near infrared each. */
    private static void mix(
            float[] out, float r0, float g0, float b0, float n0, float r1, float g1, float b1, float n1, float share) {
        set(out, r0, g0, b0, n0);
        mixInto(out, r1, g1, b1, n1, share);
    }

    private static void mixInto(float[] out, float r, float g, float b, float n, float share) {
        float s = Math.clamp(share, 0f, 1f);
        out[0] += (r - out[0]) * s;
        out[1] += (g - out[1]) * s;
        out[2] += (b - out[2]) * s;
        out[3] += (n - out[3]) * s;
    }

    /** Brighter or darker by a share, the same in every band. */
    private static void speckle(float[] out, float share) {
        float factor = Math.max(0.2f, 1 + share);
        out[0] *= factor;
        out[1] *= factor;
        out[2] *= factor;
        out[3] *= factor;
    }
}
