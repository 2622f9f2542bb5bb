// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.survol.access.Publishes;
import org.survol.catalog.Collections;
import org.survol.catalog.JsonTags;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStore.Registered;
import org.survol.catalog.store.CatalogStore.Registration;
import org.survol.catalog.store.ItemQuery;
import org.survol.core.Json;

/**
 * STAC API, Items of one collection; of {@value Collections#REFERENCES} also its Transaction extension. Items of the other
 * collections are made of what the pipeline told, and can only be told anew.
 */
@Path("/stac/collections/{collection}/items")
@Blocking
@Produces({StacItems.GEOJSON, MediaType.APPLICATION_JSON})
class ItemResource {

    private static final String MERGE_PATCH = "application/merge-patch+json";
    private static final int MOST_AT_ONCE = 1_000;

    private final CatalogStore store;
    private final StacItems items;
    private final ItemPages pages;
    private final PublicUrl url;

    ItemResource(CatalogStore store, StacItems items, ItemPages pages, PublicUrl url) {
        this.store = store;
        this.items = items;
        this.pages = pages;
        this.url = url;
    }

    /** As a search; clients name the collection once more among the parameters. */
    @GET
    public ObjectNode items(
            @PathParam("collection") String collection,
            @QueryParam("bbox") String bbox,
            @QueryParam("datetime") String datetime,
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
        KnownCollections.check(collection);
        var parameters = Parameters.of(uri);
        SearchRequest.refuseOthers(parameters.keySet(), SearchRequest.PARAMETERS);
        var request = SearchRequest.ofParameters(parameters);
        return pages.page(
                new SearchRequest(request.query().of(collection), request.fields()),
                ItemPages.linksOf(url.of("stac", "collections", collection, "items"), parameters));
    }

    @GET
    @Path("{id}")
    public ObjectNode item(@PathParam("collection") String collection, @PathParam("id") String id) {
        KnownCollections.check(collection);
        return store.search(ItemQuery.one(collection, id)).stream()
                .findFirst()
                .flatMap(items::item)
                .orElseThrow(() -> unknown(collection, id));
    }

    /** One Item, or a FeatureCollection of them: all are registered, or none. */
    @POST
    @Publishes
    @APIResponse(responseCode = "201", description = "Registered; Location says where")
    @Consumes({MediaType.APPLICATION_JSON, StacItems.GEOJSON})
    public Response register(@PathParam("collection") String collection, byte[] body) {
        writable(collection);
        var given = SearchRequest.body(body);
        boolean several = given.path("type").asText().equals("FeatureCollection");
        var written = new ArrayList<Registration>();
        if (several) {
            given.path("features").forEach(item -> written.add(WrittenItem.checked(item, Optional.empty())));
        } else {
            written.add(WrittenItem.checked(given, Optional.empty()));
        }
        if (written.isEmpty() || written.size() > MOST_AT_ONCE) {
            throw Problem.badRequest("features must be 1 to " + MOST_AT_ONCE + " Items, not " + written.size());
        }
        if (written.stream().map(each -> each.entry().id()).distinct().count() < written.size()) {
            throw Problem.badRequest("two of the features have the same id");
        }
        var known = store.register(written);
        if (!known.isEmpty()) {
            throw Problem.conflict("there is already an Item \"" + known.getFirst() + "\" in " + collection
                    + "; PUT changes it. Nothing was registered");
        }
        var address = url.of("stac", "collections", collection, "items");
        if (several) {
            return Response.created(URI.create(address)).build();
        }
        var one = written.getFirst();
        var item = items.reference(one.entry().id(), one.document());
        return Response.created(URI.create(items.itemUrl(collection, one.entry().id())))
                .tag(JsonTags.of(item))
                .entity(item)
                .build();
    }

    @PUT
    @Publishes
    @Path("{id}")
    @APIResponse(responseCode = "204", description = "Replaced")
    @Consumes({MediaType.APPLICATION_JSON, StacItems.GEOJSON})
    public Response replace(
            @PathParam("collection") String collection,
            @PathParam("id") String id,
            @HeaderParam("If-Match") String ifMatch,
            byte[] body) {
        writable(collection);
        var before = registered(id, ifMatch);
        return replace(before, WrittenItem.checked(SearchRequest.body(body), Optional.of(id)));
    }

    /** JSON Merge Patch, RFC 7396. */
    @PATCH
    @Publishes
    @Path("{id}")
    @APIResponse(responseCode = "204", description = "Changed")
    @Consumes({MERGE_PATCH, MediaType.APPLICATION_JSON, StacItems.GEOJSON})
    public Response change(
            @PathParam("collection") String collection,
            @PathParam("id") String id,
            @HeaderParam("If-Match") String ifMatch,
            byte[] body) {
        writable(collection);
        var patch = SearchRequest.body(body);
        var before = registered(id, ifMatch);
        var document = SearchRequest.body(before.document().getBytes(StandardCharsets.UTF_8));
        if (patch.has("geometry") && !patch.has("bbox")) {
            // it was that of another place
            document.remove("bbox");
        }
        var merged = merged(document, patch);
        return replace(before, WrittenItem.checked(merged, Optional.of(id)));
    }

    @DELETE
    @Publishes
    @Path("{id}")
    @APIResponse(responseCode = "204", description = "Removed")
    public Response remove(
            @PathParam("collection") String collection,
            @PathParam("id") String id,
            @HeaderParam("If-Match") String ifMatch) {
        writable(collection);
        if (!store.removeRegistered(id, registered(id, ifMatch).digest())) {
            throw meanwhile(id);
        }
        return Response.noContent().build();
    }

    private Response replace(Registered before, Registration now) {
        var id = now.entry().id();
        if (!store.replaceRegistered(now, before.digest())) {
            throw meanwhile(id);
        }
        return Response.noContent()
                .tag(JsonTags.of(items.reference(id, now.document())))
                .build();
    }

    /** What is there, when it is what the client means. */
    private Registered registered(String id, String ifMatch) {
        var found = Optional.ofNullable(store.registered(List.of(id)).get(id))
                .orElseThrow(() -> unknown(Collections.REFERENCES, id));
        if (ifMatch != null && !ifMatch.strip().equals("*")) {
            var tag = "\"" + JsonTags.of(items.reference(id, found.document())).getValue() + "\"";
            if (Arrays.stream(ifMatch.split(",", -1)).map(String::strip).noneMatch(tag::equals)) {
                throw meanwhile(id);
            }
        }
        return found;
    }

    private static ObjectNode merged(ObjectNode target, ObjectNode patch) {
        for (var field : patch.properties()) {
            var value = field.getValue();
            if (value.isNull()) {
                target.remove(field.getKey());
            } else if (value instanceof ObjectNode inner) {
                JsonNode before = target.path(field.getKey());
                target.set(
                        field.getKey(),
                        merged(before instanceof ObjectNode object ? object : Json.MAPPER.createObjectNode(), inner));
            } else {
                target.set(field.getKey(), value);
            }
        }
        return target;
    }

    private static void writable(String collection) {
        KnownCollections.check(collection);
        if (!collection.equals(Collections.REFERENCES)) {
            throw Problem.forbidden("Items of " + collection + " are made of what the pipeline told; only "
                    + Collections.REFERENCES + " can be written");
        }
    }

    private static Problem unknown(String collection, String id) {
        return Problem.notFound("there is no Item \"" + Parameters.shown(id) + "\" in " + collection);
    }

    private static Problem meanwhile(String id) {
        return Problem.changedMeanwhile(
                "\"" + id + "\" is not any more what this request is about; get it again and repeat");
    }
}
