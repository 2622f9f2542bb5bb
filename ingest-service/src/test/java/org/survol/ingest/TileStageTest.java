// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.event.PipelineEvent.TileSkipped;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.GeoReference;

/** Tiles of 96 pixels at 0.2 m; windows of 64 with a margin of 8, so a halo of 8. */
class TileStageTest {

    private static final int TILE = 96;
    private static final int HALO = 8;
    private static final double TILE_METRES = TILE * 0.2;
    /** Upper-left corner of tile (36500, -343750). */
    private static final double WEST = 36_500 * TILE_METRES;

    private static final double NORTH = 343_750 * TILE_METRES;

    @TempDir
    Path scratch;

    private Flight flight;

    @BeforeEach
    void modelForColour() throws IOException {
        flight = new Flight(scratch, TILE).model(Deliveries.card("small", Deliveries.RGB));
    }

    private static GeoReference at(double columns, double rows, double gsd) {
        return new GeoReference(2154, WEST + columns * 0.2, NORTH - rows * 0.2, gsd, gsd);
    }

    @Test
    void anAlignedImageIsCopiedToThePixel() throws Exception {
        var random = new Random(1);
        var pixels = new byte[3][TILE * TILE];
        for (var plane : pixels) {
            random.nextBytes(plane);
        }
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> pixels[band][index(e, n)]);

        var ready = readyTile(flight.tiles(flight.plan()));
        var stack = flight.stack(ready);

