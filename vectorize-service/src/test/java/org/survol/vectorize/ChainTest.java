// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.nomenclature.ProductClasses;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.CloudEvents;
import org.survol.vectorize.topology.ClassRasters;
import org.survol.vectorize.topology.Sheet;

/** The service's stages over a store in memory, without a broker: this test plays the broker, and plays it badly. */
class ChainTest {

    private static final ClassRasters RASTER = ClassRasters.random(8);
    private static final ClassRasters SMALL = ClassRasters.drawn(70, 70, (x, y) -> 1 + x / 30 + y / 25);
    private static final double PIXEL = 0.2 * 0.2;

    @TempDir
    Path folder;

    /** One process. */
    private final class Service {
        private final VectorizeStage vectorize;
        private final SettleStage settle;
        private final AssembleStage assemble;

        Service(ObjectStore store, String rules) {
            this(store, rules, Sheet.DEFAULT_SIDE);
        }

        Service(ObjectStore store, String rules, int sheetPixels) {
            var config = config(rules, sheetPixels);
            vectorize = new VectorizeStage(store, config, new SimpleMeterRegistry());
            settle = new SettleStage(store, events -> {}, new CloudEvents("/test"));
            assemble = new AssembleStage(store, config, folder, new SimpleMeterRegistry());
        }

        List<PipelineEvent> handle(PipelineEvent event) throws IOException {
            return switch (event) {
                case TilePredicted predicted -> events(vectorize.handle(predicted));
                case AcquisitionSettled settled -> events(assemble.handle(settled));
                default -> settle.handle(event).map(List::<PipelineEvent>of).orElse(List.of());
            };
        }

        /** Handles all, and all that follows from them. */
        List<PipelineEvent> run(List<? extends PipelineEvent> events) throws IOException {
            var queue = new ArrayDeque<PipelineEvent>(events);
            var told = new ArrayList<PipelineEvent>();
            while (!queue.isEmpty()) {
                var facts = handle(queue.remove());
                told.addAll(facts);
                facts.stream().filter(AcquisitionSettled.class::isInstance).forEach(queue::add);
            }
            return told;
        }
    }

    private static List<PipelineEvent> events(Outcome outcome) {
        return outcome instanceof Outcome.Done done ? done.events() : List.of();
    }

    private static VectorizeConfig config(String rules, int sheetPixels) {
        return new VectorizeConfig() {
            @Override
            public int workers() {
                return 1;
            }

            @Override
            public int assembleWorkers() {
                return 1;
            }

            @Override
            public int maxCorners() {
                return 8_000_000;
            }

            @Override
            public String rules() {
                return rules;
            }

            @Override
            public int sheetPixels() {
                return sheetPixels;
            }

            @Override
            public boolean geojsonSeq() {
                return true;
            }
        };
    }

    private static <T extends PipelineEvent> List<T> only(List<PipelineEvent> events, Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static List<String> filesOf(ProductAssembled product) {
        return List.of(
                product.files().get("gpkg").sha256(),
                product.files().get("fgb").sha256(),
                product.files().get("parquet").sha256(),
                product.files().get("pmtiles").sha256(),
                product.files().get("geojsons").sha256());
    }

    private static long pixelsWithClass(ClassRasters raster) {
        long pixels = 0;
        for (byte value : raster.classes()) {
            pixels += value != 0 ? 1 : 0;
        }
        return pixels;
    }

    @Test
    void predictedTilesBecomeAProductWhoseAreaIsTheRasters() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        var products = only(new Service(run.store, "exact").run(run.predicted()), ProductAssembled.class);
        assertThat(products).hasSize(1);
        var product = products.get(0);
        assertThat(product.areaSquareMetres()).isEqualTo(Math.rint(pixelsWithClass(RASTER) * PIXEL * 1e6) / 1e6);
        assertThat(product.missingTiles()).isZero();
        assertThat(product.polygons()).isEqualTo(RASTER.whole().regionCount());
        for (var file : product.files().values()) {
            assertThat(Digest.of(run.store.read(file.key()))).isEqualTo(file.sha256());
        }
    }

