// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.crs.Crs;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.grid.PixelWindow;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;
import org.survol.core.store.MemoryObjectStore;

/** Two flat images, the upper one 100 and the lower one 200, that overlap; and what lies where they meet. */
class FeatherTest {

    private static final double WEST = 36_500 * 96 * 0.2;
    private static final double NORTH = 343_750 * 96 * 0.2;
    private static final double METRES = 4;
    private static final int UPPER = 100;
    private static final int LOWER = 200;
    private static final int WIDTH = 120;
    private static final int HEIGHT = 90;
    /** column of the lower image's west edge, counted from the upper one's */
    private static final int SHIFT = 70;

    @TempDir
    Path scratch;

    @Test
    void theUpperImageFadesIntoTheLowerOneFromItsEdgeInwards() throws Exception {
        var row = row(pixels(96, METRES, false), HEIGHT / 2);

        for (int column = 0; column < SHIFT + WIDTH; column++) {
            double inside = (WIDTH - column - 0.5) * 0.2;
            double weight = column < SHIFT || inside >= METRES ? 1 : Math.max(0, inside / METRES);
            assertThat((double) row[column])
                    .as("column %d", column)
                    .isCloseTo(weight * UPPER + (1 - weight) * LOWER, within(1.01));
        }
    }

    @Test
    void aLoneImageKeepsItsValuesUpToItsEdge() throws Exception {
        var pixels = pixels(96, METRES, false);

        assertThat(row(pixels, 0)[0]).isEqualTo(UPPER);
        assertThat(row(pixels, HEIGHT - 1)[SHIFT + WIDTH - 1]).isEqualTo(LOWER);
    }

    @Test
    void theTileSizeLeavesNoTraceInAnotherCrsToo() throws Exception {
        for (boolean reprojected : new boolean[] {false, true}) {
            assertThat(pixels(96, METRES, reprojected)).isEqualTo(pixels(160, METRES, reprojected));
        }
    }

    @Test
    void featheringMakesAnotherRun() throws Exception {
        assertThat(plan(96, METRES, false).run())
                .isNotEqualTo(plan(96, 0, false).run());
        assertThat(plan(96, METRES, false).run())
                .isEqualTo(plan(96, METRES, false).run());
    }

    private Flight flight(int tileSize, double featherMetres, boolean reprojected) throws Exception {
        var flight = new Flight(new MemoryObjectStore(), Flight.ID, scratch, tileSize, featherMetres)
                .model(Deliveries.card("small", Deliveries.RGB))
                .image("a.tif", Role.RGB, geo(0), WIDTH, HEIGHT, (band, e, n) -> UPPER);
        return reprojected
                ? flight.image("b.tif", Role.RGB, inUtm(), WIDTH, HEIGHT, (band, e, n) -> LOWER)
                        .image("c.tif", Role.RGB, geo(900), 8, 8, (band, e, n) -> LOWER)
                : flight.image("b.tif", Role.RGB, geo(SHIFT), WIDTH, HEIGHT, (band, e, n) -> LOWER);
    }

    private static GeoReference geo(int column) {
        return new GeoReference(2154, WEST + column * 0.2, NORTH, 0.2, 0.2);
    }

    private static GeoReference inUtm() {
        double[] corner = {WEST + SHIFT * 0.2, NORTH};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(32631)).apply(corner, 1);
        return new GeoReference(32631, corner[0], corner[1], 0.2, 0.2);
    }

    private Plan plan(int tileSize, double featherMetres, boolean reprojected) throws Exception {
        return flight(tileSize, featherMetres, reprojected).plan();
    }

    /** Red of every valid pixel of all tiles, by "column row" on the grid. */
    private Map<String, Integer> pixels(int tileSize, double featherMetres, boolean reprojected) throws Exception {
        var flight = flight(tileSize, featherMetres, reprojected);
        var plan = flight.plan();
        var pixels = new HashMap<String, Integer>();
        for (var ready : Flight.only(TileReady.class, flight.tiles(plan))) {
            PixelWindow window = plan.grid().window(ready.tile());
            var reader = flight.stack(ready);
            var red = reader.readBytes(0, plan.halo(), plan.halo(), window.width(), window.height())
                    .plane(0);
            var mask = reader.readMask(0, plan.halo(), plan.halo(), window.width(), window.height());
            for (int i = 0; i < red.length; i++) {
                if (mask[i] != 0) {
                    pixels.put(
                            (window.column() + i % window.width()) + " " + (window.row() + i / window.width()),
                            red[i] & 0xff);
                }
            }
        }
        return pixels;
    }

    /** A row of the two images together, counted from the north. */
    private static int[] row(Map<String, Integer> pixels, int row) {
        var values = new int[SHIFT + WIDTH];
        for (int column = 0; column < values.length; column++) {
            values[column] = pixels.get((36_500L * 96 + column) + " " + (-343_750L * 96 + row));
        }
        return values;
    }
}
