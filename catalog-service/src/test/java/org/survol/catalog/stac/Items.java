// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemQuery;

/** Lets tests outside the package ask for Items without a server. */
public final class Items {

    private final CatalogStore store;
    private final StacItems items;

    public Items(CatalogStore store, PublicUrl url, String bucket) {
        this.store = store;
        this.items = new StacItems(store, url, bucket);
    }

    public ObjectNode item(String collection, String id) {
        return items.item(store.search(ItemQuery.one(collection, id)).getFirst())
                .orElseThrow();
    }
}
