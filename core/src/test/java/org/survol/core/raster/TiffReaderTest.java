// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;

class TiffReaderTest {

    private static final List<Integer> COMPRESSIONS = List.of(
            TiffTag.COMPRESSION_NONE,
            TiffTag.COMPRESSION_LZW,
            TiffTag.COMPRESSION_DEFLATE,
            TiffTag.COMPRESSION_DEFLATE_OLD,
            TiffTag.COMPRESSION_PACKBITS,
            TiffTag.COMPRESSION_ZSTD);

    private static TiffReader open(byte[] file) throws IOException {
        return TiffReader.open(ByteSources.ofBytes("fixture.tif", file));
    }

    @Property(tries = 150)
    void readsEveryLayoutCompressionAndSampleType(
            @ForAll SampleType type,
            @ForAll @IntRange(min = 0, max = 5) int compression,
            @ForAll @IntRange(min = 1, max = 3) int predictor,
            @ForAll boolean bigEndian,
            @ForAll boolean bigTiff,
            @ForAll boolean planar,
            @ForAll boolean tiled,
            @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        int width = 1 + random.nextInt(90);
        int height = 1 + random.nextInt(70);
        int bands = 1 + random.nextInt(4);
        var raw = new long[bands][width * height];
        for (var band : raw) {
            for (int i = 0; i < band.length; i++) {
                // runs, so that run lengths and strings of LZW come into play
                band[i] = i > 0 && random.nextInt(3) > 0 ? band[i - 1] : finite(type, random.nextLong());
            }
        }
        int method = COMPRESSIONS.get(compression);
        boolean predictable = method != TiffTag.COMPRESSION_NONE && method != TiffTag.COMPRESSION_PACKBITS;
        boolean fits = predictable && (predictor != TiffTag.PREDICTOR_FLOATING || type.isFloating());
        var fixture = TiffFixture.of(width, height, type, raw)
                .bigEndian(bigEndian)
                .bigTiff(bigTiff)
                .planar(planar)
                .compression(method)
                .predictor(fits ? predictor : TiffTag.PREDICTOR_NONE);
        if (tiled) {
            fixture.tiles(16 * (1 + random.nextInt(3)), 16 * (1 + random.nextInt(3)));
        } else {
            fixture.strips(1 + random.nextInt(height));
        }
        var reader = open(fixture.write());

        var floats = reader.readFloats(0, 0, 0, width, height);

        assertThat(reader.header().type()).isEqualTo(type);
        assertThat(floats.bands()).isEqualTo(bands);
        for (int band = 0; band < bands; band++) {
            for (int i = 0; i < width * height; i++) {
                assertThat(floats.plane(band)[i]).isEqualTo(value(type, raw[band][i]));
            }
        }
    }

    private static long finite(SampleType type, long bits) {
        return switch (type) {
            case FLOAT32 -> Float.floatToRawIntBits((int) bits / 977f);
            case FLOAT64 -> Double.doubleToRawLongBits((int) bits / 977.0);
            default -> bits >>> (64 - 8 * type.bytes());
        };
    }

    private static float value(SampleType type, long bits) {
        return switch (type) {
            case UINT8, UINT16, UINT32 -> bits;
            case INT16 -> (short) bits;
            case INT32 -> (int) bits;
            case FLOAT32 -> Float.intBitsToFloat((int) bits);
            case FLOAT64 -> (float) Double.longBitsToDouble(bits);
        };
    }

    @Test
    void tallStripsWithoutCompressionAreReadInParts() throws IOException {
        var raster = RasterFixtures.smooth(2_000, 700, 3, 11);
        var file = TiffFixture.of(raster).strips(700).write();
        var asked = new ArrayList<Integer>();
        var source = new ByteSource() {
            @Override
            public String name() {
                return "counted.tif";
            }

            @Override
            public long length() {
                return file.length;
            }

            @Override
            public byte[] read(long offset, int length) throws IOException {
                asked.add(length);
                return ByteSources.ofBytes(name(), file).read(offset, length);
            }
        };
        var window = TiffReader.open(source).readBytes(0, 1_000, 650, 10, 10);

        for (int i = 0; i < 100; i++) {
            assertThat(window.plane(2)[i]).isEqualTo(raster.plane(2)[(650 + i / 10) * 2_000 + 1_000 + i % 10]);
        }
        assertThat(asked.stream().mapToInt(Integer::intValue).sum()).isLessThan(file.length / 2);
    }

