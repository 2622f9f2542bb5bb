// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.survol.catalog.SampleRun;
import org.survol.catalog.store.CatalogStore.Tally;
import org.survol.catalog.store.CatalogStore.TileStage;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePredicted;

/** What every database must do. */
abstract class CatalogStoreContract {

    private static final Instant START = Instant.parse("2025-01-01T08:00:00Z");
    private static final List<String> TABLES =
            List.of("acquisition", "run", "run_fact", "tile_fact", "dead_letter", "item");

    private static final String MODEL = "demo-rgb.0123456789abcdef";

    private final SampleRun sample = SampleRun.of("flight-1", "run-a", 3, 2);

    private JdbcCatalogStore store;

    abstract DataSource database();

    @BeforeEach
    void empty() throws SQLException {
        store = new JdbcCatalogStore(database());
        try (var connection = database().getConnection();
                var statement = connection.createStatement()) {
            for (var table : TABLES) {
                statement.executeUpdate("delete from " + table);
            }
        }
    }

    @Test
    void anyOrderAndAnyRepetitionGivesTheSameCatalogue() throws SQLException {
        var told = sightings(SampleRun.of("flight-1", "run-a", 3, 2), START);
        told.addAll(sightings(SampleRun.of("flight-1", "run-b", 2, 2), START.plusSeconds(3_600)));
        told.addAll(sightings(SampleRun.of("flight-2", "run-c", 2, 1), START.plusSeconds(60)));
        // a tile done twice reports two durations; a product is made again when a lost tile was mended
        var run = SampleRun.of("flight-1", "run-a", 3, 2);
        told.add(sighting(run, run.assembled(Map.of(), 50, 9_000, 0), START.plusSeconds(500)));
        told.add(sighting(run, run.predicted(run.tile(2)), START.plusSeconds(400)));
        store.record(told);
        var expected = content();

        for (int seed = 0; seed < 25; seed++) {
            var random = new Random(seed);
            var shuffled = new ArrayList<>(told);
            for (int i = 0; i < told.size() / 2; i++) {
                shuffled.add(told.get(random.nextInt(told.size())));
            }
            Collections.shuffle(shuffled, random);
            empty();
            for (int from = 0; from < shuffled.size(); ) {
                int to = Math.min(shuffled.size(), from + 1 + random.nextInt(8));
                store.record(shuffled.subList(from, to));
                from = to;
            }
            assertThat(content()).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void countsTilesAndTheirCostByStage() {
        store.record(sightings(sample, START));

        var run = store.runs(Optional.of("flight-1")).getFirst();

        assertThat(run.run()).isEqualTo(sample.run());
        assertThat(run.model()).isEqualTo("demo-rgb");
        assertThat(run.plannedTiles()).isEqualTo(6);
        assertThat(run.tally(TileStage.SKIPPED).count()).isEqualTo(1);
        assertThat(run.tally(TileStage.READY).count()).isEqualTo(5);
        assertThat(run.tally(TileStage.PREDICTED)).isEqualTo(new Tally(4, 4L * 256 * 256, 480));
        assertThat(run.failed()).isEqualTo(1);
        assertThat(run.firstSeen()).isEqualTo(START.plusSeconds(1));
        assertThat(run.product().orElseThrow().event().polygons()).isEqualTo(42);
        assertThat(run.settled().orElseThrow().failed()).isEqualTo(1);
        assertThat(store.runs(Optional.of("flight-2"))).isEmpty();
        assertThat(store.runs(Optional.empty())).hasSize(1);
    }

    @Test
    void aTileThatSucceededInTheEndIsNotCountedAsFailed() {
        store.record(sightings(sample, START));
        store.record(List.of(sighting(sample, sample.vectorized(sample.tile(1)), START.plusSeconds(900))));

        assertThat(store.runs(Optional.empty()).getFirst().failed()).isZero();
    }

    @Test
    void keepsTheNewestDeliveryAndThePlan() {
        store.record(sightings(sample, START));
        var again = new AcquisitionRegistered("flight-1", "acquisitions/flight-1/item.json", "other", Optional.of("m"));
        store.record(List.of(new Sighting(
                again,
                START.plusSeconds(9_000),
                Optional.empty(),
                Optional.of("{\"id\":\"flight-1\"}"),
                List.of(),
                Optional.empty())));

        assertThat(store.delivery("flight-1").orElseThrow().event()).isEqualTo(again);
        assertThat(store.delivery("flight-1").orElseThrow().item()).isEqualTo("{\"id\":\"flight-1\"}");
        assertThat(store.plan(sample.run())).contains(sample.plan());
        assertThat(store.delivery("flight-2")).isEmpty();
    }

    @Test
    void listsDeadLettersNewestFirst() {
        store.record(List.of(
                sighting(sample, sample.deadTile(sample.tile(0), "tile"), START),
                sighting(sample, sample.deadTile(sample.tile(1), "infer"), START.plusSeconds(5))));

        assertThat(store.deadLetters(Optional.empty(), 10))
                .extracting(letter -> letter.event().stage())
                .containsExactly("infer", "tile");
        assertThat(store.deadLetters(Optional.of("flight-1"), 1)).hasSize(1);
        assertThat(store.deadLetters(Optional.of("other"), 10)).isEmpty();
    }

    @Test
    void findsItemsByPlaceTimeCollectionAndId() {
        store.record(sightings(sample, START));
        var all = new ItemQuery(
                List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 100);

        assertThat(store.search(all)).hasSize(5);
        assertThat(store.search(ItemQuery.one("predictions", "flight-1.run-a." + sample.tile(2))))
                .singleElement()
                .satisfies(entry -> assertThat(entry.tile()).contains(sample.tile(2)));
        assertThat(store.search(in(new LngLatBox(2.029, 48, 2.0405, 49)))).hasSize(2);
        assertThat(store.search(in(new LngLatBox(170, 48, 2.0205, 49)))).hasSize(1);
        assertThat(store.search(in(new LngLatBox(10, -10, 20, 10)))).isEmpty();
        assertThat(store.search(new ItemQuery(
                        List.of("predictions"),
                        List.of(),
                        Optional.empty(),
                        Optional.of(SampleRun.FLOWN.plusSeconds(1)),
                        Optional.empty(),
                        Optional.empty(),
                        10)))
                .isEmpty();
    }

    @Test
    void aModelIsFoundOnceAndLeadsToTheMapsMadeWithIt() {
        var later = SampleRun.of("flight-2", "run-b", 2, 1);
        var unfinished = SampleRun.of("flight-3", "run-c", 2, 1);
        store.record(sightings(later, START.plusSeconds(3_600)));
        store.record(List.of(sighting(unfinished, unfinished.planned(), START.plusSeconds(9_000))));
        store.record(sightings(sample, START));

        assertThat(store.search(ItemQuery.one("models", MODEL))).singleElement().satisfies(entry -> {
            assertThat(entry.bounds()).isEmpty();
            // the flight itself was registered a second before
            assertThat(entry.datetime()).isEqualTo(START.plusSeconds(1));
            assertThat(entry.acquisition()).isEqualTo("flight-1");
        });
        assertThat(store.extent("models").orElseThrow().bounds()).isEmpty();
        var sha256 = sample.plan().model().sha256();
        assertThat(store.mappedWith(sha256, 10)).containsExactly(later.run(), sample.run());
        assertThat(store.mappedWith(sha256, 1)).containsExactly(later.run());
        assertThat(store.mappedWith("0".repeat(64), 10)).isEmpty();
    }

    private static ItemQuery in(LngLatBox box) {
        return new ItemQuery(
                List.of(), List.of(), Optional.of(box), Optional.empty(), Optional.empty(), Optional.empty(), 10);
    }

    @Test
    void pagesWithoutLossOrRepetition() {
        store.record(sightings(sample, START));
        var ids = new ArrayList<String>();
        Optional<ItemQuery.Position> after = Optional.empty();
        do {
            var page = store.search(new ItemQuery(
                    List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), after, 3));
            page.forEach(entry -> ids.add(entry.id()));
            after = page.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new ItemQuery.Position(
                            page.getLast().datetime().toEpochMilli(),
                            page.getLast().collection(),
                            page.getLast().id()));
        } while (after.isPresent());

        assertThat(ids).hasSize(5).doesNotHaveDuplicates();
    }

