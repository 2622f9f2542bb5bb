// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

/**
 * Hash-based noise: a pure function of position and seed, the same bits on every machine (integer hashing and IEEE
 * arithmetic only; nothing from {@code Math} whose last bit a platform may choose).
 */
final class Noise {

    private static final float UNIT = 1f / (1 << 24);

    private Noise() {}

    static int hash(int x, int y, int seed) {
        int h = x * 0x9E3779B1 ^ Integer.rotateLeft(y * 0x85EBCA77, 13) ^ seed * 0xC2B2AE3D;
        h ^= h >>> 16;
        h *= 0x7FEB352D;
        h ^= h >>> 15;
        h *= 0x846CA68B;
        return h ^ (h >>> 16);
    }

    /** Uniform in [0, 1). */
    static float unit(int hash) {
        return (hash >>> 8) * UNIT;
    }

    static float unit(int x, int y, int seed) {
        return unit(hash(x, y, seed));
    }

    /** Smooth value noise with lattice spacing 1, in [0, 1), mean 0.5. */
    static float value(double x, double y, int seed) {
        int ix = floor(x);
        int iy = floor(y);
        float fx = (float) (x - ix);
        float fy = (float) (y - iy);
        fx = fx * fx * (3 - 2 * fx);
        fy = fy * fy * (3 - 2 * fy);
        float a = unit(ix, iy, seed);
        float b = unit(ix + 1, iy, seed);
        float c = unit(ix, iy + 1, seed);
        float d = unit(ix + 1, iy + 1, seed);
        float north = a + (b - a) * fx;
        float south = c + (d - c) * fx;
        return north + (south - north) * fy;
    }

    /** Sum of octaves, each half as wide and half as strong; in [0, 1), mean 0.5. */
    static float octaves(double x, double y, int seed, int count) {
        float sum = 0;
        float weight = 1;
        float total = 0;
        for (int i = 0; i < count; i++) {
            sum += weight * value(x, y, seed + i * 0x632BE5AB);
            total += weight;
            weight *= 0.5f;
            // turned by about 37 degrees (3-4-5 triangle) between octaves, so that lattice lines do not add up
            double turned = 2 * (0.8 * x - 0.6 * y) + 17.3;
            y = 2 * (0.6 * x + 0.8 * y) - 9.1;
            x = turned;
        }
        return sum / total;
    }

    /** Nearly Gaussian, mean 0, standard deviation 1 (sum of the four bytes of a hash; cut at 3.4 deviations). */
    static float gaussian(int x, int y, int seed) {
        int h = hash(x, y, seed);
        int sum = (h & 0xFF) + (h >>> 8 & 0xFF) + (h >>> 16 & 0xFF) + (h >>> 24);
        return (sum - 510) * (1f / 147.8f);
    }

    /** Triangle wave of period 1: 0 at integers, 1 half-way. */
    static float wave(double t) {
        float f = (float) (t - floor(t));
        return f < 0.5f ? 2 * f : 2 - 2 * f;
    }

    static float smoothstep(float from, float to, float value) {
        float t = Math.clamp((value - from) / (to - from), 0f, 1f);
        return t * t * (3 - 2 * t);
    }

    static int floor(double value) {
        int i = (int) value;
        return value < i ? i - 1 : i;
    }
}
