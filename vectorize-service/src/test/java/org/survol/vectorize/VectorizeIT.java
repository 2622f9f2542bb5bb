// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.assertj.core.data.Offset;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.Digest;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TileVectorized;
import org.survol.core.store.ObjectStore;
import org.survol.messaging.BrokerAndStore;
import org.survol.messaging.CloudEvents;
import org.survol.messaging.EventSink;
import org.survol.messaging.Topics;
import org.survol.vectorize.topology.ClassRasters;

/** The service as it runs, against a real broker and a real S3 server. */
@QuarkusTest
@QuarkusTestResource(BrokerAndStore.class)
@TestProfile(VectorizeIT.FreePort.class)
class VectorizeIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    public static class FreePort implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.test-port", "0",
                    "survol.work-dir", "target/vectorize-it",
                    "survol.vectorize.rules", "exact");
        }
    }

    @Inject
    ObjectStore store;

    @Inject
    EventSink events;

    @Inject
    CloudEvents codec;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String brokers;

    @TempDir
    Path scratch;

    @Test
    void tilesThatArePredictedSkippedOrGivenUpEndInOneMap() throws IOException, SQLException {
        var raster = ClassRasters.random(8);
        var run = new StoredRun(store, raster, 64);
        var tiles = run.tiles();
        var deliveries = new ArrayList<PipelineEvent>();
        for (var tile : tiles) {
            int i = tiles.indexOf(tile);
            deliveries.add(i == 0 ? run.skipped(tile) : i == 1 ? run.failed(tile) : run.predicted(tile));
        }
        // Twice each, in any order.
        deliveries.addAll(List.copyOf(deliveries));
        Collections.shuffle(deliveries, new Random(3));
        events.publish(deliveries);

        var seen = listenUntil(
                told -> told.stream().filter(ProductAssembled.class::isInstance).count() > 0,
                Topics.TILES_VECTORIZED,
                Topics.ACQUISITIONS_SETTLED,
                Topics.PRODUCTS);

        assertThat(seen.stream()
                        .filter(AcquisitionSettled.class::isInstance)
                        .map(CloudEvents::id)
                        .distinct())
                .as("the settlement may be told twice, but in the same words")
                .hasSize(1);
        assertThat(seen.stream()
                        .filter(TileVectorized.class::isInstance)
                        .map(event -> ((TileVectorized) event).tile())
                        .distinct())
                .hasSize(tiles.size() - 2);
        var product = seen.stream()
                .filter(ProductAssembled.class::isInstance)
                .map(ProductAssembled.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(product.missingTiles()).isEqualTo(1);
        long pixels = 0;
        for (var tile : tiles.subList(2, tiles.size())) {
            for (byte value : raster.cut(run.plan.grid().window(tile)).classes()) {
                pixels += value != 0 ? 1 : 0;
            }
        }
        assertThat(product.areaSquareMetres()).isEqualTo(Math.rint(pixels * 0.04 * 1e6) / 1e6);
        for (var file : product.files().values()) {
            assertThat(Digest.of(store.read(file.key()))).isEqualTo(file.sha256());
        }
        var geoPackage = scratch.resolve("map.gpkg");
        store.download(product.files().get("gpkg").key(), geoPackage);
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + geoPackage);
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*), sum(area_m2) FROM land_cover")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).isEqualTo(product.polygons());
            assertThat(row.getDouble(2)).isCloseTo(product.areaSquareMetres(), Offset.offset(1e-6));
        }
    }

    private List<PipelineEvent> listenUntil(Predicate<List<PipelineEvent>> enough, String... topics) {
        var seen = new ArrayList<PipelineEvent>();
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        brokers,
                        "group.id",
                        UUID.randomUUID().toString(),
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(topics));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!enough.test(seen)) {
                assertThat(System.nanoTime())
                        .as("told in time; seen so far: %s", seen)
                        .isLessThan(deadline);
                consumer.poll(Duration.ofMillis(200)).forEach(message -> seen.add(codec.decode(message.value())));
            }
        }
        return seen;
    }
}
