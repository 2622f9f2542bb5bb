// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.survol.catalog.store.AreaStore;
import org.survol.catalog.store.CatalogDatabase;
import org.survol.catalog.store.CatalogStore;
import org.survol.catalog.store.JdbcCatalogStore;
import org.survol.catalog.store.JobStore;

/** The database that the configuration names. One jar serves both kinds; nothing is decided at build time. */
class CatalogBeans {

    @Produces
    @Singleton
    static CatalogDatabase database(
            @ConfigProperty(name = "survol.database.kind") String kind,
            @ConfigProperty(name = "survol.database.url") String url,
            @ConfigProperty(name = "survol.database.username") String user,
            @ConfigProperty(name = "survol.database.password") Optional<String> password,
            @ConfigProperty(name = "survol.database.connections") int connections) {
        return CatalogDatabase.open(CatalogDatabase.Kind.parse(kind), url, user, password.orElse(""), connections);
    }

    static void close(@Disposes CatalogDatabase database) {
        database.close();
    }

    @Produces
    @Singleton
    static CatalogStore store(CatalogDatabase database) {
        return new JdbcCatalogStore(database.dataSource());
    }

    @Produces
    @Singleton
    static AreaStore areas(CatalogDatabase database) {
        return new AreaStore(database.dataSource());
    }

    @Produces
    @Singleton
    static JobStore jobs(CatalogDatabase database) {
        return new JobStore(database.dataSource());
    }
}
