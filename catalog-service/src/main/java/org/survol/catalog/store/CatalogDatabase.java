// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** A pool on an H2 or PostgreSQL database whose schema is the newest. Closed by whoever opened it. */
public final class CatalogDatabase implements AutoCloseable {

    /** A connection that was idle for longer is asked whether it still lives. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    /** The two databases that the contract tests run on. */
    public enum Kind {
        H2("org.h2.Driver"),
        POSTGRESQL("org.postgresql.Driver");

        private final String driver;

        Kind(String driver) {
            this.driver = driver;
        }

        public static Kind parse(String name) {
            try {
                return valueOf(name.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "survol.database.kind is \"" + name + "\", but must be h2 or postgresql", e);
            }
        }
    }

    private final AgroalDataSource pool;

    private CatalogDatabase(AgroalDataSource pool) {
        this.pool = pool;
    }

    /** Connects, brings the schema up to date, or says why not. */
    public static CatalogDatabase open(Kind kind, String url, String user, String password, int connections) {
        var jdbcUrl =
                switch (kind) {
                    // write_delay 0: an event is acknowledged only once its row would survive the death of the process
                    case H2 -> url + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;WRITE_DELAY=0";
                    case POSTGRESQL -> url;
                };
        var configuration = new AgroalDataSourceConfigurationSupplier()
                .metricsEnabled(false)
                .connectionPoolConfiguration(pool -> pool.maxSize(connections)
                        .acquisitionTimeout(Duration.ofSeconds(10))
                        // asked each time would be a round trip more for every statement
                        .idleValidationTimeout(kind == Kind.POSTGRESQL ? IDLE : Duration.ZERO)
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(jdbcUrl)
                                .connectionProviderClassName(kind.driver)
                                .principal(new NamePrincipal(user))
                                .credential(new SimplePassword(password))));
        AgroalDataSource pool = null;
        try {
            pool = AgroalDataSource.from(configuration);
            Flyway.configure(CatalogDatabase.class.getClassLoader())
                    .dataSource(pool)
                    .locations("classpath:db/catalog")
                    .load()
                    .migrate();
            return new CatalogDatabase(pool);
        } catch (SQLException | RuntimeException e) {
            if (pool != null) {
                pool.close();
            }
            throw new CatalogStoreException("the catalogue's database at " + url + " cannot be used", e);
        }
    }

    public DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
    }
}
