// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan.Role;

class NamesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    @Test
    void makesAnIdOfAnyName() {
        assertThat(Names.acquisitionId("Réunion été 2024 (1)")).isEqualTo("Reunion-ete-2024-1");
        assertThat(Names.acquisitionId("../../etc")).isEqualTo("etc");
        assertThat(Names.acquisitionId("日本")).isEqualTo("acquisition");
        assertThat(Names.acquisitionId("nl_025m_1000x1000_rgb_epsg28992")).isEqualTo("nl_025m_1000x1000_rgb_epsg28992");
    }

    @Test
    void everyIdIsOneThatTheChainAccepts() {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            var name = new StringBuilder();
            for (int n = random.nextInt(200); n >= 0; n--) {
                name.appendCodePoint(random.nextBoolean() ? random.nextInt(32, 127) : random.nextInt(32, 0xd7ff));
            }

            var id = Names.acquisitionId(name.toString());

            assertThat(id).matches(RunRef.ID).doesNotContain("..");
        }
    }

    @Test
    void readsADateOrAYearButNoCoordinateSystem() {
        assertThat(Names.datetime("ortho_20240615_l93", NOW)).contains(Instant.parse("2024-06-15T12:00:00Z"));
        assertThat(Names.datetime("ortho_2024-06-15", NOW)).contains(Instant.parse("2024-06-15T12:00:00Z"));
        assertThat(Names.datetime("D081_2022_RVB", NOW)).contains(Instant.parse("2022-07-01T12:00:00Z"));
        assertThat(Names.datetime("20240231_x", NOW)).isEmpty();
        assertThat(Names.datetime("ch_epsg2056", NOW)).isEmpty();
        assertThat(Names.datetime("tile_1000x1000", NOW)).isEmpty();
        assertThat(Names.datetime("plan-2050", NOW)).isEmpty();
    }

    @Test
    void tellsTheRolesThatPixelsCannotTell() {
        assertThat(Names.role("D081_2022_IRC_0640")).contains(Role.IRC);
        assertThat(Names.role("mns_2022")).contains(Role.DSM);
        assertThat(Names.role("lidar-dtm")).contains(Role.DTM);
        assertThat(Names.role("circuit_2022_rgb")).isEmpty();
    }

    @Test
    void countsUntilANameIsNew() {
        assertThat(Names.unused("a", Set.of("a", "a-2")::contains)).isEqualTo("a-3");
        assertThat(Names.unused("b", Set.of("a")::contains)).isEqualTo("b");
    }
}
