// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import org.survol.core.nomenclature.Flair;
import org.survol.core.nomenclature.LandClass;

/** What a pixel shows. Finer than the classes, because a class looks like several things. */
enum Surface {
    WHEAT(Flair.AGRICULTURAL),
    MAIZE(Flair.AGRICULTURAL),
    SUNFLOWER(Flair.AGRICULTURAL),
    RAPESEED(Flair.AGRICULTURAL),
    MEADOW(Flair.AGRICULTURAL),
    ORCHARD(Flair.AGRICULTURAL),
    PLOUGHED(Flair.PLOWED),
    VINE(Flair.VINEYARD),
    BROADLEAVED_FLOOR(Flair.DECIDUOUS),
    CONIFER_FLOOR(Flair.CONIFEROUS),
    HEATH(Flair.BRUSHWOOD),
    FELLED(Flair.BRUSHWOOD),
    ROUGH_GRASS(Flair.HERBACEOUS),
    LAWN(Flair.HERBACEOUS),
    PITCH(Flair.HERBACEOUS),
    PITCH_LINE(Flair.HERBACEOUS),
    BARE(Flair.BARE_SOIL),
    SAND(Flair.BARE_SOIL),
    GRAVEL(Flair.PERVIOUS),
    TRACK(Flair.PERVIOUS),
    TRACK_CROWN(Flair.PERVIOUS),
    BALLAST(Flair.PERVIOUS),
    SLEEPER(Flair.PERVIOUS),
    RAIL(Flair.PERVIOUS),
    ASPHALT(Flair.IMPERVIOUS),
    CAR_PARK(Flair.IMPERVIOUS),
    MARKING(Flair.IMPERVIOUS),
    CONCRETE(Flair.IMPERVIOUS),
    PAVING(Flair.IMPERVIOUS),
    CAR(Flair.IMPERVIOUS),
    WATER(Flair.WATER),
    POOL(Flair.SWIMMING_POOL),
    SHRUB(Flair.BRUSHWOOD),
    BROADLEAVED(Flair.DECIDUOUS),
    CONIFER(Flair.CONIFEROUS),
    TILE_ROOF(Flair.BUILDING),
    SLATE_ROOF(Flair.BUILDING),
    METAL_ROOF(Flair.BUILDING),
    FLAT_ROOF(Flair.BUILDING),
    ROOF_LIGHT(Flair.BUILDING);

    private static final Surface[] ALL = values();

    private final LandClass landClass;

    Surface(LandClass landClass) {
        this.landClass = landClass;
    }

    LandClass landClass() {
        return landClass;
    }

    static Surface of(byte code) {
        return ALL[code];
    }

    byte code() {
        return (byte) ordinal();
    }
}
