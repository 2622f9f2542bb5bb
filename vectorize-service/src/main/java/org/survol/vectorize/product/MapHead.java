// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.time.Instant;
import org.survol.core.nomenclature.Nomenclature;

/**
 * What a file says about the whole map.
 *
 * @param title for people
 * @param datetime when the images were taken; stands for every "last change" too, so that equal maps are equal bytes
 * @param crsWkt OGC WKT 1 of the map's CRS
 * @param longLatWkt the same of EPSG:4326, which a GeoPackage must define as well
 * @param west extent of the map in its CRS, metres; all four 0 when the map is empty
 * @param features number of polygons that will come
 */
record MapHead(
        String title,
        Instant datetime,
        Nomenclature nomenclature,
        int epsg,
        String crsName,
        String crsWkt,
        String longLatWkt,
        double west,
        double south,
        double east,
        double north,
        int features) {

    /** Name of the layer in every format. */
    static final String LAYER = "land_cover";
}
