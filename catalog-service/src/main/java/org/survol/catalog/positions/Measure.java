// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;

/**
 * Something that a map knows of a place.
 *
 * @param source where the value is read
 * @param band of the file, from 0
 * @param unit by UCUM; absent for classes and numbers of polygons
 * @param classes what its values mean, where it is a class
 */
record Measure(
        String name, String label, Source source, int band, Optional<String> unit, Optional<Nomenclature> classes) {

    static final String POLYGON = "polygon";

    enum Source {
        /** number of the map's polygon, from 0 */
        POLYGON,
        /** class of the map's polygon */
        POLYGON_CLASS,
        CLASSES,
        CONFIDENCE,
        PROBABILITIES,
        IMAGE
    }

    private static final Optional<String> SHARE = Optional.of("1");

    /** @param ofMap classes of the map's polygons */
    static List<Measure> of(Plan plan, Nomenclature ofMap) {
        var predicted = plan.model().card().nomenclature();
        var all = new ArrayList<Measure>();
        all.add(new Measure(
                "class", "Class of the map", Source.POLYGON_CLASS, 0, Optional.empty(), Optional.of(ofMap)));
        all.add(new Measure(
                POLYGON, "Number of the map's polygon", Source.POLYGON, 0, Optional.empty(), Optional.empty()));
        all.add(new Measure(
                "predicted_class",
                "Class that the model gives the pixel",
                Source.CLASSES,
                0,
                Optional.empty(),
                Optional.of(predicted)));
        all.add(new Measure(
                "confidence", "Probability of the predicted class", Source.CONFIDENCE, 0, SHARE, Optional.empty()));
        for (int band = 0; band < predicted.classes().size(); band++) {
            var landClass = predicted.classes().get(band);
            all.add(new Measure(
                    "probability-" + landClass.code(),
                    "Probability of " + landClass.labelEn(),
                    Source.PROBABILITIES,
                    band,
                    SHARE,
                    Optional.empty()));
        }
        for (int band = 0; band < plan.bands().size(); band++) {
            var name = plan.bands().get(band).name().toLowerCase(Locale.ROOT);
            all.add(new Measure(name, "Image, " + name + ", 0 to 255", Source.IMAGE, band, SHARE, Optional.empty()));
        }
        return all;
    }
}
