// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.BlockCache;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.FloatRaster;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.core.store.MemoryObjectStore;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.messaging.EventSink;

/** A delivery in a store, and the stages that work on it, without a broker. */
final class Flight {

    static final String ID = "flight";

    final ObjectStore store;
    private final String id;
    final List<PipelineEvent> published = new ArrayList<>();
    private final EventSink sink = events -> published.addAll(events);
    private final IngestConfig config;
    private final TreeMap<String, String> roles = new TreeMap<>();
    private final Path scratch;

    /** In memory. */
    Flight(Path scratch, int tileSize) {
        this(new MemoryObjectStore(), ID, scratch, tileSize);
    }

    Flight(ObjectStore store, String id, Path scratch, int tileSize) {
        this(store, id, scratch, tileSize, 0);
    }

    Flight(ObjectStore store, String id, Path scratch, int tileSize, double featherMetres) {
        this.store = store;
        this.id = id;
        this.scratch = scratch;
        this.config = new IngestConfig(
                Deliveries.BUCKET,
                tileSize,
                "card",
                1,
                2,
                64,
                0,
                2.5,
                1_000,
                100_000,
                0.5,
                99.5,
                featherMetres,
                Set.of());
    }

    /** A value for a band at a place on the ground. */
    interface Ground {
        double at(int band, double easting, double northing);
    }

    Flight model(ModelCard card) throws IOException {
        store.write(StoreLayout.model(card.name()), Deliveries.onnx(card), "application/octet-stream");
        return this;
    }

    Flight image(String file, Role role, GeoReference geo, int width, int height, Ground ground) throws IOException {
        return image(file, role, geo, width, height, ground, null);
    }

    /** @param mask null: all valid */
    Flight image(String file, Role role, GeoReference geo, int width, int height, Ground ground, byte[] mask)
            throws IOException {
        var raster = new ByteRaster(width, height, role == Role.RGBI ? 4 : 3);
        for (int band = 0; band < raster.bands(); band++) {
            var plane = raster.plane(band);
            for (int i = 0; i < plane.length; i++) {
                plane[i] =
                        (byte) Math.round(ground.at(band, geo.easting(i % width + 0.5), geo.northing(i / width + 0.5)));
            }
        }
        var writer = CogWriter.of(raster).georeference(geo);
        return deliver(file, role, mask == null ? writer : writer.mask(mask));
    }

    Flight heights(String file, Role role, GeoReference geo, int width, int height, Ground ground) throws IOException {
        var raster = new FloatRaster(width, height, 1);
        var plane = raster.plane(0);
        for (int i = 0; i < plane.length; i++) {
            plane[i] = (float) ground.at(0, geo.easting(i % width + 0.5), geo.northing(i / width + 0.5));
        }
        return deliver(file, role, CogWriter.of(raster).georeference(geo).nodata(-9_999));
    }

    private Flight deliver(String file, Role role, CogWriter.Builder writer) throws IOException {
        var path = Files.createTempFile(scratch, "image", ".tif");
        writer.write(path);
        return file(file, role.name(), Files.readAllBytes(path));
    }

    Flight file(String file, String role, byte[] content) throws IOException {
        store.write(StoreLayout.inbox(id, file), content, "image/tiff");
        return asset(file, role);
    }

    /** An asset of the Item, whether or not its file is there. */
    Flight asset(String file, String role) {
        roles.put(file, role);
        return this;
    }

    static String key(String file) {
        return StoreLayout.inbox(ID, file);
    }

    byte[] item() {
        return Deliveries.item(id, roles);
    }

    Intake intake() {
        return new Intake(store, sink, config);
    }

    AcquisitionRegistered registered() throws IOException {
        intake().register(item(), Optional.empty());
        return (AcquisitionRegistered) published.removeLast();
    }

    PlanStage planStage() {
        return new PlanStage(store, sink, new ModelRegistry(store, sink), config);
    }

    Outcome planOutcome() throws IOException {
        return planStage().plan(registered());
    }

    /** Plans, and expects that to succeed. */
    Plan plan() throws IOException {
        var planned = ((Outcome.Done) planOutcome()).events();
        return new Plans(store)
                .read(((PipelineEvent.AcquisitionPlanned) planned.getFirst()).planKey())
                .plan();
    }

    /** Plans with the model of that name, and expects that to succeed. */
    Plan planWith(String model) throws IOException {
        intake().register(item(), Optional.of(model));
        var planned = ((Outcome.Done) planStage().plan((AcquisitionRegistered) published.removeLast())).events();
        return new Plans(store)
                .read(((PipelineEvent.AcquisitionPlanned) planned.getFirst()).planKey())
                .plan();
    }

    /** Cuts every tile of the plan, as a fresh process would. */
    List<PipelineEvent> tiles(Plan plan) throws IOException {
        var stage = new TileStage(store, new Plans(store), new SourceFiles(store, new BlockCache(64 << 20)), config);
        var events = new ArrayList<PipelineEvent>();
        for (var tile : plan.tiles()) {
            events.addAll(
                    ((Outcome.Done) stage.cut(new TilePlanned(plan.run(), StoreLayout.plan(plan.run()), tile.tile())))
                            .events());
        }
        return events;
    }

    TiffReader stack(TileReady ready) throws IOException {
        return TiffReader.open(ByteSources.ofObject(store, ready.stack().key()));
    }

    static <T extends PipelineEvent> List<T> only(Class<T> type, Collection<PipelineEvent> events) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<DeadLettered> deadLetters() {
        return only(DeadLettered.class, published);
    }
}
