// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An S3 server that is not ours: VersityGW over a folder, as a process of its own on the loopback address. Its program is
 * built from its Go module once and kept in the user's cache; where there is neither the program nor Go, tests that want
 * it are skipped.
 */
public final class VersityGateway implements AutoCloseable {

    public static final String ACCESS_KEY = "versity-test";
    public static final String SECRET_KEY = "versity-test-secret";
    public static final String BUCKET = "survol";
    public static final String REGION = "us-east-1";

    public static final String SKIPPED =
            "neither VersityGW nor Go to build it with (set SURVOL_VERSITYGW to its program)";

    private static final String VERSION = "1.8.0";
    private static final String MODULE = "github.com/versity/versitygw/cmd/versitygw@v" + VERSION;
    private static final Duration BUILD = Duration.ofMinutes(15);
    private static final Duration START = Duration.ofSeconds(30);

    private static Optional<Path> program;

    private final Process process;
    private final int port;
    private final Path log;

    private VersityGateway(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** Builds it when it must. */
    public static synchronized boolean isAvailable() {
        if (program == null) {
            program = find();
        }
        return program.isPresent();
    }

    /**
     * @param data folder that holds the buckets; another gateway may serve it at the same time
     * @param events options for its notifications, for example {@code --event-webhook-url URL}
     */
    public static VersityGateway start(Path data, String... events) {
        if (!isAvailable()) {
            throw new IllegalStateException(SKIPPED);
        }
        try {
            Files.createDirectories(data.resolve(BUCKET));
            int port = freePort();
            var log = Files.createTempFile("versitygw", ".log");
            var command = new ArrayList<>(List.of(
                    program.orElseThrow().toString(), "--port", "127.0.0.1:" + port, "--region", REGION, "--quiet"));
            command.addAll(Arrays.asList(events));
            command.addAll(List.of("posix", data.toString()));
            var builder = new ProcessBuilder(command)
                    .directory(data.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            // not on the command line, where every user of the machine could read them
            builder.environment().putAll(Map.of("ROOT_ACCESS_KEY", ACCESS_KEY, "ROOT_SECRET_KEY", SECRET_KEY));
            var gateway = new VersityGateway(builder.start(), port, log);
            gateway.awaitBucket();
            return gateway;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public S3ObjectStore open() {
        return open(BUCKET);
    }

    /** @param bucket of which there is a folder */
    public S3ObjectStore open(String bucket) {
        return new S3ObjectStore(new S3ObjectStore.Connection(endpoint(), ACCESS_KEY, SECRET_KEY, bucket, REGION));
    }

    /** The {@code survol.store.*} settings of a service that is to use this store. */
    public Map<String, String> settings() {
        return Map.of(
                "survol.store.endpoint", endpoint(),
                "survol.store.access-key", ACCESS_KEY,
                "survol.store.secret-key", SECRET_KEY,
                "survol.store.bucket", BUCKET,
                "survol.store.region", REGION);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(log);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitBucket() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        try (var store = open()) {
            while (true) {
                try {
                    if (store.bucketExists()) {
                        return;
                    }
                    throw new IOException("the folder " + BUCKET + " is not taken for a bucket");
                } catch (IOException e) {
                    if (!process.isAlive() || System.nanoTime() > deadline) {
                        process.destroyForcibly();
                        throw new IOException("VersityGW did not start: " + Files.readString(log), e);
                    }
                    pause();
                }
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static Optional<Path> find() {
        var named = System.getenv("SURVOL_VERSITYGW");
        if (named != null) {
            return Optional.of(Path.of(named)).filter(Files::isExecutable);
        }
        var folder = Path.of(System.getProperty("user.home"), ".cache", "survol", "versitygw-" + VERSION);
        var built = folder.resolve("versitygw");
        if (!Files.isExecutable(built)) {
            go().ifPresent(go -> build(go, folder));
        }
        return Optional.of(built).filter(Files::isExecutable);
    }

    private static Optional<Path> go() {
        var path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Arrays.stream(path.split(":")), Stream.of("/usr/local/go/bin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "go"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Where the module cannot be had, the tests are skipped as if there were no Go. */
    private static void build(Path go, Path folder) {
        try {
            Files.createDirectories(folder);
            var builder = new ProcessBuilder(go.toString(), "install", MODULE)
                    .directory(folder.toFile())
                    .inheritIO();
            builder.environment().put("GOBIN", folder.toString());
            var build = builder.start();
            if (!build.waitFor(BUILD.toSeconds(), TimeUnit.SECONDS)) {
                build.destroyForcibly();
            }
        } catch (IOException e) {
            System.err.println("VersityGW could not be built: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
