// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Locale;
import java.util.Optional;
import org.survol.core.store.S3ObjectStore;

/** {@code survol.store.*}: the bucket that all services share. Nothing is guessed. */
@ConfigMapping(prefix = "survol.store")
interface StoreSettings {

    /** For example {@code http://127.0.0.1:9000}. */
    Optional<String> endpoint();

    Optional<String> accessKey();

    Optional<String> secretKey();

    Optional<String> bucket();

    @WithDefault("us-east-1")
    String region();

    /** Where those outside reach the S3 server, when it is another address; for addresses that are handed out. */
    Optional<String> publicEndpoint();

    /** @throws IllegalStateException naming the key that is missing */
    default S3ObjectStore.Connection connection() {
        return new S3ObjectStore.Connection(
                required("survol.store.endpoint", endpoint()),
                required("survol.store.access-key", accessKey()),
                required("survol.store.secret-key", secretKey()),
                required("survol.store.bucket", bucket()),
                region(),
                publicEndpoint());
    }

    private static String required(String key, Optional<String> value) {
        return value.orElseThrow(() -> new IllegalStateException("The setting " + key + " is missing; set it (or "
                + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_") + " in the environment)"));
    }
}
