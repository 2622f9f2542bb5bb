// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of {@code ./survol} that run before there is a JVM. */
class ScriptTest {

    private record Result(int exitCode, String output) {}

    private static final Path SCRIPT = Distribution.ofThisProcess().home().resolve("survol");

    @TempDir
    private Path folder;

    /** Defines what the script defines, then runs the given lines. */
    private Result inScript(String lines, Map<String, String> environment) throws IOException, InterruptedException {
        return bash(List.of("-c", "source '" + SCRIPT + "'\n" + lines), environment);
    }

    private Result bash(List<String> arguments, Map<String, String> environment)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>(List.of("bash"));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output.strip());
    }

    private Path jdk(String name, String version) throws IOException {
        var home = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(home.resolve("bin"));
        for (var tool : List.of("java", "javac")) {
            var file = Files.writeString(home.resolve("bin").resolve(tool), "#!/bin/sh\nexit 1\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    @Test
    void takesTheFirstJdkThatIsNewEnough() throws Exception {
        var old = jdk("jdk with spaces 17", "17.0.15");
        var ancient = jdk("jdk8", "1.8.0_402");
        var fitting = jdk("jdk 26", "26-ea");
        var runtimeOnly = jdk("jre25", "25.0.1");
        Files.delete(runtimeOnly.resolve("bin/javac"));
        var candidates = "jdk_candidates() { printf '%s\\n' '" + old + "' '" + ancient + "' '" + runtimeOnly + "' '"
                + folder.resolve("gone") + "' '" + fitting + "'; }\n";

        var found = inScript(candidates + "find_jdk", Map.of());

        assertThat(found).isEqualTo(new Result(0, fitting.toString()));
    }

    @Test
    void javaHomeGoesFirst() throws Exception {
        var home = jdk("mine", "25.0.3");

        assertThat(inScript("find_jdk", Map.of("JAVA_HOME", home.toString())).output())
                .isEqualTo(home.toString());
    }

    @Test
    void followsTheJavaOnThePath() throws Exception {
        var home = jdk("linked", "25");
        var bin = Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("java"), home.resolve("bin/java"));

        var result = inScript("find_jdk", Map.of("PATH", bin + ":" + System.getenv("PATH")));

        assertThat(result.output()).isEqualTo(home.toRealPath().toString());
    }

    @Test
    void saysWhatToInstallWhenThereIsNoJdk() throws Exception {
        var result = inScript("jdk_candidates() { :; }\nmain status", Map.of());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output())
                .contains("apt-get install openjdk-25", "brew install", "sdk install java", "JAVA_HOME");
    }

    @Test
    void helpNeedsNoJdkAndNoBuild() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("linked-survol"), SCRIPT);

        var result = bash(List.of(link.toString(), "--help"), Map.of("PATH", "/usr/bin:/bin"));

        assertThat(result.exitCode()).isZero();
        assertThat(result.output()).contains("demo", "submit", "Exit codes");
    }

    @Test
    void aChangedSourceMakesTheBuildStale() throws Exception {
        var sources = Files.createDirectories(folder.resolve("core/src"));
        Files.createDirectories(folder.resolve("target"));
        Files.writeString(folder.resolve("pom.xml"), "<project/>");
        var source = Files.writeString(sources.resolve("A.java"), "class A {}");
        var stamp = Files.writeString(folder.resolve("target/.survol-built"), "");
        var older = java.nio.file.attribute.FileTime.fromMillis(1_000_000);
        for (var file : List.of(folder.resolve("pom.xml"), source, sources)) {
            Files.setLastModifiedTime(file, older);
        }
        Files.setLastModifiedTime(stamp, java.nio.file.attribute.FileTime.fromMillis(2_000_000));

        assertThat(inScript("if stale; then echo stale; else echo fresh; fi", Map.of())
                        .output())
                .isEqualTo("fresh");

        Files.setLastModifiedTime(source, java.nio.file.attribute.FileTime.fromMillis(3_000_000));

        assertThat(inScript("if stale; then echo stale; else echo fresh; fi", Map.of())
                        .output())
                .isEqualTo("stale");
    }

    @Test
    void asksForNodeWhenTheWebMapNeedsIt() throws Exception {
        var webui = Files.createDirectories(folder.resolve("catalog-service/src/main/webui"));
        Files.writeString(webui.resolve("package.json"), "{}");
        var tools = Files.createDirectories(folder.resolve("tools"));
        for (var tool : List.of("npm", "node")) {
            Files.writeString(tools.resolve(tool), "#!/bin/sh\necho v18.1.0\n")
                    .toFile()
                    .setExecutable(true);
        }

        var result = inScript("need_node", Map.of("PATH", tools + ":" + System.getenv("PATH")));

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("Node 20 or newer", "18.1.0");
    }
}
