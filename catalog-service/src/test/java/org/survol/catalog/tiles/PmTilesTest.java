// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.catalog.LruCache;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.raster.ByteSource;

class PmTilesTest {

    private static final LngLatBox BOUNDS = new LngLatBox(2.31, 48.83, 2.33, 48.84);

    /** In memory, refusing what lies outside as the store does. */
    private record Bytes(byte[] bytes) implements ByteSource {
        @Override
        public String name() {
            return "land_cover.pmtiles";
        }

        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            if (offset < 0 || offset + length > bytes.length) {
                throw new IOException(name() + " ends before " + (offset + length));
            }
            return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
        }
    }

    /** The last one is the example that the format's own implementations test. */
    @ParameterizedTest
    @CsvSource({"0,0,0,0", "1,0,0,1", "1,0,1,2", "1,1,1,3", "1,1,0,4", "2,0,0,5", "12,3423,1763,19078479"})
    void numbersTilesAlongTheCurve(int zoom, int column, int row, long id) {
        assertThat(PmTiles.id(zoom, column, row)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 1000})
    void findsEveryTileThatIsThereAndNoOther(int entriesOfLeaf) throws IOException {
        var random = new Random(entriesOfLeaf);
        var tiles = new TreeMap<Long, byte[]>();
        var all = new TreeMap<Long, int[]>();
        for (int zoom = 3; zoom <= 5; zoom++) {
            for (int column = 0; column < 1 << zoom; column++) {
                for (int row = 0; row < 1 << zoom; row++) {
                    long id = PmTiles.id(zoom, column, row);
                    all.put(id, new int[] {zoom, column, row});
                    if (random.nextInt(3) > 0) {
                        // many equal neighbours, which become runs
                        tiles.put(id, new byte[] {(byte) random.nextInt(2)});
                    }
                }
            }
        }
        assertThat(all).as("no two tiles have one number").hasSize(64 + 256 + 1024);
        var archive = open(SamplePmTiles.of(tiles, 3, 5, BOUNDS, entriesOfLeaf));

        for (var each : all.entrySet()) {
            var at = each.getValue();
            var tile = archive.tile(at[0], at[1], at[2]);
            assertThat(tile.isPresent()).isEqualTo(tiles.containsKey(each.getKey()));
            if (tile.isPresent()) {
                assertThat(unpacked(tile.get())).isEqualTo(tiles.get(each.getKey()));
            }
        }
        assertThat(archive.minZoom()).isEqualTo(3);
        assertThat(archive.maxZoom()).isEqualTo(5);
        assertThat(archive.bounds()).isEqualTo(BOUNDS);
        assertThat(archive.metadata().at("/vector_layers/0/id").asText()).isEqualTo("land_cover");
    }

    @Test
    void aDamagedArchiveIsAnErrorAndNoMore() throws IOException {
        var tiles = new TreeMap<Long, byte[]>();
        for (long id = 21; id < 60; id++) {
            tiles.put(id, new byte[] {(byte) id});
        }
        var whole = SamplePmTiles.of(tiles, 3, 3, BOUNDS, 5);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 3_000; i++) {
            var bytes = whole.clone();
            for (int hit = 0; hit < 3; hit++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                open(bytes).tile(3, random.nextInt(8), random.nextInt(8));
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(300, 3_000);
        assertThatThrownBy(() -> open(Arrays.copyOf(whole, 100)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too short");
    }

    private static PmTiles open(byte[] bytes) throws IOException {
        return PmTiles.open(new Bytes(bytes), "sample", new LruCache<>(1_000, directory -> 100));
    }

    private static byte[] unpacked(byte[] tile) throws IOException {
        return new GZIPInputStream(new ByteArrayInputStream(tile)).readAllBytes();
    }
}
