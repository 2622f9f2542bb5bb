// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.AcquisitionPlanned;
import org.survol.core.event.PipelineEvent.AcquisitionRegistered;
import org.survol.core.event.PipelineEvent.TilePlanned;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.store.StoreLayout;

/**
 * The ingest stages on a delivery in a folder, without broker and object server: prints the plan as a line of JSON, then
 * cuts all tiles each time it reads a line {@code go}, and prints what that took.
 */
public final class TilingRuns {

    private static final String BUCKET = "bucket";

    private TilingRuns() {}

    /**
     * Arguments: folder of the delivery, model, folder to work in; threads; tile size; block cache, MiB; how many tiles.
     * The property {@code survol.windows} is the setting of that name.
     */
    public static void main(String[] arguments) throws IOException {
        var delivery = Path.of(arguments[0]);
        var model = Path.of(arguments[1]);
        var folder = Path.of(arguments[2]);
        int threads = Integer.parseInt(arguments[3]);
        int tileSize = Integer.parseInt(arguments[4]);
        int cacheMebibytes = Integer.parseInt(arguments[5]);
        int atMost = arguments.length > 6 ? Integer.parseInt(arguments[6]) : Integer.MAX_VALUE;

        var store = new FolderStore(folder);
        var item =
                (ObjectNode) Json.MAPPER.readTree(delivery.resolve("item.json").toFile());
        var id = item.path("id").asText();
        for (var asset : item.path("assets")) {
            var name = asset.path("href").asText();
            var key = StoreLayout.inbox(id, name);
            Files.createDirectories(store.path(key).getParent());
            try {
                Files.createLink(store.path(key), delivery.resolve(name));
            } catch (FileAlreadyExistsException e) {
                // from a run before
            }
            ((ObjectNode) asset).put("href", "s3://" + BUCKET + "/" + key);
        }
        store.write(StoreLayout.model("model"), Files.readAllBytes(model), "application/octet-stream");
        Files.deleteIfExists(store.path(StoreLayout.item(id)));

        var config = new IngestConfig(
                BUCKET,
                tileSize,
                System.getProperty("survol.windows", "card"),
                1,
                threads,
                cacheMebibytes,
                4_096,
                2.5,
                100_000,
                10_000_000,
                0.5,
                99.5,
                0,
                Set.of());
        var told = new ArrayList<PipelineEvent>();
        new Intake(store, told::addAll, config).register(Json.bytes(item), Optional.empty());
        var planned = (Outcome.Done) new PlanStage(store, told::addAll, new ModelRegistry(store, told::addAll), config)
                .plan((AcquisitionRegistered) told.getLast());
        var planKey = ((AcquisitionPlanned) planned.events().getFirst()).planKey();
        var plans = new Plans(store);
        var plan = plans.read(planKey).plan();
        System.out.println(Json.text(Map.of(
                "plan", planKey,
                "epsg", plan.grid().epsg(),
                "gsd", plan.grid().gsdMetres(),
                "sources",
                        plan.sources().stream()
                                .map(s -> Map.of(
                                        "role",
                                        s.role().name(),
                                        "path",
                                        store.path(s.key()).toString()))
                                .toList(),
                "tiles",
                        plan.tiles().stream()
                                .map(t -> plan.grid().window(t.tile()).grow(plan.halo()))
                                .map(w -> List.of(
                                        plan.grid().easting(w.column()),
                                        plan.grid().northing(w.endRow()),
                                        plan.grid().easting(w.endColumn()),
                                        plan.grid().northing(w.row())))
                                .toList(),
                "stacks",
                        plan.tiles().stream()
                                .map(t -> store.path(StoreLayout.stack(plan.run(), t.tile()))
                                        .toString())
                                .toList())));

        var blocks = SourceFiles.blocks(config);
        var stage = new TileStage(store, plans, new SourceFiles(store, blocks), config);
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while ("go".equals(lines.readLine())) {
            long started = System.nanoTime();
            long cpuBefore = cpuNanos();
            long bytes = 0;
            var shares = new TreeMap<String, Long>();
            var digests = new StringBuilder();
            for (var tile :
                    plan.tiles().subList(0, Math.min(atMost, plan.tiles().size()))) {
                var done = (Outcome.Done) stage.cut(new TilePlanned(plan.run(), planKey, tile.tile()));
                for (var event : done.events()) {
                    if (event instanceof TileReady ready) {
                        bytes += ready.stack().bytes();
                        digests.append(ready.stack().sha256());
                        ready.report().shares().forEach((kind, millis) -> shares.merge(kind, millis, Long::sum));
                    }
                }
            }
            System.out.println(Json.text(Map.of(
                    "millis",
                    (System.nanoTime() - started) / 1_000_000,
                    "cpuMillis",
                    (cpuNanos() - cpuBefore) / 1_000_000,
                    "shares",
                    shares,
                    "bytes",
                    bytes,
                    "blocks",
                    blocks.statistics(),
                    "digest",
                    HexFormat.of().toHexDigits(digests.toString().hashCode()))));
        }
    }

    /** Of all threads of this process. */
    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
