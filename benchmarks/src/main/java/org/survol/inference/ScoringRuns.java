// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.Outcome;
import org.survol.core.event.PipelineEvent.TilePredicted;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.StageReport;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.PlannedTile;
import org.survol.core.store.ObjectRef;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.FolderStore;

/**
 * The inference stage on the stacks of a planned run in a folder, without broker and object server, and beside it a bare
 * loop over ONNX Runtime. Reads commands, a line each, and answers each with a line of JSON: {@code service} scores all
 * tiles anew; {@code bare N} runs the network N times over windows that lie ready in memory.
 */
public final class ScoringRuns {

    private static final int PRELOADED = 4;

    private final FolderStore store;
    private final String planKey;
    private final Plan plan;
    private final Settings settings;
    private final InferenceStage stage;
    private final List<TileReady> tiles = new ArrayList<>();

    private record Settings(int workers, int threadCount) implements InferenceConfig {
        @Override
        public Device device() {
            return Device.AUTO;
        }

        @Override
        public Precision precision() {
            return Precision.TF32;
        }

        @Override
        public OptionalInt batch() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt threads() {
            return OptionalInt.of(threadCount);
        }

        @Override
        public OptionalInt runs() {
            return Integer.getInteger("survol.runs") == null
                    ? OptionalInt.empty()
                    : OptionalInt.of(Integer.getInteger("survol.runs"));
        }

        @Override
        public int loadedModels() {
            return 1;
        }
    }

    private ScoringRuns(FolderStore store, String planKey, Settings settings) throws IOException {
        this.store = store;
        this.planKey = planKey;
        this.settings = settings;
        this.plan = Json.parse(store.read(planKey), Plan.class);
        this.stage = new InferenceStage(
                store, settings, Files.createTempDirectory("scoring"), "benchmark", new SimpleMeterRegistry());
        for (PlannedTile planned : plan.tiles()) {
            var key = StoreLayout.stack(plan.run(), planned.tile());
            var file = store.path(key);
            if (Files.exists(file)) {
                var ref = new ObjectRef(key, Files.size(file), Digest.of(file));
                tiles.add(new TileReady(
                        plan.run(), planKey, planned.tile(), ref, 1, new StageReport(1, 1, Map.of(), "cpu")));
            }
        }
    }

    /** Arguments: folder of the store, key of the plan, tiles in work at once, threads. */
    public static void main(String[] arguments) throws Exception {
        var runs = new ScoringRuns(
                new FolderStore(Path.of(arguments[0])),
                arguments[1],
                new Settings(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3])));
        System.out.println(Json.text(
                Map.of("tiles", runs.tiles.size(), "halo", runs.plan.halo(), "windowing", runs.plan.windowing())));
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            long started = System.nanoTime();
            long cpuBefore = cpuNanos();
            var answer = line.startsWith("bare ")
                    ? runs.bare(Integer.parseInt(line.substring(5)))
                    : runs.service(line.startsWith("service ") ? Integer.parseInt(line.substring(8)) : 1);
            answer.putIfAbsent("millis", (System.nanoTime() - started) / 1_000_000);
            answer.putIfAbsent("cpuMillis", (cpuNanos() - cpuBefore) / 1_000_000);
            System.out.println(Json.text(answer));
        }
        runs.stage.close();
    }

    private Map<String, Object> service(int rounds) throws Exception {
        var work = new ArrayList<Callable<TilePredicted>>();
        for (int round = 0; round < rounds; round++) {
            for (var tile : tiles) {
                work.add(() -> {
                    store.delete(StoreLayout.prediction(tile.run(), tile.tile()));
                    var done = (Outcome.Done) stage.handle(tile);
                    return (TilePredicted) done.events().getFirst();
                });
            }
        }
        long pixels = 0;
        double computed = 0;
        long bytes = 0;
        var shares = new TreeMap<String, Long>();
        var device = "";
        try (var workers = Executors.newFixedThreadPool(settings.workers())) {
            for (var result : workers.invokeAll(work)) {
                var predicted = result.get();
                pixels += predicted.report().pixels();
                computed += predicted.report().pixels() / predicted.keptShare();
                bytes += predicted.classes().bytes()
                        + predicted.probabilities().bytes()
                        + predicted.confidence().bytes();
                device = predicted.report().device();
                predicted.report().shares().forEach((kind, millis) -> shares.merge(kind, millis, Long::sum));
            }
        }
        var answer = new TreeMap<String, Object>();
        answer.put("pixels", pixels);
        answer.put("computedPixels", Math.round(computed));
        answer.put("bytes", bytes);
        answer.put("shares", shares);
        answer.put("device", device);
        return answer;
    }

    /** As a programmer would write it: default options, tensors made once, windows that lie in memory. */
    private Map<String, Object> bare(int count) throws OrtException {
        var card = plan.model().card();
        int side = plan.windowing().window();
        int bands = card.bands().size();
        int classes = card.nomenclature().classes().size();
        var environment = OnnxEnvironment.get();
        var inputs = new ArrayList<Map<String, OnnxTensor>>();
        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(settings.threadCount());
            try (var session =
                    environment.createSession(store.path(plan.model().key()).toString(), options)) {
                for (int i = 0; i < PRELOADED; i++) {
                    var window = ByteBuffer.allocateDirect(bands * side * side);
                    for (int at = 0; at < window.capacity(); at++) {
                        window.put(at, (byte) ((at * 31 + i) >> 4));
                    }
                    inputs.add(Map.of(
                            "input",
                            OnnxTensor.createTensor(
                                    environment, window, new long[] {1, bands, side, side}, OnnxJavaType.UINT8)));
                }
                var outputs = Map.of(
                        "classes", output(new long[] {1, side, side}),
                        "probabilities", output(new long[] {1, classes, side, side}),
                        "confidence", output(new long[] {1, side, side}));
                session.run(inputs.getFirst(), outputs).close();
                long started = System.nanoTime();
                long cpuBefore = cpuNanos();
                for (int i = 0; i < count; i++) {
                    session.run(inputs.get(i % PRELOADED), outputs).close();
                }
                var answer = new TreeMap<String, Object>();
                answer.put("millis", (System.nanoTime() - started) / 1_000_000);
                answer.put("cpuMillis", (cpuNanos() - cpuBefore) / 1_000_000);
                answer.put("computedPixels", (long) count * side * side);
                return answer;
            }
        }
    }

    private static OnnxTensor output(long[] shape) throws OrtException {
        long size = 1;
        for (long dimension : shape) {
            size *= dimension;
        }
        var buffer = ByteBuffer.allocateDirect(Math.toIntExact(size));
        return OnnxTensor.createTensor(OnnxEnvironment.get(), buffer, shape, OnnxJavaType.UINT8);
    }

    /** Of all threads of this process. */
    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
