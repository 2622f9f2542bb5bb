// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import org.survol.access.Reads;
import org.survol.catalog.Parameters;
import org.survol.catalog.PublicUrl;

/** STAC API, Item Search: Items of all collections. */
@Path("/stac/search")
@Blocking
@Produces({StacItems.GEOJSON, MediaType.APPLICATION_JSON})
class SearchResource {

    private final ItemPages pages;
    private final PublicUrl url;

    SearchResource(ItemPages pages, PublicUrl url) {
        this.pages = pages;
        this.url = url;
    }

    @GET
    public ObjectNode search(
            @QueryParam("bbox") String bbox,
            @QueryParam("intersects") String intersects,
            @QueryParam("datetime") String datetime,
            @QueryParam("collections") String collections,
            @QueryParam("ids") String ids,
            @QueryParam("limit") @DefaultValue("10") String limit,
            @QueryParam("filter") String filter,
            @QueryParam("filter-lang") String filterLanguage,
            @QueryParam("filter-crs") String filterCrs,
            @QueryParam("sortby") String sortby,
            @QueryParam("fields") String fields,
            @QueryParam("q") String q,
            @QueryParam("query") String query,
            @QueryParam("token") String token,
            @Context UriInfo uri) {
        var parameters = Parameters.of(uri);
        SearchRequest.refuseOthers(parameters.keySet(), SearchRequest.PARAMETERS);
        return pages.page(
                SearchRequest.ofParameters(parameters), ItemPages.linksOf(url.of("stac", "search"), parameters));
    }

    @POST
    @Reads
    @Consumes(MediaType.APPLICATION_JSON)
    public ObjectNode search(byte[] body) {
        var request = SearchRequest.body(body);
        return pages.page(SearchRequest.ofBody(request), ItemPages.linksOf(url.of("stac", "search"), request));
    }
}
