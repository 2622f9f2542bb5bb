// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.survol.catalog.store.CatalogDatabase;
import org.survol.catalog.store.JdbcCatalogStore;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.nomenclature.Flair;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.S3ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.CloudEvents;
import org.survol.vectorize.ProductRuns;

/** Puts a map of one tile into a store and an H2 database as a finished run leaves them: product files, rasters, facts. */
public final class ProductFill {

    private static final TileAddress TILE = new TileAddress(650, -1250);
    private static final StageReport REPORT = new StageReport(1, 1, Map.of(), "cpu");

    private final S3ObjectStore objects;
    private final Plan plan;
    private final Path scratch;

    private ProductFill(S3ObjectStore objects, Plan plan, Path scratch) {
        this.objects = objects;
        this.plan = plan;
        this.scratch = scratch;
    }

    /**
     * Arguments: address of the store; access key; secret key; bucket; JDBC URL of an H2 database; file of one byte a pixel in
     * FLAIR's classes; its side; folder of product files as {@link ProductRuns} leaves them.
     */
    public static void main(String[] arguments) throws Exception {
        var classes = Files.readAllBytes(Path.of(arguments[5]));
        int side = Integer.parseInt(arguments[6]);
        var plan = ProductRuns.plan(new TileGrid(2154, 0.2, side), TILE);
        var connection =
                new S3ObjectStore.Connection(arguments[0], arguments[1], arguments[2], arguments[3], "us-east-1");
        try (var objects = new S3ObjectStore(connection);
                var database = CatalogDatabase.open(CatalogDatabase.Kind.H2, arguments[4], "sa", "", 2)) {
            var fill = new ProductFill(objects, plan, Files.createTempDirectory("survol-fill"));
            var events = fill.events(classes, fill.files(Path.of(arguments[7])));
            var codec = new CloudEvents("/benchmark");
            new CatalogStage(
                            new EventReader(objects),
                            new JdbcCatalogStore(database.dataSource()),
                            codec,
                            new SimpleMeterRegistry())
                    .record(messages(events, codec, plan));
            System.out.println(Collections.productId(plan.run()));
        }
    }

    /** By their short names. */
    private Map<String, ObjectRef> files(Path folder) throws IOException {
        var files = new TreeMap<String, ObjectRef>();
        try (var all = Files.list(folder)) {
            for (var file : all.sorted().toList()) {
                var name = file.getFileName().toString();
                var format = name.substring(name.lastIndexOf('.') + 1);
                if (List.of("fgb", "pmtiles", "gpkg", "parquet").contains(format)) {
                    files.put(
                            format,
                            objects.upload(StoreLayout.product(plan.run(), name), file, "application/octet-stream"));
                }
            }
        }
        return files;
    }

    private List<PipelineEvent> events(byte[] classes, Map<String, ObjectRef> files) throws IOException {
        var run = plan.run();
        var planKey = StoreLayout.plan(run);
        objects.write(planKey, Json.bytes(plan), "application/json");
        var item = StoreLayout.item(run.acquisition());
        var itemRef = objects.write(item, "{}".getBytes(StandardCharsets.UTF_8), "application/json");
        int side = plan.grid().window(TILE).width();
        var confidence = new byte[classes.length];
        var image = new ByteRaster(side, side, 3);
        for (int i = 0; i < classes.length; i++) {
            confidence[i] = (byte) (100 + i % 97);
            int rgb = Flair.NOMENCLATURE.ofValue(classes[i]).orElseThrow().rgb();
            for (int band = 0; band < 3; band++) {
                image.plane(band)[i] = (byte) (60 + (rgb >> (16 - 8 * band) & 0xff) / 2 + i * 31 % 23);
            }
        }
        return List.of(
                new AcquisitionRegistered(run.acquisition(), item, itemRef.sha256(), Optional.empty()),
                new TileReady(run, planKey, TILE, cog(CogWriter.of(image), StoreLayout.stack(run, TILE)), 1, REPORT),
                new TilePredicted(
                        run,
                        planKey,
                        TILE,
                        cog(
                                CogWriter.of(plane(classes, side))
                                        .colours(Flair.NOMENCLATURE)
                                        .nodata(0),
                                StoreLayout.classes(run, TILE)),
                        cog(CogWriter.of(plane(confidence, side)), StoreLayout.probabilities(run, TILE)),
                        cog(CogWriter.of(plane(confidence, side)), StoreLayout.confidence(run, TILE)),
                        1,
                        REPORT),
                new ProductAssembled(
                        run, planKey, files, Optional.of(Flair.NOMENCLATURE), 1, side * 0.2 * side * 0.2, 0, REPORT));
    }

    private static ByteRaster plane(byte[] values, int side) {
        var raster = new ByteRaster(side, side, 1);
        System.arraycopy(values, 0, raster.plane(0), 0, values.length);
        return raster;
    }

    private ObjectRef cog(CogWriter.Builder cog, String key) throws IOException {
        var window = plan.grid().window(TILE);
        double gsd = plan.grid().gsdMetres();
        var file = Files.createTempFile(scratch, "cog", ".tif");
        cog.georeference(new GeoReference(
                        plan.grid().epsg(),
                        plan.grid().easting(window.column()),
                        plan.grid().northing(window.row()),
                        gsd,
                        gsd))
                .write(file);
        var stored = objects.upload(key, file, "image/tiff");
        Files.delete(file);
        return stored;
    }

    private static ConsumerRecords<String, String> messages(List<PipelineEvent> events, CloudEvents codec, Plan plan) {
        var batch = new ArrayList<ConsumerRecord<String, String>>();
        for (var event : events) {
            batch.add(new ConsumerRecord<>(
                    "benchmark",
                    0,
                    batch.size(),
                    plan.datetime().plus(1, ChronoUnit.DAYS).toEpochMilli(),
                    TimestampType.CREATE_TIME,
                    0,
                    0,
                    event.key(),
                    codec.encode(event),
                    new RecordHeaders(),
                    Optional.empty()));
        }
        return new ConsumerRecords<>(Map.of(new TopicPartition("benchmark", 0), batch), Map.of());
    }
}
