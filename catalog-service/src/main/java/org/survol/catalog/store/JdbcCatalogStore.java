// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;
import org.locationtech.jts.io.WKBWriter;
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

    private static final List<ItemField> FACTS =
            Arrays.stream(ItemField.values()).filter(ItemField::isFact).toList();

    private static final String ITEM_COLUMNS =
            "collection, id, acquisition, run, tile_column, tile_row, datetime_millis, west, south, east, north, footprint, cell, "
                    + FACTS.stream().map(fact -> fact.column().orElseThrow()).collect(Collectors.joining(", "));

    private static final String SELECT_ITEMS = "select " + ITEM_COLUMNS + " from item";

    private static final String INSERT_ITEM = "insert into item (" + ITEM_COLUMNS + ") values ("
            + "?, ".repeat(ITEM_COLUMNS.split(",").length - 1) + "?) on conflict do nothing";

    private static final int RUNS_KEPT = 10_000;

    /** Rows that are read at a time when only some of them may match. */
    private static final int ROWS_AT_A_TIME = 500;

    private static final StageReport NO_REPORT = new StageReport(0, 0, Map.of(), "");

    private final DataSource database;
    /** Runs whose plan is known to be in the database. */
    private final LruCache<RunRef, Boolean> planned = new LruCache<>(RUNS_KEPT, known -> 1);

    public JdbcCatalogStore(DataSource database) {
        this.database = database;
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
        inTransaction("record " + sightings.size() + " events", connection -> {
            for (var run : seen.entrySet()) {
                seeRun(connection, run.getKey(), run.getValue());
            }
            var entries = new ArrayList<ItemEntry>();
            for (var ofTable : facts.values()) {
                upsert(connection, ofTable)
                        .forEach(fact -> entries.addAll(fact.sighting().entries()));
            }
            replaceItems(connection, entries);
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
        update(
                connection,
                "insert into run (acquisition, run, first_millis) values (?, ?, ?) on conflict do nothing",
                run.acquisition(),
                run.run(),
                seen.firstMillis());
        update(
                connection,
                "update run set first_millis = ? where acquisition = ? and run = ? and first_millis > ?",
                seen.firstMillis(),
                run.acquisition(),
                run.run(),
                seen.firstMillis());
        // a plan may be a megabyte; it is written once
        if (seen.plan().isPresent() && planned.get(run).isEmpty()) {
            var plan = seen.plan().get();
            update(
                    connection,
                    "update run set model = ?, model_sha256 = ?, planned_tiles = ?, plan = ?"
                            + " where acquisition = ? and run = ? and plan is null",
                    plan.model().card().name(),
                    plan.model().sha256(),
                    plan.tiles().size(),
                    Json.text(plan),
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
        if (insertItem(connection, model) > 0) {
            return;
        }
        ItemEntry known;
        try (var statement =
                connection.prepareStatement(SELECT_ITEMS + " where collection = ? and id = ? for update")) {
            bind(statement, List.of(model.collection(), model.id()));
            try (var rows = statement.executeQuery()) {
                rows.next();
                known = itemEntry(rows);
            }
        }
        if (!earlier(known, model).equals(known)) {
            replaceItem(connection, model);
        }
    }

    private static void replaceItems(Connection connection, List<ItemEntry> entries) throws SQLException {
        var rows = entries.stream().map(JdbcCatalogStore::columns).toList();
        var inserted = updates(connection, INSERT_ITEM, rows);
        for (int i = 0; i < inserted.length; i++) {
            if (inserted[i] == 0) {
                replaceItem(connection, entries.get(i));
            }
        }
    }

    private static void replaceItem(Connection connection, ItemEntry entry) throws SQLException {
        update(connection, "delete from item where collection = ? and id = ?", entry.collection(), entry.id());
        insertItem(connection, entry);
    }

    private static int insertItem(Connection connection, ItemEntry entry) throws SQLException {
        return update(connection, INSERT_ITEM, columns(entry).toArray());
    }

    private static List<Object> columns(ItemEntry entry) {
        var values = new ArrayList<Object>();
        values.add(entry.collection());
        values.add(entry.id());
        values.add(entry.acquisition());
        values.add(entry.run().orElse(null));
        values.add(entry.tile().map(TileAddress::column).orElse(null));
        values.add(entry.tile().map(TileAddress::row).orElse(null));
        values.add(entry.datetime().toEpochMilli());
        values.add(entry.bounds().map(LngLatBox::west).orElse(null));
        values.add(entry.bounds().map(LngLatBox::south).orElse(null));
        values.add(entry.bounds().map(LngLatBox::east).orElse(null));
        values.add(entry.bounds().map(LngLatBox::north).orElse(null));
        values.add(entry.footprint().map(shape -> new WKBWriter().write(shape)).orElse(null));
        values.add(Cells.of(entry.bounds()));
        FACTS.forEach(fact -> values.add(fact.columnValue(entry)));
        return values;
    }

    @Override
    public List<Delivery> deliveries() {
        return query(
                "select event, at_millis, item from acquisition order by at_millis, acquisition",
                List.of(),
                JdbcCatalogStore::delivery);
    }

    @Override
    public Optional<Delivery> delivery(String acquisition) {
        return first(query(
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
        for (var row : query(
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
        for (var row : query(
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
        for (var row : query(
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
        var runs = query(
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
        return first(query(
                        "select plan from run where acquisition = ? and run = ? and plan is not null",
                        List.of(run.acquisition(), run.run()),
                        row -> row.getString("plan")))
                .map(json -> parse(json, Plan.class));
    }

    @Override
    public List<DeadLetter> deadLetters(Optional<String> acquisition, int limit) {
        var parameters = new ArrayList<Object>(acquisition.map(List::of).orElse(List.of()));
        parameters.add(limit);
        return query(
                "select event, at_millis from dead_letter" + (acquisition.isPresent() ? " where acquisition = ?" : "")
                        + " order by at_millis desc, id limit ?",
                parameters,
                JdbcCatalogStore::deadLetter);
    }

    @Override
    public Optional<DeadLetter> deadLetter(String id) {
        return query("select event, at_millis from dead_letter where id = ?", List.of(id), JdbcCatalogStore::deadLetter)
                .stream()
                .findFirst();
    }

    private static DeadLetter deadLetter(ResultSet row) throws SQLException {
        return new DeadLetter(
                parse(row.getString("event"), DeadLettered.class), Instant.ofEpochMilli(row.getLong("at_millis")));
    }

    @Override
    public List<ItemEntry> search(ItemQuery query) {
        var found = new ArrayList<ItemEntry>();
        var next = query;
        while (found.size() < query.limit()) {
            var statement = ItemSql.of(SELECT_ITEMS, next);
            int wanted = query.limit() - found.size();
            int most = statement.exact() ? wanted : Math.max(wanted, ROWS_AT_A_TIME);
            var parameters = new ArrayList<>(statement.values());
            parameters.add(most);
            var rows = query(statement.sql() + " limit ?", parameters, JdbcCatalogStore::itemEntry);
            for (var row : rows) {
                if (found.size() < query.limit() && (statement.exact() || matches(query, row))) {
                    found.add(row);
                }
            }
            if (statement.exact() || rows.size() < most) {
                break;
            }
            next = query.after(Optional.of(query.positionOf(rows.getLast())));
        }
        return List.copyOf(found);
    }

    private static boolean matches(ItemQuery query, ItemEntry entry) {
        return query.filter()
                .map(filter -> filter.matches(name ->
                        ItemField.named(name).map(field -> field.valueOf(entry)).orElse(null)))
                .orElse(true);
    }

    private static ItemEntry itemEntry(ResultSet row) throws SQLException {
        int column = row.getInt("tile_column");
        boolean tiled = !row.wasNull();
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        for (var fact : FACTS) {
            var value = fact(row, fact);
            if (!row.wasNull()) {
                facts.put(fact, value);
            }
        }
        return new ItemEntry(
                row.getString("collection"),
                row.getString("id"),
                row.getString("acquisition"),
                Optional.ofNullable(row.getString("run")),
                tiled ? Optional.of(new TileAddress(column, row.getInt("tile_row"))) : Optional.empty(),
                Instant.ofEpochMilli(row.getLong("datetime_millis")),
                bounds(row),
                footprint(row.getBytes("footprint")),
                facts);
    }

    private static Object fact(ResultSet row, ItemField fact) throws SQLException {
        var column = fact.column().orElseThrow();
        return switch (fact.type()) {
            case TEXT -> row.getString(column);
            case NUMBER -> row.getDouble(column);
            case INTEGER -> row.getLong(column);
            case TIMESTAMP -> Instant.ofEpochMilli(row.getLong(column));
            case BOOLEAN, DATE, GEOMETRY, ARRAY -> throw new IllegalStateException("no column holds " + fact);
        };
    }

    private static Optional<Geometry> footprint(byte[] wkb) {
        try {
            return wkb == null ? Optional.empty() : Optional.of(new WKBReader().read(wkb));
        } catch (ParseException e) {
            throw new CatalogStoreException("a row of the catalogue does not hold a footprint", e);
        }
    }

    private static Optional<LngLatBox> bounds(ResultSet row) throws SQLException {
        double west = row.getDouble("west");
        return row.wasNull()
                ? Optional.empty()
                : Optional.of(
                        new LngLatBox(west, row.getDouble("south"), row.getDouble("east"), row.getDouble("north")));
    }

    @Override
    public Optional<Extent> extent(String collection) {
        return query(
                        "select min(west) as west, min(south) as south, max(east) as east, max(north) as north,"
                                + " min(datetime_millis) as first_millis, max(datetime_millis) as last_millis,"
                                + " count(*) as items from item where collection = ?",
                        List.of(collection),
                        row -> row.getLong("items") == 0
                                ? Optional.<Extent>empty()
                                : Optional.of(new Extent(
                                        bounds(row),
                                        Instant.ofEpochMilli(row.getLong("first_millis")),
                                        Instant.ofEpochMilli(row.getLong("last_millis")))))
                .getFirst();
    }

    @Override
    public Optional<Prediction> prediction(RunRef run, TileAddress tile) {
        return tileFact(run, tile, TileStage.PREDICTED)
                .map(fact ->
                        new Prediction(parse(fact.getKey(), TilePredicted.class), fact.getValue(), ready(run, tile)));
    }

    @Override
    public Optional<TileReady> ready(RunRef run, TileAddress tile) {
        return tileFact(run, tile, TileStage.READY).map(fact -> parse(fact.getKey(), TileReady.class));
    }

    private Optional<Map.Entry<String, Instant>> tileFact(RunRef run, TileAddress tile, TileStage stage) {
        return first(query(
                "select event, at_millis from tile_fact where acquisition = ? and run = ? and tile_column = ?"
                        + " and tile_row = ? and stage = ?",
                List.of(run.acquisition(), run.run(), tile.column(), tile.row(), column(stage)),
                row -> Map.entry(row.getString("event"), Instant.ofEpochMilli(row.getLong("at_millis")))));
    }

    @Override
    public Optional<Assembled> product(RunRef run) {
        return first(query(
                "select event, at_millis from run_fact where acquisition = ? and run = ? and stage = 'assembled'",
                List.of(run.acquisition(), run.run()),
                row -> new Assembled(
                        parse(row.getString("event"), ProductAssembled.class),
                        Instant.ofEpochMilli(row.getLong("at_millis")))));
    }

    @Override
    public List<RunRef> mappedWith(String modelSha256, int limit) {
        return query(
                "select acquisition, run from run r where model_sha256 = ? and exists (select 1 from run_fact f where"
                        + " f.acquisition = r.acquisition and f.run = r.run and f.stage = 'assembled')"
                        + " order by first_millis desc, acquisition, run limit ?",
                List.of(modelSha256, limit),
                JdbcCatalogStore::runRef);
    }

    @Override
    public List<TileAddress> tiles(RunRef run, TileStage stage) {
        return query(
                "select tile_column, tile_row from tile_fact where acquisition = ? and run = ? and stage = ?"
                        + " order by tile_row, tile_column",
                List.of(run.acquisition(), run.run(), column(stage)),
                row -> new TileAddress(row.getInt("tile_column"), row.getInt("tile_row")));
    }

    @Override
    public void ping() {
        query("select 1", List.of(), row -> row.getInt(1));
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
        var inserted = updates(
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
        return update(
                        connection,
                        "update " + fact.table() + " set " + String.join(" = ?, ", content.columns()) + " = ? where "
                                + String.join(" = ? and ", fact.key().columns())
                                + " = ? and (preference > ? or preference = ? and digest >= ?)",
                        parameters.toArray())
                > 0;
    }

    /** One statement for many rows, sent together. */
    private static int[] updates(Connection connection, String sql, List<List<Object>> rows) throws SQLException {
        if (rows.isEmpty()) {
            return new int[0];
        }
        try (var statement = connection.prepareStatement(sql)) {
            for (var row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            return statement.executeBatch();
        }
    }

    private static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            bind(statement, List.of(), parameters);
            return statement.executeUpdate();
        }
    }

    private <T> List<T> query(String sql, List<?> parameters, RowReader<T> reader) {
        // PostgreSQL has no NUL in texts and says so with an error; nothing here can have such a name
        if (parameters.stream().anyMatch(parameter -> parameter instanceof String text && text.indexOf('\0') >= 0)) {
            return List.of();
        }
        return inTransaction("query", connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                bind(statement, parameters);
                var found = new ArrayList<T>();
                try (var rows = statement.executeQuery()) {
                    while (rows.next()) {
                        found.add(reader.read(rows));
                    }
                }
                return List.copyOf(found);
            }
        });
    }

    private static void bind(PreparedStatement statement, List<?> parameters, Object... more) throws SQLException {
        int index = 1;
        for (var parameter : parameters) {
            statement.setObject(index++, parameter);
        }
        for (var parameter : more) {
            statement.setObject(index++, parameter);
        }
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T inTransaction(String what, Work<T> work) {
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.on(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                connection.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw new CatalogStoreException("the database could not " + what + ": " + e.getMessage(), e);
        }
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
