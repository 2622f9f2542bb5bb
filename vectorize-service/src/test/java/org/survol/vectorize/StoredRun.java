// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.vectorize.topology.ClassRasters;

/** The sample run as inference leaves it: a plan and predicted tiles in a store. */
final class StoredRun {

    final ObjectStore store;
    final Plan plan;
    private final ClassRasters raster;

    StoredRun(ObjectStore store, ClassRasters raster, int tileSize) throws IOException {
        this(store, raster, tileSize, SampleRun.nomenclature());
    }

    StoredRun(ObjectStore store, ClassRasters raster, int tileSize, Nomenclature nomenclature) throws IOException {
        this.store = store;
        this.raster = raster;
        plan = SampleRun.plan(new TileGrid(2154, 0.2, tileSize), raster.window(), nomenclature);
        store.write(SampleRun.PLAN_KEY, Json.bytes(plan), "application/json");
    }

    List<TileAddress> tiles() {
        return plan.tiles().stream().map(Plan.PlannedTile::tile).toList();
    }

    List<TilePredicted> predicted() throws IOException {
        var events = new ArrayList<TilePredicted>();
        for (var tile : tiles()) {
            events.add(predicted(tile));
        }
        return events;
    }

    TilePredicted predicted(TileAddress tile) throws IOException {
        var pixels = raster.cut(plan.grid().window(tile));
        var classes = cog(StoreLayout.classes(SampleRun.RUN, tile), tile, pixels.classes());
        var confidence = cog(StoreLayout.confidence(SampleRun.RUN, tile), tile, pixels.confidence());
        return new TilePredicted(
                SampleRun.RUN,
                SampleRun.PLAN_KEY,
                tile,
                classes,
                cog(StoreLayout.probabilities(SampleRun.RUN, tile), tile, pixels.probabilities()),
                confidence,
                1,
                new StageReport(pixels.window().pixels(), 1, Map.of(), "cpu"));
    }

    TileSkipped skipped(TileAddress tile) {
        return new TileSkipped(SampleRun.RUN, SampleRun.PLAN_KEY, tile, "no source has a pixel here");
    }

    DeadLettered failed(TileAddress tile) {
        return new DeadLettered(
                Digest.ofParts("letter", tile),
                "infer",
                Optional.of(SampleRun.RUN.acquisition()),
                Optional.of(SampleRun.RUN),
                Optional.of(tile),
                FailureKind.BAD_INPUT,
                StoreLayout.stack(SampleRun.RUN, tile),
                "it is truncated",
                "Send it again",
                Optional.empty());
    }

    private ObjectRef cog(String key, TileAddress tile, byte[]... pixels) throws IOException {
        int side = plan.grid().tileSize();
        var window = plan.grid().window(tile);
        Path file = Files.createTempFile("tile", ".tif");
        try {
            CogWriter.of(ByteRaster.of(side, side, pixels))
                    .georeference(new GeoReference(
                            plan.grid().epsg(),
                            plan.grid().easting(window.column()),
                            plan.grid().northing(window.row()),
                            plan.grid().gsdMetres(),
                            plan.grid().gsdMetres()))
                    .write(file);
            return store.upload(key, file, "image/tiff");
        } finally {
            Files.delete(file);
        }
    }
}
