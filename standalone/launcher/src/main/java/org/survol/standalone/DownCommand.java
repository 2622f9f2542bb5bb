// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        description =
                "Stop the instance that runs on a data folder and wait until all its processes have ended. Work in "
                        + "hand goes on at the next `up`.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ./survol down",
            "  ./survol down --data /srv/survol",
            "",
            "Exit codes: 0 stopped; 1 nothing ran there, or it did not stop."
        })
final class DownCommand implements Callable<Integer> {

    private static final long PATIENCE_SECONDS = 90;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = InstanceOptions.DEFAULT_DATA,
            description = "Data folder of the instance (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Override
    public Integer call() throws Exception {
        var launcher = Instance.on(new DataFolder(data)).launcher().orElseThrow();
        var process = launcher.find().orElseThrow();
        process.destroy();
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CommandFailed("process " + process.pid() + " did not stop within " + PATIENCE_SECONDS + " s.", e);
        }
        System.out.println("stopped");
        return ExitCode.OK;
    }
}
