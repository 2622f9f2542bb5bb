// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.survol.core.Json;
import org.survol.core.event.RunRef;
import org.survol.core.raster.ByteSources;
import org.survol.scene.SceneSpec;
import org.survol.standalone.Submission.Ending;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "From nothing to a map: generate a sample flight, start everything, hand the flight in, follow it, and "
                        + "compare the map with the truth that the generator knows. Stays up so that the map can be looked at; "
                        + "with --exit it stops all again.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol demo                                 then open the address it prints",
            "  ./survol demo --exit --summary out.json",
            "  ./survol demo --seed 12 --size 1000",
            "",
            "Exit codes: 0 the map is there and nothing was lost; 1 not possible; 2 ended with dead letters or without a",
            "map; 3 not ended within --timeout; 130 or 143 after Ctrl-C or SIGTERM."
        })
final class DemoCommand implements Callable<Integer> {

    /** Not a seed that the bundled models were trained on. */
    private static final String DEFAULT_SEED = "2026";

    private static final String DEFAULT_DATA = InstanceOptions.DEFAULT_DATA + "/demo";
    private static final String MARK = ".survol-demo";

    @Option(names = "--exit", description = "Stop everything when the map is done.")
    private boolean exit;

    @Option(
            names = "--summary",
            paramLabel = "FILE",
            description = "Write the figures, object keys and addresses as JSON.")
    private Optional<Path> summary;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = DEFAULT_SEED,
            description = "Chooses the landscape (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--size",
            paramLabel = "METRES",
            defaultValue = "" + SceneSpec.DEFAULT_SIZE_METRES,
            description = "Side of the square (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--vintage",
            paramLabel = "YEAR",
            defaultValue = "" + SceneSpec.DEFAULT_VINTAGE,
            description = "Year of the flight (default: ${DEFAULT-VALUE}).")
    private int vintage;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = DEFAULT_DATA,
            description =
                    "Folder for all state (default: ${DEFAULT-VALUE}). What an earlier demo left in it is removed; "
                            + "a folder with anything else is refused.")
    private Path data;

    @Option(
            names = "--tile-size",
            paramLabel = "N",
            defaultValue = "1024",
            description =
                    "Side of a tile, pixels (default: ${DEFAULT-VALUE}, so that even a small flight has several).")
    private Integer tileSize;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "1800",
            description = "How long the flight may take (default: ${DEFAULT-VALUE}).")
    private long timeoutSeconds;

    @Mixin
    private PortOptions ports;

    @Override
    public Integer call() throws Exception {
        long started = System.nanoTime();
        var spec = SampleFlights.spec(seed, size, vintage);
        var folder = new DataFolder(data);
        var chosenPorts = ports.ports();
        chosenPorts.demandFree();
        clear(folder);

        say("1/4  generating the sample flight " + spec.id());
        var flight = folder.root().resolve("flight");
        SampleFlights.write(spec, flight, DemoCommand::say);

        say("2/4  starting broker, object store and services");
        try (var installation = LocalRun.start(folder, chosenPorts, TileSize.orDefault(tileSize))) {
            say("3/4  handing the flight in");
            var ending = handIn(installation.instance(), flight);
            if (!(ending instanceof Ending.Ended ended)) {
                return SubmitCommand.report(ending);
            }
            say("4/4  comparing the map with the truth");
            var report = report(installation.instance(), ended, flight, started);
            System.out.println();
            System.out.print(report.text());
            if (summary.isPresent()) {
                write(report, summary.get());
            }
            int exitCode = Summary.exitCode(ended.progress());
            if (exit) {
                return exitCode;
            }
            System.out.println();
            System.out.println("Open " + installation.instance().catalog() + "  (stop with Ctrl-C)");
            installation.awaitGivenUp();
            return ExitCode.FAILED;
        }
    }

    private Ending handIn(Instance instance, Path flight) throws IOException, InterruptedException {
        try (var store = instance.openStore()) {
            var submission = new Submission(instance, store, DemoCommand::say);
            var delivery =
                    Delivery.of(List.of(flight.toString()), Optional.empty()).getFirst();
            if (submission.handIn(delivery, Optional.empty()) instanceof Ending.Refused refused) {
                return refused;
            }
            var bars = ProgressBars.onConsole();
            var ending = submission.follow(
                    delivery.id(),
                    Optional.empty(),
                    Submission.Before.NOTHING,
                    Duration.ofSeconds(timeoutSeconds),
                    bars::show);
            bars.finish();
            return ending;
        }
    }

    private static DemoReport report(Instance instance, Ending.Ended ended, Path flight, long started)
            throws IOException {
        var summary = Summary.of(ended.progress(), ended.wall());
        Optional<DemoReport.Accuracy> accuracy = Optional.empty();
        if (summary.run().isPresent()) {
            try (var store = instance.openStore()) {
                var plan = TruthComparison.plan(
                        new RunRef(summary.acquisition(), summary.run().get()), store);
                var truth = ByteSources.ofFile(flight.resolve("truth").resolve("classes.tif"));
                accuracy = Optional.of(DemoReport.Accuracy.of(
                        TruthComparison.of(truth, plan, store),
                        plan.model().card().nomenclature()));
            }
        }
        return DemoReport.of(summary, accuracy, instance.catalog(), Duration.ofNanos(System.nanoTime() - started));
    }

    private static void write(DemoReport report, Path file) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Files.write(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
    }

    /** A demo shows the chain at work; the state of an earlier one would show a finished map at once. */
    private static void clear(DataFolder folder) throws IOException {
        var root = folder.root();
        if (Files.isDirectory(root)) {
            try (var entries = Files.list(root)) {
                if (entries.findAny().isPresent() && !Files.exists(root.resolve(MARK))) {
                    throw new CommandFailed(
                            root + " holds something that no demo made. Choose another folder with --data.");
                }
            }
            // an instance that still runs there keeps its state
            folder.create();
            folder.lock().channel().close();
            delete(root);
        }
        folder.create();
        Files.createFile(root.resolve(MARK));
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void say(String line) {
        System.err.println("survol: " + line);
    }
}
