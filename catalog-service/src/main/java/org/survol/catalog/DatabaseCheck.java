// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.CatalogStoreException;

/** Ready only when the database answers, with the newest schema. */
@Readiness
@ApplicationScoped
class DatabaseCheck implements HealthCheck {

    private final CatalogStore store;

    DatabaseCheck(CatalogStore store) {
        this.store = store;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("database");
        try {
            store.ping();
            return response.up().build();
        } catch (CatalogStoreException e) {
            return response.down().withData("reason", e.getMessage()).build();
        }
    }
}
