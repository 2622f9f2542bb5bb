// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionSettled;
import org.survol.core.event.PipelineEvent.ProductAssembled;
import org.survol.core.event.StageReport;
import org.survol.core.grid.TileAddress;
import org.survol.core.plan.Plan;
import org.survol.core.raster.ByteSource;
import org.survol.core.raster.ByteSources;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.vectorize.SettledTile.Ending;
import org.survol.vectorize.product.LandCoverFiles;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.Sheet;
import org.survol.vectorize.topology.SheetAssembler;
import org.survol.vectorize.topology.TileTopology;
import org.survol.vectorize.topology.TopologyCodec;

/**
 * Takes a run whose tiles have all ended and makes their map: sheet by sheet, joins tiles, removes what is too small, draws
 * smoother lines and writes the files; then says so. The files depend on the run's pixels and the settings only: assembling
 * again writes the same bytes.
 */
@ApplicationScoped
class AssembleStage {

    private static final Logger LOG = LoggerFactory.getLogger(AssembleStage.class);
    /** Part of what a product is made from: to be raised when the same tiles would give other files. */
    private static final int PRODUCT_VERSION = 7;

    /** Folder of a product while it is written; carries the process id. */
    private static final String FOLDER = "assemble-";

    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "gpkg", "application/geopackage+sqlite3",
            "fgb", "application/flatgeobuf",
            "parquet", "application/vnd.apache.parquet",
            "pmtiles", "application/vnd.pmtiles",
            "geojsons", "application/geo+json-seq");

    private final ObjectStore store;
    private final Plans plans;
    private final Settlement settlement;
    private final ProductRules rules;
    private final boolean textSequence;
    private final int maxCorners;
    private final int sheetPixels;
    private final Path workDirectory;
    private final MeterRegistry meters;

    @Inject
    AssembleStage(
            ObjectStore store,
            VectorizeConfig config,
            @ConfigProperty(name = "survol.work-dir") Path workDirectory,
            MeterRegistry meters) {
        this.store = store;
        rules = ProductRules.load(config.rules());
        textSequence = config.geojsonSeq();
        maxCorners = config.maxCorners();
        sheetPixels = config.sheetPixels();
        if (sheetPixels < 1) {
            throw new IllegalArgumentException("survol.vectorize.sheet-pixels must be 1 or more, not " + sheetPixels);
        }
        this.workDirectory = workDirectory;
        this.meters = meters;
        plans = new Plans(store);
        settlement = new Settlement(store, plans);
    }

    /** Removes what processes left behind that were killed. Before the first work: a folder with our own id is theirs. */
    void removeLeftovers() throws IOException {
        try (var folders = Files.newDirectoryStream(Files.createDirectories(workDirectory), FOLDER + "*-*")) {
            for (var folder : folders) {
                long pid = Long.parseLong(folder.getFileName().toString().split("-", 3)[1]);
                if (pid == ProcessHandle.current().pid()
                        || ProcessHandle.of(pid).isEmpty()) {
                    delete(folder);
                }
            }
        }
    }

    Outcome handle(PipelineEvent event) throws IOException {
        if (!(event instanceof AcquisitionSettled settled)) {
            return new Outcome.Skipped("not a settled acquisition");
        }
        var plan = plans.get(settled.planKey());
        var tiles = settlement.endings(plan);
        if (tiles.size() < plan.tiles().size()) {
            return new Outcome.Skipped(plan.tiles().size() - tiles.size() + " tiles of " + plan.run() + " are open");
        }
        String made = digestOf(plan, tiles);
        var onRecord = onRecord(plan).filter(product -> product.settlement().equals(made));
        if (onRecord.isPresent()) {
            LOG.info("{} was assembled before; told again", plan.run());
            return Outcome.Done.with(onRecord.get().event());
        }
        var assembled = assemble(settled, plan, tiles);
        store.write(
                StoreLayout.product(plan.run(), AssembledProduct.FILE),
                Json.bytes(new AssembledProduct(made, assembled)),
                "application/json");
        return Outcome.Done.with(assembled);
    }

    private ProductAssembled assemble(AcquisitionSettled settled, Plan plan, Map<TileAddress, SettledTile> tiles)
            throws IOException {
        var times = new Times();
        var card = plan.model().card();
        var ofMap = rules.ofMap(card, plan.grid().gsdMetres());
        var folder = Files.createTempDirectory(
                Files.createDirectories(workDirectory),
                FOLDER + ProcessHandle.current().pid() + "-");
        try (var product = new LandCoverFiles(plan, rules.classes(card).product(), ofMap, folder, textSequence)) {
            var traced = tracedTiles(tiles);
            var sheets = Sheet.of(plan.grid(), traced, sheetPixels);
            for (var sheet : sheets) {
                var cleared = times.of("join", () -> new SheetAssembler(plan.grid(), sheet, traced, ofMap)
                        .assemble(tile -> topology(plan, tile, tiles.get(tile), times)));
                var map = times.of("generalize", () -> Generalization.simplified(cleared, ofMap));
                times.doing("encode", () -> product.write(map));
                times.doing("tiles", () -> product.writeTiles(map, sheet.window(plan.grid())));
            }
            var files = times.of("encode", product::finish);
            var stored = times.of("upload", () -> upload(plan, files));
            long pixels =
                    plan.grid().tileSize() * (long) plan.grid().tileSize() * Settlement.count(tiles, Ending.VECTORIZED);
            var report = new StageReport(pixels, times.wallMillis(), times.millis(), "cpu");
            meters.counter("survol.assemble.polygons").increment(product.polygons());
            LOG.info(
                    "{}: {} sheet(s), {} polygons, {} m2, {} ms {}",
                    plan.run(),
                    sheets.size(),
                    product.polygons(),
                    product.areaSquareMetres(),
                    report.wallMillis(),
                    report.shares());
            return new ProductAssembled(
                    plan.run(),
                    settled.planKey(),
                    stored,
                    rules.ownNomenclature(card),
                    product.polygons(),
                    product.areaSquareMetres(),
                    Settlement.count(tiles, Ending.FAILED),
                    report);
        } finally {
            delete(folder);
        }
    }

    private static SortedSet<TileAddress> tracedTiles(Map<TileAddress, SettledTile> tiles) {
        var traced = new TreeSet<TileAddress>();
        tiles.forEach((tile, ending) -> {
            if (ending.vectorized().isPresent()) {
                traced.add(tile);
            }
        });
        return traced;
    }

    private Map<String, ObjectRef> upload(Plan plan, Map<String, Path> files) throws IOException {
        var stored = new LinkedHashMap<String, ObjectRef>();
        for (var file : files.entrySet()) {
            String key = StoreLayout.product(
                    plan.run(), file.getValue().getFileName().toString());
            stored.put(file.getKey(), store.upload(key, file.getValue(), MEDIA_TYPES.get(file.getKey())));
        }
        return stored;
    }

    /** What a tile is under the rules of today: as stored, or traced again where it was traced under others. */
    private TileTopology topology(Plan plan, TileAddress tile, SettledTile ending, Times times) throws IOException {
        var card = plan.model().card();
        var stored = ending.vectorized().orElseThrow().topology();
        if (ending.isOf(rules.tracing(card))) {
            var bytes = times.of("download", () -> StoredObjects.read(store, stored));
            return times.of("decode", () -> TopologyCodec.decode(stored.key(), bytes));
        }
        LOG.info("{} {} was traced under other rules or by another version: traced again", plan.run(), tile);
        String key = StoreLayout.classes(plan.run(), tile);
        var classes = times.of("download", () -> store.read(key));
        if (!ending.classesSha256().equals(Optional.of(Digest.of(classes)))) {
            throw new IOException(key + " is not the raster that was traced: a newer event is on its way");
        }
        var rasters = new TileVectorizer.Rasters(
                ByteSources.ofBytes(key, classes),
                downloaded(StoreLayout.probabilities(plan.run(), tile), times),
                downloaded(StoreLayout.confidence(plan.run(), tile), times));
        return rules.vectorizer(card, plan.grid().gsdMetres(), maxCorners)
                .vectorize(plan.grid().window(tile), rasters, times);
    }

    private ByteSource downloaded(String key, Times times) throws IOException {
        return ByteSources.ofBytes(key, times.of("download", () -> store.read(key)));
    }

    private String digestOf(Plan plan, Map<TileAddress, SettledTile> tiles) {
        var parts = new ArrayList<Object>();
        parts.add(PRODUCT_VERSION);
        parts.add(rules.rules());
        parts.add(textSequence);
        parts.add(sheetPixels);
        tiles.forEach((tile, ending) -> {
            parts.add(tile);
            parts.add(ending.outcome());
            ending.vectorized().ifPresent(v -> parts.add(v.topology().sha256()));
        });
        return Digest.ofParts(parts.toArray());
    }

    private Optional<AssembledProduct> onRecord(Plan plan) throws IOException {
        try {
            var json = store.read(StoreLayout.product(plan.run(), AssembledProduct.FILE));
            return Optional.of(Json.parse(json, AssembledProduct.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
