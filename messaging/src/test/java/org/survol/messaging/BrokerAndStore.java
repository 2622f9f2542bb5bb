// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;
import org.survol.broker.EmbeddedBroker;
import org.survol.objectstore.EmbeddedObjectStore;

/** What a service under test stands on. */
public final class BrokerAndStore implements QuarkusTestResourceLifecycleManager {

    private EmbeddedBroker broker;
    private EmbeddedObjectStore store;

    @Override
    public Map<String, String> start() {
        broker = EmbeddedBroker.start();
        store = EmbeddedObjectStore.start();
        var settings = new HashMap<>(store.settings());
        settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
        settings.put("quarkus.http.test-port", "0");
        return settings;
    }

    @Override
    public void stop() {
        store.close();
        broker.close();
    }
}
