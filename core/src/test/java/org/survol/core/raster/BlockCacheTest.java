// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One image read by several threads in windows that share blocks. */
class BlockCacheTest {

    @TempDir
    Path scratch;

    @Test
    void aBlockThatManyThreadsNeedIsDecodedOnce() throws Exception {
        var bytes = image(1_500, 1_100);
        var cache = new BlockCache(64 << 20);

        readWithThreads(bytes, cache, 1_500, 1_100);

        // 3 x 3 blocks of 512
        assertThat(cache.statistics().decoded()).isEqualTo(9);
        assertThat(cache.statistics().decodedAgain()).isZero();
        assertThat(cache.statistics().heldBytes()).isLessThanOrEqualTo(64 << 20);
    }

    @Test
    void aCacheThatIsTooSmallChangesNothingButTheWork() throws Exception {
        var bytes = image(1_500, 1_100);
        var cache = new BlockCache(2 << 20);

        readWithThreads(bytes, cache, 1_500, 1_100);

        assertThat(cache.statistics().decodedAgain()).isPositive();
        assertThat(cache.statistics().heldBytes()).isLessThanOrEqualTo(2 << 20);
    }

    @Test
    void veryWideStripsComeBackFromDisk() throws Exception {
        int width = 20_000;
        int height = 400;
        var plane = pixels(width, height);
        var strips = TiffFixture.of(ByteRaster.of(width, height, plane))
                .strips(1)
                .compression(TiffTag.COMPRESSION_DEFLATE)
                .write();
        var cache = BlockCache.withSpill(2 << 20, scratch.resolve("spill"), 64 << 20);
        var reader = TiffReader.open(ByteSources.ofBytes("wide", strips), GeoCompletion.NONE, cache);
        for (int x = 0; x < width; x += 5_000) {
            var part = reader.readBytes(0, x, 0, 5_000, height).plane(0);
            for (int i = 0; i < part.length; i += 37) {
                assertThat(part[i]).isEqualTo(plane[i / 5_000 * width + x + i % 5_000]);
            }
        }

        assertThat(cache.statistics().decoded()).isEqualTo(height);
        assertThat(cache.statistics().decodedAgain()).isZero();
        assertThat(cache.statistics().unspilled()).isPositive();
    }

    private static byte[] pixels(int width, int height) {
        var plane = new byte[width * height];
        new Random(5).nextBytes(plane);
        return plane;
    }

    private byte[] image(int width, int height) throws Exception {
        var file = scratch.resolve("image.tif");
        CogWriter.of(ByteRaster.of(width, height, pixels(width, height), pixels(width, height), pixels(width, height)))
                .write(file);
        return Files.readAllBytes(file);
    }

    private static void readWithThreads(byte[] bytes, BlockCache cache, int width, int height) throws Exception {
        var plane = pixels(width, height);
        var reader = TiffReader.open(ByteSources.ofBytes("image", bytes), GeoCompletion.NONE, cache);
        try (var pool = Executors.newFixedThreadPool(8)) {
            var reads = IntStream.range(0, 64)
                    .<Future<?>>mapToObj(i -> pool.submit(() -> {
                        var random = new Random(i);
                        for (int n = 0; n < 20; n++) {
                            int x = random.nextInt(width - 600);
                            int y = random.nextInt(height - 300);
                            var part = reader.readBytes(0, x, y, 600, 300).plane(2);
                            for (int at = 0; at < part.length; at += 101) {
                                assertThat(part[at]).isEqualTo(plane[(y + at / 600) * width + x + at % 600]);
                            }
                        }
                        return null;
                    }))
                    .toList();
            for (var read : reads) {
                read.get();
            }
        }
    }
}
