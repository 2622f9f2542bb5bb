// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.locationtech.jts.io.ParseException;

/** The standard's own abstract tests: filters over its own data select as many features as it says. */
class Cql2AbstractTest {

    private static final Map<String, NaturalEarth.Layer> LAYERS = new HashMap<>();

    @BeforeAll
    static void read() throws SQLException, ParseException {
        NaturalEarth.assumeThere();
        for (var layer : new String[] {"countries", "places", "rivers"}) {
            LAYERS.put(layer, NaturalEarth.layer(layer));
        }
    }

    static String[] cases() throws IOException {
        try (var text = Cql2AbstractTest.class.getResourceAsStream("/cql2/abstract-tests.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toArray(String[]::new);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void selectsAsManyAsTheStandardSays(String line) {
        var parts = line.split("\\|", 3);

        assertThat(LAYERS.get(parts[0]).count(parts[2])).isEqualTo(Long.parseLong(parts[1]));
    }
}
