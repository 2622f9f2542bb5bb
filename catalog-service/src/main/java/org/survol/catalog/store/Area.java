// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.util.regex.Pattern;
import org.locationtech.jts.geom.Geometry;

/**
 * A piece of ground that has a name.
 *
 * @param set of areas of one kind, such as {@code communes}
 * @param code of it in the set
 * @param outline polygon or multipolygon, longitude first
 */
public record Area(String set, String code, String name, Geometry outline) {

    /** Sets and codes stand in addresses. */
    public static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

    public Area {
        if (!WORD.matcher(set).matches() || !WORD.matcher(code).matches()) {
            throw new IllegalArgumentException("neither a set nor a code of areas: " + set + ", " + code);
        }
    }

    /** {@code communes:12174}. */
    public String id() {
        return set + ":" + code;
    }
}