        assertThat(ready.validShare()).isEqualTo(1);
        assertThat(stack.header().width()).isEqualTo(TILE + 2 * HALO);
        assertThat(stack.header().bandNames()).containsExactly("RED", "GREEN", "BLUE");
        assertThat(stack.header().requireGeo().west()).isCloseTo(WEST - HALO * 0.2, within(1e-6));
        assertThat(stack.header().requireGeo().north()).isCloseTo(NORTH + HALO * 0.2, within(1e-6));
        var cut = stack.readBytes(0, HALO, HALO, TILE, TILE);
        for (int band = 0; band < 3; band++) {
            assertThat(cut.plane(band)).isEqualTo(pixels[band]);
        }
        assertThat(stack.readMask(0, HALO, HALO, TILE, TILE)).containsOnly(255);
        assertThat(stack.readMask(0, 0, 0, TILE, HALO)).containsOnly(0);
    }

    private static int index(double easting, double northing) {
        return (int) ((NORTH - northing) / 0.2) * TILE + (int) ((easting - WEST) / 0.2);
    }

    @Test
    void theFirstValidSourceOfTheOrderWinsEachPixel() throws Exception {
        // a.tif comes before b.tif by name; its middle is masked out
        var mask = new byte[TILE * TILE];
        Arrays.fill(mask, (byte) 255);
        for (int row = 40; row < 60; row++) {
            Arrays.fill(mask, row * TILE + 40, row * TILE + 60, (byte) 0);
        }
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> 10 + band, mask);
        flight.image("b.tif", Role.RGB, at(0, 50, 0.2), TILE, TILE, (band, e, n) -> 20 + band);

        var plan = flight.plan();
        var ready = Flight.only(TileReady.class, flight.tiles(plan)).getFirst();
        var stack = flight.stack(ready);
        var red = stack.readBytes(0, HALO, HALO, TILE, TILE).plane(0);
        var valid = stack.readMask(0, HALO, HALO, TILE, TILE);

        for (int i = 0; i < red.length; i++) {
            boolean hole = mask[i] == 0;
            boolean second = i / TILE >= 50;
            assertThat(valid[i] != 0).isEqualTo(!hole || second);
            assertThat(red[i]).isEqualTo((byte) (!hole ? 10 : second ? 20 : 0));
        }
        assertThat(ready.validShare()).isEqualTo((TILE * TILE - 200) / (double) (TILE * TILE));
        assertThat(stack.header().metadata().get("SURVOL_SOURCES"))
                .contains("\"key\":\"inbox/flight/a.tif\"")
                .contains("\"share\":" + (TILE * TILE - 400) / (double) (TILE * TILE))
                .contains("\"share\":" + 200 / (double) (TILE * TILE));
    }

    @Test
    void neighboursAgreeWhereTheyOverlap() throws Exception {
        // 0.25 m, off the grid, and in another CRS: everything is interpolated
        Flight.Ground waves = (band, e, n) -> 128 + 100 * Math.sin(e / (3 + band)) * Math.cos(n / 4);
        flight.image("a.tif", Role.RGB, at(-3.3, -2.7, 0.25), 170, 80, waves);
        flight.image("b.tif", Role.RGB, at(90.1, 20.9, 0.15), 200, 190, waves);
        flight.image("c.tif", Role.RGB, lambertZone(46), 400, 400, waves);

        var plan = flight.plan();
        var pixels = new HashMap<Long, Long>();
        int compared = 0;
        for (var ready : Flight.only(TileReady.class, flight.tiles(plan))) {
            var stack = flight.stack(ready);
            int size = TILE + 2 * HALO;
            var cut = stack.readBytes(0, 0, 0, size, size);
            var valid = stack.readMask(0, 0, 0, size, size);
            for (int i = 0; i < valid.length; i++) {
                long column = (long) ready.tile().column() * TILE - HALO + i % size;
                long row = (long) ready.tile().row() * TILE - HALO + i / size;
                long value = (valid[i] & 0xffL) << 24
                        | (cut.plane(0)[i] & 0xffL) << 16
                        | (cut.plane(1)[i] & 0xffL) << 8
                        | (cut.plane(2)[i] & 0xffL);
                var before = pixels.put(column << 32 ^ row, value);
                if (before != null) {
                    compared++;
                    assertThat(value).isEqualTo(before);
                }
            }
        }

        assertThat(compared).isGreaterThan(5_000);
    }

    /** About 80 m at the tiles' place in the conic projection of a zone, whose axes are turned against Lambert 93's. */
    private static GeoReference lambertZone(int zone) {
        double[] corner = {WEST, NORTH - 10};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(3900 + zone)).apply(corner, 1);
        return new GeoReference(3900 + zone, corner[0], corner[1], 0.2, 0.2);
    }

    @Test
    void aSmoothGroundSurvivesResamplingAndReprojection() throws Exception {
        // a slope of half a DN per pixel, in the coordinates of the grid
        var toGrid = Crs.ofEpsg(3946).to(Crs.ofEpsg(2154));
        Flight.Ground slope = (band, e, n) -> 100 + (e - WEST) * 2.5 + (NORTH - n) * 1.5;
        var geo = lambertZone(46);
        var shifted = new GeoReference(geo.epsg(), geo.west() - 20, geo.north() + 40, 0.25, 0.25);
        flight.image("a.tif", Role.RGB, shifted, 400, 400, (band, e, n) -> {
            double[] xy = {e, n};
            toGrid.apply(xy, 1);
            return slope.at(band, xy[0], xy[1]);
        });
        // the grid is Lambert 93 because most colour images are in it
        flight.image("b.tif", Role.RGB, at(900, 900, 0.2), 8, 8, (band, e, n) -> 0);
        flight.image("c.tif", Role.RGB, at(910, 900, 0.2), 8, 8, (band, e, n) -> 0);

        var ready = Flight.only(TileReady.class, flight.tiles(flight.plan())).stream()
                .filter(r -> r.tile().column() == 36_500 && r.tile().row() == -343_750)
                .findFirst()
                .orElseThrow();
        var stack = flight.stack(ready);

        assertThat(ready.validShare()).isEqualTo(1);
        var red = stack.readBytes(0, HALO, HALO, TILE, TILE).plane(0);
        for (int i = 0; i < red.length; i++) {
            double expected = slope.at(0, WEST + (i % TILE + 0.5) * 0.2, NORTH - (i / TILE + 0.5) * 0.2);
            assertThat((double) (red[i] & 0xff)).isCloseTo(expected, within(1.1));
        }
    }

    @Test
    void fiveBandsComeFromFourFiles() throws Exception {
        flight.model(Deliveries.card("large", Deliveries.RGBIE));
        flight.image("rgb.tif", Role.RGB, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> 10 + band);
        flight.image("irc.tif", Role.IRC, at(0, 0, 0.2), TILE, TILE / 2, (band, e, n) -> 50 + band);
        // terrain of 1 m, a building of 7 m in the east, a pit, a tower
        flight.heights("dsm.tif", Role.DSM, at(0, 0, 1), 20, 12, (band, e, n) -> 100 + (e > WEST + 10 ? 7 : 0));
        flight.heights(
                "dtm.tif",
                Role.DTM,
                at(0, 0, 1),
                20,
                8,
                (band, e, n) -> n > NORTH - 2 ? 200 : n > NORTH - 4 ? -10 : 100);

        var plan = flight.plan();
        assertThat(plan.bands()).containsExactlyElementsOf(Deliveries.RGBIE);
        var ready = readyTile(flight.tiles(plan));
        var stack = flight.stack(ready);
        var cut = stack.readBytes(0, HALO, HALO, TILE, TILE);

        // no infrared in the southern half: not valid, although it has colour
        assertThat(ready.validShare()).isEqualTo(0.5);
        assertThat(cut.plane(Deliveries.RGBIE.indexOf(Band.NIR))[0]).isEqualTo((byte) 50);
        assertThat(cut.plane(0)[TILE * TILE - 1]).isZero();
        var elevation = cut.plane(4);
        assertThat(elevation[5 * TILE + 5]).as("below ground").isZero();
        assertThat(elevation[15 * TILE + 5] & 0xff).as("above 51 m").isEqualTo(255);
        assertThat(elevation[30 * TILE + 5]).as("ground").isZero();
        assertThat(elevation[30 * TILE + 80] & 0xff).as("building of 7 m").isEqualTo(35);
        assertThat(elevation[45 * TILE + 80]).as("valid image without terrain").isZero();
        assertThat(stack.header().metadata()).containsEntry("SURVOL_ELEVATION_SHARE", Double.toString(40 / 96.0));
    }

    @Test
    void redIsRedWhateverTheModelsOrder() throws Exception {
        flight.model(Deliveries.card("nrg", List.of(Band.NIR, Band.RED, Band.BLUE, Band.GREEN)));
        flight.image("four.tif", Role.RGBI, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> 1 + band);

        var cut = flight.stack(readyTile(flight.tiles(flight.plan()))).readBytes(0, HALO, HALO, 1, 1);

        assertThat(new byte[] {cut.plane(0)[0], cut.plane(1)[0], cut.plane(2)[0], cut.plane(3)[0]})
                .containsExactly(4, 1, 3, 2);
    }

    @Test
    void finerImagesAreAveraged() throws Exception {
        flight.image("fine.tif", Role.RGB, at(0, 0, 0.1), 2 * TILE, 2 * TILE, (band, e, n) -> {
            int column = (int) ((e - WEST) / 0.1);
            int row = (int) ((NORTH - n) / 0.1);
            return (column % 2 == 0 ? 10 : 30) + (row % 2 == 0 ? 0 : 100);
        });

        var red = flight.stack(readyTile(flight.tiles(flight.plan())))
                .readBytes(0, HALO, HALO, TILE, TILE)
                .plane(0);

        assertThat(red).containsOnly(70);
    }

    @Test
    void aTileWithoutAValidPixelIsSkipped() throws Exception {
        // two tiles wide, the eastern one masked out
        var mask = new byte[2 * TILE * TILE];
        for (int row = 0; row < TILE; row++) {
            Arrays.fill(mask, row * 2 * TILE, row * 2 * TILE + TILE, (byte) 255);
        }
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), 2 * TILE, TILE, (band, e, n) -> 9, mask);

        var events = flight.tiles(flight.plan());

        assertThat(Flight.only(TileReady.class, events)).hasSize(1);
        assertThat(Flight.only(TileSkipped.class, events))
                .singleElement()
                .satisfies(skipped -> assertThat(skipped.tile().column()).isEqualTo(36_501));
    }

    @Test
    void theSameTileIsTheSameBytes() throws Exception {
        flight.image("a.tif", Role.RGB, at(-3.3, -2.7, 0.25), 100, 80, (band, e, n) -> e % 200);
        var plan = flight.plan();

        var first = Flight.only(TileReady.class, flight.tiles(plan));
        var second = Flight.only(TileReady.class, flight.tiles(plan));

        assertThat(second)
                .extracting(TileReady::stack)
                .isEqualTo(first.stream().map(TileReady::stack).toList());
    }

    @Test
    void aFileWithDamagedPixelsIsToldOnceAndOthersTakeItsPlace() throws Exception {
        var noise = new Random(5);
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), 2 * TILE, TILE, (band, e, n) -> noise.nextInt(256));
        flight.file("a.tif", "RGB", withoutZstdFrames(flight.store.read(Flight.key("a.tif"))));
        flight.image("b.tif", Role.RGB, at(0, 0, 0.2), 2 * TILE, TILE / 2, (band, e, n) -> 20);
        var plan = flight.plan();

        var events = flight.tiles(plan);

        assertThat(Flight.only(TileReady.class, events)).hasSize(2).allSatisfy(ready -> assertThat(ready.validShare())
                .isEqualTo(0.5));
        var letters = Flight.only(DeadLettered.class, events);
        assertThat(letters).hasSize(2).allSatisfy(letter -> {
            assertThat(letter.file()).isEqualTo(Flight.key("a.tif"));
            assertThat(letter.tile()).isEmpty();
            assertThat(letter.run()).contains(plan.run());
        });
        assertThat(letters.get(0).id()).isEqualTo(letters.get(1).id());
    }

    /** The header stays sound; what should be compressed pixels is not, as after a disk fault. */
    private static byte[] withoutZstdFrames(byte[] tiff) {
        for (int i = 0; i < tiff.length - 3; i++) {
            if (tiff[i] == 0x28 && tiff[i + 1] == (byte) 0xb5 && tiff[i + 2] == 0x2f && tiff[i + 3] == (byte) 0xfd) {
                tiff[i] = 0;
            }
        }
        return tiff;
    }

    @Test
    void aFileReplacedAfterPlanningIsRefused() throws Exception {
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> 1);
        var plan = flight.plan();
        flight.image("a.tif", Role.RGB, at(0, 0, 0.2), TILE, TILE, (band, e, n) -> 2);

        assertThatThrownBy(() -> flight.tiles(plan))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("a.tif")
                .hasMessageContaining("replaced");

        flight.store.delete(Flight.key("a.tif"));
        assertThatThrownBy(() -> flight.tiles(plan)).hasMessageContaining("removed");
    }

    private static TileReady readyTile(List<PipelineEvent> events) throws IOException {
        var ready = Flight.only(TileReady.class, events);
        assertThat(ready).hasSize(1);
        return ready.getFirst();
    }
}
