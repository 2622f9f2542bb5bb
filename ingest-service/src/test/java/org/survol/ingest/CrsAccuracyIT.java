// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.survol.core.crs.Crs;

/** Our changes of CRS against PROJ's, at places all over each territory. */
class CrsAccuracyIT {

    private static final int POINTS = 2_000;
    /** A tenth of a pixel of 0.2 m. */
    private static final double TOLERANCE_METRES = 0.02;

    @BeforeEach
    void gdalIsThere() {
        Gdal.assumeInstalled();
    }

    /** Extents in the territory's CRS; a delivery's CRS that surveyors use there. */
    @ParameterizedTest
    @CsvSource({
        "2154, 32631, 100000, 6050000, 1240000, 7110000",
        "2154, 3946, 600000, 6400000, 1000000, 6600000",
        "2154, 25831, 100000, 6050000, 1240000, 7110000",
        "2154, 4326, 100000, 6050000, 1240000, 7110000",
        "5490, 32620, 620000, 1580000, 740000, 2010000",
        "2972, 32622, 80000, 230000, 470000, 660000",
        "2975, 32740, 310000, 7630000, 385000, 7700000",
        "4471, 32738, 495000, 8560000, 540000, 8605000"
    })
    void placesAgreeWithProjToATenthOfAPixel(
            int territory, int delivered, double west, double south, double east, double north) throws Exception {
        var random = new Random(territory * 31L + delivered);
        var ours = new double[2 * POINTS];
        var input = new StringBuilder();
        for (int i = 0; i < POINTS; i++) {
            ours[2 * i] = west + random.nextInt((int) (east - west));
            ours[2 * i + 1] = south + random.nextInt((int) (north - south));
            input.append(String.format(Locale.ROOT, "%.1f %.1f%n", ours[2 * i], ours[2 * i + 1]));
        }
        Crs.ofEpsg(territory).to(Crs.ofEpsg(delivered)).apply(ours, POINTS);

        var theirs = Gdal.run(
                        List.of(
                                "gdaltransform",
                                "-s_srs",
                                "EPSG:" + territory,
                                "-t_srs",
                                "EPSG:" + delivered,
                                "-output_xy"),
                        input.toString())
                .strip()
                .split("\\s+");

        assertThat(theirs).hasSize(2 * POINTS);
        double metresPerUnit = delivered == 4326 ? 111_320 : 1;
        double worst = 0;
        for (int i = 0; i < theirs.length; i++) {
            worst = Math.max(worst, metresPerUnit * Math.abs(Double.parseDouble(theirs[i]) - ours[i]));
        }
        assertThat(worst).as("metres").isLessThan(TOLERANCE_METRES);
    }
}
