// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One fuzz target for some seconds in a JVM of its own, with Jazzer. A class with a public static method
 * {@code fuzzerTestOneInput(byte[])} is a target. The seconds are {@code -Dfuzz.seconds}; what the run learns is kept
 * below {@code -Dfuzz.corpus} when that is given, for a run of hours.
 */
public final class FuzzRun {

    private static final int DEFAULT_SECONDS = 2;
    /** Of the target's heap; the readers' own budgets are below it. */
    private static final String HEAP = "-Xmx512m";

    private static final Pattern EXECUTIONS = Pattern.compile("#(\\d+)\\s+\\S+\\s+cov: (\\d+)");

    private FuzzRun() {}

    /**
     * @param finding what was thrown and on which input; empty when nothing was found
     * @param coverage edges that were reached
     */
    public record Result(String finding, long executions, int coverage, String log) {}

    /** @param seeds folder of inputs to start from */
    public static Result of(Class<?> target, Path seeds, Path scratch) throws IOException, InterruptedException {
        int seconds = Integer.getInteger("fuzz.seconds", DEFAULT_SECONDS);
        var kept = System.getProperty("fuzz.corpus");
        var name = target.getSimpleName().toLowerCase(Locale.ROOT);
        var corpus = Files.createDirectories(
                kept == null ? scratch.resolve(name) : Path.of(kept).resolve(name));
        var log = scratch.resolve(name + ".log");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+EnableDynamicAgentLoading",
                "-Djdk.attach.allowAttachSelf=true",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=org.survol.**",
                "--custom_hook_includes=org.survol.**",
                "--disabled_hooks=.*",
                "--reproducer_path=" + scratch,
                "-artifact_prefix=" + corpus.resolveSibling(name + "-"),
                "-max_total_time=" + seconds,
                "-timeout=30",
                "-rss_limit_mb=3000",
                "-max_len=8192",
                "-print_final_stats=1",
                corpus.toString()));
        if (Files.isDirectory(seeds)) {
            command.add(seeds.toString());
        }
        var process = new ProcessBuilder(command)
                .directory(scratch.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int exit = process.waitFor();
        var text = Files.readString(log, StandardCharsets.ISO_8859_1);
        long executions = 0;
        int coverage = 0;
        var matcher = EXECUTIONS.matcher(text);
        while (matcher.find()) {
            executions = Long.parseLong(matcher.group(1));
            coverage = Integer.parseInt(matcher.group(2));
        }
        return new Result(exit == 0 ? "" : tail(text), executions, coverage, text);
    }

    private static String tail(String log) {
        int from = Math.max(log.indexOf("== Java Exception"), log.length() - 6_000);
        return log.substring(Math.max(0, from));
    }
}
