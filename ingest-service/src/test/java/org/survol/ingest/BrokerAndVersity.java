// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.survol.broker.EmbeddedBroker;
import org.survol.core.store.VersityGateway;
import org.survol.messaging.Topics;
import org.survol.objectstore.EmbeddedObjectStore;

/** A broker, and VersityGW that tells it of every object; our own server where VersityGW cannot be had. */
public final class BrokerAndVersity implements QuarkusTestResourceLifecycleManager {

    static final String DATA = "test.versity.data";

    private EmbeddedBroker broker;
    private VersityGateway gateway;
    private EmbeddedObjectStore substitute;
    private Path data;

    @Override
    public Map<String, String> start() {
        broker = EmbeddedBroker.start();
        var settings = new HashMap<String, String>();
        settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
        if (!VersityGateway.isAvailable()) {
            substitute = EmbeddedObjectStore.start();
            settings.putAll(substitute.settings());
            return settings;
        }
        try {
            data = Files.createTempDirectory("survol-versity");
            try (var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
                Topics.ensure(admin, Duration.ofSeconds(20));
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        gateway = VersityGateway.start(
                data, "--event-kafka-url", broker.bootstrapServers(), "--event-kafka-topic", Topics.OBJECT_EVENTS);
        settings.putAll(gateway.settings());
        settings.put(DATA, data.toString());
        return settings;
    }

    @Override
    public void stop() {
        if (substitute != null) {
            substitute.close();
        }
        if (gateway != null) {
            gateway.close();
            delete(data);
        }
        if (broker != null) {
            broker.close();
        }
    }

    private static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
