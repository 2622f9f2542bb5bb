// SPDX-License-Identifier: Apache-2.0
package org.survol.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The packaged service in a process of its own, asked over HTTP only. */
final class WorkerProcess implements AutoCloseable {

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final Path FOLDER = Path.of("target/worker-processes");
    private static final Pattern LISTENS = Pattern.compile("Listening on: http://[^:]+:(\\d+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String name;
    private final Path log;
    private final Process process;
    private int port;

    private WorkerProcess(String name, Map<String, String> settings) throws IOException {
        this.name = name;
        this.log = Files.createDirectories(FOLDER).resolve(name + ".log");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=0",
                "-Dsurvol.work-dir=" + FOLDER.resolve(name)));
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-jar", JAR.toString()));
        this.process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Returns at once; {@link #awaitReady} when it is to be relied on. */
    static WorkerProcess start(String name, Map<String, String> settings) throws IOException {
        assertThat(JAR).as("made by the package phase").exists();
        return new WorkerProcess(name, settings);
    }

    void awaitReady() {
        Await.until(name + " listens", () -> {
            assertThat(process.isAlive()).as("%s runs, see %s", name, log).isTrue();
            var listens = LISTENS.matcher(Files.readString(log));
            if (listens.find()) {
                port = Integer.parseInt(listens.group(1));
            }
            return port > 0;
        });
        Await.until(name + " is ready", () -> ask("q/health/ready").statusCode() == 200);
    }

    HttpResponse<String> ask(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    /** Sum over all series whose name and labels, as Prometheus writes them, match; 0 when there is none. */
    double metric(String pattern) throws IOException, InterruptedException {
        double sum = 0;
        for (var line : ask("q/metrics").body().lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (space > 0 && line.substring(0, space).matches(pattern)) {
                sum += Double.parseDouble(line.substring(space + 1));
            }
        }
        return sum;
    }

    boolean isBusy() throws IOException, InterruptedException {
        return metric("survol_work_busy\\{.*") > 0;
    }

    /** As a machine that loses power, but for its connections, which close. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Stands still with its connections open. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(status).isZero();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
        http.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
