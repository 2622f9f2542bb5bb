// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.rasters;

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
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.features.MapParts;
import org.survol.catalog.features.Terms;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan;

/** A window of what a map was made from, or of what the model said, as one Cloud-Optimized GeoTIFF on the map's grid. */
@Path("/ogc/collections/{id}/coverage")
@Blocking
@Produces(MediaType.WILDCARD)
class CoverageResource {

    private static final String GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized";
    /** Samples of one window, of which each is a byte in memory, and a third more for overviews. */
    private static final long MOST_SAMPLES = 100_000_000;
    /** Windows that are made at the same time: one takes up to 350 MB of the usual heap of 768 MB. */
    private static final int AT_ONCE = 1;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final PublishedMaps maps;
    private final RunRasters rasters;
    private final WindowWriter windows;
    private final MapParts parts;
    private final CatalogStore store;
    private final int mostPixels;
    private final Semaphore room = new Semaphore(AT_ONCE, true);

    CoverageResource(
            PublishedMaps maps,
            RunRasters rasters,
            WindowWriter windows,
            MapParts parts,
            CatalogStore store,
            @ConfigProperty(name = "survol.catalog.window-pixels") int mostPixels) {
        this.maps = maps;
        this.rasters = rasters;
        this.windows = windows;
        this.parts = parts;
        this.store = store;
        this.mostPixels = mostPixels;
    }

    @GET
    public Response coverage(
            @PathParam("id") String id,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("bbox-crs") Optional<String> bboxCrs,
            @QueryParam("area") Optional<String> area,
            @QueryParam("layer") @DefaultValue("classes") String layerName,
            @QueryParam("f") @DefaultValue("geotiff") String format)
            throws IOException {
        if (!format.equals("geotiff")) {
            throw Problem.badRequest("f must be geotiff, not \"" + Parameters.shown(format) + "\"");
        }
        var map = maps.named(id);
        var plan = rasters.plan(map.run())
                .orElseThrow(() -> Problem.notFound("the plan of the map \"" + id + "\" is not known here"));
        var layer = WindowLayer.parse(layerName, plan);
        var window = window(id, plan, new MapParts.Where(bbox, bboxCrs, Optional.empty(), area));
        refuseTooLarge(window, layer);
        var terms = Terms.of(plan, store.delivery(map.run().acquisition()));
        var file = Files.createTempFile("survol-window-", ".tif");
        try {
            if (!room.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Problem.unavailable("too many windows are being made; try again in a moment");
            }
            try {
                windows.write(plan, layer, window, terms, file);
            } finally {
                room.release();
            }
            // the name goes, the bytes stay until the answer has been sent or the client has gone
            return Response.ok(Files.newInputStream(file), GEOTIFF)
                    .header("Content-Length", Files.size(file))
                    .header("Content-Disposition", "attachment; filename=\"" + id + "_" + layerName + ".tif\"")
                    .header("Cache-Control", "no-store")
                    .build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("the service is stopping; try again in a moment");
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** The pixels that the box touches, of those that were planned. */
    private PixelWindow window(String id, Plan plan, MapParts.Where where) {
        var grid = plan.grid();
        var all = plan.footprint();
        var box = parts.bounds(where, grid.epsg());
        double west = box.map(b -> Math.max(b.getMinX(), all.minEasting())).orElse(all.minEasting());
        double east = box.map(b -> Math.min(b.getMaxX(), all.maxEasting())).orElse(all.maxEasting());
        double south = box.map(b -> Math.max(b.getMinY(), all.minNorthing())).orElse(all.minNorthing());
        double north = box.map(b -> Math.min(b.getMaxY(), all.maxNorthing())).orElse(all.maxNorthing());
        if (!(west < east && south < north)) {
            throw Problem.notFound("that place does not touch the map \"" + id + "\"");
        }
        long left = floor(grid.column(west));
        long top = floor(grid.row(north));
        return new PixelWindow(
                left,
                top,
                Math.toIntExact(-floor(-grid.column(east)) - left),
                Math.toIntExact(-floor(-grid.row(south)) - top));
    }

    /** Grid lines are not exact in binary: a millionth of a pixel is noise, not position. */
    private static long floor(double pixels) {
        return (long) Math.floor(pixels + 1e-6);
    }

    private void refuseTooLarge(PixelWindow window, WindowLayer layer) {
        if (window.width() > mostPixels
                || window.height() > mostPixels
                || window.pixels() * layer.bands().length > MOST_SAMPLES) {
            throw Problem.tooLarge("the window would have " + window.width() + " x " + window.height() + " pixels of "
                    + layer.bands().length + (layer.bands().length == 1 ? " band" : " bands") + "; ask for at most "
                    + mostPixels + " x " + mostPixels + " and " + MOST_SAMPLES + " values, in several requests");
        }
    }
}