    private Path ownRules() throws IOException {
        return Files.writeString(folder.resolve("own.yaml"), """
                name: own
                tolerance-metres: 0.4
                minimum-square-metres: 0.5
                classes:
                  building: {minimum-square-metres: 0.1}
                  road: {minimum-square-metres: 1}
                built-up-zone:
                  buildings: [building]
                  reach-metres: 2
                  smallest-building-square-metres: 0.2
                  minimum-square-metres: 0.2
                kin:
                  - [field, meadow]
                """);
    }

    @Test
    void theFilesAreTheSameForAnyTileSizeWithAMinimumMappingUnitToo() throws IOException {
        for (var rules : List.of("exact", "detail", ownRules().toString())) {
            var whole = new StoredRun(new MemoryObjectStore(), RASTER, 256);
            var expected = only(new Service(whole.store, rules).run(whole.predicted()), ProductAssembled.class);
            for (int tileSize : new int[] {32, 64, 128}) {
                var run = new StoredRun(new MemoryObjectStore(), RASTER, tileSize);
                var product = only(new Service(run.store, rules).run(run.predicted()), ProductAssembled.class);
                assertThat(filesOf(product.get(0))).isEqualTo(filesOf(expected.get(0)));
            }
        }
    }

    @Test
    void aLargeMapIsMadeInSheetsWhateverItsTiles() throws IOException {
        for (var rules : List.of("exact", "detail", ownRules().toString())) {
            var run = new StoredRun(new MemoryObjectStore(), RASTER, 32);
            var product = only(new Service(run.store, rules, 64).run(run.predicted()), ProductAssembled.class)
                    .getFirst();
            assertThat(product.areaSquareMetres()).isEqualTo(Math.rint(pixelsWithClass(RASTER) * PIXEL * 1e6) / 1e6);
            var whole = only(new Service(run.store, rules).run(run.predicted()), ProductAssembled.class)
                    .getLast();
            assertThat(product.polygons()).isGreaterThan(whole.polygons());
            var other = new StoredRun(new MemoryObjectStore(), RASTER, 64);
            var inLargerTiles = only(new Service(other.store, rules, 64).run(other.predicted()), ProductAssembled.class)
                    .getFirst();
            assertThat(filesOf(inLargerTiles)).isEqualTo(filesOf(product));
        }
    }

    @Test
    void refusesSheetsOfNoSize() {
        assertThatThrownBy(() -> new Service(new MemoryObjectStore(), "exact", 0))
                .hasMessageContaining("survol.vectorize.sheet-pixels");
    }

    @Test
    void anyOrderAndAnyRepetitionEndInTheSameWords() throws IOException {
        AcquisitionSettled first = null;
        for (long seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            var run = new StoredRun(new MemoryObjectStore(), RASTER, 64);
            var tiles = run.tiles();
            var events = new ArrayList<PipelineEvent>();
            for (int i = 0; i < tiles.size(); i++) {
                events.add(
                        switch (i % 4) {
                            case 0 -> run.skipped(tiles.get(i));
                            case 1 -> run.failed(tiles.get(i));
                            default -> run.predicted(tiles.get(i));
                        });
            }
            var deliveries = new ArrayList<PipelineEvent>(events);
            for (int i = 0; i < 10; i++) {
                deliveries.add(events.get(random.nextInt(events.size())));
            }
            Collections.shuffle(deliveries, random);
            var open = new ArrayList<>(events);
            var service = new Service(run.store, "exact");
            for (var delivery : deliveries) {
                open.remove(delivery);
                var settled = only(service.handle(delivery), AcquisitionSettled.class);
                assertThat(settled).as("%d tiles open", open.size()).hasSize(open.isEmpty() ? 1 : 0);
                for (var event : settled) {
                    first = first == null ? event : first;
                    assertThat(event).isEqualTo(first);
                }
            }
            assertThat(open).isEmpty();
        }
    }

