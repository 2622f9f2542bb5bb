// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.core.Json;

class GeoJsonTest {

    private static final NamedCrs LAMBERT = NamedCrs.of(2154).stream()
            .filter(crs -> crs.uri().endsWith("/2154"))
            .findFirst()
            .orElseThrow();

    @Test
    void writesCoordinatesToTheMillimetreWithoutZerosThatSayNothing() throws IOException {
        var text = written(650_000, 6_860_000.5, 650_000.1234, -0.0004, -12.3406, 7);

        assertThat(text)
                .contains("[650000,6860000.5]", "[650000.123,0]", "[-12.341,7]")
                .doesNotContain("E");
    }

    @Test
    void anyNumberIsWrittenAsExactDecimalArithmeticWould() throws IOException {
        var random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            var numbers = new double[6];
            for (int n = 0; n < numbers.length; n++) {
                numbers[n] = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(18) - 3);
            }
            var ring = Json.MAPPER.readTree(written(numbers)).at("/geometry/coordinates/0");
            for (int n = 0; n < numbers.length; n++) {
                var expected = BigDecimal.valueOf(numbers[n]).setScale(3, RoundingMode.HALF_EVEN);
                assertThat(has(ring, expected)).as("%s in %s", numbers[n], ring).isTrue();
            }
        }
    }

    /** Half a millimetre more or less may be told either way. */
    private static boolean has(JsonNode ring, BigDecimal expected) {
        for (var position : ring) {
            for (var ordinate : position) {
                if (ordinate.decimalValue().subtract(expected).abs().compareTo(new BigDecimal("0.001")) <= 0) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void propertiesKeepTheirTypes() throws IOException {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("text", "a \"b\" é");
        properties.put("whole", 3);
        properties.put("long", 1L << 40);
        properties.put("fraction", 0.1);
        properties.put("truth", true);
        properties.put("nothing", null);
        properties.put("list", List.of(1, 2));
        var out = new ByteArrayOutputStream();
        try (var geoJson = new GeoJson(out, 2154, LAMBERT)) {
            geoJson.write(new FlatGeobuf.Entry(0, triangle(0, 0, 1, 0, 0, 1), properties), List.of());
        }

        assertThat(Json.MAPPER.readTree(out.toByteArray()).path("properties"))
                .isEqualTo(Json.MAPPER.readTree("{\"text\": \"a \\\"b\\\" é\", \"whole\": 3, \"long\": 1099511627776,"
                        + " \"fraction\": 0.1, \"truth\": true, \"nothing\": null, \"list\": [1, 2]}"));
    }

    private static String written(double... xy) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var geoJson = new GeoJson(out, 2154, LAMBERT)) {
            geoJson.write(new FlatGeobuf.Entry(0, triangle(xy), new LinkedHashMap<>()), List.of());
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static org.locationtech.jts.geom.Polygon triangle(double... xy) {
        return new GeometryFactory().createPolygon(new Coordinate[] {
            new Coordinate(xy[0], xy[1]),
            new Coordinate(xy[2], xy[3]),
            new Coordinate(xy[4], xy[5]),
            new Coordinate(xy[0], xy[1])
        });
    }
}
