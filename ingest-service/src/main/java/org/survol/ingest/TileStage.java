// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.Resampling;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** Takes a planned tile, cuts its stack from the sources, stores it as a COG and says that it is ready. */
@ApplicationScoped
class TileStage {

    private static final Logger LOG = Logger.getLogger(TileStage.class);
    private static final String COG = "image/tiff; application=geotiff; profile=cloud-optimized";

    private final ObjectStore store;
    private final Plans plans;
    private final SourceFiles files;
    private final int threads;
    private final ExecutorService pool;

    TileStage(ObjectStore store, Plans plans, SourceFiles files, IngestConfig config) {
        this.store = store;
        this.plans = plans;
        this.files = files;
        this.threads = config.threads();
        // the workers' own threads take part: one fewer, and at least one that is there to make the pool a pool
        this.pool = Executors.newFixedThreadPool(
                Math.max(1, threads - 1),
                Thread.ofPlatform().daemon().name("tiling-", 1).factory());
    }

    @PreDestroy
    void stop() {
        pool.shutdown();
    }

    Outcome cut(TilePlanned planned) throws IOException {
        long started = System.nanoTime();
        var indexed = plans.read(planned.planKey());
        var plan = indexed.plan();
        var tile = planned.tile();
        var entry = Optional.ofNullable(indexed.tiles().get(tile))
                .orElseThrow(() -> new BadInputException(
                        planned.planKey(), "it has no tile " + tile, "Deliver the acquisition again"));

        var sources = new ArrayList<OpenSource>();
        for (int index : entry.sources()) {
            sources.add(files.open(index, plan.sources().get(index)));
        }
        var stack = new TileCutter(plan, tile, sources, pool, threads).cut();

        var events = new ArrayList<PipelineEvent>();
        for (var e : stack.unreadable()) {
            LOG.warnf("%s tile %s goes on without a file: %s", plan.run(), tile, e.getMessage());
            events.add(Letters.whileTiling(plan.run(), e));
        }
        events.add(
                stack.validInTile() == 0
                        ? new TileSkipped(plan.run(), planned.planKey(), tile, "no source has a valid pixel here")
                        : store(planned, plan, stack, started));
        return new Outcome.Done(events);
    }

    private TileReady store(TilePlanned planned, Plan plan, Stack stack, long started) throws IOException {
        var tile = planned.tile();
        var file = Files.createTempFile("survol-stack-", ".tif");
        try {
            long cut = System.nanoTime();
            CogWriter.of(stack.pixels())
                    .georeference(reference(plan, tile))
                    .mask(stack.mask())
                    .bandNames(plan.bands().stream().map(Band::name).toList())
                    .overviews(Resampling.AVERAGE)
                    .metadata(provenance(plan, tile, stack))
                    .pool(pool, threads)
                    .write(file);
            long encoded = System.nanoTime();
            var object = store.upload(StoreLayout.stack(plan.run(), tile), file, COG);
            long uploaded = System.nanoTime();

            long pixels = plan.grid().window(tile).pixels();
            var shares = Map.of(
                    "decode", millis(stack.readNanos()),
                    "warp", millis(stack.warpNanos()),
                    "encode", millis(encoded - cut),
                    "upload", millis(uploaded - encoded));
            var report = new StageReport(pixels, millis(uploaded - started), shares, "cpu");
            LOG.infof("%s tile %s: %d ms %s", plan.run(), tile, report.wallMillis(), shares);
            return new TileReady(
                    plan.run(), planned.planKey(), tile, object, (double) stack.validInTile() / pixels, report);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static GeoReference reference(Plan plan, TileAddress tile) {
        var grid = plan.grid();
        var window = grid.window(tile).grow(plan.halo());
        return new GeoReference(
                grid.epsg(),
                grid.easting(window.column()),
                grid.northing(window.row()),
                grid.gsdMetres(),
                grid.gsdMetres());
    }

    /**
     * One source image in a tile.
     *
     * @param share of the tile (halo not counted) that it gave to the layer, 0 to 1
     */
    private record Contribution(String layer, String asset, String key, double share, String datetime) {}

    /** Only what follows from the inputs, in a fixed order: the same tile is the same bytes. */
    private static Map<String, String> provenance(Plan plan, TileAddress tile, Stack stack) {
        double pixels = plan.grid().window(tile).pixels();
        List<Contribution> contributions = stack.uses().stream()
                .map(use -> {
                    var source = plan.sources().get(use.source());
                    return new Contribution(
                            use.layer().name(),
                            source.asset(),
                            source.key(),
                            use.pixels() / pixels,
                            source.datetime().map(Object::toString).orElse(""));
                })
                .toList();
        var metadata = new TreeMap<String, String>();
        metadata.put("SURVOL_ACQUISITION", plan.run().acquisition());
        metadata.put("SURVOL_RUN", plan.run().run());
        metadata.put("SURVOL_TILE", tile.toString());
        metadata.put("SURVOL_HALO", Integer.toString(plan.halo()));
        metadata.put("SURVOL_DATETIME", plan.datetime().toString());
        metadata.put("SURVOL_SOURCES", Json.text(contributions));
        plan.featherMetres().ifPresent(metres -> metadata.put("SURVOL_FEATHER_METRES", metres.toString()));
        var stretched = new TreeMap<String, List<Plan.Stretch>>();
        stack.uses().stream()
                .map(use -> plan.sources().get(use.source()))
                .filter(source -> !source.stretch().isEmpty())
                .forEach(source -> stretched.put(source.key(), source.stretch()));
        if (!stretched.isEmpty()) {
            metadata.put("SURVOL_STRETCH", Json.text(stretched));
        }
        if (plan.bands().contains(Band.ELEVATION)) {
            metadata.put("SURVOL_ELEVATION", "0.2 m per step above ground; 0 also where a height is missing");
            metadata.put("SURVOL_ELEVATION_SHARE", Double.toString(stack.terrainInTile() / pixels));
        }
        return metadata;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
