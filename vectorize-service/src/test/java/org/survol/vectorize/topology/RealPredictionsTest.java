// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.coverage.CoverageValidator;
import org.locationtech.jts.geom.Geometry;
import org.survol.core.grid.PixelWindow;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.TiffReader;
import org.survol.vectorize.rules.MapRules;

/** The laws on what models and people really draw: U-Net predictions of FLAIR and the photo-interpretation of the Gers. */
class RealPredictionsTest {

    private static final Path DATA = Path.of("../../shared/data/ign_label_rasters");
    /** Ten square metres at 0.2 m. */
    private static final int MINIMUM_PIXELS = 250;

    private static final double TOLERANCE = 2.5;
    private static final int FILES = 12;

    @Test
    void realMapsBecomeValidCoveragesWithTheirAreasWhateverTheTiles() throws IOException {
        for (var file : files()) {
            var raster = raster(file);
            var map = map(raster.assembled(4096, new Random(1)));
            assertThat(ClassRasters.described(map(raster.assembled(192, new Random(2)))))
                    .as("%s in tiles of 192", file)
                    .isEqualTo(ClassRasters.described(map));

            var polygons = Polygons.of(map).toArray(Geometry[]::new);
            assertThat(polygons).as("%s", file).allMatch(Geometry::isValid);
            assertThat(CoverageValidator.isValid(polygons)).as("%s", file).isTrue();
            double area = 0;
            for (var polygon : polygons) {
                area += polygon.getArea();
            }
            assertThat(area).as("%s", file).isCloseTo(raster.window().pixels(), Offset.offset(1e-3));
        }
    }

    @Test
    void theExactMapHasEveryPixel() throws IOException {
        for (var file : files()) {
            var raster = raster(file);
            Map<Integer, Long> expected = new HashMap<>();
            for (byte value : raster.classes()) {
                expected.merge((int) value, 1L, Long::sum);
            }
            var map = raster.assembled(192, new Random(3));
            var rings = new Rings();
            Map<Integer, Long> areas = new HashMap<>();
            for (int r = 1; r <= map.regionCount(); r++) {
                map.rings(r, rings);
                areas.merge(map.classOf(r), (long) rings.area(), Long::sum);
            }
            assertThat(areas).as("%s", file).isEqualTo(expected);
        }
    }

    private static PlanarMap map(PlanarMap traced) {
        return Generalization.simplified(
                MinimumMappingUnit.eliminate(traced, MapRules.plain(MINIMUM_PIXELS, TOLERANCE)), TOLERANCE);
    }

    private static List<Path> files() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "the label rasters are not there: " + DATA);
        try (var files = Files.walk(DATA)) {
            var all = files.filter(
                            f -> f.toString().contains("PRED_") || f.toString().contains("zone_v13"))
                    .sorted()
                    .toList();
            // Some stand for all, unless SURVOL_TEST_ALL_IMAGES in the environment asks for every one.
            int wanted = System.getenv("SURVOL_TEST_ALL_IMAGES") == null ? FILES : all.size();
            return IntStream.range(0, wanted)
                    .mapToObj(i -> all.get(i * all.size() / wanted))
                    .distinct()
                    .toList();
        }
    }

    /** Values begin at 0 there, which is a class. */
    private static ClassRasters raster(Path file) throws IOException {
        var reader = TiffReader.open(ByteSources.ofFile(file));
        int width = reader.header().width();
        int height = reader.header().height();
        var classes = reader.readBytes(0, 0, 0, width, height).plane(0).clone();
        for (int i = 0; i < classes.length; i++) {
            classes[i]++;
        }
        return new ClassRasters(new PixelWindow(4_096_300, -34_000_700, width, height), classes, classes);
    }
}
