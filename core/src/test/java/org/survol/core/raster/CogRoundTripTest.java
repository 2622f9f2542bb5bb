// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

/** What the writer writes, the reader reads. */
class CogRoundTripTest {

    private static final GeoReference HERE = new GeoReference(2154, 652_000.2, 6_861_000.4, 0.2, 0.2);

    @TempDir
    Path folder;

    @Property(tries = 25)
    void bytesComeBackAsTheyWere(
            @ForAll @IntRange(min = 1, max = 1_300) int width,
            @ForAll @IntRange(min = 1, max = 700) int height,
            @ForAll @IntRange(min = 1, max = 6) int bands,
            @ForAll Compression compression,
            @ForAll boolean big,
            @ForAll boolean masked,
            @ForAll long seed)
            throws IOException {
        var raster = RasterFixtures.smooth(width, height, bands, seed);
        var valid = RasterFixtures.blotches(width, height, seed);
        var file = Files.createTempFile("survol", ".tif");
        try {
            var builder = CogWriter.of(raster).georeference(HERE).compression(compression);
            if (masked) {
                builder.mask(valid);
            }
            if (big) {
                builder.bigTiff();
            }
            builder.write(file);
            var reader = TiffReader.open(ByteSources.ofFile(file));

            assertThat(reader.header().geo()).contains(HERE);
            assertThat(reader.header().hasMask()).isEqualTo(masked);
            var back = reader.readBytes(0, 0, 0, width, height);
            assertThat(back.bands()).isEqualTo(bands);
            for (int band = 0; band < bands; band++) {
                assertThat(Arrays.mismatch(back.plane(band), raster.plane(band)))
                        .isEqualTo(-1);
            }
            var expected = valid.clone();
            if (!masked) {
                Arrays.fill(expected, (byte) 255);
            }
            assertThat(Arrays.mismatch(reader.readMask(0, 0, 0, width, height), expected))
                    .isEqualTo(-1);
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 25)
    void floatsComeBackBitForBit(
            @ForAll @IntRange(min = 1, max = 900) int width,
            @ForAll @IntRange(min = 1, max = 600) int height,
            @ForAll @IntRange(min = 1, max = 3) int bands,
            @ForAll Compression compression,
            @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        var raster = new FloatRaster(width, height, bands);
        for (int band = 0; band < bands; band++) {
            for (int i = 0; i < width * height; i++) {
                raster.plane(band)[i] = Float.intBitsToFloat(random.nextInt());
            }
        }
        var file = Files.createTempFile("survol", ".tif");
        try {
            CogWriter.of(raster).compression(compression).write(file);
            var back = TiffReader.open(ByteSources.ofFile(file)).readFloats(0, 0, 0, width, height);
            for (int band = 0; band < bands; band++) {
                for (int i = 0; i < width * height; i++) {
                    assertThat(Float.floatToRawIntBits(back.plane(band)[i]))
                            .isEqualTo(Float.floatToRawIntBits(raster.plane(band)[i]));
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 40)
    void aWindowIsThatPartOfTheWhole(@ForAll @IntRange(min = 0, max = 3) int level, @ForAll long seed)
            throws IOException {
        var reader = WINDOWED;
        var random = new Random(seed);
        int level0 = Math.min(level, reader.levels() - 1);
        int width = 1 + random.nextInt(reader.width(level0));
        int height = 1 + random.nextInt(reader.height(level0));
        int x = random.nextInt(reader.width(level0) - width + 1);
        int y = random.nextInt(reader.height(level0) - height + 1);
        var whole = reader.readBytes(level0, 0, 0, reader.width(level0), reader.height(level0));
        var part = reader.readBytes(level0, x, y, width, height);
        var floats = reader.readFloats(level0, x, y, width, height);
        for (int band = 0; band < part.bands(); band++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    byte expected = whole.plane(band)[(y + row) * whole.width() + x + column];
                    assertThat(part.plane(band)[row * width + column]).isEqualTo(expected);
                    assertThat(floats.plane(band)[row * width + column]).isEqualTo(expected & 0xff);
                }
            }
        }
    }

    private static final TiffReader WINDOWED = windowed();

    private static TiffReader windowed() {
        try {
            var file = Files.createTempFile("survol", ".tif");
            CogWriter.of(RasterFixtures.smooth(1_500, 1_100, 4, 7)).write(file);
            var bytes = Files.readAllBytes(file);
            Files.delete(file);
            return TiffReader.open(ByteSources.ofBytes("windowed.tif", bytes));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void keepsWhatIsSaidAboutThePixels() throws IOException {
        var taken = Instant.parse("2025-06-01T10:20:30Z");
        var file = folder.resolve("described.tif");
        CogWriter.of(RasterFixtures.smooth(40, 30, 5, 1))
                .georeference(HERE)
                .bandNames(List.of("RED", "GREEN", "BLUE", "NIR", "ELEVATION"))
                .nodata(0)
                .metadata(Map.of("MODEL", "a <small> & \"quoted\" one"))
                .datetime(taken)
                .write(file);

        var header = TiffReader.open(ByteSources.ofFile(file)).header();

        assertThat(header.bandNames()).containsExactly("RED", "GREEN", "BLUE", "NIR", "ELEVATION");
        assertThat(header.metadata()).isEqualTo(Map.of("MODEL", "a <small> & \"quoted\" one"));
        assertThat(header.nodata()).isEqualTo(OptionalDouble.of(0));
        assertThat(header.datetime()).contains(taken);
        assertThat(header.geo()).contains(HERE);
    }

    @Test
    void theSamePixelsGiveTheSameBytesOnAnyNumberOfThreads() throws IOException {
        var raster = RasterFixtures.smooth(1_700, 1_300, 3, 5);
        var alone = folder.resolve("alone.tif");
        var together = folder.resolve("together.tif");
        CogWriter.of(raster).write(alone);
        try (var pool = Executors.newFixedThreadPool(3)) {
            CogWriter.of(raster).pool(pool, 4).write(together);
        }
        assertThat(Files.mismatch(alone, together)).isEqualTo(-1);
    }

    @Test
    void canBeCalledFromTheOnlyThreadOfItsOwnPool() throws Exception {
        var file = folder.resolve("own-pool.tif");
        try (var pool = Executors.newFixedThreadPool(1)) {
            pool.submit(() -> {
                        CogWriter.of(RasterFixtures.smooth(1_100, 600, 1, 5))
                                .pool(pool, 4)
                                .write(file);
                        return null;
                    })
                    .get();
        }
        assertThat(TiffReader.open(ByteSources.ofFile(file)).header().width()).isEqualTo(1_100);
    }

    @Test
    void overviewsOfMeasuresAverageOnlyValidPixels() throws IOException {
        var raster = new ByteRaster(514, 2, 1);
        Arrays.fill(raster.plane(0), (byte) 10);
        var valid = new byte[514 * 2];
        Arrays.fill(valid, (byte) 255);
        // the first two by two: 10 and 20 valid, the others not
        raster.plane(0)[1] = 20;
        raster.plane(0)[514] = (byte) 200;
        raster.plane(0)[515] = (byte) 200;
        valid[514] = 0;
        valid[515] = 0;
        // the second: nothing valid
        for (int i : new int[] {2, 3, 516, 517}) {
            valid[i] = 0;
        }
        var file = folder.resolve("masked.tif");
        CogWriter.of(raster).mask(valid).write(file);

        var reader = TiffReader.open(ByteSources.ofFile(file));

        assertThat(reader.levels()).isEqualTo(2);
        assertThat(reader.readBytes(1, 0, 0, 3, 1).plane(0)).containsExactly(15, 10, 10);
        assertThat(reader.readMask(1, 0, 0, 3, 1)).containsExactly(255, 0, 255);
    }

    @Test
    void averagingNeverTurnsMeasuredPixelsIntoNodata() throws IOException {
        var raster = new ByteRaster(600, 2, 1);
        for (int x = 0; x < 600; x++) {
            raster.plane(0)[x] = (byte) (x % 2 == 0 ? 99 : 101);
            raster.plane(0)[600 + x] = (byte) (x % 2 == 0 ? 99 : 101);
        }
        var file = folder.resolve("nodata.tif");
        CogWriter.of(raster).nodata(100).write(file);

        assertThat(TiffReader.open(ByteSources.ofFile(file)).readMask(1, 0, 0, 300, 1))
                .containsOnly(255);
    }

    @Test
    void classesAreNeverMixedInOverviews() throws IOException {
        var classes = new Nomenclature(
                "two",
                List.of(
                        new LandClass(1, "building", "building", "bâtiment", "#db0e9a"),
                        new LandClass(200, "water", "water", "eau", "#1553ae")));
        var raster = new ByteRaster(1_025, 700, 1);
        var random = new Random(3);
        for (int i = 0; i < raster.plane(0).length; i++) {
            raster.plane(0)[i] = (byte) (random.nextBoolean() ? 1 : 200);
        }
        var file = folder.resolve("classes.tif");
        CogWriter.of(raster).colours(classes).nodata(0).write(file);

        var reader = TiffReader.open(ByteSources.ofFile(file));

        assertThat(reader.header().metadata()).containsEntry("CLASS_200", "water: water");
        assertThat(reader.levels()).isEqualTo(3);
        for (int level = 0; level < reader.levels(); level++) {
            assertThat(reader.readBytes(level, 0, 0, reader.width(level), reader.height(level))
                            .plane(0))
                    .containsOnly(1, 200);
        }
    }
}
