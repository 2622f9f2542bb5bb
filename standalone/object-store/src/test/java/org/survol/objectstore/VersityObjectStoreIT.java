// SPDX-License-Identifier: Apache-2.0
package org.survol.objectstore;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.ObjectStoreContract;
import org.survol.core.store.S3ObjectStore;
import org.survol.core.store.VersityGateway;

/** The S3 adapter against a server that is not ours, as agencies run some; conditional writes included. */
class VersityObjectStoreIT extends ObjectStoreContract {

    @TempDir
    private static Path data;

    private static VersityGateway server;
    private static S3ObjectStore store;

    @BeforeAll
    static void start() {
        assumeTrue(VersityGateway.isAvailable(), VersityGateway.SKIPPED);
        server = VersityGateway.start(data);
        store = server.open();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            store.close();
            server.close();
        }
    }

    @Override
    protected ObjectStore store() {
        return store;
    }
}
