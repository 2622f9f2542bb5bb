// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Runs the object store as a process until it is told to stop; prints one line when it is ready. */
public final class ObjectStoreMain {

    private static final String USAGE = """
            usage: ObjectStoreMain --data DIR --port N [--bucket NAME] [--access-key KEY] [--secret-key KEY]
            The keys may come from SURVOL_STORE_ACCESS_KEY and SURVOL_STORE_SECRET_KEY, which other users of the
            machine cannot read in the process list.""";

    /** What was asked for on the command line and in the environment. */
    record Options(Path data, int port, String bucket, String accessKey, String secretKey) {

        private static final Set<String> KNOWN = Set.of("--data", "--port", "--bucket", "--access-key", "--secret-key");

        /** @throws IllegalArgumentException naming the option that is wrong or missing */
        static Options parse(List<String> args, Map<String, String> environment) {
            var given = new HashMap<String, String>();
            for (int i = 0; i < args.size(); i += 2) {
                if (!KNOWN.contains(args.get(i))) {
                    throw new IllegalArgumentException("unknown option " + args.get(i));
                }
                if (i + 1 == args.size()) {
                    throw new IllegalArgumentException(args.get(i) + " needs a value");
                }
                given.put(args.get(i), args.get(i + 1));
            }
            return new Options(
                    Path.of(required(given.get("--data"), "--data")).toAbsolutePath(),
                    port(required(given.get("--port"), "--port")),
                    given.getOrDefault("--bucket", "survol"),
                    required(
                            given.getOrDefault("--access-key", environment.get("SURVOL_STORE_ACCESS_KEY")),
                            "--access-key or SURVOL_STORE_ACCESS_KEY"),
                    required(
                            given.getOrDefault("--secret-key", environment.get("SURVOL_STORE_SECRET_KEY")),
                            "--secret-key or SURVOL_STORE_SECRET_KEY"));
        }

        private static String required(String value, String name) {
            if (Objects.requireNonNullElse(value, "").isBlank()) {
                throw new IllegalArgumentException(name + " is missing");
            }
            return value;
        }

        private static int port(String value) {
            try {
                int port = Integer.parseInt(value);
                if (port > 0 && port <= 65_535) {
                    return port;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException("--port must be 1 to 65535: " + value);
        }
    }

    private ObjectStoreMain() {}

    public static void main(String[] args) throws Exception {
        Options options;
        try {
            options = Options.parse(List.of(args), System.getenv());
            refuseTaken(options.port());
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        var stopped = new CountDownLatch(1);
        var server = S3Server.start(
                options.data(), options.port(), options.bucket(), options.accessKey(), options.secretKey());
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop-store").unstarted(() -> {
                    try {
                        server.close();
                    } catch (IOException e) {
                        System.err.println(e.getMessage());
                    } finally {
                        stopped.countDown();
                    }
                }));
        System.out.println("object store ready on " + server.endpoint() + ", bucket " + options.bucket() + ", data in "
                + options.data());
        stopped.await();
    }

    private static void refuseTaken(int port) throws IOException {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(S3Server.HOST), port));
        } catch (BindException e) {
            throw new IllegalArgumentException("port " + port + " is taken");
        }
    }
}
