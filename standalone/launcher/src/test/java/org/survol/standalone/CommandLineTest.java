// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {

    private record Result(int exitCode, String out, String err) {}

    private static Result run(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exitCode = Survol.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
        return new Result(exitCode, out.toString(), err.toString());
    }

    @Test
    void everyCommandTeachesWithExamplesAndExitCodes() {
        for (var name : Survol.commandLine().getSubcommands().keySet()) {
            var help = run(name, "--help");

            assertThat(help.exitCode()).as(name).isZero();
            assertThat(help.out()).as(name).contains("Examples:", "./survol " + name, "Exit codes:");
        }
    }

    @Test
    void theScriptsHelpListsEveryCommand() throws Exception {
        var script = Files.readString(Distribution.ofThisProcess().home().resolve("survol"));

        for (var name : Survol.commandLine().getSubcommands().keySet()) {
            assertThat(script).containsPattern("(?m)^  " + name + " ");
        }
    }

    @Test
    void wrongUsageIsExitCodeOneAndNamesTheHelp() {
        var unknown = run("status", "--no-such-option");

        assertThat(unknown.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(unknown.err()).contains("--no-such-option", "status --help");
        assertThat(run("fly").exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run().exitCode()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void saysHowToStartWhenNothingRuns(@TempDir Path data) {
        for (var command : new String[][] {{"status"}, {"down"}, {"submit", data.toString()}}) {
            var args = new java.util.ArrayList<>(java.util.List.of(command));
            args.add("--data");
            args.add(data.toString());

            var result = run(args.toArray(String[]::new));

            assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(result.err()).contains("nothing runs on").contains("./survol up");
        }
    }

    @Test
    void aTileSizeThatCannotBeIsRefusedBeforeAnythingStarts(@TempDir Path data) {
        var result = run("up", "--data", data.resolve("new").toString(), "--port", "0", "--tile-size", "1000");

        assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).contains("--tile-size");
        assertThat(data.resolve("new")).doesNotExist();
    }

    @Test
    void aDemoDoesNotRemoveWhatNoDemoMade(@TempDir Path data) throws Exception {
        Files.writeString(data.resolve("precious.txt"), "mine");

        var result = run("demo", "--exit", "--port", "0", "--data", data.toString());

        assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).contains("no demo made");
        assertThat(data.resolve("precious.txt")).hasContent("mine");
    }
}
