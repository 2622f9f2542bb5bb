// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

/** What differs from one landscape to the next: how dense, how wooded, which roofs and soils. Drawn from the seed alone. */
final class Style {

    final double villageRadius;
    final double plotScale;
    final double fieldScale;
    final double hedges;
    final double woods;
    final double vines;
    final double farms;
    final double tiles;
    final double pools;
    final double gardenConifers;

    /** Soil, DN of red, green, blue in full sun. */
    final float[] soil;
    /** Fired clay of roofs. */
    final float[] clay;
    /** Limestone, gravel and render. */
    final float[] stone;

    private Style(Dice dice) {
        villageRadius = dice.between(105, 190);
        plotScale = dice.between(0.75, 1.5);
        fieldScale = dice.between(0.7, 1.5);
        hedges = dice.between(0.12, 0.5);
        woods = dice.next();
        vines = dice.next();
        farms = dice.between(0.03, 0.14);
        tiles = dice.chance(0.75) ? dice.between(0.8, 0.97) : dice.between(0.15, 0.5);
        pools = dice.between(0.05, 0.3);
        gardenConifers = dice.between(0.15, 0.5);
        double red = dice.next();
        double pale = dice.next();
        soil = new float[] {
            (float) (142 + 22 * red + 22 * pale),
            (float) (118 - 6 * red + 28 * pale),
            (float) (94 - 14 * red + 26 * pale)
        };
        double brown = dice.next();
        clay = new float[] {(float) (178 - 26 * brown), (float) (118 - 14 * brown), (float) (94 - 6 * brown)};
        double warm = dice.next();
        stone = new float[] {(float) (176 + 14 * warm), (float) (168 + 8 * warm), (float) (156 - 6 * warm)};
    }

    static Style of(long seed) {
        return new Style(new Dice(seed, "style", 0));
    }
}
