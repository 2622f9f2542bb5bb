// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;
import org.survol.broker.EmbeddedBroker;
import org.survol.objectstore.EmbeddedObjectStore;

/** A broker and an S3 server for the time of the tests. */
public final class BrokerAndStore implements QuarkusTestResourceLifecycleManager {

    private EmbeddedBroker broker;
    private EmbeddedObjectStore store;

    @Override
    public Map<String, String> start() {
        broker = EmbeddedBroker.start();
        store = EmbeddedObjectStore.start();
        var settings = new HashMap<>(store.settings());
        settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
        return settings;
    }

    @Override
    public void stop() {
        if (store != null) {
            store.close();
        }
        if (broker != null) {
            broker.close();
        }
    }
}