    @Test
    void aKillAtAnyCallToTheStoreIsHealedByRedelivery() throws IOException {
        var rules = ownRules().toString();
        var untouched = new StoredRun(new MemoryObjectStore(), SMALL, 64);
        var expected = only(new Service(untouched.store, rules).run(untouched.predicted()), ProductAssembled.class)
                .get(0);
        int kills = 0;
        for (int calls = 0; ; calls++) {
            var run = new StoredRun(new MemoryObjectStore(), SMALL, 64);
            var predicted = run.predicted();
            boolean killed = false;
            try {
                new Service(new FailingStore(run.store, calls), rules).run(predicted);
            } catch (IOException e) {
                killed = true;
                kills++;
            }
            // What was not acknowledged comes again, to another process.
            var products = only(new Service(run.store, rules).run(predicted), ProductAssembled.class);
            assertThat(products).as("killed at call %d", calls).isNotEmpty();
            assertThat(products).allSatisfy(product -> {
                assertThat(filesOf(product)).isEqualTo(filesOf(expected));
                assertThat(CloudEvents.id(product)).isEqualTo(CloudEvents.id(expected));
            });
            if (!killed) {
                break;
            }
        }
        assertThat(kills).isGreaterThan(5 * untouched.tiles().size());
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAtTheNextStart() throws IOException {
        var mine = Files.createDirectories(
                folder.resolve("assemble-" + ProcessHandle.current().pid() + "-1"));
        Files.writeString(mine.resolve("land_cover.gpkg"), "half");
        var anothers = Files.createDirectories(folder.resolve("assemble-1-2"));
        new Service(new MemoryObjectStore(), "exact").assemble.removeLeftovers();
        assertThat(mine).doesNotExist();
        assertThat(anothers).as("process 1 lives").exists();
    }

    @Test
    void aFailedTileIsAHoleThatIsCountedAndClosedWhenItIsTracedAfterAll() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        var service = new Service(run.store, "exact");
        var lost = run.tiles().get(1);
        var events = new ArrayList<PipelineEvent>();
        for (var tile : run.tiles()) {
            events.add(tile.equals(lost) ? run.failed(tile) : run.predicted(tile));
        }
        var holed = only(service.run(events), ProductAssembled.class).getLast();
        assertThat(holed.missingTiles()).isEqualTo(1);
        long inLost = pixelsWithClass(RASTER.cut(run.plan.grid().window(lost)));
        assertThat(inLost).isPositive();
        assertThat(holed.areaSquareMetres())
                .isEqualTo(Math.rint((pixelsWithClass(RASTER) - inLost) * PIXEL * 1e6) / 1e6);

        var mended = only(service.run(List.of(run.predicted(lost))), ProductAssembled.class);
        assertThat(mended.getLast().missingTiles()).isZero();
        assertThat(mended.getLast().polygons()).isEqualTo(RASTER.whole().regionCount());

        var late = service.run(List.of(run.failed(lost)));
        assertThat(only(late, ProductAssembled.class).getLast().missingTiles())
                .as("a dead letter that comes late changes nothing")
                .isZero();
    }

