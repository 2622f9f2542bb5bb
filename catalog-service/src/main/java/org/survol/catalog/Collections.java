// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import org.survol.core.Digest;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.plan.Plan.PinnedModel;

/** The catalogue's collections, and how what they hold is named. */
public final class Collections {

    public static final String ACQUISITIONS = "acquisitions";
    public static final String PREDICTIONS = "predictions";
    public static final String PRODUCTS = "products";
    public static final String MODELS = "models";
    public static final String REFERENCES = "references";

    private Collections() {}

    public static String predictionId(RunRef run, TileAddress tile) {
        return productId(run) + "." + tile;
    }

    public static String productId(RunRef run) {
        return run.acquisition() + "." + run.run();
    }

    /** Two models of one name are two Items: the digest tells them apart. */
    public static String modelId(PinnedModel model) {
        return model.card().name() + "." + Digest.shortened(model.sha256());
    }
}
