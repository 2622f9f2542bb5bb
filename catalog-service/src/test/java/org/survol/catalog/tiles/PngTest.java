// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** The JDK's own reader is the judge. */
class PngTest {

    @Test
    void coloursWithTransparencyComeBackAsTheyWere() throws IOException {
        var random = new Random(7);
        var pixels = random.ints(13 * 7).toArray();

        var image = ImageIO.read(new ByteArrayInputStream(Png.rgba(13, 7, pixels)));

        assertThat(image.getRGB(0, 0, 13, 7, null, 0, 13)).isEqualTo(pixels);
    }

    @Test
    void indicesTakeThePalettesColours() throws IOException {
        var palette = new int[256];
        for (int i = 1; i < 256; i++) {
            palette[i] = 0xff000000 | i * 0x010203;
        }
        var indices = new byte[] {0, 1, (byte) 200, (byte) 255, 2, 0};

        var image = ImageIO.read(new ByteArrayInputStream(Png.indexed(3, 2, indices, palette)));

        assertThat(image.getRGB(0, 0)).isZero();
        assertThat(image.getRGB(2, 0)).isEqualTo(palette[200]);
        assertThat(image.getRGB(0, 1)).isEqualTo(palette[255]);
    }
}