    /** Every sighting of the story, one second apart; predictions are searchable at longitudes 2.02, 2.03, … */
    private static List<Sighting> sightings(SampleRun run, Instant start) {
        var sightings = new ArrayList<Sighting>();
        var at = start;
        for (var event : run.story()) {
            sightings.add(sighting(run, event, at));
            at = at.plusSeconds(1);
        }
        return sightings;
    }

    private static Sighting sighting(SampleRun run, PipelineEvent event, Instant at) {
        var entries = new ArrayList<ItemEntry>();
        if (event instanceof TilePredicted predicted) {
            int index = run.plan().tiles().stream()
                    .map(planned -> planned.tile())
                    .toList()
                    .indexOf(predicted.tile());
            entries.add(new ItemEntry(
                    "predictions",
                    run.run().acquisition() + "." + run.run().run() + "." + predicted.tile(),
                    run.run().acquisition(),
                    Optional.of(run.run().run()),
                    Optional.of(predicted.tile()),
                    SampleRun.FLOWN,
                    Optional.of(new LngLatBox(2 + index * 0.01, 48.5, 2.001 + index * 0.01, 48.6))));
        }
        return new Sighting(
                event,
                at,
                event instanceof AcquisitionRegistered ? Optional.empty() : Optional.of(run.plan()),
                event instanceof AcquisitionRegistered ? Optional.of(run.item()) : Optional.empty(),
                entries,
                event instanceof AcquisitionRegistered ? Optional.empty() : Optional.of(model(run, at)));
    }

    private static ItemEntry model(SampleRun run, Instant at) {
        return new ItemEntry(
                "models",
                MODEL,
                run.run().acquisition(),
                Optional.of(run.run().run()),
                Optional.empty(),
                at,
                Optional.empty());
    }

    private List<String> content() throws SQLException {
        var rows = new ArrayList<String>();
        try (var connection = database().getConnection();
                var statement = connection.createStatement()) {
            for (var table : TABLES) {
                try (var result = statement.executeQuery("select * from " + table)) {
                    int columns = result.getMetaData().getColumnCount();
                    while (result.next()) {
                        var row = new StringBuilder(table);
                        for (int column = 1; column <= columns; column++) {
                            row.append('|').append(result.getString(column));
                        }
                        rows.add(row.toString());
                    }
                }
            }
        }
        Collections.sort(rows);
        return rows;
    }
}
