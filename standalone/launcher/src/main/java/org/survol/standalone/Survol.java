// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import org.survol.core.BadInputException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./survol}: one command line for everything on one machine. */
@Command(
        name = "survol",
        description = "Survol turns new flights into land-cover maps.",
        mixinStandardHelpOptions = true,
        version = "survol 0.1.0-SNAPSHOT",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            DownCommand.class,
            SubmitCommand.class,
            StatusCommand.class,
            SceneCommand.class,
            ModelCommand.class,
        },
        footerHeading = "%n",
        footer = {
            "`./survol test` builds and runs the whole test suite.",
            "Exit codes: 0 all well; 1 wrong usage or not possible; 2 ended with dead letters or without a map; 3 timeout."
        })
public final class Survol implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which command?");
    }

    public static void main(String[] args) {
        int exitCode = commandLine().execute(args);
        System.out.flush();
        System.exit(exitCode);
    }

    static CommandLine commandLine() {
        var line = new CommandLine(new Survol());
        line.setUsageHelpWidth(110);
        line.setUsageHelpAutoWidth(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, args) -> {
            var at = e.getCommandLine();
            var err = at.getErr();
            err.println("survol: " + e.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
            err.println("Try: ./" + at.getCommandSpec().qualifiedName() + " --help");
            return ExitCode.FAILED;
        });
        line.setExecutionExceptionHandler((e, at, parsed) -> {
            if (e instanceof CommandFailed failed) {
                at.getErr().println("survol: " + failed.getMessage());
                return failed.exitCode();
            }
            if (e instanceof BadInputException bad) {
                at.getErr().println("survol: " + bad.getMessage());
                return ExitCode.FAILED;
            }
            e.printStackTrace(at.getErr());
            return ExitCode.FAILED;
        });
        return line;
    }
}
