// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.survol.core.event.RunRef;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.core.store.StoreLayout;

/** A run over a few small tiles. */
public final class SampleRun {

    public static final RunRef RUN = new RunRef("flight-7", "0123456789abcdef");
    public static final String PLAN_KEY = StoreLayout.plan(RUN);

    private SampleRun() {}

    public static Nomenclature nomenclature() {
        return new Nomenclature(
                "sample",
                List.of(
                        new LandClass(1, "building", "Building", "Bâtiment", "#d04040"),
                        new LandClass(2, "road", "Road & rail", "Route", "#808080"),
                        new LandClass(3, "field", "Field", "Champ", "#e0d080"),
                        new LandClass(4, "meadow", "Meadow", "Prairie", "#90c060"),
                        new LandClass(5, "wood", "Wood", "Bois", "#207030"),
                        new LandClass(6, "water", "Water", "Eau", "#3060d0"),
                        new LandClass(7, "bare", "Bare ground", "Sol nu", "#c0a080")));
    }

    /** A plan whose tiles are all that the window touches. */
    public static Plan plan(TileGrid grid, PixelWindow window) {
        return plan(grid, window, nomenclature());
    }

    public static Plan plan(TileGrid grid, PixelWindow window, Nomenclature nomenclature) {
        var card = new ModelCard(
                1,
                "sample-rgb",
                "1",
                "Sample",
                nomenclature,
                List.of(Band.RED, Band.GREEN, Band.BLUE),
                grid.gsdMetres(),
                32,
                64,
                0,
                0,
                1,
                "Apache-2.0",
                "none",
                Optional.empty(),
                Optional.empty());
        return new Plan(
                RUN,
                grid,
                0,
                new Plan.PinnedModel(StoreLayout.model("sample-rgb"), "ab".repeat(32), card),
                new Plan.Footprint(
                        grid.easting(window.column()),
                        grid.northing(window.endRow()),
                        grid.easting(window.endColumn()),
                        grid.northing(window.row())),
                Instant.parse("2024-06-21T10:15:30Z"),
                2024,
                List.of(),
                grid.tilesTouching(window).stream()
                        .map(tile -> new Plan.PlannedTile(tile, List.of()))
                        .toList(),
                Optional.empty(),
                null);
    }
}
