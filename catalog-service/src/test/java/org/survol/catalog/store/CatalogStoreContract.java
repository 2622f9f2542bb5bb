// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.SampleRun;
import org.survol.catalog.cql2.Cql2Text;
import org.survol.catalog.cql2.Filter;
import org.survol.catalog.store.CatalogStore.Registration;
import org.survol.catalog.store.CatalogStore.Tally;
import org.survol.catalog.store.CatalogStore.TileStage;
import org.survol.catalog.store.ItemQuery.SortKey;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePredicted;

/** What every database must do. */
abstract class CatalogStoreContract {

    private static final Instant START = Instant.parse("2025-01-01T08:00:00Z");
    private static final List<String> TABLES =
            List.of("acquisition", "run", "run_fact", "tile_fact", "dead_letter", "item", "registered_item");

    private static final String MODEL = "demo-rgb.0123456789abcdef";

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private static final List<String> NAMES = List.of(
            "demo", "Demo", "démo", "d_mo", "d%mo", "d\\mo", "o'neil", "", "x; drop table item", "😀mo", "ß", "SS");

    /** Of every kind of predicate, those that databases understand and those that they do not. */
    private static final List<String> ATOMS = List.of(
            "gsd < 0.3",
            "gsd = 0.2",
            "0.2 >= gsd",
            "gsd <> survol:kept_share",
            "gsd * 2 > survol:kept_share + 0.1",
            "gsd BETWEEN 0.2 AND 0.3",
            "survol:polygons NOT BETWEEN 20 AND 70.5",
            "survol:polygons IN (1, 2, 3, 50, 51.0, 52)",
            "survol:polygons % 2 = 0",
            "survol:model.name = 'demo'",
            "survol:model.name <> 'o''neil'",
            "survol:model.name > 'd'",
            "survol:model.name <= title",
            "survol:model.name = title",
            "survol:model.name IN ('demo', 'ß', 'x; drop table item')",
            "survol:model.name IN ('demo', CASEI('SS'))",
            "survol:model.name LIKE 'd%mo'",
            "survol:model.name LIKE 'd\\%mo'",
            "survol:model.name LIKE '_mo'",
            "survol:model.name LIKE '%\\\\mo'",
            "title NOT LIKE '%\\\\%'",
            "CASEI(title) = CASEI('DEMO')",
            "ACCENTI(CASEI(title)) LIKE 'demo%'",
            "title IS NULL",
            "geometry IS NULL",
            "survol:run IS NOT NULL",
            "survol:tile IS NULL",
            "collection = 'products'",
            "survol:acquisition = 'flight-1' AND id <> 'item-7'",
            "datetime > TIMESTAMP('2024-06-14T10:20:01Z')",
            "datetime <= TIMESTAMP('2024-06-14T10:20:00.123456Z')",
            "created >= datetime",
            "created < DATE('2024-06-15')",
            "T_INTERSECTS(datetime, INTERVAL('2024-06-14T10:20:00.5Z', '2024-06-14T10:20:01.0004Z'))",
            "T_AFTER(created, TIMESTAMP('2024-06-14T10:20:00.9999Z'))",
            "T_BEFORE(created, TIMESTAMP('2024-06-14T10:20:00.9999Z'))",
            "T_DISJOINT(datetime, INTERVAL('..', '2024-06-14T10:20:01Z'))",
            "T_DURING(datetime, INTERVAL(created, '..'))",
            "T_DURING(datetime, DATE('2024-06-14'))",
            "S_INTERSECTS(geometry, BBOX(0, 43, 4, 46))",
            "S_INTERSECTS(geometry, POLYGON((0 43, 6 44, 3 49, 0 43)))",
            "S_INTERSECTS(geometry, BBOX(170, 40, 0, 60))",
            "S_DISJOINT(geometry, BBOX(0, 43, 4, 46))",
            "S_WITHIN(geometry, BBOX(-2, 43, 8, 49))",
            "S_CONTAINS(BBOX(-2, 43, 8, 49), geometry)",
            "S_CROSSES(LINESTRING(-5 42, 9 50), geometry)",
            "S_INTERSECTS(geometry, geometry)",
            "TRUE",
            "FALSE");

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
            // no content: it may keep groups of which no Item is left, and then nothing is found in them
            statement.executeUpdate("delete from item_group");
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
        assertThat(store.planWithoutTiles(sample.run())).contains(sample.plan().withoutTiles());
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
        var letter = sample.deadTile(sample.tile(0), "tile");
        assertThat(store.deadLetter(letter.id()).orElseThrow().event()).isEqualTo(letter);
        assertThat(store.deadLetter("' or '1' = '1")).isEmpty();
    }

    @Test
    void findsItemsByPlaceTimeCollectionAndId() {
        store.record(sightings(sample, START));

        assertThat(store.search(ItemQuery.ALL)).hasSize(5);
        assertThat(store.search(ItemQuery.one("predictions", "flight-1.run-a." + sample.tile(2))))
                .singleElement()
                .satisfies(entry -> assertThat(entry.tile()).contains(sample.tile(2)));
        assertThat(store.search(in(new LngLatBox(2.029, 48, 2.0405, 49)))).hasSize(2);
        assertThat(store.search(in(new LngLatBox(170, 48, 2.0205, 49)))).hasSize(1);
        assertThat(store.search(in(new LngLatBox(10, -10, 20, 10)))).isEmpty();
        assertThat(store.search(ItemQuery.ALL
                        .of("predictions")
                        .between(Optional.of(SampleRun.FLOWN.plusSeconds(1)), Optional.empty())))
                .isEmpty();
        assertThat(store.search(ItemQuery.ALL
                        .of("predictions")
                        .between(Optional.of(SampleRun.FLOWN), Optional.of(SampleRun.FLOWN))))
                .hasSize(4);
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
        return where("S_INTERSECTS(geometry, BBOX(%s, %s, %s, %s))"
                .formatted(box.west(), box.south(), box.east(), box.north()));
    }

    private static ItemQuery where(String filter) {
        return ItemQuery.ALL.where(Optional.of(Filter.bind(Cql2Text.parse(filter), ItemField.QUERYABLES)));
    }

    @Test
    void pagesWithoutLossOrRepetition() {
        store.record(sightings(sample, START));

        assertThat(paged(ItemQuery.ALL, 3)).hasSize(5).doesNotHaveDuplicates();
    }

    private List<String> paged(ItemQuery query, int size) {
        var ids = new ArrayList<String>();
        Optional<ItemQuery.Position> after = Optional.empty();
        do {
            var page = store.search(query.first(size).after(after));
            page.forEach(entry -> ids.add(entry.id()));
            after = page.size() < size ? Optional.empty() : Optional.of(query.positionOf(page.getLast()));
        } while (after.isPresent());
        return ids;
    }

    /** The law of searching: the database narrows down, the filter decides. */
    @Test
    void findsWhatTheFilterItselfWouldSelect() {
        var entries = manyEntries(new Random(11), 300);
        var told = sighting(sample, sample.registered(), START);
        store.record(List.of(new Sighting(told.event(), START, told.plan(), told.item(), entries, Optional.empty())));
        assertThat(store.search(ItemQuery.ALL)).containsExactlyInAnyOrderElementsOf(entries);

        var random = new Random(12);
        int some = 0;
        for (int i = 0; i < 200; i++) {
            var text = filter(random, 3);
            var query = where(text);
            var expected = entries.stream()
                    .filter(entry -> query.filter()
                            .orElseThrow()
                            .matches(name -> ItemField.named(name).orElseThrow().valueOf(entry)))
                    .map(ItemEntry::id)
                    .toList();
            assertThat(store.search(query))
                    .as(text)
                    .extracting(ItemEntry::id)
                    .containsExactlyInAnyOrderElementsOf(expected);
            some += expected.isEmpty() || expected.size() == entries.size() ? 0 : 1;
            if (i % 20 == 0) {
                assertThat(paged(query, 7)).as(text).containsExactlyInAnyOrderElementsOf(expected);
                assertThat(paged(query.sortedBy(List.of(new SortKey(ItemField.DATETIME, false))), 7))
                        .as(text)
                        .containsExactlyElementsOf(oldestFirst(entries, expected));
                var ofOne = query.of("products");
                assertThat(paged(ofOne, 7))
                        .as(text)
                        .containsExactlyElementsOf(
                                store.search(ofOne).stream().map(ItemEntry::id).toList());
            }
        }
        assertThat(some).as("filters that select some and not all").isGreaterThan(100);
    }

    /** Whether the database counts or Items are looked at one by one: it is what a search finds that is counted. */
    @Test
    void countsWhatASearchFinds() {
        var entries = manyEntries(new Random(14), 300);
        var told = sighting(sample, sample.registered(), START);
        store.record(List.of(new Sighting(told.event(), START, told.plan(), told.item(), entries, Optional.empty())));
        var fields = Set.of(ItemField.COLLECTION, ItemField.MODEL, ItemField.GSD, ItemField.POLYGONS);
        var random = new Random(15);
        for (int i = 0; i < 100; i++) {
            var text = filter(random, 2);
            var query = where(text).with(i % 10 == 0 ? new Words(List.of("flight-1")) : Words.NONE);
            var found = store.search(query);

            var counts = store.count(query.first(1), fields);

            assertThat(counts.total()).as(text).isEqualTo(found.size());
            assertThat(counts.byDay().values().stream().mapToLong(n -> n).sum())
                    .as(text)
                    .isEqualTo(found.size());
            assertThat(counts.first())
                    .as(text)
                    .isEqualTo(found.stream().map(ItemEntry::datetime).min(Comparator.naturalOrder()));
            assertThat(counts.last())
                    .as(text)
                    .isEqualTo(found.stream().map(ItemEntry::datetime).max(Comparator.naturalOrder()));
            for (var field : fields) {
                assertThat(counts.by().get(field))
                        .as("%s of %s", field, text)
                        .isEqualTo(found.stream()
                                .map(field::valueOf)
                                .filter(Objects::nonNull)
                                .collect(Collectors.groupingBy(Object::toString, TreeMap::new, Collectors.counting())));
            }
        }
    }

    @Test
    void findsWhatCrossesTheAntimeridian() {
        var across = new ItemEntry(
                "references",
                "across",
                "across",
                Optional.empty(),
                Optional.empty(),
                SampleRun.FLOWN,
                Optional.of(new LngLatBox(179, 0, -179, 2)));
        assertThat(store.register(List.of(new Registration(across, "{}")))).isEmpty();

        for (var there :
                List.of("179.5, 1, 179.6, 1.1", "-179.6, 1, -179.5, 1.1", "170, -9, -170, 9", "-180, 0, 0, 2")) {
            assertThat(store.search(where("S_INTERSECTS(geometry, BBOX(" + there + "))")))
                    .as(there)
                    .containsExactly(across);
        }
        for (var elsewhere : List.of("0, 0, 1, 2", "178, 0, 178.5, 2", "-178, 0, -177, 2", "170, 3, -170, 4")) {
            assertThat(store.search(where("S_INTERSECTS(geometry, BBOX(" + elsewhere + "))")))
                    .as(elsewhere)
                    .isEmpty();
        }
    }

    @Test
    void registersAllOrNoneAndChangesOnlyWhatWasSeen() {
        var one = registration("one", "{\"a\":1}");
        var two = registration("two", "{\"a\":2}");
        assertThat(store.register(List.of(one))).isEmpty();
        assertThat(store.register(List.of(two, one))).containsExactly("one");
        assertThat(store.registered(List.of("one", "two"))).containsOnlyKeys("one");
        assertThat(store.search(ItemQuery.ALL)).containsExactly(one.entry());

        var seen = store.registered(List.of("one")).get("one");
        assertThat(seen.document()).isEqualTo(one.document());
        var now = registration("one", "{\"a\":3}");
        assertThat(store.replaceRegistered(now, seen.digest())).isTrue();
        assertThat(store.replaceRegistered(one, seen.digest())).isFalse();
        assertThat(store.removeRegistered("one", seen.digest())).isFalse();
        var changed = store.registered(List.of("one")).get("one");
        assertThat(changed.document()).isEqualTo(now.document());
        assertThat(store.removeRegistered("one", changed.digest())).isTrue();
        assertThat(store.removeRegistered("one", changed.digest())).isFalse();
        assertThat(store.search(ItemQuery.ALL)).isEmpty();
    }

    private static Registration registration(String id, String document) {
        return new Registration(
                new ItemEntry(
                        "references",
                        id,
                        id,
                        Optional.empty(),
                        Optional.empty(),
                        SampleRun.FLOWN,
                        Optional.of(new LngLatBox(1, 2, 3, 4))),
                document);
    }

    private static List<String> oldestFirst(List<ItemEntry> entries, List<String> ids) {
        return entries.stream()
                .filter(entry -> ids.contains(entry.id()))
                .sorted(Comparator.comparing(ItemEntry::datetime)
                        .thenComparing(ItemEntry::collection)
                        .thenComparing(ItemEntry::id))
                .map(ItemEntry::id)
                .toList();
    }

    @Test
    void toldAgainAnItemOfAnEarlierVersionGetsWhatItLacks() throws SQLException {
        store.record(sightings(sample, START));
        var expected = content();
        try (var connection = database().getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate("update item set cell = 0, model = null where collection = 'predictions'");
        }
        assertThat(store.search(where("S_INTERSECTS(geometry, BBOX(2.029, 48, 2.0405, 49))")))
                .as("found all the same")
                .hasSize(2);

        store.record(sightings(sample, START));

        assertThat(content()).isEqualTo(expected);
    }

    @Test
    void findsWordsInWhatItemsAreCalledBy() {
        var entries = manyEntries(new Random(14), 200).stream()
                .filter(entry ->
                        entry.collection().equals("products") || !entry.facts().containsKey(ItemField.TITLE))
                .toList();
        var told = sighting(sample, sample.registered(), START);
        store.record(List.of(new Sighting(told.event(), START, told.plan(), told.item(), entries, Optional.empty())));

        for (var word : List.of("DEMO", "dé", "d_mo", "d%mo", "\\", "o'neil", "Flight-1", "😀", "nothing")) {
            var words = new Words(List.of(word, "nothing"));
            var expected = entries.stream()
                    .filter(entry -> words.isIn(
                            (String) entry.facts().getOrDefault(ItemField.TITLE, ""),
                            (String) entry.facts().getOrDefault(ItemField.MODEL, ""),
                            entry.acquisition()))
                    .map(ItemEntry::id)
                    .toList();
            assertThat(expected.isEmpty()).as(word).isEqualTo(word.equals("nothing"));
            assertThat(paged(ItemQuery.ALL.with(words), 9)).as(word).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(paged(
                            where("S_INTERSECTS(geometry, BBOX(-10, 40, 12, 52))")
                                    .with(words),
                            9))
                    .as(word)
                    .isSubsetOf(expected);
        }
    }

    @Test
    void sortsByAnyFieldAndPagesThroughIt() {
        var entries = manyEntries(new Random(13), 100);
        var told = sighting(sample, sample.registered(), START);
        store.record(List.of(new Sighting(told.event(), START, told.plan(), told.item(), entries, Optional.empty())));

        for (var field : ItemField.values()) {
            if (!field.sortable()) {
                continue;
            }
            for (boolean descending : new boolean[] {true, false}) {
                var query = ItemQuery.ALL.sortedBy(
                        List.of(new SortKey(field, descending), new SortKey(ItemField.MODEL, !descending)));
                var all = store.search(query);
                assertThat(all).as("%s", field).hasSize(100);
                assertThat(paged(query, 9))
                        .as("%s", field)
                        .containsExactlyElementsOf(
                                all.stream().map(ItemEntry::id).toList());
                Double before = null;
                boolean absent = false;
                for (var entry : all) {
                    var value = field.columnValue(entry);
                    assertThat(absent && value != null)
                            .as("%s: what has no value is last", field)
                            .isFalse();
                    absent = value == null;
                    if (value instanceof Number number) {
                        var order = before == null ? 0 : Double.compare(before, number.doubleValue());
                        assertThat(descending ? -order : order).as("%s", field).isLessThanOrEqualTo(0);
                        before = number.doubleValue();
                    }
                }
            }
        }
    }

    private static List<ItemEntry> manyEntries(Random random, int count) {
        var entries = new ArrayList<ItemEntry>();
        for (int i = 0; i < count; i++) {
            double west = -5 + random.nextDouble(14);
            double south = 42 + random.nextDouble(8);
            double side = random.nextDouble(2);
            var shape = GEOMETRIES.createPolygon(new Coordinate[] {
                new Coordinate(west, south),
                new Coordinate(west + side, south),
                new Coordinate(west, south + side),
                new Coordinate(west, south)
            });
            var facts = new EnumMap<ItemField, Object>(ItemField.class);
            put(random, facts, ItemField.GSD, (1 + random.nextInt(4)) / 10.0);
            put(random, facts, ItemField.KEPT_SHARE, (1 + random.nextInt(4)) / 10.0);
            put(random, facts, ItemField.POLYGONS, (long) random.nextInt(100));
            put(random, facts, ItemField.CREATED, SampleRun.FLOWN.plusMillis(random.nextInt(2_000)));
            put(random, facts, ItemField.MODEL, NAMES.get(random.nextInt(NAMES.size())));
            put(random, facts, ItemField.TITLE, NAMES.get(random.nextInt(NAMES.size())));
            boolean nowhere = random.nextInt(10) == 0;
            boolean footprint = random.nextInt(10) > 0;
            entries.add(new ItemEntry(
                    random.nextBoolean() ? "predictions" : "products",
                    "item-" + i,
                    "flight-" + random.nextInt(3),
                    random.nextBoolean() ? Optional.of("run-" + random.nextInt(3)) : Optional.empty(),
                    Optional.empty(),
                    SampleRun.FLOWN.plusMillis(random.nextInt(2_000)),
                    nowhere ? Optional.empty() : Optional.of(new LngLatBox(west, south, west + side, south + side)),
                    nowhere || !footprint ? Optional.empty() : Optional.of(shape),
                    facts));
        }
        return entries;
    }

    private static void put(Random random, EnumMap<ItemField, Object> facts, ItemField field, Object value) {
        if (random.nextInt(4) > 0) {
            facts.put(field, value);
        }
    }

    private static String filter(Random random, int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            return ATOMS.get(random.nextInt(ATOMS.size()));
        }
        return switch (random.nextInt(3)) {
            case 0 -> "(" + filter(random, depth - 1) + " AND " + filter(random, depth - 1) + ")";
            case 1 -> "(" + filter(random, depth - 1) + " OR " + filter(random, depth - 1) + ")";
            default -> "NOT (" + filter(random, depth - 1) + ")";
        };
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
