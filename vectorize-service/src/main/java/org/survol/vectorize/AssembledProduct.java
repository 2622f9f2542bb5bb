// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import org.survol.core.event.PipelineEvent.ProductAssembled;

/**
 * Written last beside a product's files, as {@code product.json}: while it is absent or of another settlement, there is
 * no such product yet.
 *
 * @param settlement digest of all that the product was made from
 */
record AssembledProduct(String settlement, ProductAssembled event) {

    static final String FILE = "product.json";
}
