// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
        var read = java.nio.ByteBuffer.wrap(pixels(file))
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
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
                "COMPRESS=ZSTD PREDICTOR=2 TILED=YES ENDIANNESS=BIG"
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
}
