// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.rasters;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.rasters.RunRasters.Kind;
import org.survol.core.plan.Plan;

/**
 * What a window shows.
 *
 * @param bands of the files
 * @param names of the bands, for GIS
 */
record WindowLayer(Kind kind, int[] bands, List<String> names) {

    private static final String PROBABILITY = "probability-";

    /** @throws Problem when there is no such layer */
    static WindowLayer parse(String name, Plan plan) {
        var classes = plan.model().card().nomenclature().classes();
        return switch (name) {
            case "classes" -> new WindowLayer(Kind.CLASSES, new int[1], List.of("class"));
            case "confidence" -> new WindowLayer(Kind.CONFIDENCE, new int[1], List.of("confidence"));
            case "image" ->
                new WindowLayer(
                        Kind.STACK,
                        IntStream.range(0, plan.bands().size()).toArray(),
                        plan.bands().stream()
                                .map(band -> band.name().toLowerCase(Locale.ROOT))
                                .toList());
            default -> {
                int band = IntStream.range(0, classes.size())
                        .filter(i -> name.equals(PROBABILITY + classes.get(i).code()))
                        .findFirst()
                        .orElseThrow(() -> Problem.badRequest("layer must be classes, confidence, image or"
                                + " probability-{class} with one of the classes "
                                + String.join(
                                        ", ",
                                        classes.stream()
                                                .map(each -> each.code())
                                                .toList()) + ", not \""
                                + Parameters.shown(name) + "\""));
                yield new WindowLayer(
                        Kind.PROBABILITIES,
                        new int[] {band},
                        List.of(classes.get(band).code() + ": "
                                + classes.get(band).labelEn()));
            }
        };
    }
}
