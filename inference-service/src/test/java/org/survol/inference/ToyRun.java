// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.RunRef;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.plan.Plan.PlannedTile;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.Resampling;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;

/** A planned run of the fixture model over the toy scene: what ingest would have left in the store. */
final class ToyRun {

    static final RunRef RUN = new RunRef("toy-flight", "0123456789abcdef");
    static final TileGrid GRID = new TileGrid(2154, 0.2, 160);
    static final TileAddress TILE = new TileAddress(11, -23);
    /** margin and stride: 48 does not divide 160 */
    static final int HALO = 56;

    private final ObjectStore store;
    private final ToyScene scene;
    private final RunRef run;

    ToyRun(ObjectStore store, ToyScene scene) {
        this(store, scene, RUN);
    }

    ToyRun(ObjectStore store, ToyScene scene, RunRef run) {
        this.store = store;
        this.scene = scene;
        this.run = run;
    }

    Plan writePlan() throws IOException {
        return writePlan(HALO);
    }

    Plan writePlan(int halo) throws IOException {
        var modelFile = Files.readAllBytes(FixtureReference.file());
        store.write(StoreLayout.model("fixture"), modelFile, "application/octet-stream");
        return writePlanFor("fixture", halo, Digest.of(modelFile));
    }

    /** @param model name of a model whose file is not this method's business */
    Plan writePlanFor(String model, int halo, String sha256) throws IOException {
        return writePlan(new PinnedModel(StoreLayout.model(model), sha256, FixtureReference.card()), halo);
    }

    Plan writePlan(PinnedModel model, int halo) throws IOException {
        // images reach well beyond the tiles
        var window = GRID.window(TILE).grow(10_000);
        var plan = new Plan(
                run,
                GRID,
                halo,
                model,
                new Footprint(
                        GRID.easting(window.column()),
                        GRID.northing(window.endRow()),
                        GRID.easting(window.endColumn()),
                        GRID.northing(window.row())),
                Instant.parse("2026-06-01T10:00:00Z"),
                2026,
                List.of(),
                List.of(new PlannedTile(TILE, List.of())),
                Optional.empty(),
                null);
        store.write(StoreLayout.plan(run), Json.bytes(plan), "application/json");
        return plan;
    }

    TileReady writeStack(int halo, Path scratch) throws IOException {
        return writeStack(TILE, halo, scratch);
    }

    TileReady writeStack(TileAddress tile, int halo, Path scratch) throws IOException {
        var extent = GRID.window(tile).grow(halo);
        var stack = scene.stack(extent);
        var rows = stack.read(0, extent.height());
        var file = scratch.resolve("toy-stack.tif");
        CogWriter.of(rows.pixels())
                .georeference(new GeoReference(
                        GRID.epsg(), GRID.easting(extent.column()), GRID.northing(extent.row()), 0.2, 0.2))
                .mask(rows.mask())
                .overviews(Resampling.AVERAGE)
                .write(file);
        return ready(tile, store.upload(StoreLayout.stack(run, tile), file, "image/tiff"));
    }

    TileReady ready(TileAddress tile, ObjectRef stack) {
        return new TileReady(run, StoreLayout.plan(run), tile, stack, 1, new StageReport(1, 1, Map.of(), "cpu"));
    }
}
