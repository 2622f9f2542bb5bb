// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.survol.ingest.Deliveries.RGB;
import static org.survol.ingest.Deliveries.RGBIE;
import static org.survol.ingest.Deliveries.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.grid.TileAddress;
import org.survol.core.model.Band;
import org.survol.core.model.Domain;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Windowing;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.SampleType;
import org.survol.ingest.AcquisitionPlanner.Decision;

class AcquisitionPlannerTest {

    private static final String ITEM_KEY = "acquisitions/flight/item.json";
    private static final DeliveredItem ITEM =
            DeliveredItem.parse(Deliveries.item("flight", Map.of("a.tif", "RGB")), Deliveries.BUCKET);
    private static final PinnedModel SMALL = model("small", RGB);
    private static final PinnedModel LARGE = model("large", RGBIE);

    /** 2 x 1 tiles of 96 px at 0.2 m, corner on the corner of tile (100, -100). */
    private static final Footprint TWO_TILES = box(100 * 19.2, 99 * 19.2, 102 * 19.2, 100 * 19.2);

    private final AcquisitionPlanner planner = new AcquisitionPlanner(96, "card", 2.5, 1_000, 0);

    @Test
    void plansTheTilesThatTheImagesTouch() {
        var plan = decide(List.of(source("a.tif", Role.RGB, TWO_TILES)), SMALL).plan();

        assertThat(plan.tiles())
                .extracting(Plan.PlannedTile::tile)
                .containsExactly(new TileAddress(100, -100), new TileAddress(101, -100));
        assertThat(plan.grid().epsg()).isEqualTo(2154);
        assertThat(plan.grid().gsdMetres()).isEqualTo(0.2);
        assertThat(plan.footprint()).isEqualTo(TWO_TILES);
        assertThat(plan.vintage()).isEqualTo(2026);
    }

    @Test
    void tilesLieUnderColourImagesOnlyNotUnderTheBoxOfAll() {
        var far = box(110 * 19.2, 109 * 19.2, 111 * 19.2, 110 * 19.2);
        var terrain = box(0, 0, 100_000, 100_000);

        var plan = decide(
                        List.of(
                                source("a.tif", Role.RGB, TWO_TILES),
                                source("b.tif", Role.RGB, far),
                                source("i.tif", Role.IRC, terrain),
                                source("s.tif", Role.DSM, terrain),
                                source("t.tif", Role.DTM, terrain)),
                        LARGE)
                .plan();

        assertThat(plan.tiles())
                .extracting(Plan.PlannedTile::tile)
                .containsExactlyInAnyOrder(
                        new TileAddress(100, -100), new TileAddress(101, -100), new TileAddress(110, -110));
    }

    @Test
    void takesTheModelWithMostBandsThatFits() {
        var colour = List.of(source("a.tif", Role.RGB, TWO_TILES));
        var all = List.of(
                source("a.tif", Role.RGBI, TWO_TILES),
                source("s.tif", Role.DSM, TWO_TILES),
                source("t.tif", Role.DTM, TWO_TILES));

        assertThat(decide(colour, SMALL, LARGE).plan().model()).isEqualTo(SMALL);
        assertThat(decide(all, SMALL, LARGE).plan().model()).isEqualTo(LARGE);
        assertThat(decide(colour, model("zebra", RGB), model("aardvark", RGB))
                        .plan()
                        .model()
                        .card()
                        .name())
                .isEqualTo("aardvark");
    }

