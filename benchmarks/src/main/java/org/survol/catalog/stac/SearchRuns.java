// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.stac;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.impl.PackedCoordinateSequence;
import org.survol.catalog.Collections;
import org.survol.catalog.Footprints;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.store.CatalogDatabase;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.ItemEntry;
import org.survol.catalog.store.ItemField;
import org.survol.catalog.store.JdbcCatalogStore;
import org.survol.catalog.store.Sighting;
import org.survol.core.Digest;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.RunRef;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;

/**
 * The catalogue's STAC search on many Items: told of tiles as the broker would tell it, then asked for pages of ten as JSON,
 * by all but the HTTP server. Prints a row of a Markdown table for each number of clients.
 */
public final class SearchRuns {

    /** Side of a run in tiles of 1,024 m. */
    private static final int SIDE = 50;

    private static final int BATCH = 500;
    private static final int SECONDS = 10;
    private static final double GSD = 0.2;
    private static final int TILE = 5_120;
    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private SearchRuns() {}

    /** Arguments: h2 or postgresql; JDBC URL; user; how many Items there should be, a multiple of 2,500. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[3]);
        try (var database =
                CatalogDatabase.open(CatalogDatabase.Kind.parse(arguments[0]), arguments[1], arguments[2], "", 34)) {
            var store = new JdbcCatalogStore(database.dataSource());
            fill(store, count);
            try (var connection = database.dataSource().getConnection();
                    var statement = connection.createStatement()) {
                statement.execute("analyze");
                connection.commit();
            }
            System.out.println("| search | clients | pages/s | p50, ms | p99, ms | longest, ms | Items a page |");
            System.out.println("|---|---|---|---|---|---|---|");
            for (var kind : Search.values()) {
                for (int clients : new int[] {1, 8, 32}) {
                    measure(store, kind, clients);
                }
            }
        }
    }

    private static void fill(CatalogStore store, int count) {
        int there = 0;
        while (store.plan(run(there)).isPresent()) {
            there++;
        }
        long begin = System.nanoTime();
        int recorded = 0;
        for (int run = there; run < count / (SIDE * SIDE); run++) {
            var sightings = new ArrayList<Sighting>();
            for (var sighting : sightings(run)) {
                sightings.add(sighting);
                if (sightings.size() == BATCH) {
                    store.record(sightings);
                    recorded += BATCH;
                    sightings.clear();
                }
            }
            store.record(sightings);
            recorded += sightings.size();
        }
        System.out.printf(
                Locale.ROOT,
                "%n%,d events told in %.1f s: %,.0f a second%n%n",
                recorded,
                (System.nanoTime() - begin) / 1e9,
                recorded / ((System.nanoTime() - begin) / 1e9));
    }

    private static RunRef run(int number) {
        return new RunRef("flight-" + number, "run-1");
    }

    private static Plan plan(int number) {
        var random = new Random(number);
        var grid = new TileGrid(2154, GSD, TILE);
        // over mainland France
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
        var flown = Instant.parse("2018-06-01T10:00:00Z")
                .atOffset(ZoneOffset.UTC)
                .plusDays(random.nextInt(2_500))
                .toInstant();
        var card = new ModelCard(
                1,
                "model-" + number % 3,
                "1",
                "A model",
                new Nomenclature(
                        "two",
                        List.of(
                                new LandClass(1, "a", "A", "A", "#000000"),
                                new LandClass(2, "b", "B", "B", "#ffffff"))),
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

    private static List<Sighting> sightings(int number) {
        var plan = plan(number);
        var random = new Random(number);
        var at = plan.datetime().plusSeconds(86_400);
        var sightings = new ArrayList<Sighting>();
        for (var planned : plan.tiles()) {
            var tile = planned.tile();
            double kept = random.nextInt(100) / 100.0;
            var event = new TilePredicted(
                    plan.run(),
                    StoreLayout.plan(plan.run()),
                    tile,
                    ref(StoreLayout.classes(plan.run(), tile)),
                    ref(StoreLayout.probabilities(plan.run(), tile)),
                    ref(StoreLayout.confidence(plan.run(), tile)),
                    kept,
                    new StageReport((long) TILE * TILE, 1_000, Map.of(), "cpu"));
            sightings.add(new Sighting(
                    event,
                    at,
                    Optional.of(plan),
                    Optional.empty(),
                    List.of(entry(plan, tile, kept, at)),
                    Optional.empty()));
        }
        return sightings;
    }

    private static ObjectRef ref(String key) {
        return new ObjectRef(key, 1_000_000, Digest.ofParts(key));
    }

    private static ItemEntry entry(Plan plan, TileAddress tile, double kept, Instant at) {
        var ring = Footprints.ofTile(plan.grid(), tile);
        var facts = new EnumMap<ItemField, Object>(ItemField.class);
        facts.put(ItemField.CREATED, at);
        facts.put(ItemField.GSD, GSD);
        facts.put(ItemField.PROJ_CODE, "EPSG:2154");
        facts.put(ItemField.MODEL, plan.model().card().name());
        facts.put(ItemField.MODEL_VERSION, plan.model().card().version());
        facts.put(ItemField.KEPT_SHARE, kept);
        facts.put(ItemField.DEVICE, "cpu");
        return new ItemEntry(
                Collections.PREDICTIONS,
                Collections.predictionId(plan.run(), tile),
                plan.run().acquisition(),
                Optional.of(plan.run().run()),
                Optional.of(tile),
                plan.datetime(),
                Optional.of(Footprints.bounds(ring)),
                Optional.of(GEOMETRIES.createPolygon(new PackedCoordinateSequence.Double(ring, 2, 0))),
                facts);
    }

    private enum Search {
        /** Ten kilometres, two years, a property. */
        PLACE_TIME_AND_PROPERTY {
            @Override
            String body(Random random) {
                double west = random.nextDouble(-2, 7);
                double south = random.nextDouble(43, 50);
                return String.format(
                        Locale.ROOT, """
                        {"collections": ["predictions"], "bbox": [%.4f, %.4f, %.4f, %.4f],
                         "datetime": "%d-01-01T00:00:00Z/..", "limit": 10,
                         "filter": {"op": "<", "args": [{"property": "survol:kept_share"}, 0.9]}}""", west, south, west + 0.1, south + 0.1, random.nextInt(2018, 2024));
            }
        },
        /** A hundred kilometres. */
        REGION {
            @Override
            String body(Random random) {
                double west = random.nextDouble(-2, 7);
                double south = random.nextDouble(43, 50);
                return String.format(
                        Locale.ROOT,
                        "{\"collections\": [\"predictions\"], \"bbox\": [%.4f, %.4f, %.4f, %.4f], \"limit\": 10}",
                        west,
                        south,
                        west + 1.3,
                        south + 0.9);
            }
        },
        /** No place: the newest of a model. */
        PROPERTIES {
            @Override
            String body(Random random) {
                return String.format(Locale.ROOT, """
                        {"collections": ["predictions"], "limit": 10, "filter-lang": "cql2-text",
                         "filter": "survol:model.name = 'model-%d' AND survol:kept_share BETWEEN 0.5 AND 0.6"}""", random.nextInt(3));
            }
        };

