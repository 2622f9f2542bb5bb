// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.survol.core.Json;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;

/** The rule of the mosaic, pixel by pixel, on images with random holes at random places. */
class MosaicTest {

    private static final int TILE = 96;
    private static final int HALO = 8;
    private static final int COLUMN = 36_500;
    private static final int ROW = -343_750;
    private static final double WEST = COLUMN * TILE * 0.2;
    private static final double NORTH = -ROW * TILE * 0.2;

    @TempDir
    Path scratch;

    /** An image as the test knows it. */
    private record Image(String key, int column, int row, int width, int height, byte[] mask, int value) {

        boolean isValid(int gridColumn, int gridRow) {
            int x = gridColumn - column;
            int y = gridRow - row;
            return x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] != 0;
        }
    }

    static List<Long> seeds() {
        return new Random(20_261_123).longs(12).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyPixelIsTheFirstValidOneInTheOrderOfThePlan(long seed) throws Exception {
        var random = new Random(seed);
        var flight = new Flight(scratch, TILE).model(Deliveries.card("small", Deliveries.RGB));
        var images = new ArrayList<Image>();
        int count = 2 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            var file = (char) ('a' + random.nextInt(26)) + "-" + i + ".tif";
            int width = 20 + random.nextInt(150);
            int height = 20 + random.nextInt(150);
            var image = new Image(
                    Flight.key(file),
                    random.nextInt(180) - 30,
                    random.nextInt(180) - 30,
                    width,
                    height,
                    holes(random, width, height),
                    10 + 20 * i);
            images.add(image);
            flight.image(
                    file,
                    Role.RGB,
                    new GeoReference(2154, WEST + image.column * 0.2, NORTH - image.row * 0.2, 0.2, 0.2),
                    width,
                    height,
                    (band, e, n) -> image.value + band,
                    image.mask);
        }

        var plan = flight.plan();
        var ordered = plan.sources().stream()
                .map(source -> images.stream()
                        .filter(image -> image.key.equals(source.key()))
                        .findFirst()
                        .orElseThrow())
                .toList();
        var events = flight.tiles(plan);
        assertThat(events).hasSameSizeAs(plan.tiles());
        for (var skipped : Flight.only(TileSkipped.class, events)) {
            assertThat(valid(ordered, skipped.tile().column(), skipped.tile().row()))
                    .isZero();
        }
        for (var ready : Flight.only(TileReady.class, events)) {
            check(flight, ordered, ready);
        }
    }

    private static byte[] holes(Random random, int width, int height) {
        var mask = new byte[width * height];
        Arrays.fill(mask, (byte) 255);
        for (int i = random.nextInt(6); i > 0; i--) {
            int x = random.nextInt(width);
            int y = random.nextInt(height);
            int toX = Math.min(width, x + random.nextInt(60));
            int toY = Math.min(height, y + random.nextInt(60));
            for (int row = y; row < toY; row++) {
                Arrays.fill(mask, row * width + x, row * width + toX, (byte) 0);
            }
        }
        for (int i = random.nextInt(200); i > 0; i--) {
            mask[random.nextInt(mask.length)] = 0;
        }
        return mask;
    }

    private static int valid(List<Image> images, int tileColumn, int tileRow) {
        int valid = 0;
        for (int i = 0; i < TILE * TILE; i++) {
            int column = (tileColumn - COLUMN) * TILE + i % TILE;
            int row = (tileRow - ROW) * TILE + i / TILE;
            valid += images.stream().anyMatch(image -> image.isValid(column, row)) ? 1 : 0;
        }
        return valid;
    }

    private static void check(Flight flight, List<Image> images, TileReady ready) throws Exception {
        int size = TILE + 2 * HALO;
        var stack = flight.stack(ready);
        var pixels = stack.readBytes(0, 0, 0, size, size);
        var mask = stack.readMask(0, 0, 0, size, size);
        var used = new long[images.size()];
        for (int i = 0; i < size * size; i++) {
            int column = (ready.tile().column() - COLUMN) * TILE - HALO + i % size;
            int row = (ready.tile().row() - ROW) * TILE - HALO + i / size;
            int first = 0;
            while (first < images.size() && !images.get(first).isValid(column, row)) {
                first++;
            }
            boolean valid = first < images.size();
            assertThat(mask[i] != 0).isEqualTo(valid);
            for (int band = 0; band < 3; band++) {
                assertThat(pixels.plane(band)[i] & 0xff).isEqualTo(valid ? images.get(first).value + band : 0);
            }
            boolean inTile = i % size >= HALO && i % size < HALO + TILE && i / size >= HALO && i / size < HALO + TILE;
            if (valid && inTile) {
                used[first]++;
            }
        }
        double shares = 0;
        JsonNode sources = Json.MAPPER.readTree(stack.header().metadata().get("SURVOL_SOURCES"));
        for (var source : sources) {
            int index = images.stream()
                    .map(Image::key)
                    .toList()
                    .indexOf(source.path("key").asText());
            double share = source.path("share").asDouble();
            assertThat(share).isCloseTo(used[index] / (double) (TILE * TILE), within(1e-12));
            shares += share;
        }
        assertThat(shares).isCloseTo(ready.validShare(), within(1e-9));
    }
}
