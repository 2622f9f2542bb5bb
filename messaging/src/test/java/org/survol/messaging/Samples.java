// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.store.ObjectRef;

/** One event of each kind, as a flight over Corrèze might cause it. */
final class Samples {

    static final RunRef RUN = new RunRef("correze-2025", "0f1e2d3c4b5a6978");
    static final TileAddress TILE = new TileAddress(628, -6128);
    private static final String PLAN = "runs/correze-2025/0f1e2d3c4b5a6978/plan.json";

    static final List<PipelineEvent> EVENTS = List.of(
            new AcquisitionRegistered(
                    "correze-2025", "acquisitions/correze-2025/item.json", "ab".repeat(32), Optional.of("survol-demo")),
            new AcquisitionPlanned(RUN, PLAN, 12),
            new TilePlanned(RUN, PLAN, TILE),
            new TileReady(RUN, PLAN, TILE, object("stack.tif"), 0.75, report(1)),
            new TileSkipped(RUN, PLAN, TILE, "no valid pixel"),
            new TilePredicted(
                    RUN,
                    PLAN,
                    TILE,
                    object("classes.tif"),
                    object("probabilities.tif"),
                    object("confidence.tif"),
                    0.5625,
                    report(2)),
            new TileVectorized(RUN, PLAN, TILE, object("topology.bin"), 4_321, report(3)),
            new AcquisitionSettled(RUN, PLAN, 10, 1, 1),
            new ProductAssembled(
                    RUN,
                    PLAN,
                    Map.of("gpkg", object("map.gpkg"), "fgb", object("map.fgb")),
                    Optional.of(new Nomenclature(
                            "two", List.of(new LandClass(1, "water", "water", "surface d'eau", "#00ccf2")))),
                    1_234,
                    1_048_576.5,
                    1,
                    report(4)),
            new DeadLettered(
                    "cd".repeat(32),
                    "tile",
                    Optional.of("correze-2025"),
                    Optional.of(RUN),
                    Optional.of(TILE),
                    FailureKind.BAD_INPUT,
                    "inbox/correze-2025/irc.tif",
                    "ends in the middle of a tile",
                    "Deliver the file again",
                    Optional.of("{}")));

    private Samples() {}

    static TilePlanned tile(int column) {
        return new TilePlanned(RUN, PLAN, new TileAddress(column, 0));
    }

    static StageReport report(long wallMillis) {
        return new StageReport(26_214_400, wallMillis, Map.of("decode", 7L, "compute", 9L, "upload", 8L), "cpu");
    }

    private static ObjectRef object(String name) {
        return new ObjectRef("runs/correze-2025/0f1e2d3c4b5a6978/tiles/628_-6128/" + name, 1_000, "ef".repeat(32));
    }
}
