// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.List;

/**
 * The 15 classes of IGN's CoSIA as its files number them ({@code numero}), in the colours of its legend. Codes are those of
 * {@link Flair}, whose classes 1 to 14 and 18 they are.
 */
public final class Cosia {

    public static final String ID = "cosia";

    public static final Nomenclature NOMENCLATURE = new Nomenclature(
            ID,
            List.of(
                    new LandClass(1, "building", "building", "bâtiment", "#ce7079"),
                    new LandClass(2, "pervious", "pervious surface", "zone perméable", "#987752"),
                    new LandClass(3, "impervious", "impervious surface", "zone imperméable", "#a6aab7"),
                    new LandClass(4, "swimming-pool", "swimming pool", "piscine", "#62d0ff"),
                    new LandClass(5, "bare-soil", "bare soil", "sol nu", "#bbb096"),
                    new LandClass(6, "water", "water", "surface d'eau", "#3375a1"),
                    new LandClass(7, "snow", "snow", "neige", "#e9effe"),
                    new LandClass(8, "coniferous", "coniferous", "conifère", "#126421"),
                    new LandClass(9, "deciduous", "deciduous", "feuillu", "#4c9129"),
                    new LandClass(10, "brushwood", "brushwood", "broussaille", "#b5c335"),
                    new LandClass(11, "vineyard", "vineyard", "vigne", "#b08290"),
                    new LandClass(12, "herbaceous", "herbaceous vegetation", "pelouse", "#8cd76a"),
                    new LandClass(13, "agricultural", "agricultural land", "culture", "#decf55"),
                    new LandClass(14, "plowed", "plowed land", "terre labourée", "#d0a349"),
                    new LandClass(15, "greenhouse", "greenhouse", "serre", "#b9e2d4")));

    private Cosia() {}
}
