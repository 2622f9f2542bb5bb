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
    private final byte[][] kinship = new byte[CLASSES][CLASSES];
    private final double tolerancePixels;
    private final Optional<PixelZone> zone;

    /** @param building by class value
     *  @param reachPixels at least 1
     *  @param smallestPixels fewest pixels of a building that makes a zone */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record PixelZone(boolean[] building, int reachPixels, long smallestPixels) {}

    private MapRules(RuleSet rules, Nomenclature nomenclature, double gsdMetres) {
        tolerancePixels = rules.toleranceMetres() / gsdMetres;
        double inZone =
                rules.builtUpZone().map(RuleSet.Zone::minimumSquareMetres).orElse(rules.minimumSquareMetres());
        for (var landClass : nomenclature.classes()) {
            var own = rules.classes().get(landClass.code());
            minimum[landClass.value()] =
                    pixels(own == null ? rules.minimumSquareMetres() : own.minimumSquareMetres(), gsdMetres);
            minimumInZone[landClass.value()] = pixels(own == null ? inZone : own.minimumSquareMetres(), gsdMetres);
            for (var other : nomenclature.classes()) {
                kinship[landClass.value()][other.value()] = (byte) rules.kinship(landClass.code(), other.code());
            }
        }
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

    /** The more, the nearer by meaning; 0 for strangers. */
    public int kinship(int landClass, int other) {
        return kinship[landClass][other];
    }

    public double tolerancePixels() {
        return tolerancePixels;
    }

    public Optional<PixelZone> zone() {
        return zone;
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
