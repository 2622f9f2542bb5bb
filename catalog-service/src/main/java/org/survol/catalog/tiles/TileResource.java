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
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Footprints;
import org.survol.catalog.LruCache;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.rasters.RunRasters;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.Digest;
import org.survol.core.nomenclature.LandClass;
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

    private final PublishedMaps maps;
    private final RunRasters rasters;
    private final TileRenderer renderer;
    private final LruCache<String, byte[]> pictures;

    TileResource(
            PublishedMaps maps,
            RunRasters rasters,
            TileRenderer renderer,
            @ConfigProperty(name = "survol.catalog.tile-cache-mebibytes") int cacheMebibytes) {
        this.maps = maps;
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
        int z = number(zText, WebMercator.DEEPEST);
        int x = number(xText, (1 << z) - 1);
        int y = number(yText, (1 << z) - 1);
        var plan = Parameters.run(acquisition, runName)
                .flatMap(rasters::plan)
                .orElseThrow(() -> Problem.notFound("there is no run \"" + Parameters.shown(runName) + "\" of \""
                        + Parameters.shown(acquisition) + "\""));
        var layer = Layer.parse(layerName, plan.model().card().nomenclature());
        var before = layer instanceof Layer.Change(var map) ? Optional.of(compared(plan, map)) : Optional.<Plan>empty();

        var view = view(plan, layer, z, x, y);
        var other = before.flatMap(each -> view(each, layer, z, x, y));
        if (view.isEmpty() || before.isPresent() && other.isEmpty()) {
            return respond(request, "empty", () -> EMPTY);
        }
        var tag = Digest.shortened(Digest.ofParts(
                plan.run(), layer, z, x, y, view.get().rasters(), other.map(TileRenderer.View::rasters)));
        return respond(request, tag, () -> {
            var known = pictures.get(tag);
            if (known.isPresent()) {
                return known.get();
            }
            var picture = paint(layer, view.get(), other);
            pictures.put(tag, picture);
            return picture;
        });
    }

    private byte[] paint(Layer layer, TileRenderer.View view, Optional<TileRenderer.View> other) throws IOException {
        return switch (layer) {
            case Layer.Image _ -> renderer.image(view);
            case Layer.Classes _ -> renderer.indexed(view, 0, Palettes.classes(view.classes()));
            case Layer.Confidence _ -> renderer.indexed(view, 0, Palettes.confidence());
            case Layer.Probability(var band, var rgb) -> renderer.indexed(view, band, Palettes.oneHue(rgb));
            case Layer.Change _ -> renderer.change(view, other.orElseThrow());
        };
    }

    private Plan compared(Plan plan, String map) {
        var before = rasters.plan(maps.named(map).run())
                .orElseThrow(() -> Problem.notFound("the plan of the map \"" + map + "\" is not known here"));
        var codes = plan.model().card().nomenclature().classes().stream()
                .map(LandClass::code)
                .collect(Collectors.toSet());
        if (before.model().card().nomenclature().classes().stream().noneMatch(other -> codes.contains(other.code()))) {
            throw Problem.badRequest("\"" + map + "\" has no class in common with this run, so all of it would be"
                    + " change; compare with a map whose model has the same classes");
        }
        return before;
    }

    /** Empty when nothing of the run shows there. */
    private Optional<TileRenderer.View> view(Plan plan, Layer layer, int z, int x, int y) {
        if (z < COARSEST || !outline(plan).intersects(WebMercator.bounds(z, x, y))) {
            return Optional.empty();
        }
        var placement = TileRenderer.place(plan, z, x, y);
        var needed = TileRenderer.needed(plan, placement);
        if (needed.size() > MOST_FILES) {
            return Optional.empty();
        }
        var found = rasters.objects(plan.run(), layer.kind(), needed.keySet());
        return found.isEmpty() ? Optional.empty() : Optional.of(new TileRenderer.View(plan, placement, needed, found));
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
