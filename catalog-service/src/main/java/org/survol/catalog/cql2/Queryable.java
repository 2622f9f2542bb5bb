// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

/**
 * Something that filters may ask about.
 *
 * @param title for people, with the unit where there is one
 */
public record Queryable(String name, Type type, String title) {

    /** What its values are in Java; each may be null. */
    public enum Type {
        /** {@link String} */
        TEXT,
        /** {@link java.lang.Number} */
        NUMBER,
        /** {@link java.lang.Number} without a fraction */
        INTEGER,
        /** {@link Boolean} */
        BOOLEAN,
        /** {@link java.time.Instant} */
        TIMESTAMP,
        /** {@link java.time.LocalDate} */
        DATE,
        /** {@link org.locationtech.jts.geom.Geometry}, longitude first */
        GEOMETRY,
        /** {@link java.util.List} of any of the others but geometries */
        ARRAY
    }
}
