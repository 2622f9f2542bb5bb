// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.survol.core.crs.Crs;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;

/** Our resampling against gdalwarp's, where GDAL is installed. */
class GdalOracleIT {

    private static final int TILE = 384;
    private static final int HALO = 8;
    private static final double TILE_METRES = TILE * 0.2;
    private static final int COLUMN = 9_125;
    private static final int ROW = -85_938;
    private static final double WEST = COLUMN * TILE_METRES;
    private static final double NORTH = -ROW * TILE_METRES;

    @TempDir
    Path scratch;

    @BeforeEach
    void gdalIsThere() {
        assumeTrue(
                List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gdalwarp"))),
                "GDAL is not installed");
    }

    @Test
    void cubicInAnotherCrs() throws Exception {
        double[] corner = {WEST, NORTH};
        Crs.ofEpsg(2154).to(Crs.ofEpsg(3946)).apply(corner, 1);
        compare(new GeoReference(3946, corner[0] - 20, corner[1] + 20, 0.25, 0.25), 520, "cubic");
    }

    @Test
    void cubicInTheSameCrsOffTheGrid() throws Exception {
        compare(new GeoReference(2154, WEST - 10.07, NORTH + 9.93, 0.25, 0.25), 500, "cubic");
    }

    @Test
    void averageOfAFinerImage() throws Exception {
        compare(new GeoReference(2154, WEST - 5, NORTH + 5, 0.1, 0.1), 900, "average");
    }

    private void compare(GeoReference geo, int size, String method) throws Exception {
        var flight = new Flight(scratch, TILE).model(Deliveries.card("small", Deliveries.RGB));
        flight.image(
                "a.tif", Role.RGB, geo, size, size, (band, e, n) -> texture(e - geo.west(), geo.north() - n + band));
        // far away, so that the grid is Lambert 93
        for (var name : List.of("b.tif", "c.tif")) {
            flight.image(name, Role.RGB, new GeoReference(2154, WEST + 900, NORTH, 0.2, 0.2), 8, 8, (band, e, n) -> 0);
        }
        var ready = Flight.only(TileReady.class, flight.tiles(flight.plan())).stream()
                .filter(r -> r.tile().column() == COLUMN && r.tile().row() == ROW)
                .findFirst()
                .orElseThrow();
        var ours = flight.stack(ready).readBytes(0, HALO, HALO, TILE, TILE);
        assertThat(ready.validShare()).isEqualTo(1);

        var theirs = gdalwarp(flight, method);
        for (int band = 0; band < 3; band++) {
            var expected = theirs.readBytes(0, 0, 0, TILE, TILE).plane(band);
            int off = 0;
            for (int i = 0; i < expected.length; i++) {
                if (Math.abs((ours.plane(band)[i] & 0xff) - (expected[i] & 0xff)) > 1) {
                    off++;
                }
            }
            assertThat(off / (double) expected.length)
                    .as("share off by more than 1 DN")
                    .isLessThan(0.001);
        }
    }

    /** Fine detail near what a pixel can show, with edges. */
    private static double texture(double x, double y) {
        double waves = 128 + 60 * Math.sin(x * 2.1) * Math.cos(y * 1.7) + 30 * Math.sin((x + y) * 5);
        return ((int) Math.floor(x / 7) + (int) Math.floor(y / 5)) % 2 == 0 ? waves : 255 - waves;
    }

    private TiffReader gdalwarp(Flight flight, String method) throws IOException, InterruptedException {
        var source = scratch.resolve("source.tif");
        var target = scratch.resolve("target.tif");
        flight.store.download(Flight.key("a.tif"), source);
        var command = new ArrayList<>(List.of("gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:2154", "-et", "0"));
        command.addAll(List.of("-r", method, "-tr", "0.2", "0.2", "-te"));
        for (double ordinate : new double[] {WEST, NORTH - TILE_METRES, WEST + TILE_METRES, NORTH}) {
            command.add(String.format(Locale.ROOT, "%.3f", ordinate));
        }
        command.addAll(List.of(source.toString(), target.toString()));
        var log = scratch.resolve("gdalwarp.log");
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor()).as(() -> read(log)).isZero();
        return TiffReader.open(ByteSources.ofFile(target));
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
