// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.MultiPolygon;
import org.locationtech.jts.geom.Polygon;

/** One type of geometry for all features, as columns want it. */
final class MultiPolygons {

    private MultiPolygons() {}

    static MultiPolygon of(Geometry polygonal) {
        return polygonal instanceof MultiPolygon many
                ? many
                : polygonal.getFactory().createMultiPolygon(new Polygon[] {(Polygon) polygonal});
    }
}
