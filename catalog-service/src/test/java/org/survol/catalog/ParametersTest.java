// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.catalog.store.LngLatBox;

class ParametersTest {

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "abc", "", "1.5", "99999999999999999999"})
    void refusesLimitsThatAreNoCounts(String limit) {
        assertThatThrownBy(() -> Parameters.limit(limit, 100)).isInstanceOf(Problem.class);
    }

    @Test
    void aLimitAboveTheMostIsTheMost() {
        assertThat(Parameters.limit("10001", 1_000)).isEqualTo(1_000);
    }

    @Test
    void readsBoxesOfFourAndSixNumbers() {
        assertThat(Parameters.bbox("1,2,3,4")).isEqualTo(new LngLatBox(1, 2, 3, 4));
        assertThat(Parameters.bbox("1,2,0,3,4,100")).isEqualTo(new LngLatBox(1, 2, 3, 4));
        assertThat(Parameters.bbox("170,-10,-170,10").crossesAntimeridian()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,2,3", "1,2,3,4,5", "a,b,c,d", "1,4,3,2", "181,0,182,1", "NaN,0,1,1", "1,2,3,4,", ""})
    void refusesBoxesThatAreNone(String bbox) {
        assertThatThrownBy(() -> Parameters.bbox(bbox)).isInstanceOf(Problem.class);
    }

    @Test
    void readsTimesAndIntervals() {
        var noon = Instant.parse("2024-06-14T12:00:00Z");
        assertThat(Parameters.datetime("2024-06-14T14:00:00+02:00").from()).contains(noon);
        assertThat(Parameters.datetime("2024-06-14T12:00:00.000z").to()).contains(noon);
        assertThat(Parameters.datetime("../2024-06-14T12:00:00Z"))
                .isEqualTo(new Parameters.Interval(Optional.empty(), Optional.of(noon)));
        assertThat(Parameters.datetime("2024-06-14T12:00:00Z/"))
                .isEqualTo(new Parameters.Interval(Optional.of(noon), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({
        "2024-06-14",
        "../..",
        "/",
        "2024-13-01T00:00:00Z",
        "2024-06-14T12:00:00",
        "yesterday",
        "2024-06-14T12:00:00Z/2023-06-14T12:00:00Z",
        "2024-06-14T12:00:00Z/../.."
    })
    void refusesTimesThatAreNone(String datetime) {
        assertThatThrownBy(() -> Parameters.datetime(datetime)).isInstanceOf(Problem.class);
    }

    @Test
    void refusesAListOfFiveThousandIds() {
        var many = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            many.append(i).append(',');
        }
        assertThatThrownBy(() -> Parameters.names("ids", Optional.of(many.toString())))
                .isInstanceOf(Problem.class);
    }
}
