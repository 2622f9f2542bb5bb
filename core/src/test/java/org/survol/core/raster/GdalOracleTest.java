// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

/** GDAL and we agree on files; runs where GDAL's command line tools are installed. */
class GdalOracleTest {

    private static final GeoReference HERE = new GeoReference(2154, 652_000.2, 6_861_000.4, 0.2, 0.2);

    @TempDir
    Path folder;

    @BeforeAll
    static void requireGdal() {
        Gdal.require();
    }

    /** Opens without a complaint and, where GDAL's Python is there, passes its validator. */
    private void assertValid(Path cog) throws IOException {
        var info = Gdal.run("gdalinfo", "-checksum", cog.toString());
        assertThat(info.exit()).isZero();
        assertThat(info.text())
                .contains("LAYOUT=COG", "Pixel Size = (0.200000000000000,-0.200000000000000)", "ID[\"EPSG\",2154]")
                .doesNotContainIgnoringCase("warning")
                .doesNotContain("ERROR");
        for (var python : List.of("python3", "/usr/bin/python3")) {
            if (Gdal.isThere(python, "-c", "import osgeo_utils.samples.validate_cloud_optimized_geotiff")) {
                var verdict = Gdal.run(
                        python,
                        "-m",
                        "osgeo_utils.samples.validate_cloud_optimized_geotiff",
                        "--full-check=yes",
                        cog.toString());
                assertThat(verdict.text())
                        .contains("is a valid cloud optimized GeoTIFF")
                        .doesNotContain("warnings");
                break;
            }
        }
    }

    private static byte[] pixels(Path file) throws IOException {
        return Gdal.samples(file, "");
    }

    private static byte[] bandAfterBand(ByteRaster raster) {
        int plane = raster.width() * raster.height();
        var all = new byte[plane * raster.bands()];
        for (int band = 0; band < raster.bands(); band++) {
            System.arraycopy(raster.plane(band), 0, all, band * plane, plane);
        }
        return all;
    }

    @Test
    void aStackIsAValidCogWithTheSamePixels() throws IOException {
        var raster = RasterFixtures.smooth(1_300, 900, 5, 1);
        var file = folder.resolve("stack.tif");
        CogWriter.of(raster)
                .georeference(HERE)
                .bandNames(List.of("RED", "GREEN", "BLUE", "NIR", "ELEVATION"))
                .mask(RasterFixtures.blotches(1_300, 900, 1))
                .metadata(Map.of("NOTE", "a < b & c"))
                .write(file);

        assertValid(file);
        assertThat(pixels(file)).isEqualTo(bandAfterBand(raster));
        assertThat(Gdal.run("gdalinfo", file.toString()).text())
                .contains("NOTE=a < b & c", "Description = ELEVATION", "Overviews of mask band: 650x450, 325x225");
    }

    @Test
    void aClassMapIsAValidCogWithColours() throws IOException {
        var classes = new Nomenclature("one", List.of(new LandClass(1, "building", "Building", "Bâti", "#db0e9a")));
        var raster = new ByteRaster(1_030, 520, 1);
        java.util.Arrays.fill(raster.plane(0), 100, 300_000, (byte) 1);
        var file = folder.resolve("classes.tif");
        CogWriter.of(raster)
                .georeference(HERE)
                .colours(classes)
                .nodata(0)
                .bigTiff()
                .write(file);

        assertValid(file);
        assertThat(pixels(file)).isEqualTo(raster.plane(0));
        assertThat(Gdal.run("gdalinfo", file.toString()).text())
                .contains("1: 219,14,154,255", "CLASS_1=building: Building", "NoData Value=0");
    }