    @Test
    void aRunWithoutAnyPixelEndsInAProductWithoutPolygons() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        var skipped = run.tiles().stream().<TileSkipped>map(run::skipped).toList();
        var product = only(new Service(run.store, "detail").run(skipped), ProductAssembled.class)
                .get(0);
        assertThat(product.polygons()).isZero();
        assertThat(product.areaSquareMetres()).isZero();
        assertThat(product.missingTiles()).isZero();
    }

    @Test
    void lettersOfOtherStagesAndUnknownRunsSettleNothing() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 256);
        var letter = run.failed(run.tiles().get(0));
        var service = new Service(run.store, "exact");
        assertThat(service.handle(new DeadLettered(
                        letter.id(),
                        "assemble",
                        letter.acquisition(),
                        letter.run(),
                        letter.tile(),
                        letter.kind(),
                        letter.file(),
                        letter.reason(),
                        letter.mend(),
                        letter.original())))
                .isEmpty();
        run.store.delete(SampleRun.PLAN_KEY);
        assertThat(new Service(run.store, "exact").handle(letter)).isEmpty();
    }

    /** Seven classes with FLAIR's codes, of which two are one post of OCS GE. */
    private static Nomenclature flairsCodes() {
        var codes = List.of("building", "impervious", "agricultural", "herbaceous", "deciduous", "water", "bare-soil");
        var classes = new ArrayList<LandClass>();
        for (var code : codes) {
            classes.add(new LandClass(classes.size() + 1, code, code, code, "#808080"));
        }
        return new Nomenclature("part-of-flair", classes);
    }

    @Test
    void aMapInClassesOfAProductIsThatOfTheSummedProbabilities() throws IOException, SQLException {
        var rules = Files.writeString(
                folder.resolve("posts.yaml"),
                "name: posts\nnomenclature: ocs-ge\ntolerance-metres: 0\nminimum-square-metres: 0\n");
        var posts = ProductClasses.of("test", flairsCodes(), OcsGe.COVER);
        var planes = RASTER.probabilities();
        var expected = new TreeMap<String, Long>();
        for (int p = 0; p < RASTER.classes().length; p++) {
            if (RASTER.classes()[p] != 0) {
                var sums = new int[OcsGe.COVER.classes().size()];
                for (int c = 0; c < planes.length; c++) {
                    sums[posts.index(c)] += planes[c][p] & 0xFF;
                }
                int first = 0;
                for (int i = 1; i < sums.length; i++) {
                    first = sums[i] > sums[first] ? i : first;
                }
                expected.merge(OcsGe.COVER.classes().get(first).code(), 1L, Long::sum);
            }
        }
        for (int tileSize : new int[] {64, 256}) {
            var run = new StoredRun(new MemoryObjectStore(), RASTER, tileSize, flairsCodes());
            var product = only(new Service(run.store, rules.toString()).run(run.predicted()), ProductAssembled.class)
                    .getLast();
            var file = folder.resolve("posts" + tileSize + ".gpkg");
            run.store.download(product.files().get("gpkg").key(), file);
            var areas = new TreeMap<String, Long>();
            try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                    var statement = connection.createStatement();
                    var rows = statement.executeQuery("SELECT code, sum(area_m2) FROM land_cover GROUP BY code")) {
                while (rows.next()) {
                    areas.put(rows.getString(1), Math.round(rows.getDouble(2) / PIXEL));
                }
            }
            assertThat(areas).isEqualTo(expected);
        }
    }

    @Test
    void tilesTracedUnderOtherRulesAreTracedAgainWhenTheMapIsMade() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        var predicted = run.predicted();
        int half = predicted.size() / 2;
        new Service(run.store, "exact").run(predicted.subList(0, half));
        var product = only(
                        new Service(run.store, "detail").run(predicted.subList(half, predicted.size())),
                        ProductAssembled.class)
                .getLast();
        var fresh = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        assertThat(filesOf(product))
                .isEqualTo(
                        filesOf(only(new Service(fresh.store, "detail").run(fresh.predicted()), ProductAssembled.class)
                                .getLast()));
    }

    @Test
    void refusesAClassThatTheNomenclatureHasNot() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), ClassRasters.drawn(40, 40, (x, y) -> 1 + x / 10 * 3), 256);
        var service = new Service(run.store, "exact");
        var predicted = run.predicted();
        assertThatThrownBy(() -> service.run(predicted))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("class 10")
                .hasMessageContaining("classes.tif");
        assertThat(run.store.list(StoreLayout.settledPrefix(SampleRun.RUN))).isEmpty();
    }

    @Test
    void refusesNoiseThatNoMachineHoldsAndNamesIt() throws IOException {
        int side = 5120;
        var grid = new TileGrid(2154, 0.2, side);
        var checkerboard = new byte[side * side];
        for (int i = 0; i < checkerboard.length; i++) {
            checkerboard[i] = (byte) (1 + (i % side + i / side) % 2);
        }
        var window = grid.window(new TileAddress(190, -1300));
        var run = new StoredRun(new MemoryObjectStore(), new ClassRasters(window, checkerboard, checkerboard), side);
        var service = new Service(run.store, "exact");
        var predicted = run.predicted();
        assertThatThrownBy(() -> service.run(predicted))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("classes.tif")
                .hasMessageContaining("boundary corners")
                .hasMessageContaining("survol.vectorize.max-corners");
        assertThat(run.store.list(StoreLayout.settledPrefix(SampleRun.RUN))).isEmpty();
    }

    @Test
    void refusesARasterOfAnotherSizeThanTheTile() throws IOException {
        var small = new StoredRun(new MemoryObjectStore(), RASTER, 64);
        var predicted = small.predicted(small.tiles().get(0));
        var large = SampleRun.plan(new TileGrid(2154, 0.2, 128), RASTER.window());
        small.store.write(SampleRun.PLAN_KEY, Json.bytes(large), "application/json");
        var service = new Service(small.store, "exact");
        var misplaced = new TilePredicted(
                predicted.run(),
                predicted.planKey(),
                large.tiles().get(0).tile(),
                predicted.classes(),
                predicted.probabilities(),
                predicted.confidence(),
                1,
                predicted.report());
        assertThatThrownBy(() -> service.run(List.of(misplaced)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("64 x 64")
                .hasMessageContaining("128 x 128");
    }

    @Test
    void ofTwoPredictionsThatContradictEachOtherTheLastIsInTheMap() throws IOException {
        var other = ClassRasters.drawn(70, 70, (x, y) -> 7 - x / 30 - y / 25);
        var run = new StoredRun(new MemoryObjectStore(), SMALL, 64);
        var rules = ownRules().toString();
        new Service(run.store, rules).run(run.predicted());
        var changed = new StoredRun(run.store, other, 64);
        var product = only(new Service(run.store, rules).run(changed.predicted()), ProductAssembled.class)
                .getLast();
        var fresh = new StoredRun(new MemoryObjectStore(), other, 64);
        assertThat(filesOf(product))
                .isEqualTo(filesOf(only(new Service(fresh.store, rules).run(fresh.predicted()), ProductAssembled.class)
                        .getLast()));
    }

    @Test
    void aTopologyThatIsGoneEndsNoMap() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), SMALL, 64);
        var service = new Service(run.store, "exact");
        var predicted = run.predicted();
        for (var event : predicted.subList(0, predicted.size() - 1)) {
            service.handle(event);
        }
        var settled = only(service.handle(predicted.getLast()), AcquisitionSettled.class);
        String key = StoreLayout.topology(SampleRun.RUN, run.tiles().get(0));
        run.store.delete(key);
        assertThatThrownBy(() -> service.run(settled))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(key);
        assertThat(run.store.list("products/")).isEmpty();
    }

    @Test
    void aCorruptTopologyIsRefusedByName() throws IOException {
        var run = new StoredRun(new MemoryObjectStore(), RASTER, 256);
        var service = new Service(run.store, "exact");
        var settled = only(service.handle(run.predicted().get(0)), AcquisitionSettled.class);
        String key = StoreLayout.topology(SampleRun.RUN, run.tiles().get(0));
        var bytes = run.store.read(key);
        bytes[bytes.length / 2] ^= 1;
        run.store.write(key, bytes, "application/octet-stream");
        assertThatThrownBy(() -> service.run(settled))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(key);
        assertThat(run.store.list("products/")).isEmpty();
    }
}
