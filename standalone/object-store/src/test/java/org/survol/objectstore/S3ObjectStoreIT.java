// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.ObjectStoreContract;
import org.survol.core.store.S3ObjectStore;

/** The S3 adapter against the server that a single machine runs. */
class S3ObjectStoreIT extends ObjectStoreContract {

    private static EmbeddedObjectStore server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() {
        server = EmbeddedObjectStore.start();
        store = clientOf(server, EmbeddedObjectStore.BUCKET, EmbeddedObjectStore.SECRET_KEY);
    }

    @AfterAll
    static void stop() {
        store.close();
        server.close();
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Test
    void objectsOutliveTheServer(@TempDir Path data) throws Exception {
        try (var first = EmbeddedObjectStore.start(data);
                var client = clientOf(first, EmbeddedObjectStore.BUCKET, EmbeddedObjectStore.SECRET_KEY)) {
            client.write("kept/object", "kept".getBytes(StandardCharsets.UTF_8), "text/plain");
        }

        try (var second = EmbeddedObjectStore.start(data);
                var client = clientOf(second, EmbeddedObjectStore.BUCKET, EmbeddedObjectStore.SECRET_KEY)) {
            assertThat(client.bucketExists()).isTrue();
            assertThat(client.read("kept/object"))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("kept");
        }
    }

    @Test
    void whatAKilledServerLeftHalfWrittenIsNoObject(@TempDir Path data) throws Exception {
        var whole = "kept/6c0cd963-88f9-4ec7-81c7-974ed1ef3ed0-6c0cd963-88f9-4ec7-81c7-974ed1ef3ed1";
        try (var first = EmbeddedObjectStore.start(data);
                var client = clientOf(first, EmbeddedObjectStore.BUCKET, EmbeddedObjectStore.SECRET_KEY)) {
            client.write(whole, new byte[10], "image/tiff");
        }
        // as found after kill -9 in the middle of a put
        var rest = data.resolve(EmbeddedObjectStore.BUCKET + "/kept/stack.tif-6c0cd963-88f9-4ec7-81c7-974ed1ef3ed0");
        Files.write(rest, new byte[1_000]);

        try (var second = EmbeddedObjectStore.start(data);
                var client = clientOf(second, EmbeddedObjectStore.BUCKET, EmbeddedObjectStore.SECRET_KEY)) {
            assertThat(client.list("kept/")).extracting(ObjectStore.Stat::key).containsExactly(whole);
            assertThat(rest).doesNotExist();
        }
    }

    @Test
    void saysWhatIsWrongWithTheSettings() {
        try (var wrongSecret = clientOf(server, EmbeddedObjectStore.BUCKET, "not-the-secret");
                var wrongBucket = clientOf(server, "not-the-bucket", EmbeddedObjectStore.SECRET_KEY)) {
            assertThatThrownBy(() -> wrongSecret.read("any"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("access key");
            assertThatThrownBy(() -> wrongBucket.write("any", new byte[1], "text/plain"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("survol.store.bucket");
        }
    }

    private static S3ObjectStore clientOf(EmbeddedObjectStore server, String bucket, String secret) {
        return new S3ObjectStore(new S3ObjectStore.Connection(
                server.endpoint(), EmbeddedObjectStore.ACCESS_KEY, secret, bucket, EmbeddedObjectStore.REGION));
    }
}
