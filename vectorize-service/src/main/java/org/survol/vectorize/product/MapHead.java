// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.time.Instant;
import org.survol.core.nomenclature.Nomenclature;

/**
 * What a file says about the whole map, before any of its polygons.
 *
 * @param title for people
 * @param datetime when the images were taken; stands for every "last change" too, so that equal maps are equal bytes
 * @param crsWkt OGC WKT 1 of the map's CRS
 */
record MapHead(String title, Instant datetime, Nomenclature nomenclature, int epsg, String crsName, String crsWkt) {

    /** Name of the layer in every format. */
    static final String LAYER = "land_cover";
}
