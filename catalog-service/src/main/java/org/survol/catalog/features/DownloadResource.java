// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;

/** A map, or the part of it that lies in a box or polygon, as one file. */
@Path("/ogc/collections/{id}/download")
@Blocking
@Produces(MediaType.WILDCARD)
class DownloadResource {

    private final MapParts parts;
    private final PublicUrl url;
    private final int mostPolygons;

    DownloadResource(
            MapParts parts,
            PublicUrl url,
            @ConfigProperty(name = "survol.catalog.download-polygons") int mostPolygons) {
        this.parts = parts;
        this.url = url;
        this.mostPolygons = mostPolygons;
    }

    @GET
    public Response download(
            @PathParam("id") String id,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("bbox-crs") Optional<String> bboxCrs,
            @QueryParam("polygon") Optional<String> polygon,
            @QueryParam("area") Optional<String> area,
            @QueryParam("f") @DefaultValue("gpkg") String formatName)
            throws IOException {
        var format = FileFormat.named(formatName)
                .orElseThrow(() -> Problem.badRequest(
                        "f must be one of " + FileFormat.names() + ", not \"" + Parameters.shown(formatName) + "\""));
        var part = parts.find(id, new MapParts.Where(bbox, bboxCrs, polygon, area));
        refuseTooMany(id, part);
        StreamingOutput content = out -> part.write(format, out, looked -> {});
        var name = id + (part.isWhole() ? "." : "_part.") + format;
        return Response.ok(content, format.mediaType())
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .header("Cache-Control", "no-store")
                .build();
    }

    private void refuseTooMany(String id, MapPart part) throws IOException {
        if (part.polygons(mostPolygons + 1) > mostPolygons) {
            var whole = url.ofFile(FeatureFiles.object(part.map()).key());
            throw Problem.tooLarge("more than " + mostPolygons + " polygons of \"" + id
                    + "\" lie there; ask for a smaller area, have the file made by an order at "
                    + url.of("ogc", "processes", "export", "execution") + ", or take the whole map at " + whole);
        }
    }
}