        abstract String body(Random random);
    }

    private static void measure(CatalogStore store, Search search, int clients) throws Exception {
        var url = new PublicUrl("http://localhost:8080");
        var resource = new StacResource(store, new StacItems(store, url, "survol"), url);
        var items = new long[1];
        run(resource, search, clients, 2, items);
        items[0] = 0;
        var nanos = run(resource, search, clients, SECONDS, items);
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.0f | %.1f | %.1f | %.1f | %.1f |%n",
                search.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                clients,
                nanos.length / (double) SECONDS,
                nanos[nanos.length / 2] / 1e6,
                nanos[(int) (nanos.length * 0.99)] / 1e6,
                nanos[nanos.length - 1] / 1e6,
                items[0] / (double) nanos.length);
    }

    private static long[] run(StacResource resource, Search search, int clients, int seconds, long[] items)
            throws Exception {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        try (var pool = Executors.newFixedThreadPool(clients)) {
            var work = new ArrayList<Callable<List<Long>>>();
            for (int client = 0; client < clients; client++) {
                var random = new Random(client);
                work.add(() -> {
                    var nanos = new ArrayList<Long>();
                    while (System.nanoTime() < end) {
                        var body = search.body(random).getBytes(StandardCharsets.UTF_8);
                        long begin = System.nanoTime();
                        var page = resource.search(body).toString();
                        nanos.add(System.nanoTime() - begin);
                        synchronized (items) {
                            items[0] += page.split("\"stac_version\"", -1).length - 1;
                        }
                    }
                    return nanos;
                });
            }
            var all = new ArrayList<Long>();
            for (var done : pool.invokeAll(work)) {
                all.addAll(done.get());
            }
            return all.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
