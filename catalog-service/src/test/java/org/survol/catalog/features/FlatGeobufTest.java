// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.survol.catalog.SampleFlatGeobuf;
import org.survol.core.raster.ByteSources;

class FlatGeobufTest {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 255, 256, 257, 1_000})
    void findsWhatAFullScanFinds(int count) throws IOException {
        var squares = squares(count, new Random(count));
        var file = FlatGeobuf.open(ByteSources.ofBytes("map.fgb", SampleFlatGeobuf.of(2154, squares)));
        var inFile = new ArrayList<Polygon>();
        for (long number = 0; number < file.count(); number++) {
            inFile.add((Polygon) file.read(number).geometry());
        }
        assertThat(inFile).hasSize(count);

        var random = new Random(1);
        for (int i = 0; i < 20; i++) {
            double x = random.nextDouble(1_000);
            double y = random.nextDouble(1_000);
            var box = new Envelope(x, x + random.nextDouble(300), y, y + random.nextDouble(300));
            long from = random.nextInt(count);
            var expected = new ArrayList<Long>();
            for (int number = (int) from; number < count; number++) {
                if (inFile.get(number).getEnvelopeInternal().intersects(box)) {
                    expected.add((long) number);
                }
            }
            assertThat(file.search(box, from, Integer.MAX_VALUE)).isEqualTo(expected);
            assertThat(file.search(box, from, 3)).isEqualTo(expected.subList(0, Math.min(3, expected.size())));
        }
    }

    @Test
    void readsAttributesAndCrs() throws IOException {
        var file =
                FlatGeobuf.open(ByteSources.ofBytes("map.fgb", SampleFlatGeobuf.of(2154, squares(3, new Random(1)))));

        assertThat(file.epsg()).isEqualTo(2154);
        assertThat(file.read(2).properties())
                .containsEntry("code", "water")
                .containsEntry("class", 3)
                .containsEntry("area_m2", file.read(2).geometry().getArea());
    }

    @Test
    void anEmptyMapIsReadable() throws IOException {
        var file = FlatGeobuf.open(ByteSources.ofBytes("map.fgb", SampleFlatGeobuf.of(2154, List.of())));

        assertThat(file.count()).isZero();
        assertThat(file.search(new Envelope(0, 1, 0, 1), 0, 10)).isEmpty();
    }

    @Test
    void refusesWhatIsSomethingElse() {
        assertThatThrownBy(() -> FlatGeobuf.open(ByteSources.ofBytes("map.fgb", new byte[100])))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("map.fgb");
    }

    private static List<SampleFlatGeobuf.Shape> squares(int count, Random random) {
        var squares = new ArrayList<SampleFlatGeobuf.Shape>();
        for (int i = 0; i < count; i++) {
            double x = random.nextDouble(1_000);
            double y = random.nextDouble(1_000);
            double side = 1 + random.nextDouble(20);
            squares.add(new SampleFlatGeobuf.Shape(
                    GEOMETRIES.createPolygon(new Coordinate[] {
                        new Coordinate(x, y),
                        new Coordinate(x + side, y),
                        new Coordinate(x + side, y + side),
                        new Coordinate(x, y + side),
                        new Coordinate(x, y)
                    }),
                    1 + i % 4));
        }
        return squares;
    }
}
