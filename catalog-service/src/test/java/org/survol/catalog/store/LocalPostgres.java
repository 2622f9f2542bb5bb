// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A throw-away PostgreSQL server on a free loopback port. It refuses to run as root, so root lends it to nobody. */
final class LocalPostgres implements AutoCloseable {

    private static final String UNPRIVILEGED = "nobody";

    private final Path binaries;
    private final Path folder;
    private final int port;

    private LocalPostgres(Path binaries, Path folder, int port) {
        this.binaries = binaries;
        this.folder = folder;
        this.port = port;
    }

    static Optional<Path> installed() throws IOException {
        var root = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(root)) {
            return Optional.empty();
        }
        try (var versions = Files.list(root)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.naturalOrder());
        }
    }

    static LocalPostgres start(Path binaries, Path parent) throws IOException, InterruptedException {
        Path folder;
        if (isRoot()) {
            // the build folder may lie where an unprivileged user cannot go
            folder = Files.createTempDirectory("survol-postgres-");
            call(List.of("chown", UNPRIVILEGED, folder.toString()));
        } else {
            folder = Files.createTempDirectory(Files.createDirectories(parent), "postgres-");
        }
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var server = new LocalPostgres(binaries, folder, port);
        server.run("initdb", "-D", folder + "/data", "-U", "survol", "-A", "trust", "-E", "UTF8", "--no-sync");
        server.run(
                "pg_ctl",
                "-D",
                folder + "/data",
                "-l",
                folder + "/log",
                "-w",
                "-o",
                "-p " + port + " -h 127.0.0.1 -k " + folder + " -F",
                "start");
        return server;
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("pg_ctl", "-D", folder + "/data", "-m", "immediate", "-w", "stop");
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void run(String program, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid", UNPRIVILEGED, "--clear-groups", "--"));
        }
        command.add(binaries.resolve(program).toString());
        command.addAll(List.of(arguments));
        call(command);
    }

    private static void call(List<String> command) throws IOException, InterruptedException {
        var log = Files.createTempFile("survol-postgres", ".log");
        try {
            var process = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " failed: " + Files.readString(log));
            }
        } finally {
            Files.delete(log);
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
