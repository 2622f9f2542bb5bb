// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import java.util.stream.IntStream;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.rasters.RunRasters.Kind;
import org.survol.core.nomenclature.Nomenclature;

/** What a map tile shows. */
sealed interface Layer {

    String PROBABILITY = "probability-";
    String CHANGE = "change-";

    /** red, green, blue of the stack */
    record Image() implements Layer {}

    /** the class map in the legend's colours */
    record Classes() implements Layer {}

    /** probability of the chosen class, dark where unsure */
    record Confidence() implements Layer {}

    /** a class's probability, in its colour: the less transparent, the more probable
     *  @param band of the probabilities
     *  @param rgb 0xRRGGBB */
    record Probability(int band, int rgb) implements Layer {}

    /** the class map where it says another class than an earlier map, or a later one
     *  @param map the other one */
    record Change(String map) implements Layer {}

    /** @throws Problem when there is no such layer */
    static Layer parse(String name, Nomenclature classes) {
        return switch (name) {
            case "image" -> new Image();
            case "classes" -> new Classes();
            case "confidence" -> new Confidence();
            case String text
            when text.startsWith(PROBABILITY) -> probability(text.substring(PROBABILITY.length()), classes);
            case String text when text.startsWith(CHANGE) -> new Change(text.substring(CHANGE.length()));
            default ->
                throw Problem.notFound("there is no layer \"" + Parameters.shown(name)
                        + "\"; there are image, classes, confidence, probability-{class} and change-{map}");
        };
    }

    private static Layer probability(String code, Nomenclature classes) {
        int band = IntStream.range(0, classes.classes().size())
                .filter(i -> classes.classes().get(i).code().equals(code))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("the model of this run has no class \"" + Parameters.shown(code)
                        + "\"; it has "
                        + String.join(
                                ", ",
                                classes.classes().stream()
                                        .map(each -> each.code())
                                        .toList())));
        return new Probability(band, classes.classes().get(band).rgb());
    }

    default Kind kind() {
        return switch (this) {
            case Image _ -> Kind.STACK;
            case Classes _, Change _ -> Kind.CLASSES;
            case Confidence _ -> Kind.CONFIDENCE;
            case Probability _ -> Kind.PROBABILITIES;
        };
    }
}