    @Test
    void floatsAreAValidCog() throws IOException {
        var raster = new FloatRaster(1_030, 520, 1);
        for (int i = 0; i < raster.plane(0).length; i++) {
            raster.plane(0)[i] = (float) Math.sqrt(i);
        }
        var file = folder.resolve("heights.tif");
        CogWriter.of(raster)
                .georeference(HERE)
                .nodata(-9_999)
                .compression(Compression.DEFLATE)
                .write(file);

        assertValid(file);
        var read = ByteBuffer.wrap(pixels(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        for (int i = 0; i < raster.plane(0).length; i++) {
            assertThat(read.get(i)).isEqualTo(raster.plane(0)[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMPRESS=JPEG PHOTOMETRIC=YCBCR TILED=YES",
                "COMPRESS=JPEG INTERLEAVE=BAND JPEGTABLESMODE=0",
                "COMPRESS=LZW PREDICTOR=2 BLOCKYSIZE=33",
                "COMPRESS=PACKBITS INTERLEAVE=BAND BIGTIFF=YES",
                "COMPRESS=ZSTD PREDICTOR=2 TILED=YES ENDIANNESS=BIG",
                "COMPRESS=NONE BLOCKYSIZE=7",
                "COMPRESS=DEFLATE PREDICTOR=2 BLOCKYSIZE=271",
                "COMPRESS=DEFLATE TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=48 INTERLEAVE=BAND",
                "COMPRESS=LZW TILED=YES BIGTIFF=YES ENDIANNESS=BIG"
            })
    void whatGdalWritesReadsAlike(String options) throws IOException {
        var plain = folder.resolve("plain.tif");
        CogWriter.of(RasterFixtures.smooth(333, 271, 3, 2)).georeference(HERE).write(plain);
        var file = Gdal.translate(plain, folder.resolve("gdal.tif"), "-co " + options.replace(" ", " -co "));

        var reader = TiffReader.open(ByteSources.ofFile(file));
        var ours = bandAfterBand(reader.readBytes(0, 0, 0, 333, 271));

        assertThat(reader.header().geo()).contains(HERE);
        var theirs = pixels(file);
        int worst = 0;
        for (int i = 0; i < theirs.length; i++) {
            worst = Math.max(worst, Math.abs((ours[i] & 0xff) - (theirs[i] & 0xff)));
        }
        // JPEG decoders may round differently
        assertThat(worst).isLessThanOrEqualTo(options.contains("JPEG") ? 2 : 0);
    }

    /** @param arguments of gdal_translate after the three-band image of bytes */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-ot UInt16 -scale 0 255 0 65535 -co COMPRESS=LZW -co PREDICTOR=2",
                "-ot UInt16 -scale 0 255 0 4000 -co COMPRESS=ZSTD -co PREDICTOR=2 -co TILED=YES -co ENDIANNESS=BIG",
                "-ot Int16 -scale 0 255 -3000 3000 -co COMPRESS=DEFLATE -co PREDICTOR=2 -co INTERLEAVE=BAND",
                "-ot Float32 -scale 0 255 -1 1 -co COMPRESS=DEFLATE -co PREDICTOR=3 -co TILED=YES",
                "-ot Float32 -scale 0 255 -1 1 -co COMPRESS=LZW -co PREDICTOR=3",
                "-ot Float32 -scale 0 255 -1 1 -co COMPRESS=PACKBITS -co BLOCKYSIZE=5"
            })
    void widerSamplesReadAlike(String arguments) throws IOException {
        var plain = folder.resolve("plain.tif");
        CogWriter.of(RasterFixtures.smooth(333, 271, 3, 2)).georeference(HERE).write(plain);
        var file = Gdal.translate(plain, folder.resolve("wide.tif"), arguments);

        var ours = TiffReader.open(ByteSources.ofFile(file)).readFloats(0, 0, 0, 333, 271);

        var theirs = ByteBuffer.wrap(Gdal.samples(file, "-ot Float32"))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        for (int band = 0; band < 3; band++) {
            for (int i = 0; i < 333 * 271; i++) {
                assertThat(ours.plane(band)[i]).isEqualTo(theirs.get(band * 333 * 271 + i));
            }
        }
    }

    @Test
    void aSparseFileReadsAsNodata() throws IOException {
        var file = folder.resolve("sparse.tif");
        var answer = Gdal.run(
                "gdal_create",
                "-of",
                "GTiff",
                "-ot",
                "Byte",
                "-outsize",
                "700",
                "500",
                "-bands",
                "3",
                "-a_srs",
                "EPSG:2154",
                "-a_ullr",
                "0",
                "100",
                "140",
                "0",
                "-a_nodata",
                "7",
                "-co",
                "SPARSE_OK=TRUE",
                "-co",
                "TILED=YES",
                "-co",
                "COMPRESS=DEFLATE",
                file.toString());
        assertThat(answer.exit()).as(answer.text()).isZero();

        var reader = TiffReader.open(ByteSources.ofFile(file));

        assertThat(reader.readBytes(0, 200, 200, 300, 300).plane(2)).containsOnly(7);
        assertThat(reader.readMask(0, 0, 0, 700, 500)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LERC", "WEBP", "LERC_ZSTD"})
    void whatIsNotReadIsRefusedByName(String compression) throws IOException {
        var plain = folder.resolve("plain.tif");
        CogWriter.of(RasterFixtures.smooth(64, 64, 3, 2)).georeference(HERE).write(plain);
        Path file;
        try {
            file = Gdal.translate(plain, folder.resolve("other.tif"), "-co COMPRESS=" + compression);
        } catch (IOException e) {
            assumeTrue(false, "GDAL here cannot write " + compression);
            return;
        }
        assertThatThrownBy(() -> TiffReader.open(ByteSources.ofFile(file)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(compression.startsWith("LERC") ? "LERC" : "WebP", "gdal_translate");
    }
}
