// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import org.survol.core.Json;
import org.survol.core.store.S3ObjectStore;

/**
 * Where a running instance listens and how its store is opened; written by {@code up}, read by all other commands.
 *
 * @param launcher the process that {@code down} ends; absent for an instance that is not ours
 * @param services health addresses by service name
 */
record Instance(Optional<ProcessMark> launcher, URI catalog, URI ingest, Map<String, URI> services, StoreAccess store) {

    record StoreAccess(URI endpoint, String region, String bucket, String accessKey, String secretKey) {

        /** Without the secret. */
        @Override
        public String toString() {
            return endpoint + "/" + bucket;
        }
    }

    /** The instance that runs on a data folder.
     *  @throws CommandFailed when none does */
    static Instance on(DataFolder folder) {
        return find(folder)
                .orElseThrow(() -> new CommandFailed("nothing runs on " + folder.root()
                        + ". Start it with ./survol up --data " + folder.root()
                        + ", or name the folder of a running one with --data."));
    }

    static Optional<Instance> find(DataFolder folder) {
        try {
            var instance = Json.parse(Files.readAllBytes(folder.instanceFile()), Instance.class);
            return instance.launcher().flatMap(ProcessMark::find).map(_ -> instance);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    S3ObjectStore openStore() {
        return new S3ObjectStore(new S3ObjectStore.Connection(
                store.endpoint().toString(), store.accessKey(), store.secretKey(), store.bucket(), store.region()));
    }
}
