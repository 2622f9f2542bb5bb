// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs where a PostgreSQL server is installed. */
class PostgresAreaStoreIT extends AreaStoreContract {

    private static LocalPostgres server;
    private static CatalogDatabase database;

    @BeforeAll
    static void open() throws IOException, InterruptedException {
        var binaries = LocalPostgres.installed();
        assumeTrue(binaries.isPresent(), "no PostgreSQL server under /usr/lib/postgresql");
        server = LocalPostgres.start(binaries.get(), Path.of("target"));
        database = CatalogDatabase.open(CatalogDatabase.Kind.POSTGRESQL, server.url(), "survol", "", 4);
    }

    @AfterAll
    static void close() throws IOException, InterruptedException {
        if (database != null) {
            database.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Override
    DataSource database() {
        return database.dataSource();
    }
}
