// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.inject.Singleton;
import java.util.Optional;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.RunRef;
import org.survol.core.store.ObjectRef;

/** Finished maps, and where their files lie. */
@Singleton
public final class PublishedMaps {

    private final CatalogStore store;

    PublishedMaps(CatalogStore store) {
        this.store = store;
    }

    public record PublishedMap(ItemEntry entry, Optional<ProductAssembled> product) {

        public RunRef run() {
            return new RunRef(entry.acquisition(), entry.run().orElseThrow());
        }

        /** @param format its short name, {@code fgb}
         *  @param name for people */
        public ObjectRef file(String format, String name) {
            return product.map(event -> event.files().get(format))
                    .orElseThrow(() -> Problem.notFound("the map \"" + entry.id() + "\" has no " + name));
        }
    }

    /** @throws Problem when there is no such map */
    public PublishedMap named(String id) {
        var entry = store.search(ItemQuery.one(Collections.PRODUCTS, id)).stream()
                .findFirst()
                .orElseThrow(() -> Problem.notFound("there is no map \"" + Parameters.shown(id) + "\""));
        var run = new RunRef(entry.acquisition(), entry.run().orElseThrow());
        return new PublishedMap(entry, store.product(run).map(CatalogStore.Assembled::event));
    }
}
