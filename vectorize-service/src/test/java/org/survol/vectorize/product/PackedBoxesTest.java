// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wololo.flatgeobuf.NodeItem;
import org.wololo.flatgeobuf.PackedRTree;

class PackedBoxesTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 255, 256, 257, 4_096, 4_097, 10_000})
    void areByteForByteWhatTheReferenceWrites(int count) throws IOException {
        var random = new Random(count);
        var items = new ArrayList<PackedRTree.FeatureItem>();
        var ours = new ByteArrayOutputStream();
        try (var boxes = new PackedBoxes(folder.resolve("boxes"))) {
            long offset = 0;
            for (int i = 0; i < count; i++) {
                double west = random.nextDouble() * 1e6;
                double south = random.nextDouble() * 7e6;
                double east = west + random.nextDouble() * 100;
                double north = south + random.nextDouble() * 100;
                boxes.add(west, south, east, north, offset);
                var item = new PackedRTree.FeatureItem();
                item.nodeItem = new NodeItem(west, south, east, north, offset);
                items.add(item);
                offset += 100 + random.nextInt(1_000);
            }
            assertThat(boxes.count()).isEqualTo(count);
            boxes.writeTo(ours);
        }
        var theirs = new ByteArrayOutputStream();
        new PackedRTree(items, PackedBoxes.NODE_SIZE).write(theirs);
        assertThat(ours.toByteArray()).isEqualTo(theirs.toByteArray());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void noBoxesAreNoIndex() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var boxes = new PackedBoxes(folder.resolve("boxes"))) {
            boxes.writeTo(out);
        }
        assertThat(out.size()).isZero();
    }
}
