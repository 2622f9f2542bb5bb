// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Footprints;
import org.survol.catalog.LruCache;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.rasters.RunRasters;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.Digest;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan;

/**
 * Pictures of a run for web maps: WebMercatorQuad, transparent where there is nothing. A picture's tag digests the files
 * it is drawn from, so it changes while tiles arrive and not after.
 */
@Path("/tiles/{acquisition}/{run}/{layer}/{z}/{x}/{y}.png")
@Blocking
class TileResource {

    private static final String PNG = "image/png";
    /** Below it one picture would need hundreds of files; a map of the whole country is another product. */
    private static final int COARSEST = 9;

    private static final int MOST_FILES = 256;
    private static final byte[] EMPTY =
            Png.indexed(WebMercator.SIZE, WebMercator.SIZE, new byte[WebMercator.SIZE * WebMercator.SIZE], new int[1]);

    private final RunRasters rasters;
    private final TileRenderer renderer;
    private final LruCache<String, byte[]> pictures;

    TileResource(
            RunRasters rasters,
            TileRenderer renderer,
            @ConfigProperty(name = "survol.catalog.tile-cache-mebibytes") int cacheMebibytes) {
        this.rasters = rasters;
        this.renderer = renderer;
        this.pictures = new LruCache<>(cacheMebibytes * 1024L * 1024, picture -> picture.length);
    }

    @GET
    @Produces(PNG)
    public Response tile(
            @PathParam("acquisition") String acquisition,
            @PathParam("run") String runName,
            @PathParam("layer") String layerName,
            @PathParam("z") String zText,
            @PathParam("x") String xText,
            @PathParam("y") String yText,
            @Context Request request)
            throws IOException {
        var layer = Layer.parse(layerName)
                .orElseThrow(() -> Problem.notFound(
                        "there is no layer \"" + layerName + "\"; there are image, classes and confidence"));
        int z = number(zText, WebMercator.DEEPEST);
        int x = number(xText, (1 << z) - 1);
        int y = number(yText, (1 << z) - 1);
        var run = Parameters.run(acquisition, runName)
                .filter(candidate -> plan(candidate).isPresent())
                .orElseThrow(() -> Problem.notFound("there is no run \"" + runName + "\" of \"" + acquisition + "\""));
        var plan = plan(run).orElseThrow();

        if (z < COARSEST || !outline(plan).intersects(WebMercator.bounds(z, x, y))) {
            return respond(request, "empty", () -> EMPTY);
        }
        var placement = TileRenderer.place(plan, z, x, y);
        var needed = TileRenderer.needed(plan, placement);
        if (needed.size() > MOST_FILES) {
            return respond(request, "empty", () -> EMPTY);
        }
        var found = rasters.objects(run, kind(layer), needed.keySet());
        if (found.isEmpty()) {
            return respond(request, "empty", () -> EMPTY);
        }
        var tag = Digest.shortened(Digest.ofParts(run, layer, z, x, y, found));
        return respond(request, tag, () -> {
            var known = pictures.get(tag);
            if (known.isPresent()) {
                return known.get();
            }
            var picture = renderer.render(plan, layer, placement, needed, found);
            pictures.put(tag, picture);
            return picture;
        });
    }

    private interface Painter {
        byte[] paint() throws IOException;
    }

    private static Response respond(Request request, String tag, Painter painter) throws IOException {
        var entityTag = new EntityTag(tag);
        var unchanged = request.evaluatePreconditions(entityTag);
        var response = unchanged == null ? Response.ok(painter.paint(), PNG) : unchanged;
        // short: a run in progress fills up, and asking again costs a 304
        return response.tag(entityTag)
                .header("Cache-Control", "public, max-age=10")
                .build();
    }

    private static LngLatBox outline(Plan plan) {
        return Footprints.bounds(Footprints.of(plan.grid().epsg(), plan.footprint()));
    }

    private static RunRasters.Kind kind(Layer layer) {
        return switch (layer) {
            case IMAGE -> RunRasters.Kind.STACK;
            case CLASSES -> RunRasters.Kind.CLASSES;
            case CONFIDENCE -> RunRasters.Kind.CONFIDENCE;
        };
    }

    private Optional<Plan> plan(RunRef run) {
        return rasters.plan(run);
    }

    private static int number(String text, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Problem.notFound(
                "there is no such tile: zoom is 0 to " + WebMercator.DEEPEST + ", column and row are 0 to 2^zoom - 1");
    }
}
