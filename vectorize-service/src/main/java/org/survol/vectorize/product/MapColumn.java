// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.util.Locale;

/** The attributes of a polygon, in the order in which every format carries them. Names are part of the product's schema. */
enum MapColumn {
    /** digest of grid, class and exact pixel outline: an unchanged polygon keeps it over runs, tilings and vintages */
    ID(Kind.TEXT),
    /** the class's value in class rasters */
    CLASS(Kind.INTEGER),
    CODE(Kind.TEXT),
    LABEL_EN(Kind.TEXT),
    LABEL_FR(Kind.TEXT),
    /** {@code #rrggbb} */
    COLOUR(Kind.TEXT),
    /** square metres, on the CRS's plane */
    AREA_M2(Kind.REAL),
    /** metres, holes included */
    PERIMETER_M(Kind.REAL),
    /** mean probability, 0 to 1, of the class over the polygon's pixels that were predicted as it */
    CONFIDENCE(Kind.REAL),
    /** smallest such probability */
    CONFIDENCE_MIN(Kind.REAL),
    /** share of the pixels, 0 to 1, whose class, as predicted, has no more than half of the probability */
    UNCERTAIN_SHARE(Kind.REAL),
    /** Shannon entropy of {@link #CLASS_MIX}, bits */
    ENTROPY(Kind.REAL),
    /** by class code, share of all probability over the polygon's pixels, the largest first */
    CLASS_MIX(Kind.JSON),
    /** codes of the classes in the 90 % sets of at least half the pixels, separated by spaces; empty where the model has none */
    CONFORMAL_SET(Kind.TEXT),
    /** assets of the images under the polygon, separated by spaces */
    IMAGES(Kind.TEXT),
    /** when the earliest of them was taken */
    IMAGES_FROM(Kind.TIME),
    /** when the latest of them was taken */
    IMAGES_TO(Kind.TIME),
    ACQUISITION(Kind.TEXT),
    RUN(Kind.TEXT),
    MODEL(Kind.TEXT),
    MODEL_SHA256(Kind.TEXT),
    /** year that the map describes */
    VINTAGE(Kind.INTEGER),
    /** when the flight took place, UTC */
    DATETIME(Kind.TIME);

    /** A Java value of that kind is a String, Integer, Double, or for TIME an Instant; JSON is a String. */
    enum Kind {
        TEXT,
        /** an object */
        JSON,
        INTEGER,
        REAL,
        TIME
    }

    final Kind kind;

    MapColumn(Kind kind) {
        this.kind = kind;
    }

    String columnName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
