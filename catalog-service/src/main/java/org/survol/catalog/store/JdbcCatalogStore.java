// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.survol.catalog.LruCache;
import org.survol.core.Digest;
import org.survol.core.Json;
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
import org.survol.core.plan.Plan;

/**
 * The catalogue in plain SQL that H2 and PostgreSQL both take.
 *
 * <p>Each row keeps the preferred fact of its key: "insert, or else replace where the new one is preferred". Preference
 * is a total order on (preference, digest of the event), so the result is a minimum over a set and neither order nor
 * repetition shows. Usually the first sighting is preferred; a newer delivery replaces an older one of the same
 * acquisition, and a newer dead letter its older telling; a product with fewer missing tiles replaces one with more.
 */
public final class JdbcCatalogStore implements CatalogStore {

    /** Equal events must be equal bytes in every process; the order of {@link Map#copyOf} is not. */
    private static final ObjectMapper CANONICAL =
            Json.MAPPER.copy().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);

    private static final int RUNS_KEPT = 10_000;

    private static final StageReport NO_REPORT = new StageReport(0, 0, Map.of(), "");

    private final Database database;
    private final ItemSearch items;
    private final References references;
    /** Runs whose plan is known to be in the database. */
    private final LruCache<RunRef, Boolean> planned = new LruCache<>(RUNS_KEPT, known -> 1);

    public JdbcCatalogStore(DataSource database) {
        this.database = new Database(database);
        this.items = new ItemSearch(this.database);
        this.references = new References(this.database);
    }

    @Override
    public void record(List<Sighting> sightings) {
        // The same order in every transaction, so that two writers lock rows in the same order and never deadlock.
        var ordered = new ArrayList<Ordered>();
        sightings.forEach(sighting -> ordered.add(new Ordered(lockOrder(sighting), sighting)));
        ordered.sort(Comparator.comparing(Ordered::key));
        var seen = new TreeMap<RunRef, SeenRun>(
                Comparator.comparing(RunRef::acquisition).thenComparing(RunRef::run));
        var facts = new TreeMap<String, List<Fact>>();
        var models = new TreeMap<String, ItemEntry>();
        for (var each : ordered) {
            var sighting = each.sighting();
            runOf(sighting.event())
                    .ifPresent(run ->
                            seen.merge(run, new SeenRun(sighting.at().toEpochMilli(), sighting.plan()), SeenRun::with));
            fact(sighting).ifPresent(fact -> facts.computeIfAbsent(fact.table(), table -> new ArrayList<>())
                    .add(fact));
            sighting.model().ifPresent(model -> models.merge(model.id(), model, JdbcCatalogStore::earlier));
        }
        database.inTransaction("record " + sightings.size() + " events", connection -> {
            for (var run : seen.entrySet()) {
                seeRun(connection, run.getKey(), run.getValue());
            }
            var entries = new ArrayList<ItemEntry>();
            for (var ofTable : facts.values()) {
                upsert(connection, ofTable)
                        .forEach(fact -> entries.addAll(fact.sighting().entries()));
            }
            ItemGroups.widen(connection, entries);
            ItemRows.replace(connection, entries);
            // after all else, as runs share them
            for (var model : models.values()) {
                seeModel(connection, model);
            }
            return null;
        });
        // only now they are sure to be there
        seen.forEach((run, what) -> what.plan().ifPresent(plan -> planned.put(run, true)));
    }

    private record Ordered(String key, Sighting sighting) {}

    /** What a batch says of a run: when it was first seen, and its plan. */
    private record SeenRun(long firstMillis, Optional<Plan> plan) {

        SeenRun with(SeenRun other) {
            return new SeenRun(Math.min(firstMillis, other.firstMillis), plan.or(() -> other.plan));
        }
    }

    /** A row to be, of which {@link Row} has key and content. */
    private record Fact(Sighting sighting, String table, Row key, Row content) {}

    private static String lockOrder(Sighting sighting) {
        return sighting.event().key() + "\u0000"
                + sighting.event().getClass().getSimpleName() + "\u0000"
                + canonical(sighting.event());
    }

    private static Optional<RunRef> runOf(PipelineEvent event) {
        return switch (event) {
            case AcquisitionRegistered _ -> Optional.empty();
            case AcquisitionPlanned e -> Optional.of(e.run());
            case TilePlanned e -> Optional.of(e.run());
            case TileReady e -> Optional.of(e.run());
            case TileSkipped e -> Optional.of(e.run());
            case TilePredicted e -> Optional.of(e.run());
            case TileVectorized e -> Optional.of(e.run());
            case AcquisitionSettled e -> Optional.of(e.run());
            case ProductAssembled e -> Optional.of(e.run());
            case DeadLettered e -> e.run();
        };
    }

    private static Optional<Fact> fact(Sighting sighting) {
        long at = sighting.at().toEpochMilli();
        return switch (sighting.event()) {
            case AcquisitionRegistered event ->
                Optional.of(new Fact(
                        sighting,
                        "acquisition",
                        Row.key("acquisition", event.acquisition()),
                        Row.fact(-at, at, event)
                                .and(
                                        "item",
                                        sighting.item()
                                                .orElseThrow(
                                                        () -> new IllegalArgumentException("no Item with " + event)))));
            case AcquisitionPlanned event -> Optional.of(ofRun(sighting, event.run(), "planned", at));
            case TilePlanned _ -> Optional.empty();
            case TileReady event ->
                Optional.of(ofTile(sighting, event.run(), event.tile(), TileStage.READY, event.report()));
            case TileSkipped event ->
                Optional.of(ofTile(sighting, event.run(), event.tile(), TileStage.SKIPPED, NO_REPORT));
            case TilePredicted event ->
                Optional.of(ofTile(sighting, event.run(), event.tile(), TileStage.PREDICTED, event.report()));
            case TileVectorized event ->
                Optional.of(ofTile(sighting, event.run(), event.tile(), TileStage.VECTORIZED, event.report()));
            case AcquisitionSettled event ->
                Optional.of(ofRun(sighting, event.run(), "settled", fewest(event.failed(), at)));
            case ProductAssembled event ->
                Optional.of(ofRun(sighting, event.run(), "assembled", fewest(event.missingTiles(), at)));
            case DeadLettered event ->
                Optional.of(new Fact(
                        sighting,
                        "dead_letter",
                        Row.key("id", event.id()),
                        // the latest telling: what is refused again after a new delivery answers that delivery
                        Row.fact(-at, at, event)
                                .and("acquisition", acquisitionOf(event).orElse(null))
                                .and("run", event.run().map(RunRef::run).orElse(null))
                                .and(
                                        "tile_column",
                                        event.tile().map(TileAddress::column).orElse(null))
                                .and(
                                        "tile_row",
                                        event.tile().map(TileAddress::row).orElse(null))));
        };
    }

    private static Fact ofRun(Sighting sighting, RunRef run, String stage, long preference) {
        return new Fact(
                sighting,
                "run_fact",
                Row.key("acquisition", run.acquisition()).and("run", run.run()).and("stage", stage),
                Row.fact(preference, sighting.at().toEpochMilli(), sighting.event()));
    }

    private static Fact ofTile(Sighting sighting, RunRef run, TileAddress tile, TileStage stage, StageReport report) {
        long at = sighting.at().toEpochMilli();
        return new Fact(
                sighting,
                "tile_fact",
                Row.key("acquisition", run.acquisition())
                        .and("run", run.run())
                        .and("tile_column", tile.column())
                        .and("tile_row", tile.row())
                        .and("stage", column(stage)),
                Row.fact(at, at, sighting.event())
                        .and("pixels", report.pixels())
                        .and("wall_millis", report.wallMillis()));
    }

    private static Optional<String> acquisitionOf(DeadLettered event) {
        return event.acquisition().or(() -> event.run().map(RunRef::acquisition));
    }

    /** Fewest missing first, then earliest; milliseconds need 41 bits until the year 2039 and 42 until 2109. */
    private static long fewest(int missing, long atMillis) {
        return ((long) missing << 42) + atMillis;
    }

    private void seeRun(Connection connection, RunRef run, SeenRun seen) throws SQLException {
        Database.update(
                connection,
                "insert into run (acquisition, run, first_millis) values (?, ?, ?) on conflict do nothing",
                run.acquisition(),
                run.run(),
                seen.firstMillis());
        Database.update(
                connection,
                "update run set first_millis = ? where acquisition = ? and run = ? and first_millis > ?",
                seen.firstMillis(),
                run.acquisition(),
                run.run(),
                seen.firstMillis());
        // a plan may be a megabyte; it is written once
        if (seen.plan().isPresent() && planned.get(run).isEmpty()) {
            var plan = seen.plan().get();
            Database.update(
                    connection,
                    "update run set model = ?, model_sha256 = ?, planned_tiles = ?, plan = ?, plan_head = ?"
                            + " where acquisition = ? and run = ? and plan is null",
                    plan.model().card().name(),
                    plan.model().sha256(),
                    plan.tiles().size(),
                    Json.text(plan),
                    Json.text(plan.withoutTiles()),
                    run.acquisition(),
                    run.run());
        }
    }

    /** By time, then by run, compared here: databases sort letters in their own ways. */
    private static ItemEntry earlier(ItemEntry a, ItemEntry b) {
        var order = Comparator.comparing(ItemEntry::datetime)
                .thenComparing(ItemEntry::acquisition)
                .thenComparing(entry -> entry.run().orElse(""));
        return order.compare(a, b) <= 0 ? a : b;
    }

    private static void seeModel(Connection connection, ItemEntry model) throws SQLException {
        if (ItemRows.insert(connection, model) > 0) {
            ItemGroups.widen(connection, List.of(model));
            return;
        }
        ItemEntry known;
        try (var statement =
                connection.prepareStatement(ItemRows.SELECT + " where collection = ? and id = ? for update")) {
            Database.bind(statement, List.of(model.collection(), model.id()));
            try (var rows = statement.executeQuery()) {
                rows.next();
                known = ItemRows.read(rows);
            }
        }
        if (!earlier(known, model).equals(known)) {
            ItemGroups.widen(connection, List.of(model));
            ItemRows.replace(connection, model);
        }
    }

    @Override
    public List<Delivery> deliveries() {
        return database.query(
                "select event, at_millis, item from acquisition order by at_millis, acquisition",
                List.of(),
                JdbcCatalogStore::delivery);
    }

    @Override
    public Optional<Delivery> delivery(String acquisition) {
        return first(database.query(
                "select event, at_millis, item from acquisition where acquisition = ?",
                List.of(acquisition),
                JdbcCatalogStore::delivery));
    }

    private static Delivery delivery(ResultSet row) throws SQLException {
        return new Delivery(
                parse(row.getString("event"), AcquisitionRegistered.class),
                Instant.ofEpochMilli(row.getLong("at_millis")),
                row.getString("item"));
    }

    private record StageTally(RunRef run, TileStage stage, Tally tally, long lastMillis) {}

    private record RunEvent(RunRef run, String stage, long atMillis, String event) {}

    private record RunRow(RunRef run, String model, int plannedTiles, long firstMillis) {}

    @Override
    public List<RunRecord> runs(Optional<String> acquisition) {
        var where = acquisition.isPresent() ? " where acquisition = ?" : "";
        var parameters = acquisition.<List<Object>>map(List::of).orElse(List.of());
        var tallies = new HashMap<RunRef, Map<TileStage, Tally>>();
        var last = new HashMap<RunRef, Long>();
        for (var row : database.query(
                "select acquisition, run, stage, count(*) as units, sum(pixels) as pixels, sum(wall_millis) as wall,"
                        + " max(at_millis) as last_millis from tile_fact" + where + " group by acquisition, run, stage",
                parameters,
                row -> new StageTally(
                        runRef(row),
                        stage(row.getString("stage")),
                        new Tally(row.getLong("units"), row.getLong("pixels"), row.getLong("wall")),
                        row.getLong("last_millis")))) {
            tallies.computeIfAbsent(row.run(), run -> new EnumMap<>(TileStage.class))
                    .put(row.stage(), row.tally());
            last.merge(row.run(), row.lastMillis(), Math::max);
        }
        var settled = new HashMap<RunRef, AcquisitionSettled>();
        var products = new HashMap<RunRef, Assembled>();
        for (var row : database.query(
                "select acquisition, run, stage, at_millis, event from run_fact" + where,
                parameters,
                row -> new RunEvent(
                        runRef(row), row.getString("stage"), row.getLong("at_millis"), row.getString("event")))) {
            last.merge(row.run(), row.atMillis(), Math::max);
            if (row.stage().equals("settled")) {
                settled.put(row.run(), parse(row.event(), AcquisitionSettled.class));
            } else if (row.stage().equals("assembled")) {
                products.put(
                        row.run(),
                        new Assembled(
                                parse(row.event(), ProductAssembled.class), Instant.ofEpochMilli(row.atMillis())));
            }
        }
        var failed = new HashMap<RunRef, Long>();
        for (var row : database.query(
                "select acquisition, run, count(*) as tiles from (select distinct d.acquisition, d.run, d.tile_column,"
                        + " d.tile_row from dead_letter d where d.run is not null and d.tile_column is not null"
                        + (acquisition.isPresent() ? " and d.acquisition = ?" : "")
                        + " and not exists (select 1 from tile_fact t where t.acquisition = d.acquisition"
                        + " and t.run = d.run and t.tile_column = d.tile_column and t.tile_row = d.tile_row"
                        + " and t.stage in ('skipped', 'vectorized'))) as lost group by acquisition, run",
                parameters,
                row -> Map.entry(runRef(row), row.getLong("tiles")))) {
            failed.put(row.getKey(), row.getValue());
        }
        var runs = database.query(
                "select acquisition, run, coalesce(model, '') as model, coalesce(planned_tiles, 0) as planned_tiles,"
                        + " first_millis from run" + where + " order by first_millis, acquisition, run",
                parameters,
                row -> new RunRow(
                        runRef(row), row.getString("model"), row.getInt("planned_tiles"), row.getLong("first_millis")));
        return runs.stream()
                .map(row -> new RunRecord(
                        row.run(),
                        row.model(),
                        row.plannedTiles(),
                        Instant.ofEpochMilli(row.firstMillis()),
                        Instant.ofEpochMilli(last.getOrDefault(row.run(), row.firstMillis())),
                        Map.copyOf(tallies.getOrDefault(row.run(), Map.of())),
                        failed.getOrDefault(row.run(), 0L),
                        Optional.ofNullable(settled.get(row.run())),
                        Optional.ofNullable(products.get(row.run()))))
                .toList();
    }

    @Override
    public Optional<Plan> plan(RunRef run) {
        return first(database.query(
                        "select plan from run where acquisition = ? and run = ? and plan is not null",
                        List.of(run.acquisition(), run.run()),
                        row -> row.getString("plan")))
                .map(json -> parse(json, Plan.class));
    }

    @Override
    public Optional<Plan> planWithoutTiles(RunRef run) {
        // runs of earlier versions have the whole plan only
        return first(database.query(
                        "select plan_head as head from run where acquisition = ? and run = ? and plan_head is not null",
                        List.of(run.acquisition(), run.run()),
                        row -> row.getString("head")))
                .map(json -> parse(json, Plan.class))
                .or(() -> plan(run).map(Plan::withoutTiles));
    }

    @Override
    public List<DeadLetter> deadLetters(Optional<String> acquisition, int limit) {
        var parameters = new ArrayList<Object>(acquisition.map(List::of).orElse(List.of()));
        parameters.add(limit);
        return database.query(
                "select event, at_millis from dead_letter" + (acquisition.isPresent() ? " where acquisition = ?" : "")
                        + " order by at_millis desc, id limit ?",
                parameters,
                JdbcCatalogStore::deadLetter);
    }

    @Override
    public Optional<DeadLetter> deadLetter(String id) {
        return database
                .query(
                        "select event, at_millis from dead_letter where id = ?",
                        List.of(id),
                        JdbcCatalogStore::deadLetter)
                .stream()
                .findFirst();
    }

    private static DeadLetter deadLetter(ResultSet row) throws SQLException {
        return new DeadLetter(
                parse(row.getString("event"), DeadLettered.class), Instant.ofEpochMilli(row.getLong("at_millis")));
    }

    @Override
    public List<ItemEntry> search(ItemQuery query) {
        return items.search(query);
    }

    @Override
    public ItemCounts count(ItemQuery query, Set<ItemField> by) {
        return items.count(query, by);
    }

    @Override
    public Map<String, Registered> registered(Collection<String> ids) {
        return references.of(ids);
    }

    @Override
    public List<String> register(List<Registration> registrations) {
        return references.add(registrations);
    }

    @Override
    public boolean replaceRegistered(Registration now, String digestBefore) {
        return references.replace(now, digestBefore);
    }

    @Override
    public boolean removeRegistered(String id, String digestBefore) {
        return references.remove(id, digestBefore);
    }

    @Override
    public Optional<Extent> extent(String collection) {
        return database.query(
                        "select min(west) as west, min(south) as south, max(east) as east, max(north) as north,"
                                + " min(datetime_millis) as first_millis, max(datetime_millis) as last_millis,"
                                + " count(*) as items from item_group where collection = ?",
                        List.of(collection),
                        row -> row.getLong("items") == 0
                                ? Optional.<Extent>empty()
                                : Optional.of(new Extent(
                                        ItemRows.bounds(row),
                                        Instant.ofEpochMilli(row.getLong("first_millis")),
                                        Instant.ofEpochMilli(row.getLong("last_millis")))))
                .getFirst();
    }

    @Override
    public Map<TileRef, Prediction> predictions(Collection<TileRef> tiles) {
        if (tiles.isEmpty()) {
            return Map.of();
        }
        var wanted = List.copyOf(tiles);
        var ready = new HashMap<TileRef, TileReady>();
        var predicted = new HashMap<TileRef, TileFact>();
        for (var fact : database.query(
                "select f.acquisition, f.run, f.tile_column, f.tile_row, f.stage, f.event, f.at_millis from"
                        + " unnest(cast(? as varchar array), cast(? as varchar array), cast(? as integer array),"
                        + " cast(? as integer array)) as wanted(acquisition, run, tile_column, tile_row)"
                        + " join tile_fact f on f.acquisition = wanted.acquisition and f.run = wanted.run"
                        + " and f.tile_column = wanted.tile_column and f.tile_row = wanted.tile_row"
                        + " where f.stage in ('ready', 'predicted')",
                List.of(
                        wanted.stream().map(tile -> tile.run().acquisition()).toArray(String[]::new),
                        wanted.stream().map(tile -> tile.run().run()).toArray(String[]::new),
                        wanted.stream().map(tile -> tile.tile().column()).toArray(Integer[]::new),
                        wanted.stream().map(tile -> tile.tile().row()).toArray(Integer[]::new)),
                TileFact::read)) {
            if (fact.stage() == TileStage.READY) {
                ready.put(fact.tile(), parse(fact.event(), TileReady.class));
            } else {
                predicted.put(fact.tile(), fact);
            }
        }
        var predictions = new HashMap<TileRef, Prediction>();
        predicted.forEach((tile, fact) -> predictions.put(
                tile,
                new Prediction(
                        parse(fact.event(), TilePredicted.class), fact.at(), Optional.ofNullable(ready.get(tile)))));
        return predictions;
    }

    private record TileFact(TileRef tile, TileStage stage, String event, Instant at) {

        static TileFact read(ResultSet row) throws SQLException {
            return new TileFact(
                    new TileRef(runRef(row), new TileAddress(row.getInt("tile_column"), row.getInt("tile_row"))),
                    JdbcCatalogStore.stage(row.getString("stage")),
                    row.getString("event"),
                    Instant.ofEpochMilli(row.getLong("at_millis")));
        }
    }

    @Override
    public Optional<TileReady> ready(RunRef run, TileAddress tile) {
        return first(database.query(
                        "select event from tile_fact where acquisition = ? and run = ? and tile_column = ?"
                                + " and tile_row = ? and stage = ?",
                        List.of(run.acquisition(), run.run(), tile.column(), tile.row(), column(TileStage.READY)),
                        row -> row.getString("event")))
                .map(event -> parse(event, TileReady.class));
    }

    @Override
    public Map<RunRef, Assembled> products(Collection<RunRef> runs) {
        if (runs.isEmpty()) {
            return Map.of();
        }
        var wanted = List.copyOf(runs);
        return database
                .query(
                        "select f.acquisition, f.run, f.event, f.at_millis from unnest(cast(? as varchar array),"
                                + " cast(? as varchar array)) as wanted(acquisition, run) join run_fact f on"
                                + " f.acquisition = wanted.acquisition and f.run = wanted.run and f.stage = 'assembled'",
                        List.of(
                                wanted.stream().map(RunRef::acquisition).toArray(String[]::new),
                                wanted.stream().map(RunRef::run).toArray(String[]::new)),
                        row -> Map.entry(
                                runRef(row),
                                new Assembled(
                                        parse(row.getString("event"), ProductAssembled.class),
                                        Instant.ofEpochMilli(row.getLong("at_millis")))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, same) -> one));
    }

    @Override
    public List<RunRef> mappedWith(String modelSha256, int limit) {
        return database.query(
                "select acquisition, run from run r where model_sha256 = ? and exists (select 1 from run_fact f where"
                        + " f.acquisition = r.acquisition and f.run = r.run and f.stage = 'assembled')"
                        + " order by first_millis desc, acquisition, run limit ?",
                List.of(modelSha256, limit),
                JdbcCatalogStore::runRef);
    }

    @Override
    public List<TileAddress> tiles(RunRef run, TileStage stage) {
        return database.query(
                "select tile_column, tile_row from tile_fact where acquisition = ? and run = ? and stage = ?"
                        + " order by tile_row, tile_column",
                List.of(run.acquisition(), run.run(), column(stage)),
                row -> new TileAddress(row.getInt("tile_column"), row.getInt("tile_row")));
    }

    @Override
    public void ping() {
        database.query("select 1", List.of(), row -> row.getInt(1));
    }

    /** Columns and their values, in order. */
    private record Row(List<String> columns, List<Object> values) {

        static Row key(String column, Object value) {
            return new Row(new ArrayList<>(), new ArrayList<>()).and(column, value);
        }

        static Row fact(long preference, long atMillis, PipelineEvent event) {
            var json = canonical(event);
            return key("preference", preference)
                    .and("digest", Digest.of(json.getBytes(StandardCharsets.UTF_8)))
                    .and("at_millis", atMillis)
                    .and("event", json);
        }

        Row and(String column, Object value) {
            columns.add(column);
            values.add(value);
            return this;
        }

        Object value(String column) {
            return values.get(columns.indexOf(column));
        }
    }

    /** @return those that the rows now hold; told again, their Items are written again, which heals those of before */
    private static List<Fact> upsert(Connection connection, List<Fact> facts) throws SQLException {
        var table = facts.getFirst().table();
        var rows = new ArrayList<List<Object>>();
        for (var fact : facts) {
            var values = new ArrayList<>(fact.key().values());
            values.addAll(fact.content().values());
            rows.add(values);
        }
        var columns = new ArrayList<>(facts.getFirst().key().columns());
        columns.addAll(facts.getFirst().content().columns());
        var inserted = Database.updates(
                connection,
                "insert into " + table + " (" + String.join(", ", columns) + ") values ("
                        + "?, ".repeat(columns.size() - 1) + "?) on conflict do nothing",
                rows);
        var preferred = new ArrayList<Fact>();
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] > 0 || replaceIfPreferred(connection, facts.get(i))) {
                preferred.add(facts.get(i));
            }
        }
        return preferred;
    }

    private static boolean replaceIfPreferred(Connection connection, Fact fact) throws SQLException {
        var content = fact.content();
        var parameters = new ArrayList<>(content.values());
        parameters.addAll(fact.key().values());
        parameters.add(content.value("preference"));
        parameters.add(content.value("preference"));
        parameters.add(content.value("digest"));
        return Database.update(
                        connection,
                        "update " + fact.table() + " set " + String.join(" = ?, ", content.columns()) + " = ? where "
                                + String.join(" = ? and ", fact.key().columns())
                                + " = ? and (preference > ? or preference = ? and digest >= ?)",
                        parameters.toArray())
                > 0;
    }

    private static RunRef runRef(ResultSet row) throws SQLException {
        return new RunRef(row.getString("acquisition"), row.getString("run"));
    }

    private static String column(TileStage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }

    private static TileStage stage(String column) {
        return TileStage.valueOf(column.toUpperCase(Locale.ROOT));
    }

    private static <T> Optional<T> first(List<T> found) {
        return found.stream().findFirst();
    }

    private static String canonical(PipelineEvent event) {
        try {
            return CANONICAL.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            return Json.MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a row of the catalogue does not hold a " + type.getSimpleName(), e);
        }
    }
}