    @Test
    void readsJpegInRgbAndYcbcr() throws IOException {
        var raster = new ByteRaster(64, 48, 3);
        for (int i = 0; i < 64 * 48; i++) {
            raster.plane(0)[i] = (byte) (40 + i % 64 * 3);
            raster.plane(1)[i] = (byte) (200 - i / 64 * 3);
            raster.plane(2)[i] = 90;
        }
        // ImageIO writes YCbCr with half-resolution colour, as most TIFF writers do
        var reader = open(TiffFixture.of(raster)
                .compression(TiffTag.COMPRESSION_JPEG)
                .field(TiffTag.PHOTOMETRIC, TiffTag.TYPE_SHORT, TiffTag.PHOTOMETRIC_YCBCR)
                .strips(16)
                .write());

        var read = reader.readBytes(0, 0, 0, 64, 48);

        for (int band = 0; band < 3; band++) {
            for (int i = 0; i < 64 * 48; i++) {
                assertThat(Math.abs((read.plane(band)[i] & 0xff) - (raster.plane(band)[i] & 0xff)))
                        .isLessThanOrEqualTo(8);
            }
        }
    }

    @Test
    void anAlphaBandIsAMaskAndNoBand() throws IOException {
        var raster = RasterFixtures.smooth(20, 10, 4, 3);
        raster.plane(3)[7] = 0;
        var reader = open(TiffFixture.of(raster)
                .field(TiffTag.PHOTOMETRIC, TiffTag.TYPE_SHORT, TiffTag.PHOTOMETRIC_RGB)
                .field(TiffTag.EXTRA_SAMPLES, TiffTag.TYPE_SHORT, 2)
                .write());

        assertThat(reader.header().bands()).isEqualTo(3);
        assertThat(reader.header().hasMask()).isTrue();
        var mask = reader.readMask(0, 0, 0, 20, 10);
        assertThat(mask[6]).isEqualTo((byte) 255);
        assertThat(mask[7]).isZero();

        var plain = reader.withAlphaAsBand();
        assertThat(plain.header().bands()).isEqualTo(4);
        assertThat(plain.header().hasMask()).isFalse();
        assertThat(plain.readBytes(0, 0, 0, 20, 10).plane(3)).isEqualTo(raster.plane(3));
    }

    /** As in four-band NAIP images that GDAL made: RGB with "alpha" by the TIFF's fields, corrected in the metadata. */
    @Test
    void gdalsWordOnAlphaGoesBeforeTheTiffs() throws IOException {
        var reader = open(TiffFixture.of(RasterFixtures.smooth(20, 10, 4, 3))
                .field(TiffTag.EXTRA_SAMPLES, TiffTag.TYPE_SHORT, 2)
                .text(
                        TiffTag.GDAL_METADATA,
                        "<GDALMetadata><Item name=\"COLORINTERP\" sample=\"3\" role=\"colorinterp\">Undefined</Item>"
                                + "</GDALMetadata>")
                .write());
        assertThat(reader.header().bands()).isEqualTo(4);
        assertThat(reader.header().hasMask()).isFalse();
    }

    @Test
    void aPixelIsInvalidWhereAllBandsAreNodata() throws IOException {
        var raster = new ByteRaster(3, 1, 2);
        raster.plane(0)[1] = 5;
        var reader = open(TiffFixture.of(raster).text(TiffTag.GDAL_NODATA, "0").write());
        assertThat(reader.readMask(0, 0, 0, 3, 1)).containsExactly(0, 255, 0);
    }

    @Test
    void notANumberIsInvalidEvenWithoutNodata() throws IOException {
        long[] values = {Float.floatToRawIntBits(1), Float.floatToRawIntBits(Float.NaN)};
        var reader = open(TiffFixture.of(2, 1, SampleType.FLOAT32, values).write());
        assertThat(reader.readMask(0, 0, 0, 2, 1)).containsExactly(255, 0);
    }

    private static TiffFixture placed() {
        return TiffFixture.of(RasterFixtures.smooth(8, 6, 1, 1))
                .doubles(TiffTag.MODEL_PIXEL_SCALE, 0.2, 0.2, 0)
                .doubles(TiffTag.MODEL_TIEPOINT, 0, 0, 0, 1_000, 2_000, 0)
                .field(
                        TiffTag.GEO_KEY_DIRECTORY,
                        TiffTag.TYPE_SHORT,
                        1,
                        1,
                        0,
                        3,
                        1024,
                        0,
                        1,
                        1,
                        1025,
                        0,
                        1,
                        1,
                        3072,
                        0,
                        1,
                        2154);
    }

