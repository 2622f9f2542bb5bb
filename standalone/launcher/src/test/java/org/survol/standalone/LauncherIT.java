// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The launcher as a process of its own: what it leaves behind when it is stopped, and when it is killed. */
class LauncherIT {

    private static final long PATIENCE_SECONDS = 300;

    @Test
    void aServiceKilledWhileItStartsComesBackAndDownStopsEverything() throws Exception {
        var data = Chain.folder("killed-at-start");
        var up = up(data);
        var killed = awaitProcess(up, new DataFolder(data).pidFile("inference"));

        killed.destroyForcibly();

        var children = awaitStarted(up, data);
        assertThat(children).hasSize(6).doesNotContain(killed);

        var down = survol("down", "--data", data.toString()).start();

        assertThat(down.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(down.exitValue()).isZero();
        assertThat(up.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        assertThat(data.resolve("run/instance.json")).doesNotExist();
    }

    @Test
    void aTerminalThatClosesStopsEverything() throws Exception {
        var data = Chain.folder("closed");
        var up = up(data);
        var first = awaitProcess(up, new DataFolder(data).pidFile("broker"));

        // to launcher and children alike, whatever has started by then
        up.children().forEach(ProcessHandle::destroy);
        up.destroy();

        assertThat(up.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(first.isAlive()).isFalse();
        assertThat(up.children()).isEmpty();
    }

    @Test
    void aKilledLauncherLeavesNoOrphans() throws Exception {
        var data = Chain.folder("killed-launcher");
        var up = up(data);
        var children = awaitStarted(up, data);

        up.destroyForcibly();

        for (var child : children) {
            child.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(children).noneMatch(ProcessHandle::isAlive);
        assertThat(Instance.find(new DataFolder(data))).isEmpty();
    }

    private static Process up(Path data) throws Exception {
        return survol("up", "--data", data.toString(), "--port", "0")
                .redirectErrorStream(true)
                .redirectOutput(data.resolve("up.out").toFile())
                .start();
    }

    private static List<ProcessHandle> awaitStarted(Process up, Path data) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        var folder = new DataFolder(data);
        while (Instance.find(folder).isEmpty()) {
            assertThat(up.isAlive())
                    .as(Files.readString(data.resolve("up.out")))
                    .isTrue();
            assertThat(System.nanoTime()).isLessThan(deadline);
            up.waitFor(100, TimeUnit.MILLISECONDS);
        }
        return up.children().toList();
    }

    private static ProcessHandle awaitProcess(Process up, Path pidFile) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            var process = ProcessMark.read(pidFile).flatMap(ProcessMark::find);
            if (process.isPresent()) {
                return process.get();
            }
            assertThat(System.nanoTime()).isLessThan(deadline);
            up.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    /** As the script starts it. */
    private static ProcessBuilder survol(String... arguments) {
        var home = Distribution.ofThisProcess().home();
        var target = home.resolve("standalone/launcher/target");
        var command = new ArrayList<String>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dsurvol.home=" + home,
                "-cp",
                target.resolve("launcher.jar") + ":" + target.resolve("lib") + "/*",
                "org.survol.standalone.Survol"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
