// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class H2AreaStoreTest extends AreaStoreContract {

    private static CatalogDatabase database;

    @BeforeAll
    static void open() {
        database = CatalogDatabase.open(CatalogDatabase.Kind.H2, "jdbc:h2:mem:areas;DB_CLOSE_DELAY=-1", "sa", "", 4);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Override
    DataSource database() {
        return database.dataSource();
    }
}
