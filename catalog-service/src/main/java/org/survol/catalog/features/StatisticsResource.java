// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.core.Json;

/** What each class covers of a map, or of a part of it, cut exactly at the part's border. */
@Path("/ogc/collections/{id}/statistics")
@Blocking
class StatisticsResource {

    private static final String CSV = "text/csv; charset=UTF-8";

    private final MapParts parts;
    private final int mostPolygons;

    StatisticsResource(MapParts parts, @ConfigProperty(name = "survol.catalog.download-polygons") int mostPolygons) {
        this.parts = parts;
        this.mostPolygons = mostPolygons;
    }

    @GET
    @Produces({MediaType.APPLICATION_JSON, "text/csv"})
    public Response statistics(
            @PathParam("id") String id,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("bbox-crs") Optional<String> bboxCrs,
            @QueryParam("polygon") Optional<String> polygon,
            @QueryParam("area") Optional<String> area,
            @QueryParam("f") @DefaultValue("json") String format)
            throws IOException {
        if (!List.of("json", "csv", "html").contains(format)) {
            throw Problem.badRequest("f must be json or csv, not \"" + Parameters.shown(format) + "\"");
        }
        var part = parts.find(id, new MapParts.Where(bbox, bboxCrs, polygon, area));
        if (part.polygons(mostPolygons + 1L) > mostPolygons) {
            throw Problem.tooLarge("more than " + mostPolygons + " polygons of \"" + id
                    + "\" lie there; ask for smaller areas and add them up");
        }
        var sums = ClassSums.of(part);
        var response = format.equals("csv")
                ? Response.ok(csv(sums), CSV)
                        .header("Content-Disposition", "attachment; filename=\"" + id + "_statistics.csv\"")
                : Response.ok(json(id, sums), MediaType.APPLICATION_JSON);
        return response.header("Cache-Control", "public, max-age=60").build();
    }

    private static String csv(ClassSums sums) {
        var text = new StringBuilder("class,code,label_en,label_fr,polygons,area_m2,share\r\n");
        for (var each : sums.classes()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%d,%s,%s,%s,%d,%.6f,%.8f\r\n",
                    each.value(),
                    quoted(each.code()),
                    quoted(each.labelEn()),
                    quoted(each.labelFr()),
                    each.polygons(),
                    each.squareMetres(),
                    sums.share(each)));
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }

    private static ObjectNode json(String id, ClassSums sums) {
        var document = Json.MAPPER.createObjectNode().put("map", id).put("area_m2", sums.squareMetres());
        var classes = document.putArray("classes");
        for (var each : sums.classes()) {
            classes.addObject()
                    .put("class", each.value())
                    .put("code", each.code())
                    .put("label_en", each.labelEn())
                    .put("label_fr", each.labelFr())
                    .put("polygons", each.polygons())
                    .put("area_m2", each.squareMetres())
                    .put("share", sums.share(each));
        }
        return document;
    }
}
