// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;

class AsciiGridReaderTest {

    private static final String VALUES = "1 2.5 -3\n4e1 -9999 6\n";

    private static RasterReader open(String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return RasterFiles.open(ByteSources.ofBytes("dtm.asc", bytes), Siblings.NONE, OptionalInt.of(2154), 1 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ncols 3\nnrows 2\nxllcorner 1000\nyllcorner 2000\ncellsize 0.5\nNODATA_value -9999\n",
                "NROWS 2\r\nNCOLS 3\r\nNODATA_VALUE -9999\r\nXLLCENTER 1000.25\r\nYLLCENTER 2000.25\r\nCELLSIZE 0.5\r\n",
                "  ncols   3 nrows 2 xllcorner 1000 yllcorner 2000 dx 0.5 dy 0.5\n"
            })
    void theHeaderComesInAnyOrderAndCase(String header) throws IOException {
        var reader = open(header + VALUES);
        assertThat(reader.header().geo()).contains(new GeoReference(2154, 1_000, 2_001, 0.5, 0.5));
        assertThat(reader.readFloats(0, 0, 0, 3, 2).plane(0)).containsExactly(1, 2.5f, -3, 40, -9_999, 6);
        assertThat(reader.readFloats(0, 1, 1, 2, 1).plane(0)).containsExactly(-9_999, 6);
        assertThat(reader.readMask(0, 0, 1, 3, 1)).containsExactly(255, 0, 255);
    }

    @ParameterizedTest
    @CsvSource({
        "ncols 3 nrows 3 xllcorner 1 yllcorner 2 cellsize 1 1 2 3 4 5 6, 6 values instead of 9",
        "ncols 3 nrows 1 xllcorner 1 yllcorner 2 cellsize 1 1 2 3 4 5 6, 6 values instead of 3 columns",
        "ncols 200000 nrows 200000 xllcorner 1 yllcorner 2 cellsize 1 1 2, cannot stand in",
        "ncols 3 nrows 2 xllcorner 1 yllcorner 2 cellsize 0 1 2 3 4 5 6, cell size",
        "ncols 3 nrows 2 xllcorner 1 yllcorner 2 cellsize 1e9 1 2 3 4 5 6, cell size",
        "ncols 3 nrows 2 xllcorner 1 yllcorner 2 cellsize NaN 1 2 3 4 5 6, cell size",
        "ncols -3 nrows 2 xllcorner 1 yllcorner 2 cellsize 1 1 2 3 4 5 6, ncols is -3",
        "nrows 2 xllcorner 1 yllcorner 2 cellsize 1 1 2 3 4 5 6, no ncols",
        "ncols 3 nrows 2 xllcorner 1 yllcorner 2 cellsize 1 1 2 here 4 5 6, no number",
        "ncols 3 nrows, nrows is no number",
    })
    void contradictionsAndNonsenseAreRefused(String text, String reason) {
        assertThatThrownBy(() -> open(text).readFloats(0, 0, 0, 1, 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("dtm.asc");
    }

    @Test
    void decimalCommasAreRefusedWithTheMend() {
        for (var text : new String[] {
            "ncols 2 nrows 1 xllcorner 1,5 yllcorner 2 cellsize 1 1 2",
            "ncols 2 nrows 1 xllcorner 1 yllcorner 2 cellsize 1 1,5 2,5"
        }) {
            assertThatThrownBy(() -> open(text).readFloats(0, 0, 0, 1, 1))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("decimal commas")
                    .hasMessageContaining("decimal points");
        }
    }

    @Test
    void aCornerThatIsNoNumberPlacesNothing() throws IOException {
        var reader = open("ncols 3 nrows 2 xllcorner NaN yllcorner 2 cellsize 1 " + VALUES);
        assertThat(reader.header().whyNoGeo()).contains("not a number");
    }

    @Test
    void gdalsGridsReadAlike(@TempDir Path folder) throws IOException {
        Gdal.require();
        var raster = new FloatRaster(400, 300, 1);
        for (int i = 0; i < raster.plane(0).length; i++) {
            raster.plane(0)[i] = (float) (100 + 20 * Math.sin(i / 7.0));
        }
        var tiff = folder.resolve("dtm.tif");
        var here = new GeoReference(2154, 652_000.5, 6_861_000, 0.5, 0.5);
        CogWriter.of(raster).georeference(here).nodata(-9_999).write(tiff);
        var file = Gdal.translate(tiff, folder.resolve("dtm.asc"), "-of AAIGrid -co SIGNIFICANT_DIGITS=9");

        var reader = RasterFiles.open(ByteSources.ofFile(file), Siblings.ofFile(file), OptionalInt.empty(), 64 << 10);

        assertThat(Files.exists(folder.resolve("dtm.prj"))).isTrue();
        assertThat(reader.header().geo()).contains(here);
        assertThat(reader.readFloats(0, 17, 33, 200, 200).plane(0))
                .isEqualTo(TiffReader.open(ByteSources.ofFile(tiff))
                        .readFloats(0, 17, 33, 200, 200)
                        .plane(0));
    }
}
