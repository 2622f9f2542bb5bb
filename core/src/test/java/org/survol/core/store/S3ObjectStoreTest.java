// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class S3ObjectStoreTest {

    @Test
    void addressesThatAreHandedOutAreOfThePublicEndpoint() throws IOException {
        var connection = new S3ObjectStore.Connection(
                "http://127.0.0.1:1", "key", "secret", "bucket", "us-east-1", Optional.of("https://maps.example.org"));
        try (var store = new S3ObjectStore(connection)) {
            assertThat(store.temporaryAddress("exports/a b.gpkg", Duration.ofMinutes(1)))
                    .hasValueSatisfying(address -> assertThat(address)
                            .hasScheme("https")
                            .hasHost("maps.example.org")
                            .hasPath("/bucket/exports/a b.gpkg"));
            assertThatThrownBy(() -> store.stat("a")).hasMessageContaining("127.0.0.1:1");
        }
    }

    @Test
    void aServerThatIsAwayIsAnIoErrorThatNamesIt() {
        var connection = new S3ObjectStore.Connection("http://127.0.0.1:1", "key", "secret", "bucket", "us-east-1");
        try (var store = new S3ObjectStore(connection)) {
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    store::bucketExists,
                    () -> store.stat("a"),
                    () -> store.read("a"),
                    () -> store.read("a", 1, 2),
                    () -> store.list("a"),
                    () -> store.writeIfAbsent("a", new byte[1], "text/plain"),
                    () -> store.write("a", new byte[1], "text/plain"),
                    () -> store.delete("a"))) {
                assertThatThrownBy(call).isInstanceOf(IOException.class).hasMessageContaining("127.0.0.1:1");
            }
        }
    }
}
