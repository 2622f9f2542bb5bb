// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.rules;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.nomenclature.ProductClasses;

/**
 * How a map of pixels becomes a map for people.
 *
 * @param nomenclature classes of the map, {@code cosia} or {@code ocs-ge}; absent: the model's own
 * @param toleranceMetres how far a boundary may be moved to be simpler; 0 keeps the pixels' edges
 * @param minimumSquareMetres smallest polygon of every class that {@code classes} does not name
 * @param minimumWidthMetres a polygon that nowhere holds a disc of that diameter goes to its neighbours; absent: none does
 * @param classes by class code: its own smallest polygon, inside and outside the built-up zone, and its own width
 * @param builtUpZone where another minimum holds for the classes that have none of their own
 * @param buildings what is done to outlines of buildings; absent: what is done to others
 * @param kin groups of class codes; a small polygon goes to a neighbour of its group before any other, whatever the lengths
 *     of the shared edges. Codes with dots ({@code CS1.1.2.1}) are kin by the levels that they share, without a group
 */
public record RuleSet(
        String name,
        String description,
        Optional<String> nomenclature,

        @JsonProperty(value = "tolerance-metres", required = true)
        double toleranceMetres,

        @JsonProperty(value = "minimum-square-metres", required = true)
        double minimumSquareMetres,

        @JsonProperty("minimum-width-metres") Optional<Double> minimumWidthMetres,
        Map<String, ClassRule> classes,
        @JsonProperty("built-up-zone") Optional<Zone> builtUpZone,
        Optional<Buildings> buildings,
        List<List<String>> kin) {

    private static final double LARGEST_TOLERANCE = 100;

    /** What is absent is as for other classes. */
    public record ClassRule(
            @JsonProperty("minimum-square-metres") Optional<Double> minimumSquareMetres,
            @JsonProperty("minimum-width-metres") Optional<Double> minimumWidthMetres) {
        public ClassRule {
            minimumSquareMetres = minimumSquareMetres == null ? Optional.empty() : minimumSquareMetres;
            minimumWidthMetres = minimumWidthMetres == null ? Optional.empty() : minimumWidthMetres;
            minimumSquareMetres.ifPresent(area -> requireArea(area, "minimum-square-metres of a class"));
            minimumWidthMetres.ifPresent(width -> requireWidth(width, "minimum-width-metres of a class"));
        }
    }

    /**
     * The ground within reach of buildings, gaps of up to twice the reach between them filled, taken back by the reach at
     * its edge.
     *
     * @param buildings class codes
     * @param smallestBuildingSquareMetres smaller ones make no zone
     * @param minimumSquareMetres smallest polygon inside
     */
    public record Zone(
            List<String> buildings,

            @JsonProperty(value = "reach-metres", required = true)
            double reachMetres,

            @JsonProperty(value = "smallest-building-square-metres", required = true)
            double smallestBuildingSquareMetres,

            @JsonProperty(value = "minimum-square-metres", required = true)
            double minimumSquareMetres) {
        public Zone {
            buildings = buildings == null ? List.of() : List.copyOf(buildings);
            if (buildings.isEmpty()) {
                throw new IllegalArgumentException("built-up-zone names no class under buildings");
            }
            if (!(reachMetres > 0 && reachMetres <= 1_000)) {
                throw new IllegalArgumentException("reach-metres must be above 0 and at most 1000, not " + reachMetres);
            }
            requireArea(smallestBuildingSquareMetres, "smallest-building-square-metres");
            requireArea(minimumSquareMetres, "minimum-square-metres of built-up-zone");
        }
    }

    /**
     * @param classes codes of classes that are buildings; absent: those that belong to the post of buildings in OCS GE
     * @param rightAngles whether walls are given right angles, within the tolerance; absent: they are not
     * @param enlargeFromSquareMetres a building of that area or more that stands alone is enlarged to the smallest polygon of
     *     its class, where there is room; absent: none is
     */
    public record Buildings(
            Optional<List<String>> classes,
            @JsonProperty("right-angles") Optional<Boolean> rightAngles,
            @JsonProperty("enlarge-from-square-metres") Optional<Double> enlargeFromSquareMetres) {
        public Buildings {
            classes = classes == null ? Optional.empty() : classes.map(List::copyOf);
            rightAngles = rightAngles == null ? Optional.empty() : rightAngles;
            enlargeFromSquareMetres = enlargeFromSquareMetres == null ? Optional.empty() : enlargeFromSquareMetres;
            enlargeFromSquareMetres.ifPresent(area -> requireArea(area, "enlarge-from-square-metres"));
        }

        boolean include(String code) {
            return classes.map(codes -> codes.contains(code)).orElseGet(() -> OcsGe.isBuilding(code));
        }
    }

    public RuleSet {
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("it has no name");
        }
        description = description == null ? "" : description.strip();
        nomenclature = nomenclature == null ? Optional.empty() : nomenclature;
        nomenclature.ifPresent(id -> {
            if (ProductClasses.product(id).isEmpty()) {
                throw new IllegalArgumentException("nomenclature must be one of "
                        + ProductClasses.PRODUCTS.stream().map(Nomenclature::id).toList() + ", not " + id);
            }
        });
        if (!(toleranceMetres >= 0 && toleranceMetres <= LARGEST_TOLERANCE)) {
            throw new IllegalArgumentException("tolerance-metres must be 0 to 100, not " + toleranceMetres);
        }
        requireArea(minimumSquareMetres, "minimum-square-metres");
        minimumWidthMetres = minimumWidthMetres == null ? Optional.empty() : minimumWidthMetres;
        minimumWidthMetres.ifPresent(width -> requireWidth(width, "minimum-width-metres"));
        // Sorted, so that equal rules are equal text.
        classes = classes == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(classes));
        builtUpZone = builtUpZone == null ? Optional.empty() : builtUpZone;
        buildings = buildings == null ? Optional.empty() : buildings;
        if (toleranceMetres == 0 && buildings.isPresent()) {
            throw new IllegalArgumentException(
                    "buildings needs a tolerance-metres above 0: without one, boundaries stay where pixels end");
        }
        kin = kin == null ? List.of() : kin.stream().map(List::copyOf).toList();
        var grouped = new HashSet<String>();
        for (var group : kin) {
            for (var code : group) {
                if (!grouped.add(code)) {
                    throw new IllegalArgumentException("class " + code + " stands twice under kin");
                }
            }
        }
    }

    /** Class codes that the rules name, in order. */
    List<String> codes() {
        var codes = new ArrayList<>(classes.keySet());
        builtUpZone.ifPresent(zone -> codes.addAll(zone.buildings()));
        buildings.flatMap(Buildings::classes).ifPresent(codes::addAll);
        kin.forEach(codes::addAll);
        return codes;
    }

    /** How near two classes are by meaning: one for being in one group, and one for each level of code that they share. */
    int kinship(String code, String other) {
        int shared = kin.stream().anyMatch(group -> group.contains(code) && group.contains(other)) ? 1 : 0;
        if (code.indexOf('.') >= 0 && other.indexOf('.') >= 0) {
            var levels = code.split("\\.");
            var others = other.split("\\.");
            int i = 0;
            while (i < levels.length && i < others.length && levels[i].equals(others[i])) {
                i++;
            }
            shared += i;
        }
        return shared;
    }

    double minimumSquareMetres(String code) {
        return own(code).flatMap(ClassRule::minimumSquareMetres).orElse(minimumSquareMetres);
    }

    /** In the built-up zone; as outside where there is none. */
    double minimumSquareMetresInZone(String code) {
        double inZone = builtUpZone.map(Zone::minimumSquareMetres).orElse(minimumSquareMetres);
        return own(code).flatMap(ClassRule::minimumSquareMetres).orElse(inZone);
    }

    double minimumWidthMetres(String code) {
        return own(code)
                .flatMap(ClassRule::minimumWidthMetres)
                .or(() -> minimumWidthMetres)
                .orElse(0.0);
    }

    private Optional<ClassRule> own(String code) {
        return Optional.ofNullable(classes.get(code));
    }

    private static void requireWidth(double metres, String what) {
        if (!(metres >= 0 && metres <= 1_000)) {
            throw new IllegalArgumentException(what + " must be 0 to 1000, not " + metres);
        }
    }

    private static void requireArea(double squareMetres, String what) {
        if (!(squareMetres >= 0 && squareMetres <= 1e9)) {
            throw new IllegalArgumentException(what + " must be 0 to 1e9, not " + squareMetres);
        }
    }
}
