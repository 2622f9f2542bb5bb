// SPDX-License-Identifier: Apache-2.0
package org.survol.core.nomenclature;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The 14 cover posts of OCS GE, in its order and in the colours of its legend. Two of them no FLAIR class leads to: other
 * composite materials and other non-woody vegetation.
 */
public final class OcsGe {

    public static final String ID = "ocs-ge";

    public static final Nomenclature COVER = new Nomenclature(
            ID,
            List.of(
                    new LandClass(1, "CS1.1.1.1", "built-up (buildings)", "zones bâties", "#ff377a"),
                    new LandClass(
                            2,
                            "CS1.1.1.2",
                            "impervious, not built (roads, squares, car parks)",
                            "zones non bâties (routes, places, parkings…)",
                            "#ff9191"),
                    new LandClass(3, "CS1.1.2.1", "mineral materials", "zones à matériaux minéraux", "#ffff99"),
                    new LandClass(
                            4,
                            "CS1.1.2.2",
                            "other composite materials",
                            "zones à autres matériaux composites",
                            "#a64d00"),
                    new LandClass(5, "CS1.2.1", "bare natural soil", "sols nus", "#cccccc"),
                    new LandClass(6, "CS1.2.2", "water", "surfaces d'eau", "#00ccf2"),
                    new LandClass(7, "CS1.2.3", "firn and glaciers", "névés et glaciers", "#a6e6cc"),
                    new LandClass(8, "CS2.1.1.1", "broad-leaved stand", "peuplement de feuillus", "#80ff00"),
                    new LandClass(9, "CS2.1.1.2", "coniferous stand", "peuplement de conifères", "#00a600"),
                    new LandClass(10, "CS2.1.1.3", "mixed stand", "peuplement mixte", "#80be00"),
                    new LandClass(
                            11,
                            "CS2.1.2",
                            "shrub and dwarf-shrub formations",
                            "formations arbustives et sous-arbrisseaux",
                            "#a6ff80"),
                    new LandClass(
                            12,
                            "CS2.1.3",
                            "other woody (vines and other climbers)",
                            "autres formations ligneuses",
                            "#e68000"),
                    new LandClass(13, "CS2.2.1", "herbaceous", "formations herbacées", "#ccf24d"),
                    new LandClass(14, "CS2.2.2", "other non-woody", "autres formations non ligneuses", "#ccffcc")));

    private static final String BUILDINGS = "CS1.1.1.1";

    private OcsGe() {}

    /** Whether a code, of OCS GE, FLAIR or CoSIA, belongs to the post of buildings. */
    public static boolean isBuilding(String code) {
        return ofFlair().getOrDefault(code, code).equals(BUILDINGS);
    }

    /** By FLAIR's code; {@link Flair#OTHER} has no post. */
    static Map<String, String> ofFlair() {
        var posts = new TreeMap<String, String>();
        posts.put("building", "CS1.1.1.1");
        posts.put("greenhouse", "CS1.1.1.1");
        posts.put("impervious", "CS1.1.1.2");
        posts.put("swimming-pool", "CS1.1.1.2");
        posts.put("pervious", "CS1.1.2.1");
        posts.put("bare-soil", "CS1.2.1");
        posts.put("water", "CS1.2.2");
        posts.put("snow", "CS1.2.3");
        posts.put("deciduous", "CS2.1.1.1");
        posts.put("coniferous", "CS2.1.1.2");
        posts.put("mixed", "CS2.1.1.3");
        posts.put("brushwood", "CS2.1.2");
        posts.put("clear-cut", "CS2.1.2");
        posts.put("ligneous", "CS2.1.2");
        posts.put("vineyard", "CS2.1.3");
        posts.put("herbaceous", "CS2.2.1");
        posts.put("agricultural", "CS2.2.1");
        posts.put("plowed", "CS2.2.1");
        return posts;
    }
}
