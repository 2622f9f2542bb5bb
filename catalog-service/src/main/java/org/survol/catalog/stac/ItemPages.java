// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.Json;

/** Pages of Items that a search finds. */
@Singleton
final class ItemPages {

    private final CatalogStore store;
    private final StacItems items;
    private final PublicUrl url;

    ItemPages(CatalogStore store, StacItems items, PublicUrl url) {
        this.store = store;
        this.items = items;
        this.url = url;
    }

    /** Adds links to the page itself and to the next one, when there is one. */
    interface PageLinks {
        void add(ArrayNode links, Optional<String> nextToken);
    }

    ObjectNode page(SearchRequest request, PageLinks pageLinks) {
        var query = request.query();
        // one more than asked for tells whether there is a next page
        var found = store.search(query.first(query.limit() + 1));
        var shown = found.subList(0, Math.min(found.size(), query.limit()));
        var page = Json.MAPPER.createObjectNode();
        page.put("type", "FeatureCollection");
        var features = page.putArray("features");
        for (var item : items.items(shown)) {
            features.add(request.fields().map(fields -> fields.of(item)).orElse(item));
        }
        page.put("numberReturned", features.size());
        var links = page.putArray("links");
        pageLinks.add(
                links,
                found.size() > query.limit()
                        ? Optional.of(PageToken.encode(query.positionOf(shown.getLast())))
                        : Optional.empty());
        link(links, "root", url.of("stac"), MediaType.APPLICATION_JSON);
        return page;
    }

    /** The request's own parameters, encoded anew, behind our own address. */
    static PageLinks linksOf(String address, Map<String, String> parameters) {
        return (links, next) -> {
            link(links, "self", PublicUrl.with(address, parameters), StacItems.GEOJSON);
            next.ifPresent(token -> {
                var further = new LinkedHashMap<>(parameters);
                further.put("token", token);
                link(links, "next", PublicUrl.with(address, further), StacItems.GEOJSON)
                        .put("method", "GET");
            });
        };
    }

    /** Of a search by POST: the same body with a token. */
    static PageLinks linksOf(String address, ObjectNode body) {
        return (links, next) -> {
            link(links, "self", address, StacItems.GEOJSON);
            next.ifPresent(token -> link(links, "next", address, StacItems.GEOJSON)
                    .put("method", "POST")
                    .put("merge", false)
                    .set("body", body.deepCopy().put("token", token)));
        };
    }
}
