// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.survol.standalone.ProcessSpec.Readiness;

/**
 * How each process is configured on one machine. The services are the very jars that run in a cluster; only settings
 * differ. Heap limits add up to 4.6 GiB; ONNX Runtime's memory comes on top.
 *
 * @param tileSize side of a tile, pixels
 */
record Processes(Distribution distribution, DataFolder folder, Ports ports, Instance.StoreAccess store, int tileSize) {

    private static final List<String> EVERY_JVM = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.awt.headless=true",
            "-XX:+ExitOnOutOfMemoryError");

    List<ProcessSpec> ground() {
        var keys = Map.of(
                "SURVOL_STORE_ACCESS_KEY", store.accessKey(),
                "SURVOL_STORE_SECRET_KEY", store.secretKey());
        var broker =
                distribution.program("broker", "org.survol.broker.BrokerMain", jvm("-Xmx384m", "-XX:+UseSerialGC"));
        broker.addAll(List.of(
                "--data", folder.root().resolve("broker").toString(),
                "--port", Integer.toString(ports.broker()),
                "--controller-port", Integer.toString(ports.controller())));
        var objects = distribution.program(
                "object-store", "org.survol.objectstore.ObjectStoreMain", jvm("-Xmx512m", "-XX:+UseSerialGC"));
        objects.addAll(List.of(
                "--data", folder.root().resolve("store").toString(),
                "--port", Integer.toString(ports.store()),
                "--bucket", store.bucket()));
        return List.of(
                new ProcessSpec("broker", broker, Map.of(), folder.root(), ports.broker(), Readiness.PORT),
                new ProcessSpec("store", objects, keys, folder.root(), ports.store(), Readiness.PORT));
    }

    List<ProcessSpec> services() {
        return List.of(
                service("ingest", "ingest-service", ports.ingest(), "-Xmx1g", ingestSettings()),
                service("inference", "inference-service", ports.inference(), "-Xmx2g", workFolder("inference")),
                service("vectorize", "vectorize-service", ports.vectorize(), "-Xmx1g", workFolder("vectorize")),
                service("catalog", "catalog-service", ports.catalog(), "-Xmx768m", catalogSettings()));
    }

    private static Map<String, String> ingestSettings() {
        return Map.of(
                // our store sends no notifications
                "SURVOL_INGEST_POLL", "PT5S",
                // loopback only
                "SURVOL_ACCESS_ANONYMOUS_CHANGE", "true");
    }

    private Map<String, String> catalogSettings() {
        return Map.of(
                "SURVOL_DATABASE_KIND",
                "h2",
                "SURVOL_DATABASE_URL",
                "jdbc:h2:file:" + folder.root().resolve("catalog/catalog"),
                "SURVOL_PUBLIC_URL",
                "http://127.0.0.1:" + ports.catalog(),
                // only this machine can reach it
                "SURVOL_ACCESS_ANONYMOUS_CHANGE",
                "true");
    }

    private Map<String, String> workFolder(String service) {
        return Map.of(
                "SURVOL_WORK_DIR",
                folder.root().resolve("work").resolve(service).toString());
    }

    private ProcessSpec service(String name, String module, int port, String heap, Map<String, String> more) {
        var environment = new HashMap<>(more);
        environment.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + ports.broker());
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        environment.put("SURVOL_STORE_ENDPOINT", store.endpoint().toString());
        environment.put("SURVOL_STORE_REGION", store.region());
        environment.put("SURVOL_STORE_BUCKET", store.bucket());
        environment.put("SURVOL_STORE_ACCESS_KEY", store.accessKey());
        environment.put("SURVOL_STORE_SECRET_KEY", store.secretKey());
        environment.put("SURVOL_TILE_SIZE", Integer.toString(tileSize));
        return new ProcessSpec(
                name,
                distribution.service(module, jvm(heap, "-XX:+UseParallelGC")),
                environment,
                folder.root(),
                port,
                Readiness.HEALTH);
    }

    private static List<String> jvm(String... more) {
        var options = new ArrayList<>(EVERY_JVM);
        options.addAll(List.of(more));
        return options;
    }
}
