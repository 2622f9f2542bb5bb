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
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.sql.DataSource;
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

    private static final String ITEM_COLUMNS =
            "select collection, id, acquisition, run, tile_column, tile_row, datetime_millis, west, south, east, north"
                    + " from item";

    private static final StageReport NO_REPORT = new StageReport(0, 0, Map.of(), "");

    private final DataSource database;

    public JdbcCatalogStore(DataSource database) {
        this.database = database;
    }

    @Override
    public void record(List<Sighting> sightings) {
        // The same order in every transaction, so that two writers lock rows in the same order and never deadlock.
        var ordered = new ArrayList<>(sightings);
        ordered.sort((a, b) -> lockOrder(a).compareTo(lockOrder(b)));
        inTransaction("record " + sightings.size() + " events", connection -> {
            var models = new TreeMap<String, ItemEntry>();
            for (var sighting : ordered) {
                record(connection, sighting);
                sighting.model().ifPresent(model -> models.merge(model.id(), model, JdbcCatalogStore::earlier));
            }
            // after all else, as runs share them
            for (var model : models.values()) {
                seeModel(connection, model);
            }
            return null;
        });
    }

    private static String lockOrder(Sighting sighting) {
        return sighting.event().key() + "\u0000"
                + sighting.event().getClass().getSimpleName() + "\u0000"
                + canonical(sighting.event());
    }

    private static void record(Connection connection, Sighting sighting) throws SQLException {
        long at = sighting.at().toEpochMilli();
        boolean preferred =
                switch (sighting.event()) {
                    case AcquisitionRegistered event -> {
                        var item = sighting.item()
                                .orElseThrow(() -> new IllegalArgumentException("no Item with " + event));
                        yield upsert(
                                connection,
                                "acquisition",
                                Row.key("acquisition", event.acquisition()),
                                Row.fact(-at, at, event).and("item", item));
                    }
                    case AcquisitionPlanned event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfRun(connection, event.run(), "planned", at, at, event);
                    }
                    case TilePlanned event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield false;
                    }
                    case TileReady event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfTile(
                                connection, event.run(), event.tile(), TileStage.READY, at, event.report(), event);
                    }
                    case TileSkipped event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfTile(
                                connection, event.run(), event.tile(), TileStage.SKIPPED, at, NO_REPORT, event);
                    }
                    case TilePredicted event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfTile(
                                connection, event.run(), event.tile(), TileStage.PREDICTED, at, event.report(), event);
                    }
                    case TileVectorized event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfTile(
                                connection, event.run(), event.tile(), TileStage.VECTORIZED, at, event.report(), event);
                    }
                    case AcquisitionSettled event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfRun(connection, event.run(), "settled", fewest(event.failed(), at), at, event);
                    }
                    case ProductAssembled event -> {
                        seeRun(connection, event.run(), at, sighting.plan());
                        yield recordOfRun(
                                connection, event.run(), "assembled", fewest(event.missingTiles(), at), at, event);
                    }
                    case DeadLettered event -> {
                        event.run().ifPresent(run -> unchecked(() -> seeRun(connection, run, at, sighting.plan())));
                        yield upsert(
                                connection,
                                "dead_letter",
                                Row.key("id", event.id()),
                                // the latest telling: what is refused again after a new delivery answers that delivery
                                Row.fact(-at, at, event)
                                        .and("acquisition", acquisitionOf(event).orElse(null))
                                        .and("run", event.run().map(RunRef::run).orElse(null))
                                        .and(
                                                "tile_column",
                                                event.tile()
                                                        .map(TileAddress::column)
                                                        .orElse(null))
                                        .and(
                                                "tile_row",
                                                event.tile()
                                                        .map(TileAddress::row)
                                                        .orElse(null)));
                    }
                };
        if (preferred) {
            for (var entry : sighting.entries()) {
                replaceItem(connection, entry);
            }
        }
    }

    private static Optional<String> acquisitionOf(DeadLettered event) {
        return event.acquisition().or(() -> event.run().map(RunRef::acquisition));
    }

    /** Fewest missing first, then earliest; milliseconds need 41 bits until the year 2039 and 42 until 2109. */
    private static long fewest(int missing, long atMillis) {
        return ((long) missing << 42) + atMillis;
    }

    private static void seeRun(Connection connection, RunRef run, long at, Optional<Plan> plan) throws SQLException {
        update(
                connection,
                "insert into run (acquisition, run, first_millis) values (?, ?, ?) on conflict do nothing",
                run.acquisition(),
                run.run(),
                at);
        update(
                connection,
                "update run set first_millis = ? where acquisition = ? and run = ? and first_millis > ?",
                at,
                run.acquisition(),
                run.run(),
                at);
        if (plan.isPresent()) {
            update(
                    connection,
                    "update run set model = ?, model_sha256 = ?, planned_tiles = ?, plan = ?"
                            + " where acquisition = ? and run = ? and plan is null",
                    plan.get().model().card().name(),
                    plan.get().model().sha256(),
                    plan.get().tiles().size(),
                    Json.text(plan.get()),
                    run.acquisition(),
                    run.run());
        }
    }

    private static boolean recordOfRun(
            Connection connection, RunRef run, String stage, long preference, long at, PipelineEvent event)
            throws SQLException {
        return upsert(
                connection,
                "run_fact",
                Row.key("acquisition", run.acquisition()).and("run", run.run()).and("stage", stage),
                Row.fact(preference, at, event));
    }

    private static boolean recordOfTile(
            Connection connection,
            RunRef run,
            TileAddress tile,
            TileStage stage,
            long at,
            StageReport report,
            PipelineEvent event)
            throws SQLException {
        return upsert(
                connection,
                "tile_fact",
                Row.key("acquisition", run.acquisition())
                        .and("run", run.run())
                        .and("tile_column", tile.column())
                        .and("tile_row", tile.row())
                        .and("stage", column(stage)),
                Row.fact(at, at, event).and("pixels", report.pixels()).and("wall_millis", report.wallMillis()));
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
                connection.prepareStatement(ITEM_COLUMNS + " where collection = ? and id = ? for update")) {
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

    private static void replaceItem(Connection connection, ItemEntry entry) throws SQLException {
        update(connection, "delete from item where collection = ? and id = ?", entry.collection(), entry.id());
        insertItem(connection, entry);
    }

    private static int insertItem(Connection connection, ItemEntry entry) throws SQLException {
        return update(
                connection,
                "insert into item (collection, id, acquisition, run, tile_column, tile_row, datetime_millis,"
                        + " west, south, east, north) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                entry.collection(),
                entry.id(),
                entry.acquisition(),
                entry.run().orElse(null),
                entry.tile().map(TileAddress::column).orElse(null),
                entry.tile().map(TileAddress::row).orElse(null),
                entry.datetime().toEpochMilli(),
                entry.bounds().map(LngLatBox::west).orElse(null),
                entry.bounds().map(LngLatBox::south).orElse(null),
                entry.bounds().map(LngLatBox::east).orElse(null),
                entry.bounds().map(LngLatBox::north).orElse(null));
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
                row -> new DeadLetter(
                        parse(row.getString("event"), DeadLettered.class),
                        Instant.ofEpochMilli(row.getLong("at_millis"))));
    }

    @Override
    public List<ItemEntry> search(ItemQuery query) {
        var conditions = new ArrayList<String>();
        var parameters = new ArrayList<Object>();
        anyOf("collection", query.collections(), conditions, parameters);
        anyOf("id", query.ids(), conditions, parameters);
        query.bounds().ifPresent(box -> {
            conditions.add("south <= ? and north >= ?");
            parameters.add(box.north());
            parameters.add(box.south());
            conditions.add(box.crossesAntimeridian() ? "(west <= ? or east >= ?)" : "west <= ? and east >= ?");
            parameters.add(box.east());
            parameters.add(box.west());
        });
        query.from().ifPresent(from -> {
            conditions.add("datetime_millis >= ?");
            parameters.add(from.toEpochMilli());
        });
        query.to().ifPresent(to -> {
            conditions.add("datetime_millis <= ?");
            parameters.add(to.toEpochMilli());
        });
        query.after().ifPresent(after -> {
            conditions.add("(datetime_millis < ? or datetime_millis = ?"
                    + " and (collection > ? or collection = ? and id > ?))");
            parameters.add(after.datetimeMillis());
            parameters.add(after.datetimeMillis());
            parameters.add(after.collection());
            parameters.add(after.collection());
            parameters.add(after.id());
        });
        parameters.add(query.limit());
        return query(
                ITEM_COLUMNS
                        + (conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions))
                        + " order by datetime_millis desc, collection, id limit ?",
                parameters,
                JdbcCatalogStore::itemEntry);
    }

    private static void anyOf(String column, List<String> values, List<String> conditions, List<Object> parameters) {
        if (!values.isEmpty()) {
            conditions.add(column + " in (" + "?, ".repeat(values.size() - 1) + "?)");
            parameters.addAll(values);
        }
    }

    private static ItemEntry itemEntry(ResultSet row) throws SQLException {
        int column = row.getInt("tile_column");
        boolean tiled = !row.wasNull();
        return new ItemEntry(
                row.getString("collection"),
                row.getString("id"),
                row.getString("acquisition"),
                Optional.ofNullable(row.getString("run")),
                tiled ? Optional.of(new TileAddress(column, row.getInt("tile_row"))) : Optional.empty(),
                Instant.ofEpochMilli(row.getLong("datetime_millis")),
                bounds(row));
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

    /** @return whether the row now holds this fact and did not before */
    private static boolean upsert(Connection connection, String table, Row key, Row fact) throws SQLException {
        var columns = new ArrayList<>(key.columns());
        columns.addAll(fact.columns());
        var values = new ArrayList<>(key.values());
        values.addAll(fact.values());
        int inserted = update(
                connection,
                "insert into " + table + " (" + String.join(", ", columns) + ") values ("
                        + "?, ".repeat(columns.size() - 1) + "?) on conflict do nothing",
                values.toArray());
        if (inserted > 0) {
            return true;
        }
        var parameters = new ArrayList<>(fact.values());
        parameters.addAll(key.values());
        parameters.add(fact.value("preference"));
        parameters.add(fact.value("preference"));
        parameters.add(fact.value("digest"));
        return update(
                        connection,
                        "update " + table + " set " + String.join(" = ?, ", fact.columns()) + " = ? where "
                                + String.join(" = ? and ", key.columns())
                                + " = ? and (preference > ? or preference = ? and digest > ?)",
                        parameters.toArray())
                > 0;
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

    private interface Step {
        void run() throws SQLException;
    }

    private static void unchecked(Step step) {
        try {
            step.run();
        } catch (SQLException e) {
            throw new CatalogStoreException("the database refused: " + e.getMessage(), e);
        }
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
