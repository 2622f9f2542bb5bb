// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.plan.Plan.Role;
import org.survol.ingest.FileName.Told;

class FileNameTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "x/32-2022-0500-6275-LA93-0M20-E080.jp2, 2022-07-01T12:00:00Z, 2154",
        "x/2A-2021-1170-6140-LA93-0M20-IRC-E100.jp2, 2021-07-01T12:00:00Z, 2154",
        "x/971-2022-0640-1800-RGAF09UTM20-0M20-E080.jp2, 2022-07-01T12:00:00Z, 5490",
        "x/973-2019-0340-0560-RGFG95UTM22-0M20-E080.jp2, 2019-07-01T12:00:00Z, 2972",
        "x/974-2022-0340-7650-RGR92UTM40S-0M20-E080.jp2, 2022-07-01T12:00:00Z, 2975",
        "x/976-2020-0510-8600-RGM04UTM38S-0M20-E080.jp2, 2020-07-01T12:00:00Z, 4471",
        "ORTHOHR_1-0_RVB-0M20_JP2-E080_LAMB93_D032_2022-01-01/1_DONNEES/a.jp2, 2022-01-01T12:00:00Z, 2154",
        "x/ortho_20240615_l93.tif, 2024-06-15T12:00:00Z, 2154",
        "x/ortho_2024-06-15.tif, 2024-06-15T12:00:00Z, ",
        "x/D081_2022_RVB.tif, 2022-07-01T12:00:00Z, ",
        "survey-2019/strip1.tif, 2019-07-01T12:00:00Z, ",
        "survey-2019/strip-2021.tif, 2021-07-01T12:00:00Z, ",
        "x/20240231_x.tif, , ",
        "x/ch_epsg2056.tif, , 2056",
        "x/tile_1000x1000.tif, , ",
        "x/plan-2050.tif, , ",
    })
    void readsDateAndCoordinateSystem(String path, Instant date, Integer epsg) {
        var name = new FileName(path);

        assertThat(name.date(NOW).map(told -> told.value().instant())).isEqualTo(Optional.ofNullable(date));
        assertThat(name.epsg().map(Told::value)).isEqualTo(Optional.ofNullable(epsg));
    }

    @ParameterizedTest
    @CsvSource({
        "x/D081_2022_IRC_0640.tif, IRC",
        "x/32-2022-0500-6275-LA93-0M20-IRC-E080.jp2, IRC",
        "ORTHOHR_IRC-0M20_JP2-E080_LAMB93/32-2022-0500-6275-LA93-0M20-E080.jp2, IRC",
        "ORTHOIRC_2022/a.jp2, IRC",
        "x/cir.tif, IRC",
        "x/mns_2022.tif, DSM",
        "x/LHD_MNS.asc, DSM",
        "x/lidar-dtm.tif, DTM",
        "MNT/tile.tif, DTM",
        "irc/strip-dsm.tif, DSM",
    })
    void tellsTheRolesThatPixelsCannotTell(String path, Role role) {
        assertThat(new FileName(path).role().map(Told::value)).contains(role);
        assertThat(new FileName(path).role().orElseThrow().why()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x/circuit_2022_rgb.tif", "x/strip-3.tif", "x/mnhn.tif", "x/orthos.tif"})
    void takesNoPartOfAWordForARole(String path) {
        assertThat(new FileName(path).role()).isEmpty();
        assertThat(new FileName(path).isHeightAboveGround()).isFalse();
    }

    @Test
    void knowsHeightsAboveGround() {
        assertThat(new FileName("x/MNH_2022.tif").isHeightAboveGround()).isTrue();
    }
}
