// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.areas;

import static org.survol.catalog.Links.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.ArrayList;
import java.util.Optional;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Polygonal;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.cql2.Cql2Exception;
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.Area;
import org.survol.catalog.store.AreaStore;
import org.survol.core.Json;

/** Areas by name, to cut maps to: loaded by operators, found by everybody who reads. */
@Path("/areas")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
class AreaResource {

    private static final int MOST = 1_000;
    private static final int LONGEST_NAME = 256;
    private static final String USUAL = "100";

    private final AreaStore areas;
    private final PublicUrl url;

    AreaResource(AreaStore areas, PublicUrl url) {
        this.areas = areas;
        this.url = url;
    }

    @GET
    public ObjectNode list(
            @QueryParam("q") Optional<String> text,
            @QueryParam("set") Optional<String> set,
            @QueryParam("limit") @DefaultValue(USUAL) String limitText,
            @Context UriInfo uri) {
        int limit = Parameters.limit(Parameters.of(uri).getOrDefault("limit", USUAL), MOST);
        var document = Json.MAPPER.createObjectNode();
        var list = document.putArray("areas");
        for (var area : areas.list(set, text, limit)) {
            list.addObject()
                    .put("id", area.set() + ":" + area.code())
                    .put("name", area.name())
                    .put("href", url.of("areas", area.set(), area.code()));
        }
        link(document.putArray("links"), "self", url.of("areas"), MediaType.APPLICATION_JSON);
        return document;
    }

    @GET
    @Path("{set}/{code}")
    public ObjectNode area(@PathParam("set") String set, @PathParam("code") String code) {
        var area = areas.find(set, code)
                .orElseThrow(() -> Problem.notFound("there is no area \"" + Parameters.shown(set + ":" + code) + "\""));
        var feature = Json.MAPPER.createObjectNode().put("type", "Feature").put("id", area.id());
        feature.putObject("properties")
                .put("set", area.set())
                .put("code", area.code())
                .put("name", area.name());
        feature.set("geometry", GeoJsonOutline.of(area.outline()));
        link(feature.putArray("links"), "self", url.of("areas", set, code), MediaType.APPLICATION_JSON);
        return feature;
    }

    /**
     * Adds the areas of a GeoJSON FeatureCollection to the set; those that it has already are replaced.
     *
     * @param codeProperty property that holds the code
     * @param nameProperty property that holds the name
     */
    @PUT
    @Path("{set}")
    @Consumes({MediaType.APPLICATION_JSON, "application/geo+json"})
    public ObjectNode put(
            @PathParam("set") String set,
            @QueryParam("code") @DefaultValue("code") String codeProperty,
            @QueryParam("name") @DefaultValue("name") String nameProperty,
            JsonNode collection) {
        if (!Area.WORD.matcher(set).matches()) {
            throw Problem.badRequest(
                    "a set is named by letters, digits, _ . and -, not \"" + Parameters.shown(set) + "\"");
        }
        if (collection == null || !collection.path("features").isArray()) {
            throw Problem.badRequest("areas come as a GeoJSON FeatureCollection, longitude first");
        }
        var read = new ArrayList<Area>();
        for (var feature : collection.path("features")) {
            read.add(read(set, feature, codeProperty, nameProperty, read.size()));
        }
        areas.put(read);
        return Json.MAPPER.createObjectNode().put("set", set).put("stored", read.size());
    }

    private static Area read(String set, JsonNode feature, String codeProperty, String nameProperty, int number) {
        var code = feature.path("properties").path(codeProperty).asText("");
        if (!Area.WORD.matcher(code).matches()) {
            throw Problem.badRequest(
                    "feature " + number + " has no code of letters, digits, _ . and - in its property \""
                            + Parameters.shown(codeProperty) + "\"; name the property with ?code=");
        }
        var name = feature.path("properties").path(nameProperty).asText("");
        if (name.isBlank() || name.length() > LONGEST_NAME || name.indexOf('\0') >= 0) {
            throw Problem.badRequest("feature " + number + " (" + code + ") has no name in its property \""
                    + Parameters.shown(nameProperty) + "\"; name the property with ?name=");
        }
        Geometry outline;
        try {
            outline = Shapes.ofGeoJson(feature.path("geometry"));
        } catch (Cql2Exception e) {
            throw Problem.badRequest("the outline of " + code + " cannot be read: " + e.getMessage());
        }
        if (!(outline instanceof Polygonal) || outline.isEmpty() || !outline.isValid()) {
            throw Problem.badRequest("the outline of " + code
                    + " must be a polygon or multipolygon that neither crosses nor touches itself");
        }
        return new Area(set, code, name, outline);
    }

    /** All areas of the set. */
    @DELETE
    @Path("{set}")
    public ObjectNode remove(@PathParam("set") String set) {
        int removed = areas.remove(set);
        if (removed == 0) {
            throw Problem.notFound("there is no set of areas \"" + Parameters.shown(set) + "\"");
        }
        return Json.MAPPER.createObjectNode().put("set", set).put("removed", removed);
    }
}
