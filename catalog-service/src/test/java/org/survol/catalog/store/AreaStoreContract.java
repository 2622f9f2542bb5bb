// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.GeometryFactory;

/** What every database must do with areas. */
abstract class AreaStoreContract {

    private AreaStore areas;

    abstract DataSource database();

    @BeforeEach
    void empty() throws Exception {
        areas = new AreaStore(database());
        try (var connection = database().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("delete from area");
        }
    }

    private static Area area(String set, String code, String name, double west) {
        return new Area(
                set, code, name, new GeometryFactory().toGeometry(new Envelope(west, west + 0.1, 44.123456789, 44.2)));
    }

    @Test
    void anAreaComesBackAsItWasAndIsReplacedByItsCode() {
        var rodez = area("communes", "12202", "Rodez", 2.5);
        areas.put(List.of(rodez, area("communes", "12176", "Onet-le-Château", 2.6)));
        assertThat(areas.find("communes", "12202")).hasValueSatisfying(found -> {
            assertThat(found.name()).isEqualTo("Rodez");
            assertThat(found.outline()).isEqualTo(rodez.outline());
        });

        areas.put(List.of(area("communes", "12202", "Ruthena", 2.4), area("communes", "12202", "Rodez", 2.7)));

        assertThat(areas.find("communes", "12202")
                        .orElseThrow()
                        .outline()
                        .getEnvelopeInternal()
                        .getMinX())
                .isEqualTo(2.7);
        assertThat(areas.list(Optional.empty(), Optional.empty(), 9)).hasSize(2);
        assertThat(areas.find("communes", "0")).isEmpty();
        assertThat(areas.find("com\0munes", "0")).isEmpty();
    }

    @Test
    void namesAreFoundWithoutCaseAndAccentsAndTakenByTheLetter() {
        areas.put(List.of(
                area("communes", "12176", "Onet-le-Château", 2.6),
                area("communes", "12145", "Millau", 3.0),
                area("departements", "12", "100% Aveyron_", 2.0)));

        assertThat(found("CHATEAU")).containsExactly("12176");
        assertThat(found("%")).containsExactly("12");
        assertThat(found("n_")).containsExactly("12");
        assertThat(found("!")).isEmpty();
        assertThat(found("'; drop table area")).isEmpty();
        assertThat(areas.list(Optional.of("communes"), Optional.of("l"), 9))
                .extracting(AreaStore.Named::name)
                .containsExactly("Millau", "Onet-le-Château");
        assertThat(areas.list(Optional.empty(), Optional.empty(), 2)).hasSize(2);
    }

    private List<String> found(String text) {
        return areas.list(Optional.empty(), Optional.of(text), 9).stream()
                .map(AreaStore.Named::code)
                .toList();
    }

    @Test
    void aSetIsRemovedWhole() {
        areas.put(List.of(area("communes", "1", "a", 1), area("communes", "2", "b", 2), area("other", "1", "a", 1)));

        assertThat(areas.remove("communes")).isEqualTo(2);
        assertThat(areas.remove("communes")).isZero();
        assertThat(areas.list(Optional.empty(), Optional.empty(), 9)).hasSize(1);
    }
}
