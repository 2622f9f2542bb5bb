// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.catalog.SampleRun;

class H2CatalogStoreTest extends CatalogStoreContract {

    private static CatalogDatabase database;

    @BeforeAll
    static void open() {
        database = CatalogDatabase.open(CatalogDatabase.Kind.H2, "jdbc:h2:mem:contract;DB_CLOSE_DELAY=-1", "sa", "", 4);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Override
    DataSource database() {
        return database.dataSource();
    }

    @Test
    void remembersAfterARestart(@TempDir Path folder) {
        var url = "jdbc:h2:file:" + folder.resolve("catalog");
        var sample = SampleRun.of("flight-1", "run-a", 1, 1);
        var letter = sample.deadTile(sample.tile(0), "tile");
        try (var first = CatalogDatabase.open(CatalogDatabase.Kind.H2, url, "sa", "", 2)) {
            new JdbcCatalogStore(first.dataSource())
                    .record(List.of(new Sighting(
                            letter,
                            Instant.EPOCH,
                            Optional.of(sample.plan()),
                            Optional.empty(),
                            List.of(),
                            Optional.empty())));
        }
        try (var second = CatalogDatabase.open(CatalogDatabase.Kind.H2, url, "sa", "", 2)) {
            assertThat(new JdbcCatalogStore(second.dataSource()).deadLetters(Optional.empty(), 5))
                    .singleElement()
                    .satisfies(found -> assertThat(found.event()).isEqualTo(letter));
        }
    }
}
