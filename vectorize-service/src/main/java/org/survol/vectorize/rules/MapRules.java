// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.rules;

import java.util.Arrays;
import java.util.Optional;
import org.survol.core.BadInputException;
import org.survol.core.nomenclature.Nomenclature;

/** A rule set in the terms of one map: class values instead of codes, pixels instead of metres. */
public final class MapRules {

    private static final int CLASSES = 256;

    private final long[] minimum = new long[CLASSES];
    private final long[] minimumInZone = new long[CLASSES];
    private final int[] minimumWidth = new int[CLASSES];
    private final byte[][] kinship = new byte[CLASSES][CLASSES];
    private final boolean[] rightAngles = new boolean[CLASSES];
    /** Fewest pixels of a building that is enlarged to the minimum when it stands alone; 0: none is. */
    private final long[] enlargedFrom = new long[CLASSES];

    private final double tolerancePixels;
    private final Optional<PixelZone> zone;

    /** @param building by class value
     *  @param reachPixels at least 1
     *  @param smallestPixels fewest pixels of a building that makes a zone */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record PixelZone(boolean[] building, int reachPixels, long smallestPixels) {}

    private MapRules(RuleSet rules, Nomenclature nomenclature, double gsdMetres) {
        tolerancePixels = rules.toleranceMetres() / gsdMetres;
        for (var landClass : nomenclature.classes()) {
            String code = landClass.code();
            minimum[landClass.value()] = pixels(rules.minimumSquareMetres(code), gsdMetres);
            minimumInZone[landClass.value()] = pixels(rules.minimumSquareMetresInZone(code), gsdMetres);
            minimumWidth[landClass.value()] = (int) Math.round(rules.minimumWidthMetres(code) / gsdMetres);
            for (var other : nomenclature.classes()) {
                kinship[landClass.value()][other.value()] = (byte) rules.kinship(code, other.code());
            }
        }
        rules.buildings().ifPresent(buildings -> {
            for (var landClass : nomenclature.classes()) {
                if (buildings.include(landClass.code())) {
                    rightAngles[landClass.value()] = buildings.rightAngles().orElse(false);
                    enlargedFrom[landClass.value()] =
                            pixels(buildings.enlargeFromSquareMetres().orElse(0.0), gsdMetres);
                }
            }
        });
        zone = rules.builtUpZone().map(z -> {
            var building = new boolean[CLASSES];
            for (var landClass : nomenclature.classes()) {
                building[landClass.value()] = z.buildings().contains(landClass.code());
            }
            return new PixelZone(
                    building,
                    (int) Math.max(1, Math.round(z.reachMetres() / gsdMetres)),
                    pixels(z.smallestBuildingSquareMetres(), gsdMetres));
        });
    }

    /**
     * @param file what to name in a refusal
     * @throws BadInputException when the rules name a class that the nomenclature has not
     */
    public static MapRules of(String file, RuleSet rules, Nomenclature nomenclature, double gsdMetres) {
        for (var code : rules.codes()) {
            if (nomenclature.classes().stream().noneMatch(c -> c.code().equals(code))) {
                throw new BadInputException(
                        file,
                        "it names class " + code + ", which nomenclature " + nomenclature.id() + " has not",
                        "Give survol.vectorize.rules a rule set for that nomenclature");
            }
        }
        return new MapRules(rules, nomenclature, gsdMetres);
    }

    /** Fewest pixels of a region of that class. */
    public long minimumPixels(int landClass, boolean insideZone) {
        return insideZone ? minimumInZone[landClass] : minimum[landClass];
    }

    /** Diameter of the disc that a region of that class has to hold somewhere. */
    public int minimumWidthPixels(int landClass) {
        return minimumWidth[landClass];
    }

    /** Whether walls of that class are given right angles. */
    public boolean hasRightAngles(int landClass) {
        return rightAngles[landClass];
    }

    /** Whether any building could be enlarged. */
    public boolean enlarges() {
        return Arrays.stream(enlargedFrom).anyMatch(pixels -> pixels > 0);
    }

    /** Whether a region that stands alone is enlarged to the minimum outside the zone. */
    public boolean isEnlarged(int landClass, long pixels) {
        return enlargedFrom[landClass] > 0 && pixels >= enlargedFrom[landClass] && pixels < minimum[landClass];
    }

    /** The more, the nearer by meaning; 0 for strangers. */
    public int kinship(int landClass, int other) {
        return kinship[landClass][other];
    }

    /** Whether any region could be too small or too narrow. */
    public boolean leavesAnythingOut() {
        for (int c = 1; c < CLASSES; c++) {
            if (minimum[c] > 1 || minimumInZone[c] > 1 || minimumWidth[c] > 1) {
                return true;
            }
        }
        return false;
    }

    public double tolerancePixels() {
        return tolerancePixels;
    }

    public Optional<PixelZone> zone() {
        return zone;
    }

    /** The same kinship, with one minimum for all classes and everywhere. */
    public MapRules coarser(long minimumPixels, double coarserTolerancePixels) {
        var coarser = new MapRules(minimumPixels, coarserTolerancePixels);
        for (int c = 0; c < CLASSES; c++) {
            System.arraycopy(kinship[c], 0, coarser.kinship[c], 0, CLASSES);
        }
        return coarser;
    }

    /** The same minimum for all, and all strangers. */
    public static MapRules plain(long minimumPixels, double tolerancePixels) {
        return new MapRules(minimumPixels, tolerancePixels);
    }

    private MapRules(long minimumPixels, double tolerancePixels) {
        this.tolerancePixels = tolerancePixels;
        Arrays.fill(minimum, minimumPixels);
        Arrays.fill(minimumInZone, minimumPixels);
        zone = Optional.empty();
    }

    /** Fewest pixels whose area is at least that. */
    private static long pixels(double squareMetres, double gsdMetres) {
        return (long) Math.ceil(squareMetres / (gsdMetres * gsdMetres) - 1e-6);
    }
}
