// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;

/**
 * A real S3 server inside a test's own JVM, on a free port; the same one that {@link ObjectStoreMain} runs. Its folder
 * is temporary and goes with it, unless the test brought one.
 */
public final class EmbeddedObjectStore implements AutoCloseable {

    public static final String ACCESS_KEY = "survol-test";
    public static final String SECRET_KEY = "survol-test-secret";
    public static final String BUCKET = "survol";
    public static final String REGION = "us-east-1";

    private final Path data;
    private final boolean ownsData;
    private final S3Server server;

    private EmbeddedObjectStore(Path data, boolean ownsData) throws IOException {
        this.data = data;
        this.ownsData = ownsData;
        this.server = S3Server.start(data, 0, BUCKET, ACCESS_KEY, SECRET_KEY);
    }

    /** Starts with an empty temporary folder. */
    public static EmbeddedObjectStore start() {
        try {
            return new EmbeddedObjectStore(Files.createTempDirectory("survol-store"), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts on a folder that stays when the store is closed. */
    public static EmbeddedObjectStore start(Path data) {
        try {
            return new EmbeddedObjectStore(data, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For example {@code http://127.0.0.1:40123}. */
    public String endpoint() {
        return server.endpoint().toString();
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
        try {
            server.close();
            if (ownsData) {
                delete(data);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
