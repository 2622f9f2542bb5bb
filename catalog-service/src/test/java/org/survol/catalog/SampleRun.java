// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome.FailureKind;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.event.PipelineEvent.TileVectorized;
import org.survol.core.event.RunRef;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;

/** A small run in Lambert-93 and everything that would be told about it. */
public record SampleRun(Plan plan, String item) {

    public static final Instant FLOWN = Instant.parse("2024-06-14T10:20:00Z");
    public static final int TILE = 256;
    public static final double GSD = 0.2;

    public static final Nomenclature CLASSES = new Nomenclature(
            "demo",
            List.of(
                    new LandClass(1, "building", "Building", "Bâtiment", "#db0e9a"),
                    new LandClass(2, "grass", "Grass", "Herbe", "#55ff00"),
                    new LandClass(3, "water", "Water", "Eau", "#1553ae"),
                    new LandClass(4, "tree", "Trees", "Arbres", "#1f7a1f")));

    public static SampleRun of(String acquisition, String run, int columns, int rows) {
        var grid = new TileGrid(2154, GSD, TILE);
        var first = grid.tileOf(Math.round(650_000 / GSD), Math.round(-6_860_000 / GSD));
        var tiles = new ArrayList<Plan.PlannedTile>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                tiles.add(
                        new Plan.PlannedTile(new TileAddress(first.column() + column, first.row() + row), List.of(0)));
            }
        }
        double west = grid.easting(grid.window(first).column());
        double north = grid.northing(grid.window(first).row());
        var footprint = new Plan.Footprint(west, north - rows * TILE * GSD, west + columns * TILE * GSD, north);
        var card = new ModelCard(
                1,
                "demo-rgb",
                "1.0",
                "Demonstration",
                CLASSES,
                List.of(Band.RED, Band.GREEN, Band.BLUE),
                GSD,
                32,
                256,
                32,
                32,
                1,
                "Apache-2.0",
                "procedural scenes",
                Optional.empty(),
                Optional.empty());
        var plan = new Plan(
                new RunRef(acquisition, run),
                grid,
                32,
                new Plan.PinnedModel("models/demo-rgb.onnx", Digest.ofParts("model"), card),
                footprint,
                FLOWN,
                2024,
                List.of(new Plan.Source(
                        "rgb",
                        "inbox/" + acquisition + "/rgb.tif",
                        "etag",
                        Plan.Role.RGB,
                        2154,
                        GSD,
                        footprint,
                        Optional.of(FLOWN),
                        Optional.empty(),
                        List.of())),
                tiles,
                Optional.empty(),
                null);
        var item = Json.text(Map.of(
                "type",
                "Feature",
                "stac_version",
                "1.1.0",
                "id",
                acquisition,
                "geometry",
                Map.of(
                        "type",
                        "Polygon",
                        "coordinates",
                        List.of(List.of(
                                List.of(2.31, 48.83),
                                List.of(2.32, 48.83),
                                List.of(2.32, 48.84),
                                List.of(2.31, 48.84),
                                List.of(2.31, 48.83)))),
                "bbox",
                List.of(2.31, 48.83, 2.32, 48.84),
                "properties",
                Map.of(
                        "datetime", FLOWN.toString(),
                        "license", "etalab-2.0",
                        "providers", List.of(Map.of("name", "Department of Maps", "roles", List.of("producer")))),
                "links",
                List.of(),
                "assets",
                Map.of("rgb", Map.of("href", "s3://survol/inbox/" + acquisition + "/rgb.tif", "type", "image/tiff"))));
        return new SampleRun(plan, item);
    }

    public RunRef run() {
        return plan.run();
    }

    public String planKey() {
        return StoreLayout.plan(run());
    }

    public TileAddress tile(int index) {
        return plan.tiles().get(index).tile();
    }

    public AcquisitionRegistered registered() {
        var key = StoreLayout.item(run().acquisition());
        return new AcquisitionRegistered(run().acquisition(), key, Digest.ofParts(item), Optional.empty());
    }

    public AcquisitionPlanned planned() {
        return new AcquisitionPlanned(run(), planKey(), plan.tiles().size());
    }

    public TileReady ready(TileAddress tile) {
        return new TileReady(run(), planKey(), tile, ref(StoreLayout.stack(run(), tile)), 1, report(40));
    }

    public TileSkipped skipped(TileAddress tile) {
        return new TileSkipped(run(), planKey(), tile, "no source has a valid pixel");
    }

    public TilePredicted predicted(TileAddress tile) {
        return new TilePredicted(
                run(),
                planKey(),
                tile,
                ref(StoreLayout.classes(run(), tile)),
                ref(StoreLayout.probabilities(run(), tile)),
                ref(StoreLayout.confidence(run(), tile)),
                0.56,
                report(120));
    }

    public TileVectorized vectorized(TileAddress tile) {
        return new TileVectorized(run(), planKey(), tile, ref(StoreLayout.topology(run(), tile)), 12, report(15));
    }

    public AcquisitionSettled settled(int vectorized, int skipped, int failed) {
        return new AcquisitionSettled(run(), planKey(), vectorized, skipped, failed);
    }

    public ProductAssembled assembled(Map<String, ObjectRef> files, long polygons, double area, int missing) {
        return new ProductAssembled(
                run(), planKey(), files, Optional.of(OcsGe.COVER), polygons, area, missing, report(60));
    }

    public DeadLettered deadTile(TileAddress tile, String stage) {
        return new DeadLettered(
                Digest.ofParts(run(), tile, stage),
                stage,
                Optional.of(run().acquisition()),
                Optional.of(run()),
                Optional.of(tile),
                FailureKind.BAD_INPUT,
                "inbox/" + run().acquisition() + "/rgb.tif",
                "the file ends before its last strip",
                "Copy the file again and submit it anew",
                Optional.empty());
    }

    /** A run that ended with one tile skipped, one failed and the rest mapped, in the order it happened. */
    public List<PipelineEvent> story() {
        var events = new ArrayList<PipelineEvent>();
        events.add(registered());
        events.add(planned());
        for (var planned : plan.tiles()) {
            events.add(new TilePlanned(run(), planKey(), planned.tile()));
        }
        events.add(skipped(tile(0)));
        for (int i = 1; i < plan.tiles().size(); i++) {
            events.add(ready(tile(i)));
            if (i == 1) {
                events.add(deadTile(tile(i), "infer"));
                continue;
            }
            events.add(predicted(tile(i)));
            events.add(vectorized(tile(i)));
        }
        int mapped = plan.tiles().size() - 2;
        events.add(settled(mapped, 1, 1));
        events.add(assembled(
                Map.of(
                        "gpkg", ref(StoreLayout.product(run(), "map.gpkg")),
                        "fgb", ref(StoreLayout.product(run(), "map.fgb"))),
                42,
                mapped * TILE * TILE * GSD * GSD,
                1));
        return events;
    }

    public static ObjectRef ref(String key) {
        return new ObjectRef(key, 1_000, Digest.ofParts(key));
    }

    private static StageReport report(long millis) {
        return new StageReport((long) TILE * TILE, millis, Map.of("compute", millis / 2), "cpu");
    }
}
