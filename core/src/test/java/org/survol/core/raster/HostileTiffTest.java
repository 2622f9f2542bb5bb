// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.survol.core.BadInputException;

/** Whatever a file claims, it is read or refused in words; nothing else happens. */
class HostileTiffTest {

    @TempDir
    Path folder;

    private static TiffReader open(byte[] file) throws IOException {
        return TiffReader.open(ByteSources.ofBytes("hostile.tif", file));
    }

    private static void readAll(byte[] file) throws IOException {
        var reader = open(file);
        for (int level = 0; level < reader.levels(); level++) {
            // damaged sizes may be huge and sparse, which is legal: a window is enough then
            int width = Math.min(2_000, reader.width(level));
            int height = Math.min(2_000, reader.height(level));
            if (reader.header().bands() <= 64) {
                reader.readFloats(level, 0, 0, width, height);
                reader.readMask(level, 0, 0, width, height);
            }
        }
    }

    private byte[] cog() throws IOException {
        var file = folder.resolve("cog.tif");
        CogWriter.of(RasterFixtures.smooth(700, 530, 3, 4))
                .georeference(new GeoReference(2154, 1_000, 2_000, 0.2, 0.2))
                .mask(RasterFixtures.blotches(700, 530, 4))
                .metadata(Map.of("A", "b"))
                .write(file);
        return Files.readAllBytes(file);
    }

    @Test
    void aFileCutAnywhereIsRefusedAsTruncated() throws IOException {
        var whole = cog();
        readAll(whole);
        for (int length = 0; length < whole.length; length += length < 3_000 ? 7 : 1_999) {
            var cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> open(cut)).as("cut at %d", cut.length).isInstanceOf(BadInputException.class);
        }
        var almost = Arrays.copyOf(whole, whole.length - 5);
        assertThatThrownBy(() -> open(almost))
                .hasMessageContaining("truncated")
                .hasMessageContaining("Send the file again");
    }

    @Property(tries = 400)
    void flippedBytesNeverEscapeAsAnotherException(@ForAll long seed) throws IOException {
        var random = new Random(seed);
        int compression = List.of(1, 5, 7, 8, 32_773, 50_000).get(random.nextInt(6));
        var fixture = TiffFixture.of(RasterFixtures.smooth(70, 50, compression == 7 ? 3 : 2, 9))
                .compression(compression)
                .bigTiff(random.nextBoolean())
                .bigEndian(random.nextBoolean())
                .doubles(TiffTag.MODEL_PIXEL_SCALE, 0.2, 0.2, 0)
                .doubles(TiffTag.MODEL_TIEPOINT, 0, 0, 0, 1_000, 2_000, 0)
                .field(TiffTag.GEO_KEY_DIRECTORY, TiffTag.TYPE_SHORT, 1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 2154)
                .text(TiffTag.GDAL_NODATA, "0")
                .text(TiffTag.DATE_TIME, "2024:01:01 00:00:00")
                .text(TiffTag.GDAL_METADATA, "<GDALMetadata><Item name=\"A\">b</Item></GDALMetadata>");
        if (random.nextBoolean()) {
            fixture.tiles(32, 16);
        } else {
            fixture.strips(20);
        }
        if (compression == 7) {
            fixture.field(TiffTag.PHOTOMETRIC, TiffTag.TYPE_SHORT, TiffTag.PHOTOMETRIC_YCBCR);
        }
        var file = fixture.write();
        boolean header = random.nextBoolean();
        // the directory stands at the end of a fixture
        int from = header ? Math.max(0, file.length - 700) : 0;
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
            file[from + random.nextInt(file.length - from)] = (byte) random.nextInt(256);
        }
        try {
            readAll(file);
        } catch (BadInputException e) {
            assertThat(e.file()).isEqualTo("hostile.tif");
            assertThat(e.mend()).isNotBlank();
        }
    }

    @Test
    void directoriesInACircleAreRefused() throws IOException {
        var file = TiffFixture.of(RasterFixtures.smooth(8, 6, 1, 1)).write();
        var view = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int directory = view.getInt(4);
        view.putInt(directory + 2 + 12 * view.getShort(directory), directory);
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("circle");
    }

    @ParameterizedTest
    @CsvSource({"1,0", "5,0", "7,0", "8,0", "32773,0", "50000,0", "1,512", "8,512", "50000,512", "50000,8192"})
    void threeKilobytesThatClaimToBeHugeAreRefused(int compression, int tile) {
        var fixture = TiffFixture.of(RasterFixtures.smooth(50, 50, 1, 1))
                .compression(compression)
                .field(TiffTag.IMAGE_WIDTH, TiffTag.TYPE_LONG, 200_000)
                .field(TiffTag.IMAGE_LENGTH, TiffTag.TYPE_LONG, 200_000);
        if (tile > 0) {
            fixture.tiles(64, 64)
                    .field(TiffTag.TILE_WIDTH, TiffTag.TYPE_LONG, tile)
                    .field(TiffTag.TILE_LENGTH, TiffTag.TYPE_LONG, tile);
        } else {
            fixture.field(TiffTag.ROWS_PER_STRIP, TiffTag.TYPE_LONG, 200_000);
        }
        var file = fixture.write();
        assertThat(file.length).isLessThan(6_000);
        assertThatThrownBy(() -> open(file)).isInstanceOf(BadInputException.class);
    }

    @Test
    void aBlockThatCannotUnpackToItsSizeIsRefusedBeforeAllocation() {
        var file = TiffFixture.of(RasterFixtures.smooth(50, 50, 1, 1))
                .compression(TiffTag.COMPRESSION_DEFLATE)
                .field(TiffTag.IMAGE_WIDTH, TiffTag.TYPE_LONG, 11_000)
                .field(TiffTag.IMAGE_LENGTH, TiffTag.TYPE_LONG, 11_000)
                .field(TiffTag.ROWS_PER_STRIP, TiffTag.TYPE_LONG, 11_000)
                .write();
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void whatIsNoTiffIsCalledByItsName() {
        assertRefused(new byte[0], "empty");
        assertRefused("II".getBytes(StandardCharsets.US_ASCII), "few bytes");
        assertRefused("this is a letter, no image".getBytes(StandardCharsets.US_ASCII), "not a TIFF");
        assertRefused("<html><body>Not found</body></html>".getBytes(StandardCharsets.US_ASCII), "HTML");
        assertRefused("{\"type\": \"Feature\"}".getBytes(StandardCharsets.US_ASCII), "JSON");
        assertRefused(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, "PNG");
        assertRefused(new byte[] {0, 0, 0, 12, 'j', 'P', ' ', ' '}, "JPEG 2000");
        assertRefused(new byte[] {'I', 'I', 42, 0, 0, 0, 0, 0}, "no image");
    }

    private static void assertRefused(byte[] file, String reason) {
        assertThatThrownBy(() -> open(file)).isInstanceOfSatisfying(BadInputException.class, e -> assertThat(e.reason())
                .contains(reason));
    }

    @Test
    void anUnreachableSourceIsNotBadInput() {
        var source = new ByteSource() {
            @Override
            public String name() {
                return "away.tif";
            }

            @Override
            public long length() {
                return 10_000;
            }

            @Override
            public byte[] read(long offset, int length) throws IOException {
                throw new IOException("connection reset");
            }
        };
        assertThatThrownBy(() -> TiffReader.open(source))
                .isInstanceOf(IOException.class)
                .hasMessage("connection reset");
    }
}
