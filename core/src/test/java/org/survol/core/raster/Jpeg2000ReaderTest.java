// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;

/** JPEG 2000 files as GDAL writes them, read as GDAL reads them. */
class Jpeg2000ReaderTest {

    private static final GeoReference HERE = new GeoReference(2154, 652_000.2, 6_861_000.4, 0.2, 0.2);
    private static final int WIDTH = 1_333;
    private static final int HEIGHT = 1_071;

    @TempDir
    static Path folder;

    private static Path image;

    @BeforeAll
    static void write() throws IOException {
        Gdal.requireDriver("JP2OpenJPEG");
        image = folder.resolve("image.tif");
        CogWriter.of(RasterFixtures.smooth(WIDTH, HEIGHT, 5, 1))
                .georeference(HERE)
                .write(image);
    }

    private Path jp2(String name, String arguments) throws IOException {
        return Gdal.translate(image, folder.resolve(name), "-of JP2OpenJPEG " + arguments);
    }

    private static RasterReader open(Path file) throws IOException {
        return RasterFiles.open(ByteSources.ofFile(file), Siblings.ofFile(file), OptionalInt.empty(), 64 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-b 1 -b 2 -b 3 -co QUALITY=100 -co REVERSIBLE=YES",
                "-b 1 -b 2 -b 3 -co QUALITY=100 -co REVERSIBLE=YES -co BLOCKXSIZE=4096 -co BLOCKYSIZE=4096",
                "-b 1 -b 2 -b 3 -co QUALITY=20 -co PROGRESSION=RPCL -co PRECINCTS={256,256},{128,128} -co SOP=YES",
                "-b 1 -b 2 -b 3 -co QUALITY=10 -co BLOCKXSIZE=333 -co BLOCKYSIZE=257 -co RESOLUTIONS=3",
                "-b 1 -co REVERSIBLE=YES -co QUALITY=10,30,100 -co PRECINCTS={32768,32768} -co TILEPARTS=LAYERS",
                "-b 1 -b 2 -b 3 -b 4 -co QUALITY=100 -co REVERSIBLE=YES",
                "-co QUALITY=25 -co BLOCKXSIZE=512 -co BLOCKYSIZE=512 -co TLM=YES -co PLT=YES",
                "-b 1 -b 2 -b 3 -ot UInt16 -scale 0 255 0 40000 -co QUALITY=100 -co REVERSIBLE=YES",
                "-b 1 -ot UInt16 -scale 0 255 0 4000 -co NBITS=12 -co QUALITY=30"
            })
    void readsTheSamePixelsAsGdal(String arguments) throws IOException {
        var file = jp2("image" + Integer.toHexString(arguments.hashCode()) + ".jp2", arguments);
        var reader = open(file);
        var header = reader.header();
        int sampleBytes = header.type().bytes();
        var theirs = ByteBuffer.wrap(Gdal.samples(file, "")).order(ByteOrder.LITTLE_ENDIAN);

        assertThat(header.geo()).contains(HERE);
        assertThat(theirs.capacity()).isEqualTo(WIDTH * HEIGHT * header.bands() * sampleBytes);
        var random = new Random(arguments.hashCode());
        for (int i = 0; i < 6; i++) {
            int x = i == 0 ? 0 : random.nextInt(WIDTH);
            int y = i == 0 ? 0 : random.nextInt(HEIGHT);
            int width = i == 0 ? WIDTH : 1 + random.nextInt(WIDTH - x);
            int height = i == 0 ? HEIGHT : 1 + random.nextInt(HEIGHT - y);
            var ours = reader.readFloats(0, x, y, width, height);
            var bytes = header.type() == SampleType.UINT8 ? reader.readBytes(0, x, y, width, height) : null;
            int different = 0;
            for (int band = 0; band < ours.bands(); band++) {
                for (int at = 0; at < width * height; at++) {
                    int index = (band * HEIGHT + y + at / width) * WIDTH + x + at % width;
                    int expected = sampleBytes == 1 ? theirs.get(index) & 0xff : theirs.getShort(2 * index) & 0xffff;
                    // lossy files differ where a window cuts through a wavelet: by rounding, and rarely
                    int tolerance = arguments.contains("REVERSIBLE") ? 0 : 1;
                    if (Math.abs(ours.plane(band)[at] - expected) > tolerance
                            || bytes != null && (bytes.plane(band)[at] & 0xff) != ours.plane(band)[at]) {
                        different++;
                    }
                }
            }
            assertThat(different)
                    .as("window %d,%d %d x %d", x, y, width, height)
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-co BLOCKXSIZE=4096 -co BLOCKYSIZE=4096", "-co BLOCKXSIZE=250 -co BLOCKYSIZE=129"})
    void overviewsAreThoseOfTheCodestream(String arguments) throws IOException {
        var file = jp2(
                "levels" + arguments.length() + ".jp2",
                "-b 1 -b 2 -b 3 -co QUALITY=100 -co REVERSIBLE=YES -co RESOLUTIONS=4 " + arguments);
        var reader = open(file);
        assertThat(reader.levels()).isEqualTo(4);
        var full = reader.readFloats(0, 0, 0, WIDTH, HEIGHT).plane(1);
        for (int level = 1; level < 4; level++) {
            int width = reader.width(level);
            int height = reader.height(level);
            assertThat(width).isEqualTo((WIDTH + (1 << level) - 1) >> level);
            var overview = reader.readFloats(level, 0, 0, width, height).plane(1);
            // the low-pass band is a smooth version of the image
            double difference = 0;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    difference += Math.abs(overview[y * width + x] - full[(y << level) * WIDTH + (x << level)]);
                }
            }
            assertThat(difference / (width * height)).isLessThan(4);
            var part = reader.readFloats(level, width / 3, height / 3, width / 2, height / 2)
                    .plane(1);
            for (int i = 0; i < part.length; i++) {
                int at = (height / 3 + i / (width / 2)) * width + width / 3 + i % (width / 2);
                assertThat(part[i]).isEqualTo(overview[at]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "both,-co GeoJP2=YES -co GMLJP2=YES",
        "geojp2,-co GeoJP2=YES -co GMLJP2=NO",
        "gmljp2,-co GeoJP2=NO -co GMLJP2=YES",
    })
    void theBoxesSayWhereItLies(String name, String arguments) throws IOException {
        var file = jp2(name + ".jp2", "-b 1 -outsize 200 100 -a_srs EPSG:2154 " + arguments);
        Files.deleteIfExists(Path.of(file + ".aux.xml"));
        var geo = open(file).header().requireGeo();
        assertThat(geo.epsg()).isEqualTo(2154);
        assertThat(Math.abs(geo.west() - HERE.west()) + Math.abs(geo.north() - HERE.north()))
                .isLessThan(1e-5);
    }

    @Test
    void gmlInTheRegistrysAxisOrderIsTurned() throws IOException {
        // ETRS89 / Austria: the registry writes northings first
        for (var code : new int[] {31_256, 2_154}) {
            var file = jp2(
                    "axes" + code + ".jp2",
                    "-b 1 -outsize 200 100 -a_srs EPSG:" + code + " -co GeoJP2=NO -co GMLJP2=YES");
            Files.deleteIfExists(Path.of(file + ".aux.xml"));
            var geo = open(file).header().requireGeo();
            assertThat(geo.epsg()).isEqualTo(code);
            assertThat(Math.abs(geo.west() - HERE.west()) + Math.abs(geo.north() - HERE.north()))
                    .isLessThan(1e-5);
        }
    }

    @Test
    void aWorldFileBesideItIsFound() throws IOException {
        var file = jp2("world.jp2", "-b 1 -outsize 200 100 -co GeoJP2=NO -co GMLJP2=NO");
        Files.deleteIfExists(Path.of(file + ".aux.xml"));
        Files.writeString(folder.resolve("world.J2W"), "0.2\n0\n0\n-0.2\n652000.3\n6861000.3\n");
        var declared = RasterFiles.open(ByteSources.ofFile(file), Siblings.ofFile(file), OptionalInt.of(2154), 1 << 20);
        var geo = declared.header().requireGeo();
        assertThat(Math.abs(geo.west() - HERE.west()) + Math.abs(geo.north() - HERE.north()))
                .isLessThan(1e-5);
    }

    @Test
    void anAlphaChannelIsTheMask() throws IOException {
        var masked = folder.resolve("masked.tif");
        var valid = RasterFixtures.blotches(300, 200, 3);
        CogWriter.of(RasterFixtures.smooth(300, 200, 3, 3))
                .georeference(HERE)
                .mask(valid)
                .write(masked);
        var rgba = Gdal.translate(
                masked,
                folder.resolve("rgba.tif"),
                "-b 1 -b 2 -b 3 -b mask -mask none -co PHOTOMETRIC=RGB -co ALPHA=YES");
        var file =
                Gdal.translate(rgba, folder.resolve("alpha.jp2"), "-of JP2OpenJPEG -co QUALITY=100 -co REVERSIBLE=YES");
        var reader = open(file);

        assertThat(reader.header().bands()).isEqualTo(3);
        assertThat(reader.header().hasMask()).isTrue();
        assertThat(reader.readMask(0, 0, 0, 300, 200)).isEqualTo(valid);
        var plain = reader.withAlphaAsBand();
        assertThat(plain.header().bands()).isEqualTo(4);
        assertThat(plain.readBytes(0, 0, 0, 300, 200).plane(3)).isEqualTo(valid);
        assertThat(plain.readMask(0, 0, 0, 300, 200)).containsOnly(255);
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        var whole = Files.readAllBytes(jp2("cut.jp2", "-b 1 -b 2 -b 3 -outsize 300 200 -co BLOCKXSIZE=128"));
        for (int length = 0; length < whole.length; length += 1 + length / 200) {
            var cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> openAndRead(cut)).as("cut at %d", length).isInstanceOf(BadInputException.class);
        }
        openAndRead(whole);
    }

    @Test
    void damageIsRefusedOrHarmless() throws IOException {
        var whole = Files.readAllBytes(jp2("flips.jp2", "-b 1 -b 2 -b 3 -outsize 300 200 -co BLOCKXSIZE=128"));
        var random = new Random(1);
        for (int i = 0; i < 150; i++) {
            var file = whole.clone();
            int reach = i % 2 == 0 ? 1_200 : file.length;
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                file[random.nextInt(reach)] = (byte) random.nextInt(256);
            }
            try {
                openAndRead(file);
            } catch (BadInputException e) {
                assertThat(e.file()).isEqualTo("hostile.jp2");
                assertThat(e.mend()).isNotBlank();
            }
        }
    }

    private static void openAndRead(byte[] file) throws IOException {
        var reader =
                RasterFiles.open(ByteSources.ofBytes("hostile.jp2", file), Siblings.NONE, OptionalInt.empty(), 1 << 20);
        for (int level = 0; level < reader.levels(); level++) {
            int width = Math.min(1_000, reader.width(level));
            int height = Math.min(1_000, reader.height(level));
            reader.readFloats(level, 0, 0, width, height);
            reader.readMask(level, 0, 0, width, height);
        }
    }
}
