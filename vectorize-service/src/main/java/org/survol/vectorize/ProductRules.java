// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.util.Map;
import java.util.Optional;
import org.survol.core.Digest;
import org.survol.core.model.Calibration;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.rules.RuleSet;
import org.survol.vectorize.rules.RuleSets;
import org.survol.vectorize.topology.TopologyCodec;

/**
 * The operator's rule set, and what follows from it for a model.
 *
 * @param name what to name in a refusal
 */
record ProductRules(String name, RuleSet rules) {

    static ProductRules load(String nameOrFile) {
        return new ProductRules(nameOrFile, RuleSets.load(nameOrFile));
    }

    /** The classes of the map, and which of the model's belong to each. */
    ProductClasses classes(ModelCard card) {
        return rules.nomenclature()
                .flatMap(ProductClasses::product)
                .map(product -> ProductClasses.of(name, card.nomenclature(), product))
                .orElseGet(() -> ProductClasses.same(card.nomenclature()));
    }

    /** The map's, where it is not the model's. */
    Optional<Nomenclature> ownNomenclature(ModelCard card) {
        var classes = classes(card);
        return classes.isSame() ? Optional.empty() : Optional.of(classes.product());
    }

    MapRules ofMap(ModelCard card, double gsdMetres) {
        return MapRules.of(name, rules, classes(card).product(), gsdMetres);
    }

    TileVectorizer vectorizer(ModelCard card, double gsdMetres, int maxCorners) {
        var classes = classes(card);
        var sets = card.calibration().flatMap(calibration -> calibration.nearest(ProductPlanes.COVERAGE));
        return new TileVectorizer(
                classes,
                new ProductPlanes(
                        classes,
                        sets.map(Calibration.ConformalSets::minProbabilities).orElse(Map.of())),
                ofMap(card, gsdMetres),
                maxCorners);
    }

    /** Digest of all but pixels that the tracing of a tile depends on. */
    String tracing(ModelCard card) {
        return Digest.shortened(Digest.ofParts(
                TopologyCodec.VERSION, rules, classes(card).product(), card.nomenclature(), card.calibration()));
    }
}
