// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.core.raster.ByteRaster;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.Gdal;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterFixtures;

/** Deliveries in formats that only other software writes: JPEG 2000 and 16 bits, from file to stack. */
class GdalDeliveryTest {

    private static final int TILE = 96;
    private static final int HALO = 8;
    private static final double WEST = 36_500 * TILE * 0.2;
    private static final double NORTH = 343_750 * TILE * 0.2;
    private static final GeoReference CORNER = new GeoReference(2154, WEST, NORTH, 0.2, 0.2);

    @TempDir
    Path scratch;

    private Flight flight;

    @BeforeEach
    void gdalIsThere() throws IOException {
        Gdal.requireDriver("JP2OpenJPEG");
        flight = new Flight(scratch, TILE);
    }

    private Path tiff(ByteRaster raster) throws IOException {
        var file = Files.createTempFile(scratch, "plain", ".tif");
        CogWriter.of(raster).georeference(CORNER).write(file);
        return file;
    }

    private byte[] converted(Path from, String suffix, String arguments) throws IOException {
        return Files.readAllBytes(Gdal.translate(from, Files.createTempFile(scratch, "made", suffix), arguments));
    }

    private ByteRaster cut() throws IOException {
        var plan = flight.plan();
        var ready = Flight.only(TileReady.class, flight.tiles(plan)).getFirst();
        assertThat(ready.validShare()).isEqualTo(1);
        return flight.stack(ready).readBytes(0, HALO, HALO, TILE, TILE);
    }

    @Test
    void jpeg2000WithItsPlaceInAMapInfoTable() throws Exception {
        flight.model(Deliveries.card("four", List.of(Band.RED, Band.GREEN, Band.BLUE, Band.NIR)));
        var colour = RasterFixtures.smooth(TILE, TILE, 3, 1);
        var infrared = RasterFixtures.smooth(TILE, TILE, 3, 2);
        var lossless = "-of JP2OpenJPEG -co QUALITY=100 -co REVERSIBLE=YES ";
        flight.file("rgb.jp2", "RGB", converted(tiff(colour), ".jp2", lossless));
        flight.file("irc.jp2", "IRC", converted(tiff(infrared), ".jp2", lossless + "-co GeoJP2=NO -co GMLJP2=NO"));
        var tab = """
                !table
                (%1$f,%2$f) (0,0) Label "1",
                (%3$f,%2$f) (96,0) Label "2",
                (%3$f,%4$f) (96,96) Label "3"
                CoordSys Earth Projection 3, 33, "m", 3, 46.5, 44, 49, 700000, 6600000
                """.formatted(WEST, NORTH, WEST + 19.2, NORTH - 19.2);
        flight.store.write(Flight.key("irc.tab"), tab.getBytes(StandardCharsets.US_ASCII), "text/plain");

        var stack = cut();

        for (int band = 0; band < 3; band++) {
            assertThat(stack.plane(band)).isEqualTo(colour.plane(band));
        }
        assertThat(stack.plane(3)).isEqualTo(infrared.plane(0));
        assertThat(flight.deadLetters()).isEmpty();
    }

    @Test
    void sixteenBitsAreStretchedAlikeInAllFilesOfARole() throws Exception {
        flight.model(Deliveries.card("small", Deliveries.RGB));
        // the west half is dark and the east half bright: each file alone would be stretched otherwise
        var raster = new ByteRaster(TILE, TILE, 3);
        for (int band = 0; band < 3; band++) {
            for (int i = 0; i < TILE * TILE; i++) {
                int x = i % TILE;
                raster.plane(band)[i] = (byte) (x < TILE / 2 ? 10 + x % 40 + band : 150 + x % 40 + 10 * band);
            }
        }
        var file = tiff(raster);
        var sixteen = "-ot UInt16 -scale 0 255 0 5100 -co COMPRESS=DEFLATE -co PREDICTOR=2 ";
        flight.file("west.tif", "RGB", converted(file, ".tif", sixteen + "-srcwin 0 0 48 96"));
        flight.file("east.tif", "", converted(file, ".tif", sixteen + "-srcwin 48 0 48 96"));

        var plan = flight.plan();
        assertThat(plan.sources()).extracting(Plan.Source::role).containsOnly(Role.RGB);
        var stretch = plan.sources().getFirst().stretch();
        assertThat(plan.sources()).extracting(Plan.Source::stretch).containsOnly(stretch);
        assertThat(stretch).hasSize(3);
        assertThat(stretch.getFirst().low()).isEqualTo(20 * 10);
        assertThat(stretch.getFirst().high()).isEqualTo(20 * 189);

        var ready = Flight.only(TileReady.class, flight.tiles(plan)).getFirst();
        var stack = flight.stack(ready);
        var pixels = stack.readBytes(0, HALO, HALO, TILE, TILE);
        for (int band = 0; band < 3; band++) {
            for (int i = 0; i < TILE * TILE; i++) {
                float expected = stretch.get(band).apply(20 * (raster.plane(band)[i] & 0xff));
                assertThat(pixels.plane(band)[i] & 0xff).isEqualTo(Math.round(expected));
            }
        }
        assertThat(stack.header().metadata().get("SURVOL_STRETCH"))
                .contains("inbox/flight/west.tif")
                .contains("\"high\":3780.0");
    }

    @Test
    void anInfraredMarkedAsOpacityIsInfrared() throws Exception {
        flight.model(Deliveries.card("four", List.of(Band.RED, Band.GREEN, Band.BLUE, Band.NIR)));
        var raster = RasterFixtures.smooth(TILE, TILE, 4, 5);
        flight.file(
                "rgbi.tif",
                "RGBI",
                converted(tiff(raster), ".tif", "-ot UInt16 -scale 0 255 0 2550 -co ALPHA=YES -co PHOTOMETRIC=RGB"));

        var plan = flight.plan();
        var stretch = plan.sources().getFirst().stretch();
        assertThat(stretch).hasSize(4);
        var ready = Flight.only(TileReady.class, flight.tiles(plan)).getFirst();
        var infrared = flight.stack(ready).readBytes(0, HALO, HALO, TILE, TILE).plane(3);
        for (int i = 0; i < infrared.length; i++) {
            assertThat(infrared[i] & 0xff)
                    .isEqualTo(Math.round(stretch.get(3).apply(10 * (raster.plane(3)[i] & 0xff))));
        }
    }

    @Test
    void theItemMayStateTheStretchItself() throws Exception {
        var item = new String(Deliveries.item("flight", Map.of("a.tif", "RGB")), StandardCharsets.UTF_8)
                .replace("\"properties\":{", "\"properties\":{\"survol:stretch\":[[0,4080],[0,4080],[0,4080]],");
        var parsed = DeliveredItem.parse(item.getBytes(StandardCharsets.UTF_8), Deliveries.BUCKET);
        var raster = RasterFixtures.smooth(40, 40, 3, 1);
        flight.file("a.tif", "RGB", converted(tiff(raster), ".tif", "-ot UInt16 -scale 0 255 0 2550"));

        var inspected = new SourceInspector(flight.store)
                .inspect(parsed, parsed.assets().getFirst());

        assertThat(inspected.stretch()).hasSize(3).containsOnly(new Stretch(0, 4080));
        assertThat(inspected.lacksStretch()).isFalse();
    }
}
