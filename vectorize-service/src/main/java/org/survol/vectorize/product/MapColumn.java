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
    ACQUISITION(Kind.TEXT),
    RUN(Kind.TEXT),
    MODEL(Kind.TEXT),
    MODEL_SHA256(Kind.TEXT),
    /** year that the map describes */
    VINTAGE(Kind.INTEGER),
    /** when the images were taken, ISO 8601, UTC */
    DATETIME(Kind.TIME);

    /** A Java value of that kind is a String, Integer, Double, or for TIME a String in ISO 8601. */
    enum Kind {
        TEXT,
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