    @Test
    void namesTheBandsThatAreMissing() {
        var sources = List.of(source("a.tif", Role.RGB, TWO_TILES), source("s.tif", Role.DSM, TWO_TILES));

        assertThatThrownBy(() -> decide(sources, LARGE)).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.file()).isEqualTo(ITEM_KEY);
            assertThat(e.reason()).contains("large lacks NIR, ELEVATION");
        });
    }

    @Test
    void refusesOnlyImagesTooCoarseForTheModel() {
        var fine = source("fine.tif", Role.RGB, TWO_TILES);
        var coarse = withGsd(source("coarse.tif", Role.RGB, TWO_TILES), 0.51);
        var heights = withGsd(source("s.tif", Role.DSM, TWO_TILES), 5);

        var decision = decide(List.of(coarse, heights, fine), SMALL);

        assertThat(decision.refused()).singleElement().satisfies(e -> {
            assertThat(e.file()).isEqualTo(coarse.key());
            assertThat(e.reason()).contains("0.51 m").contains("0.2 m");
        });
        assertThat(decision.plan().sources()).extracting(Plan.Source::key).containsExactly(fine.key(), heights.key());
        assertThat(decide(List.of(withGsd(fine, 0.5)), SMALL).refused()).isEmpty();
        assertThatThrownBy(() -> decide(List.of(coarse), SMALL))
                .hasMessageContaining("small lacks RED, GREEN, BLUE")
                .hasMessageContaining("coarse.tif");
    }

    @Test
    void ordersSourcesNewestThenFinestThenByName() {
        var old = dated(source("1-old.tif", Role.RGB, TWO_TILES), "2025-06-01T00:00:00Z");
        var coarse = withGsd(source("2-coarse.tif", Role.RGB, TWO_TILES), 0.3);
        var b = source("b.tif", Role.RGB, TWO_TILES);
        var a = source("a.tif", Role.RGB, TWO_TILES);

        assertThat(decide(List.of(old, coarse, b, a), SMALL).plan().sources())
                .extracting(Plan.Source::key)
                .containsExactly(a.key(), b.key(), coarse.key(), old.key());
    }

    @Test
    void gridTakesTheCrsOfMostColourImages() {
        var lambert = source("a.tif", Role.RGB, box(700_000, 6_600_000, 700_010, 6_600_010));
        var utm = withEpsg(source("b.tif", Role.RGB, box(500_000, 5_160_000, 500_010, 5_160_010)), 32631);
        var utm2 = withEpsg(source("c.tif", Role.RGB, box(500_010, 5_160_000, 500_020, 5_160_010)), 32631);
        var heights = withEpsg(source("s.tif", Role.DSM, box(500_010, 5_160_000, 500_020, 5_160_010)), 32632);

        assertThat(decide(List.of(lambert), SMALL).plan().grid().epsg()).isEqualTo(2154);
        assertThat(decide(List.of(lambert, utm, heights), SMALL).plan().grid().epsg())
                .isEqualTo(2154);
        assertThat(decide(List.of(lambert, utm, utm2), SMALL).plan().grid().epsg())
                .isEqualTo(32631);
    }

    @Test
    void webMapImagesAreMappedWhereAMetreIsAMetre() {
        // Martinique, Île-de-France, Wallonia, and a place at sea south of the equator
        assertThat(mapCrs(3857, -6_790_000, 1_640_000)).isEqualTo(5490);
        assertThat(mapCrs(3857, 260_000, 6_250_000)).isEqualTo(2154);
        assertThat(mapCrs(3857, 1_120_000, 7_100_000)).isEqualTo(32632);
        assertThat(mapCrs(3857, 0, -4_000_000)).isEqualTo(32731);
        assertThat(mapCrs(2154, 1_200_000, 6_100_000))
                .as("Corsica, the edge of Lambert-93")
                .isEqualTo(2154);
        assertThat(mapCrs(2056, 2_683_000, 1_248_000))
                .as("Zürich in the Swiss system")
                .isEqualTo(2056);
    }

    private static int mapCrs(int epsg, double easting, double northing) {
        var image = source("a.tif", Role.RGB, box(easting, northing, easting + 10, northing + 10));
        return MapCrs.of(OptionalInt.empty(), List.of(withEpsg(image, epsg)));
    }

    @Test
    void theOperatorMayChooseTheWindows() {
        var sources = List.of(source("a.tif", Role.RGB, TWO_TILES));
        var ofCard = decide(sources, SMALL).plan();
        var wider = decide("128/40", sources);

        assertThat(ofCard.windowing()).isEqualTo(Windowing.ofCard(SMALL.card()));
        assertThat(wider.windowing()).isEqualTo(new Windowing(128, 40));
        assertThat(wider.halo()).isEqualTo(40);
        assertThat(wider.run()).isNotEqualTo(ofCard.run());
        assertThatThrownBy(() -> decide("128/64", sources))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("survol.windows")
                .hasMessageContaining("leaves nothing");
    }

    private static Plan decide(String windows, List<InspectedSource> sources) {
        return new AcquisitionPlanner(96, windows, 2.5, 1_000, 0)
                .plan(ITEM, ITEM_KEY, "item", sources, List.of(SMALL))
                .plan();
    }

    @Test
    void aTileNamesTheSourcesThatTouchItWithItsHalo() {
        var west = source("w.tif", Role.RGB, box(100 * 19.2, 99 * 19.2, 101 * 19.2, 100 * 19.2));
        var east = source("x.tif", Role.RGB, box(101 * 19.2 + 4, 99 * 19.2, 102 * 19.2, 100 * 19.2));

        var tiles = decide(List.of(west, east), SMALL).plan().tiles();

        // 4 m are 20 pixels: beyond the halo of 8 and the reach of 3
        assertThat(tiles.get(0).sources()).containsExactly(0);
        assertThat(tiles.get(1).sources()).containsExactly(0, 1);
    }

    @Test
    void theOrderOfTheInputsDoesNotMatter() {
        var sources = new ArrayList<InspectedSource>();
        for (int i = 0; i < 12; i++) {
            sources.add(source(i + ".tif", i % 3 == 0 ? Role.IRC : Role.RGB, TWO_TILES));
        }
        var models = new ArrayList<>(List.of(SMALL, LARGE, model("other", List.of(Band.NIR, Band.RED))));
        var random = new Random(7);
        var expected = Json.text(decide(sources, models).plan());

        for (int i = 0; i < 20; i++) {
            Collections.shuffle(sources, random);
            Collections.shuffle(models, random);
            assertThat(Json.text(decide(sources, models).plan())).isEqualTo(expected);
        }
    }

    @Test
    void theRunIsAnotherWhenAnInputIs() {
        var sources = List.of(source("a.tif", Role.RGB, TWO_TILES));
        var run = decide(sources, SMALL).plan().run();

        assertThat(decide(sources, SMALL).plan().run()).isEqualTo(run);
        assertThat(decide(sources, model("other", RGB)).plan().run()).isNotEqualTo(run);
        assertThat(decide(List.of(source("b.tif", Role.RGB, TWO_TILES)), SMALL)
                        .plan()
                        .run())
                .isNotEqualTo(run);
        assertThat(new AcquisitionPlanner(128, "card", 2.5, 1_000, 0)
                        .plan(ITEM, ITEM_KEY, "item", sources, List.of(SMALL))
                        .plan()
                        .run())
                .isNotEqualTo(run);
    }

    @Test
    void modelsAreChosenByTerritoryAndDate() {
        var sources = List.of(source("a.tif", Role.RGB, TWO_TILES));
        var local = meantFor(
                "local", new Domain(List.of(2154), List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
        var island = meantFor(
                "island", new Domain(List.of(2975), List.of(), Optional.empty(), Optional.empty(), Optional.empty()));
        int month = ITEM.datetime().atOffset(ZoneOffset.UTC).getMonthValue();
        var winter = meantFor(
                "winter",
                new Domain(List.of(), List.of(month % 12 + 1), Optional.empty(), Optional.empty(), Optional.empty()));
        var outdated = meantFor(
                "outdated", new Domain(List.of(), List.of(), Optional.empty(), Optional.of(1990), Optional.empty()));

        var meant =
                AcquisitionPlanner.meantFor(ITEM, ITEM_KEY, sources, List.of(island, SMALL, winter, local, outdated));

        assertThat(meant).containsExactly(SMALL, local);
        assertThat(decide(sources, SMALL, local).plan().model())
                .as("one made for the place goes before one for anywhere")
                .isEqualTo(local);
        assertThatThrownBy(
                        () -> AcquisitionPlanner.meantFor(ITEM, ITEM_KEY, sources, List.of(island, winter, outdated)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("island is for maps in EPSG:2975, not EPSG:2154")
                .hasMessageContaining("winter is for images of months")
                .hasMessageContaining("outdated is for images until 1990");
    }

    @Test
    void aModelForGeneratedScenesMapsNoRealFlightUnlessAskedFor() {
        var sources = List.of(source("a.tif", Role.RGB, TWO_TILES));
        var demo = meantFor(
                "demo", new Domain(List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.of(true)));
        var scene = new DeliveredItem(ITEM.id(), ITEM.datetime(), ITEM.model(), ITEM.territory(), true, ITEM.assets());

        assertThat(AcquisitionPlanner.meantFor(ITEM, ITEM_KEY, sources, List.of(demo, SMALL)))
                .containsExactly(SMALL);
        assertThatThrownBy(() -> AcquisitionPlanner.meantFor(ITEM, ITEM_KEY, sources, List.of(demo)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("demo is for generated scenes, not real flights");
        assertThat(AcquisitionPlanner.meantFor(scene, ITEM_KEY, sources, List.of(demo, SMALL)))
                .containsExactly(demo, SMALL);
        assertThat(decide(sources, SMALL, demo).plan().model()).isEqualTo(demo);
    }

    private static PinnedModel meantFor(String name, Domain domain) {
        var card = Deliveries.card(name, RGB);
        var json = Json.MAPPER.valueToTree(card);
        ((ObjectNode) json).set("domain", Json.MAPPER.valueToTree(domain));
        return new PinnedModel("models/" + name + ".onnx", "a".repeat(64), ModelCard.parse(name, Json.bytes(json)));
    }

    @Test
    void refusesMoreTilesThanAllowed() {
        var huge = source("a.tif", Role.RGB, box(0, 0, 1_000_000, 1_000_000));

        assertThatThrownBy(() -> decide(List.of(huge), SMALL))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("more than 1000");
    }

    private Decision decide(List<InspectedSource> sources, PinnedModel... models) {
        return decide(sources, List.of(models));
    }

    private Decision decide(List<InspectedSource> sources, List<PinnedModel> models) {
        return planner.plan(ITEM, ITEM_KEY, "item", sources, models);
    }

    private static Footprint box(double minX, double minY, double maxX, double maxY) {
        return new Footprint(minX, minY, maxX, maxY);
    }

    private static InspectedSource source(String file, Role role, Footprint footprint) {
        return new InspectedSource(
                file,
                "inbox/flight/" + file,
                "content of " + file,
                "etag:1",
                role,
                new GeoReference(2154, footprint.minEasting(), footprint.maxNorthing(), 0.2, 0.2),
                0.2,
                footprint,
                Deliveries.JUNE,
                SampleType.UINT8,
                List.of());
    }

    private static InspectedSource withGsd(InspectedSource s, double gsdMetres) {
        return new InspectedSource(
                s.asset(),
                s.key(),
                s.content(),
                s.identity(),
                s.role(),
                s.geo(),
                gsdMetres,
                s.footprint(),
                s.datetime(),
                s.type(),
                s.stretch());
    }

    private static InspectedSource withEpsg(InspectedSource s, int epsg) {
        return new InspectedSource(
                s.asset(),
                s.key(),
                s.content(),
                s.identity(),
                s.role(),
                new GeoReference(epsg, s.geo().west(), s.geo().north(), 0.2, 0.2),
                s.gsdMetres(),
                s.footprint(),
                s.datetime(),
                s.type(),
                s.stretch());
    }

    private static InspectedSource dated(InspectedSource s, String datetime) {
        return new InspectedSource(
                s.asset(),
                s.key(),
                s.content(),
                s.identity(),
                s.role(),
                s.geo(),
                s.gsdMetres(),
                s.footprint(),
                Instant.parse(datetime),
                s.type(),
                s.stretch());
    }
}
