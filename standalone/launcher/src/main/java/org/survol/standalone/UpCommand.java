// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = "Run Survol on this machine: broker, object store, database and the four services, each its own "
                + "process, all on 127.0.0.1, all state in one folder. Stops with Ctrl-C; starting again on the same "
                + "folder goes on with unfinished work.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol up                              then open http://127.0.0.1:8080",
            "  ./survol up --data /srv/survol --port 9080",
            "  ./survol up --tile-size 1024             smaller tiles, less memory",
            "  ./survol up --watch /srv/incoming        what is copied there is mapped",
            "",
            "Exit codes: 1 it could not start, or a process died again and again; 130 or 143 after Ctrl-C or SIGTERM.",
            "Logs: DIR/logs/NAME.log. Needs about 4 GiB of memory."
        })
final class UpCommand implements Callable<Integer> {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = InstanceOptions.DEFAULT_DATA,
            description = "Folder for all state (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Option(
            names = "--tile-size",
            paramLabel = "N",
            description = "Side of a tile, pixels, a multiple of 32 (default: 5120).")
    private Integer tileSize;

    @Option(
            names = "--watch",
            paramLabel = "DIR",
            description = "Folder whose sub-folders and files are handed in, as submit would, once they are quiet.")
    private Optional<Path> watch;

    @Option(
            names = "--watch-quiet",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How long nothing may have changed in them (default: ${DEFAULT-VALUE}).")
    private long quietSeconds;

    @Mixin
    private PortOptions ports;

    /** Ends with this process. */
    private void watch(Path folder, Instance instance) {
        var store = instance.openStore();
        var submission = new Submission(instance, store, UpCommand::say);
        var watched = new WatchedFolder(
                folder,
                Duration.ofSeconds(quietSeconds),
                new DataFolder(data).root().resolve("watched.json"),
                delivery -> submission.handIn(delivery, Optional.empty()),
                UpCommand::say,
                InstantSource.system());
        Thread.ofPlatform().daemon().name("watch").start(watched::watch);
    }

    private static void say(String line) {
        System.err.println("survol: " + line);
    }

    @Override
    public Integer call() throws Exception {
        if (watch.isPresent() && !Files.isDirectory(watch.get())) {
            throw new CommandFailed(watch.get() + " is no folder. Create it, or name another with --watch.");
        }
        try (var installation = LocalRun.start(new DataFolder(data), ports.ports(), TileSize.orDefault(tileSize))) {
            System.out.println(LocalRun.describe(installation));
            System.out.println("Open " + installation.instance().catalog() + "  (stop with Ctrl-C)");
            watch.ifPresent(folder -> watch(folder, installation.instance()));
            installation.awaitGivenUp();
            System.err.println("survol: stopping, because a process could not be kept running");
            return ExitCode.FAILED;
        }
    }
}
