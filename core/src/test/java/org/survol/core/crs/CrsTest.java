// SPDX-License-Identifier: Apache-2.0
package org.survol.core.crs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;

class CrsTest {

    @ParameterizedTest
    @ValueSource(ints = {2154, 5490, 2972, 2975, 4471, 28992, 2056, 32617})
    void knowsTheSystemsThatAreMappedIn(int epsg) {
        var crs = Crs.ofEpsg(epsg);

        assertThat(crs.isProjectedInMetres()).isTrue();
        assertThat(crs.name()).isNotBlank();
        assertThat(crs.wkt()).contains("PROJCS", "\"" + epsg + "\"");
    }

    @Test
    void degreesAreNoMetres() {
        assertThat(Crs.ofEpsg(4326).isProjectedInMetres()).isFalse();
        assertThat(Crs.ofEpsg(3857).isProjectedInMetres()).isTrue();
        // US survey feet
        assertThat(Crs.ofEpsg(2229).isProjectedInMetres()).isFalse();
    }

    @Test
    void anUnknownCodeIsBadInput() {
        assertThatThrownBy(() -> Crs.ofEpsg(999_999))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("EPSG:999999");
    }

    /**
     * Expected by PROJ 9.1 through {@code gdaltransform} of GDAL 3.6, without datum grids. The tolerance is on the ground:
     * a millimetre where both are WGS 84 by the registry, a centimetre across a Helmert shift.
     */
    @ParameterizedTest
    @CsvSource({
        "2154,   4326,  652000,  6861000,  2.34592484943318,  48.8472552012951,  0.001",
        "2154,   3857,  652000,  6861000,  261147.159678189,  6248983.42744019,  0.001",
        "2154,   3857,  100000,  6250000,  -486992.5048836,   5326737.11056954,  0.001",
        "4326,   2154,  2.35,    48.85,    652301.564830528,  6861302.72589958,  0.001",
        "5490,   4326,  690000,  1620000,  -61.2357887009256, 14.646791543397,   0.001",
        "2972,   4326,  350000,  540000,   -52.3527670466935, 4.88406658271939,  0.001",
        "2975,   4326,  340000,  7650000,  55.4580965123246,  -21.2446106943591, 0.001",
        "4471,   4326,  520000,  8580000,  45.1843174551083,  -12.8449809257289, 0.001",
        "32617,  4326,  403000,  3285000,  -82.0026116833806, 29.6912990847695,  0.001",
        "28992,  4326,  127375,  428250,   4.98633707898777,  51.8421503626187,  0.01",
        "28992,  3857,  127375,  428250,   555076.504556537,  6771634.38309836,  0.01",
    })
    void agreesWithProj(int from, int to, double x, double y, double expectedX, double expectedY, double metres) {
        double[] xy = {x, y};

        Crs.ofEpsg(from).to(Crs.ofEpsg(to)).apply(xy, 1);

        double metresPerUnit = to == 4326 ? 111_320 : 1;
        assertThat(xy[0] * metresPerUnit).isCloseTo(expectedX * metresPerUnit, within(metres));
        assertThat(xy[1] * metresPerUnit).isCloseTo(expectedY * metresPerUnit, within(metres));
    }

    /** The inverse of a conic projection iterates to 1e-10 radians, which is half a millimetre. */
    @Test
    void thereAndBackIsWhereItBegan() {
        var there = Crs.ofEpsg(2154).to(Crs.ofEpsg(4326));
        var back = Crs.ofEpsg(4326).to(Crs.ofEpsg(2154));
        double[] xy = {100_000, 6_100_000, 652_000.1, 6_861_000.7, 1_200_000, 7_000_000};
        var expected = xy.clone();

        there.apply(xy, 3);
        back.apply(xy, 3);

        for (int i = 0; i < xy.length; i++) {
            assertThat(xy[i]).isCloseTo(expected[i], within(0.002));
        }
    }

    @Test
    void onlyTheGivenNumberOfPointsIsTouched() {
        double[] xy = {652_000, 6_861_000, 652_000, 6_861_000};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(xy, 1);
        assertThat(xy[0]).isBetween(2.0, 3.0);
        assertThat(xy[2]).isEqualTo(652_000);
    }

    @Test
    void manyThreadsGetTheSameAnswers() throws Exception {
        try (var pool = Executors.newFixedThreadPool(8)) {
            var tasks = new ArrayList<Callable<Double>>();
            for (int task = 0; task < 32; task++) {
                tasks.add(() -> {
                    var transform = Crs.ofEpsg(2975).to(Crs.ofEpsg(4326));
                    double sum = 0;
                    for (int i = 0; i < 2_000; i++) {
                        double[] xy = {330_000 + 10 * i, 7_650_000 + 7 * i};
                        transform.apply(xy, 1);
                        sum += xy[0] + xy[1];
                    }
                    return sum;
                });
            }
            var sums = pool.invokeAll(tasks);
            for (var sum : sums) {
                assertThat(sum.get()).isEqualTo(sums.getFirst().get());
            }
        }
    }
}
