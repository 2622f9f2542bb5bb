// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.survol.messaging.BrokerAndStore;

/** The S3 server of a single machine sends no notifications: the inbox is looked into. */
@QuarkusTest
@QuarkusTestResource(value = BrokerAndStore.class, restrictToAnnotatedClass = true)
@TestProfile(EmbeddedTriggersIT.Looking.class)
class EmbeddedTriggersIT extends Triggers {

    public static class Looking implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.test-port", "0", "survol.tile-size", "96", "survol.ingest.poll", "PT0.5S");
        }
    }
}
