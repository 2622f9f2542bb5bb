// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.List;

/**
 * The 19 classes of the FLAIR data sets, numbered as in the FLAIR challenges (1 to 19; FLAIR-HUB orders the same
 * classes otherwise, from 0) and in their published colours. Models and the sample flights share it; both use a part:
 * published models are trained on 1 to 12, or 1 to 14 and 18.
 */
public final class Flair {

    public static final String ID = "flair";

    public static final LandClass BUILDING = new LandClass(1, "building", "building", "bâtiment", "#db0e9a");
    public static final LandClass PERVIOUS =
            new LandClass(2, "pervious", "pervious surface", "zone perméable", "#938e7b");
    public static final LandClass IMPERVIOUS =
            new LandClass(3, "impervious", "impervious surface", "zone imperméable", "#f80c00");
    public static final LandClass BARE_SOIL = new LandClass(4, "bare-soil", "bare soil", "sol nu", "#a97101");
    public static final LandClass WATER = new LandClass(5, "water", "water", "surface d'eau", "#1553ae");
    public static final LandClass CONIFEROUS = new LandClass(6, "coniferous", "coniferous", "conifère", "#194a26");
    public static final LandClass DECIDUOUS = new LandClass(7, "deciduous", "deciduous", "feuillu", "#46e483");
    public static final LandClass BRUSHWOOD = new LandClass(8, "brushwood", "brushwood", "broussaille", "#f3a60d");
    public static final LandClass VINEYARD = new LandClass(9, "vineyard", "vineyard", "vigne", "#660082");
    public static final LandClass HERBACEOUS =
            new LandClass(10, "herbaceous", "herbaceous vegetation", "pelouse", "#55ff00");
    public static final LandClass AGRICULTURAL =
            new LandClass(11, "agricultural", "agricultural land", "culture", "#fff30d");
    public static final LandClass PLOWED = new LandClass(12, "plowed", "plowed land", "terre labourée", "#e4df7c");
    public static final LandClass SWIMMING_POOL =
            new LandClass(13, "swimming-pool", "swimming pool", "piscine", "#3de6eb");
    public static final LandClass SNOW = new LandClass(14, "snow", "snow", "neige", "#ffffff");
    public static final LandClass CLEAR_CUT = new LandClass(15, "clear-cut", "clear cut", "coupe", "#8ab3a0");
    public static final LandClass MIXED = new LandClass(16, "mixed", "mixed", "mixte", "#6b714f");
    public static final LandClass LIGNEOUS = new LandClass(17, "ligneous", "ligneous", "ligneux", "#c5dc42");
    public static final LandClass GREENHOUSE = new LandClass(18, "greenhouse", "greenhouse", "serre", "#9999ff");
    public static final LandClass OTHER = new LandClass(19, "other", "other", "autre", "#000000");

    public static final Nomenclature NOMENCLATURE = new Nomenclature(
            ID,
            List.of(
                    BUILDING,
                    PERVIOUS,
                    IMPERVIOUS,
                    BARE_SOIL,
                    WATER,
                    CONIFEROUS,
                    DECIDUOUS,
                    BRUSHWOOD,
                    VINEYARD,
                    HERBACEOUS,
                    AGRICULTURAL,
                    PLOWED,
                    SWIMMING_POOL,
                    SNOW,
                    CLEAR_CUT,
                    MIXED,
                    LIGNEOUS,
                    GREENHOUSE,
                    OTHER));

    private Flair() {}
}
