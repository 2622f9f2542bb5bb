// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;

/** The catalogue's collections, and how what they hold is named. */
public final class Collections {

    public static final String ACQUISITIONS = "acquisitions";
    public static final String PREDICTIONS = "predictions";
    public static final String PRODUCTS = "products";

    private Collections() {}

    public static String predictionId(RunRef run, TileAddress tile) {
        return productId(run) + "." + tile;
    }

    public static String productId(RunRef run) {
        return run.acquisition() + "." + run.run();
    }
}