    @Test
    void positionsComeFromTiepointOrTransformation() throws IOException {
        var expected = new GeoReference(2154, 1_000, 2_000, 0.2, 0.2);
        assertThat(open(placed().write()).header().geo()).contains(expected);
        // the same place, tied at pixel 5, 10
        assertThat(open(placed().doubles(TiffTag.MODEL_TIEPOINT, 5, 10, 0, 1_001, 1_998, 0)
                                .write())
                        .header()
                        .geo())
                .contains(expected);
        assertThat(open(placed().field(TiffTag.MODEL_PIXEL_SCALE, TiffTag.TYPE_DOUBLE)
                                .field(TiffTag.MODEL_TIEPOINT, TiffTag.TYPE_DOUBLE)
                                .doubles(
                                        TiffTag.MODEL_TRANSFORMATION,
                                        0.2,
                                        0,
                                        0,
                                        1_000,
                                        0,
                                        -0.2,
                                        0,
                                        2_000,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        0,
                                        1)
                                .write())
                        .header()
                        .geo())
                .contains(expected);
    }

    @Test
    void whenPixelsArePointsTheCornerIsHalfAPixelAway() throws IOException {
        var geo = open(placed().field(
                                TiffTag.GEO_KEY_DIRECTORY,
                                TiffTag.TYPE_SHORT,
                                1,
                                1,
                                0,
                                3,
                                1024,
                                0,
                                1,
                                1,
                                1025,
                                0,
                                1,
                                2,
                                3072,
                                0,
                                1,
                                2154)
                        .write())
                .header()
                .geo();
        assertThat(geo).contains(new GeoReference(2154, 999.9, 2_000.1, 0.2, 0.2));
    }

    @Test
    void saysWhyItHasNoPlaceAndCanStillBeRead() throws IOException {
        var rotated = placed().doubles(
                        TiffTag.MODEL_TRANSFORMATION, 0.2, 0.1, 0, 1_000, 0.1, -0.2, 0, 2_000, 0, 0, 0, 0, 0, 0, 0, 1);
        var userDefined = placed().field(
                        TiffTag.GEO_KEY_DIRECTORY, TiffTag.TYPE_SHORT, 1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32_767);
        var bare = TiffFixture.of(RasterFixtures.smooth(8, 6, 1, 1));

        assertNoPlace(rotated, "rotated");
        assertNoPlace(userDefined, "parameters instead of an EPSG code");
        assertNoPlace(bare, "no coordinate reference system");
        assertNoPlace(placed().doubles(TiffTag.MODEL_PIXEL_SCALE, 0.2, -0.2, 0), "north to south");
    }

    private static void assertNoPlace(TiffFixture fixture, String why) throws IOException {
        var reader = open(fixture.write());
        assertThat(reader.header().geo()).isEmpty();
        assertThat(reader.header().whyNoGeo()).contains(why);
        assertThat(reader.readBytes(0, 0, 0, 8, 6).plane(0)).hasSize(48);
        assertThatThrownBy(() -> reader.header().requireGeo())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("fixture.tif");
    }

    @Test
    void wideSamplesAreNotSilentlyCutToBytes() throws IOException {
        var reader =
                open(TiffFixture.of(2, 1, SampleType.UINT16, new long[] {1, 2}).write());
        assertThatThrownBy(() -> reader.readBytes(0, 0, 0, 2, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("UINT16");
    }

    @Test
    void windowsOutsideAreAProgrammersError() throws IOException {
        var reader = open(TiffFixture.of(RasterFixtures.smooth(8, 6, 1, 1)).write());
        assertThatThrownBy(() -> reader.readBytes(0, 4, 0, 5, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.readBytes(1, 0, 0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.readBytes(0, Integer.MAX_VALUE, 0, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 6, 34_712, 34_887, 50_001, 9_999})
    void unsupportedCompressionsAreNamed(int compression) {
        var file = TiffFixture.of(RasterFixtures.smooth(8, 6, 1, 1))
                .field(TiffTag.COMPRESSION, TiffTag.TYPE_SHORT, compression)
                .write();
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("compression " + compression)
                .hasMessageContaining("gdal_translate");
    }
}
