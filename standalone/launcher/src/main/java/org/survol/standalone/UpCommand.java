// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Path;
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

    @Mixin
    private PortOptions ports;

    @Override
    public Integer call() throws Exception {
        try (var installation = LocalRun.start(new DataFolder(data), ports.ports(), TileSize.orDefault(tileSize))) {
            System.out.println(LocalRun.describe(installation));
            System.out.println("Open " + installation.instance().catalog() + "  (stop with Ctrl-C)");
            installation.awaitGivenUp();
            System.err.println("survol: stopping, because a process could not be kept running");
            return ExitCode.FAILED;
        }
    }
}
