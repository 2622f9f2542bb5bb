// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

/**
 * A stream of random numbers with a name: features that draw from their own stream stay the same when others are added
 * before them. SplitMix64 (Steele, Lea, Flood 2014), written out so that the numbers can never change with the JDK.
 */
final class Dice {

    private long state;

    Dice(long seed, String name, long index) {
        state = mix(seed ^ 0x5DEECE66DL);
        for (int i = 0; i < name.length(); i++) {
            state = mix(state * 31 + name.charAt(i));
        }
        state = mix(state + index * 0x9E3779B97F4A7C15L);
    }

    long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        return mix(state);
    }

    int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** Uniform in [0, 1). */
    double next() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    double between(double from, double to) {
        return from + (to - from) * next();
    }

    int below(int bound) {
        return (int) (next() * bound);
    }

    boolean chance(double probability) {
        return next() < probability;
    }

    @SafeVarargs
    final <T> T pick(T... choices) {
        return choices[below(choices.length)];
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
