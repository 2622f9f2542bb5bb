// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.survol.catalog.store.CatalogDatabase;
import org.survol.catalog.store.JdbcCatalogStore;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.RunRef;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.OcsGe;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.FolderStore;
import org.survol.messaging.CloudEvents;

/**
 * Tells the catalogue of many tiles by the class that the broker's messages go to, in batches as the broker gives them: each
 * tile is cut and predicted, which makes one Item. Prints how many a second, and whether as many Items are there as were
 * told; goes on where an earlier fill ended.
 */
public final class CatalogFill {

    /** Side of a run in tiles of 1,024 m. */
    private static final int SIDE = 50;

    /** What max.poll.records is. */
    private static final int BATCH = 500;

    private static final double GSD = 0.2;
    private static final int TILE = 5_120;
    private static final Instant FIRST_FLIGHT = Instant.parse("2018-06-01T10:00:00Z");

    private final CatalogStage stage;
    private final CloudEvents codec;
    private final FolderStore objects;
    private long events;
    private long items;
    private long nanos;

    private CatalogFill(JdbcCatalogStore store, FolderStore objects) {
        this.objects = objects;
        this.codec = new CloudEvents("/benchmark");
        this.stage = new CatalogStage(new EventReader(objects), store, codec, new SimpleMeterRegistry());
    }

    /** Arguments: h2 or postgresql; JDBC URL; user; how many Items there should be, a multiple of 2,500. */
    public static void main(String[] arguments) throws Exception {
        int runs = Integer.parseInt(arguments[3]) / (SIDE * SIDE);
        var folder = Files.createTempDirectory("survol-fill");
        try (var database =
                CatalogDatabase.open(CatalogDatabase.Kind.parse(arguments[0]), arguments[1], arguments[2], "", 2)) {
            var store = new JdbcCatalogStore(database.dataSource());
            int first = 0;
            while (store.plan(run(first)).isPresent()) {
                first++;
            }
            long before = count(database);
            var fill = new CatalogFill(store, new FolderStore(folder));
            for (int run = first; run < runs; run++) {
                fill.tell(plan(run), new Random(run));
            }
            analyze(database);
            long after = count(database);
            System.out.printf(
                    Locale.ROOT,
                    "| Items told | Items found | events | seconds | Items/s |%n|---|---|---|---|---|%n| %,d | %,d | %,d | %.1f | %,.0f |%n",
                    fill.items,
                    after - before,
                    fill.events,
                    fill.nanos / 1e9,
                    fill.items * 1e9 / Math.max(1, fill.nanos));
            if (after - before != fill.items) {
                throw new IllegalStateException("not as many Items as were told");
            }
        } finally {
            remove(folder);
        }
    }

    private static long count(CatalogDatabase database) throws SQLException {
        try (var connection = database.dataSource().getConnection();
                var statement = connection.createStatement();
                var count = statement.executeQuery("select count(*) from item where collection = 'predictions'")) {
            count.next();
            return count.getLong(1);
        }
    }

    private static void analyze(CatalogDatabase database) throws SQLException {
        try (var connection = database.dataSource().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("analyze");
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void tell(Plan plan, Random random) throws IOException, InterruptedException {
        objects.write(StoreLayout.plan(plan.run()), Json.bytes(plan), "application/json");
        var at = plan.datetime().plus(1, ChronoUnit.DAYS);
        var batch = new ArrayList<ConsumerRecord<String, String>>();
        for (var planned : plan.tiles()) {
            for (var event : events(plan.run(), planned.tile(), random)) {
                batch.add(message(event, at));
            }
            if (batch.size() >= BATCH) {
                record(batch);
                batch.clear();
            }
        }
        record(batch);
        items += plan.tiles().size();
    }

    private void record(List<ConsumerRecord<String, String>> batch) throws InterruptedException {
        var messages = new ConsumerRecords<>(Map.of(new TopicPartition("benchmark", 0), batch), Map.of());
        long begin = System.nanoTime();
        stage.record(messages);
        nanos += System.nanoTime() - begin;
        events += batch.size();
    }

    private ConsumerRecord<String, String> message(PipelineEvent event, Instant at) {
        return new ConsumerRecord<>(
                "benchmark",
                0,
                events,
                at.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                event.key(),
                codec.encode(event),
                new RecordHeaders(),
                Optional.empty());
    }

    private static List<PipelineEvent> events(RunRef run, TileAddress tile, Random random) {
        var plan = StoreLayout.plan(run);
        var report = new StageReport((long) TILE * TILE, 1_000, Map.of(), "cpu");
        return List.of(
                new TileReady(run, plan, tile, ref(StoreLayout.stack(run, tile)), 1, report),
                new TilePredicted(
                        run,
                        plan,
                        tile,
                        ref(StoreLayout.classes(run, tile)),
                        ref(StoreLayout.probabilities(run, tile)),
                        ref(StoreLayout.confidence(run, tile)),
                        random.nextInt(100) / 100.0,
                        report));
    }

    private static ObjectRef ref(String key) {
        return new ObjectRef(key, 1_000_000, Digest.ofParts(key));
    }

    private static RunRef run(int number) {
        return new RunRef("flight-" + number, "run-1");
    }

    /** A square of 51 km somewhere over mainland France, on some day of seven years, by one of three models. */
    private static Plan plan(int number) {
        var random = new Random(number);
        var grid = new TileGrid(2154, GSD, TILE);
        var first = grid.tileOf(
                Math.round((200_000 + random.nextInt(800_000)) / GSD),
                Math.round(-(6_150_000 + random.nextInt(850_000)) / GSD));
        var tiles = new ArrayList<Plan.PlannedTile>();
        for (int i = 0; i < SIDE * SIDE; i++) {
            tiles.add(new Plan.PlannedTile(
                    new TileAddress(first.column() + i % SIDE, first.row() + i / SIDE), List.of(0)));
        }
        double west = grid.easting(grid.window(first).column());
        double north = grid.northing(grid.window(first).row());
        double side = SIDE * TILE * GSD;
        var footprint = new Plan.Footprint(west, north - side, west + side, north);
        var flown = FIRST_FLIGHT.plus(random.nextInt(2_500), ChronoUnit.DAYS);
        var card = new ModelCard(
                1,
                "model-" + number % 3,
                "1",
                "A model",
                OcsGe.COVER,
                List.of(Band.RED, Band.GREEN, Band.BLUE),
                GSD,
                32,
                512,
                64,
                64,
                1,
                "Apache-2.0",
                "none",
                Optional.empty(),
                Optional.empty());
        return new Plan(
                run(number),
                grid,
                64,
                new Plan.PinnedModel("models/model.onnx", Digest.ofParts("model", number % 3), card),
                footprint,
                flown,
                2024,
                List.of(new Plan.Source(
                        "rgb",
                        "inbox/rgb.tif",
                        "etag",
                        Plan.Role.RGB,
                        2154,
                        GSD,
                        footprint,
                        Optional.of(flown),
                        Optional.empty(),
                        List.of())),
                tiles,
                Optional.empty(),
                null);
    }
}
