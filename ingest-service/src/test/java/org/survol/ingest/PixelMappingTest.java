// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.core.raster.GeoReference;

class PixelMappingTest {

    private static final TileGrid LAMBERT = new TileGrid(2154, 0.2, 5_120);

    /** About 500 m in UTM 31 north, near Lyon. */
    private static final GeoReference UTM = new GeoReference(32631, 640_000, 5_070_000, 0.25, 0.25);

    private static final CrsTransform TO_UTM = Crs.ofEpsg(2154).to(Crs.ofEpsg(32631));

    @Test
    void imagesOnTheGridAreSeen() {
        assertThat(aligned(700_000.0, 6_600_000.0, 0.2)).isTrue();
        assertThat(aligned(700_000.001, 6_600_000.0, 0.2)).isTrue();
        assertThat(aligned(700_000.1, 6_600_000.0, 0.2)).isFalse();
        assertThat(aligned(700_000.0, 6_600_000.05, 0.2)).isFalse();
        assertThat(aligned(700_000.0, 6_600_000.0, 0.200_001)).isFalse();
        assertThat(aligned(700_000.0, 6_600_000.0, 0.199_999_999_999_989)).isTrue();
        assertThat(aligned(700_000.0, 6_600_000.0, 0.25)).isFalse();
    }

    private static boolean aligned(double west, double north, double size) {
        return new PixelMapping.SameCrs(LAMBERT, new GeoReference(2154, west, north, size, size))
                .isAligned(10_000, 10_000);
    }

    @Test
    void theFirstPixelOfAnAlignedImageIsItsCentre() {
        var mapping = new PixelMapping.SameCrs(LAMBERT, new GeoReference(2154, 700_000, 6_600_000, 0.2, 0.2));
        var x = new double[2];
        var y = new double[2];

        mapping.centres(-33_000_000, 3_500_000, 2, x, y);

        assertThat(x).containsExactly(new double[] {0.5, 1.5}, within(1e-5));
        assertThat(y).containsExactly(new double[] {0.5, 0.5}, within(1e-5));
    }

    @Test
    void interpolatedPlacesAreWithinATwentiethOfAPixel() {
        var window = windowUnder(UTM, 1_500);
        var mapping = reprojected(LAMBERT, UTM, TO_UTM, window);
        var random = new Random(1);
        var x = new double[1];
        var y = new double[1];
        for (int i = 0; i < 2_000; i++) {
            long row = window.row() + random.nextInt(window.height());
            long column = window.column() + random.nextInt(window.width());
            mapping.centres(row, column, 1, x, y);
            double[] exact = {(column + 0.5) * 0.2, -(row + 0.5) * 0.2};
            TO_UTM.apply(exact, 1);

            assertThat(x[0]).isCloseTo((exact[0] - UTM.west()) / 0.25, within(0.05));
            assertThat(y[0]).isCloseTo((UTM.north() - exact[1]) / 0.25, within(0.05));
        }
        assertThat(mapping.scaleX()).isCloseTo(0.8, within(0.01));
        assertThat(mapping.scaleY()).isCloseTo(0.8, within(0.01));
    }

    @Test
    void aCurveTooSharpForInterpolationIsFollowedExactly() {
        // a made-up transform that bends by two pixels within a cell
        CrsTransform bent = (xy, points) -> {
            for (int i = 0; i < 2 * points; i += 2) {
                xy[i] += 0.05 * xy[i] * xy[i];
            }
        };
        var image = new GeoReference(32631, 0, 0, 0.25, 0.25);
        var mapping = reprojected(LAMBERT, image, bent, new PixelWindow(0, 0, 200, 200));
        var x = new double[200];
        var y = new double[200];
        for (int row = 0; row < 200; row++) {
            mapping.centres(row, 0, 200, x, y);
            for (int column = 0; column < 200; column++) {
                double[] xy = {(column + 0.5) * 0.2, -(row + 0.5) * 0.2};
                bent.apply(xy, 1);

                assertThat(x[column]).isCloseTo(xy[0] / 0.25, within(1e-9));
            }
        }
    }

    @Test
    void placesWithoutAnAnswerAreNotANumber() {
        CrsTransform half = (xy, points) -> {
            for (int i = 0; i < 2 * points; i += 2) {
                if (xy[i] > 20) {
                    throw new IllegalArgumentException("outside");
                }
            }
        };
        var mapping =
                reprojected(LAMBERT, new GeoReference(32631, 0, 0, 0.25, 0.25), half, new PixelWindow(0, 0, 200, 1));
        var x = new double[200];
        var y = new double[200];

        mapping.centres(0, 0, 200, x, y);

        assertThat(x[10]).isCloseTo(10.5 * 0.8, within(1e-9));
        assertThat(x[150]).isNaN();
    }

    @Test
    void aPixelsPlaceDoesNotDependOnTheWindowItIsAskedIn() {
        var whole = windowUnder(UTM, 700);
        var part = new PixelWindow(whole.column() + 301, whole.row() + 77, 300, 400);
        var fromWhole = reprojected(LAMBERT, UTM, TO_UTM, whole);
        var fromPart = reprojected(LAMBERT, UTM, TO_UTM, part);
        double[][] a = new double[2][part.width()];
        double[][] b = new double[2][part.width()];
        for (int line = 0; line < part.height(); line++) {
            fromWhole.centres(part.row() + line, part.column(), part.width(), a[0], a[1]);
            fromPart.centres(part.row() + line, part.column(), part.width(), b[0], b[1]);

            assertThat(Arrays.deepEquals(a, b)).isTrue();
        }
    }

    private static PixelMapping.Reprojected reprojected(
            TileGrid grid, GeoReference image, CrsTransform toImage, PixelWindow window) {
        return PixelMapping.Reprojected.of(
                grid,
                image,
                new Lattice(grid, toImage, window),
                grid.easting(window.column()),
                grid.northing(window.row()));
    }

    private static PixelWindow windowUnder(GeoReference image, int size) {
        double[] corner = {image.west(), image.north()};
        Crs.ofEpsg(image.epsg()).to(Crs.ofEpsg(2154)).apply(corner, 1);
        return new PixelWindow((long) LAMBERT.column(corner[0]), (long) LAMBERT.row(corner[1]), size, size);
    }
}
