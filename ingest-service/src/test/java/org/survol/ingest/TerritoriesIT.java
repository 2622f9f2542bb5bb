// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.TiffReader;
import org.survol.scene.ProgressListener;
import org.survol.scene.SceneGenerator;
import org.survol.scene.SceneSpec;

/**
 * Sample flights of 2 x 3 overlapping strips with infrared and terrain, cut to five-band tiles, against the mosaic that
 * gdalwarp makes of the same files in the same order.
 */
class TerritoriesIT {

    private static final int TILE = 384;
    private static final int SIZE_METRES = 120;

    @TempDir
    Path scratch;

    @BeforeEach
    void gdalIsThere() {
        Gdal.assumeInstalled();
    }

    @ParameterizedTest
    @ValueSource(ints = {2154, 5490, 2972, 2975, 4471})
    void stripsOnTheGridAreCopiedToThePixel(int epsg) throws Exception {
        var comparison = compare(epsg, List.of(), "near", "near");

        assertThat(comparison.off).isZero();
        assertThat(comparison.maskOff).isZero();
        assertThat(comparison.pixels).isEqualTo(600L * 600);
    }

    /** Delivered at another pixel size: coarser strips grow by cubic convolution, finer ones shrink by averaging. */
    @ParameterizedTest
    @CsvSource({"2154, 0.25, cubic, bilinear", "5490, 0.25, cubic, bilinear", "2154, 0.1, average, average"})
    void stripsOfAnotherSizeAreWithinOneStepOfGdal(int epsg, String gsd, String images, String heights)
            throws Exception {
        var comparison = compare(epsg, List.of("-tr", gsd, gsd, "-tap", "-r", "bilinear"), images, heights);

        assertThat(comparison.shareOff()).as(comparison.toString()).isLessThan(0.001);
    }

    /** Delivered in another CRS than the territory's. */
    @ParameterizedTest
    @CsvSource({"2154, 32631", "5490, 32620", "2972, 32622", "2975, 32740", "4471, 32738"})
    void stripsInAnotherCrsAreWithinOneStepOfGdal(int epsg, int delivered) throws Exception {
        var comparison = compare(
                epsg,
                List.of("-t_srs", "EPSG:" + delivered, "-tr", "0.2", "0.2", "-r", "bilinear", "-et", "0"),
                "cubic",
                "bilinear");

        assertThat(comparison.shareOff()).as(comparison.toString()).isLessThan(0.001);
    }

    private static final class Comparison {
        private long pixels;
        private long values;
        private long off;
        private long maskOff;
        private int worst;

        double shareOff() {
            return (off + maskOff) / (double) values;
        }

        @Override
        public String toString() {
            return off + " of " + values + " values off by more than 1, at most by " + worst + "; mask differs at "
                    + maskOff + " of " + pixels;
        }
    }

    /** @param delivering how gdalwarp changes the strips before they are delivered; empty for as they are */
    private Comparison compare(int epsg, List<String> delivering, String images, String heights) throws Exception {
        var scene = scratch.resolve("scene");
        SceneGenerator.generate(new SceneSpec(7, SIZE_METRES, 2022, epsg), scene, ProgressListener.SILENT);
        var flight = new Flight(scratch, TILE).model(Deliveries.card("model", Deliveries.RGBIE));
        for (var strip : List.of(1, 2)) {
            for (var role : List.of(Role.RGB, Role.IRC)) {
                var image = scene.resolve("strip-" + strip + "-" + role.name().toLowerCase(Locale.ROOT) + ".tif");
                int height = TiffReader.open(ByteSources.ofFile(image)).header().height();
                int part = height * 2 / 5;
                for (int i = 0; i < 3; i++) {
                    deliver(flight, image, role, i, i * (height - part) / 2, part, delivering);
                }
            }
        }
        deliver(flight, scene.resolve("dsm-1.tif"), Role.DSM, 0, 0, 0, delivering);
        deliver(flight, scene.resolve("dtm-1.tif"), Role.DTM, 0, 0, 0, delivering);
        // images far away make the territory's CRS that of most
        if (delivering.contains("-t_srs")) {
            for (int i = 0; i < 13; i++) {
                flight.image("far-" + i + ".tif", Role.RGB, farAway(epsg), 8, 8, (band, e, n) -> 0);
            }
        }

        var plan = flight.plan();
        assertThat(plan.grid().epsg()).isEqualTo(epsg);
        var bounds = bounds(scene.resolve("truth/classes.tif"));
        var reference = new TiffReader[] {
            warped(flight, plan, Role.RGB, images, bounds),
            warped(flight, plan, Role.IRC, images, bounds),
            warped(flight, plan, Role.DSM, heights, bounds),
            warped(flight, plan, Role.DTM, heights, bounds)
        };
        var comparison = new Comparison();
        for (var ready : Flight.only(TileReady.class, flight.tiles(plan))) {
            compare(flight, plan, ready, bounds, reference, comparison);
        }
        return comparison;
    }

    private static GeoReference farAway(int epsg) {
        var spec = new SceneSpec(7, SIZE_METRES, 2022, epsg);
        double[] centre = centre(spec);
        return new GeoReference(epsg, centre[0] + 3_000, centre[1], 0.2, 0.2);
    }

    private static double[] centre(SceneSpec spec) {
        return switch (spec.epsg()) {
            case 5490 -> new double[] {664_576, 1_800_192};
            case 2972 -> new double[] {317_440, 570_368};
            case 2975 -> new double[] {338_944, 7_688_192};
            case 4471 -> new double[] {521_216, 8_585_216};
            default -> new double[] {SceneSpec.CENTRE_EASTING, SceneSpec.CENTRE_NORTHING};
        };
    }

    private void deliver(
            Flight flight, Path image, Role role, int part, int firstRow, int rows, List<String> delivering)
            throws Exception {
        var name = image.getFileName().toString().replace(".tif", "-" + part + ".tif");
        var cut = scratch.resolve("cut-" + name);
        var delivered = scratch.resolve("delivered-" + name);
        int width = TiffReader.open(ByteSources.ofFile(image)).header().width();
        var translate = new ArrayList<>(List.of("gdal_translate", "-q"));
        if (rows > 0) {
            translate.addAll(List.of("-srcwin", "0", "" + firstRow, "" + width, "" + rows));
        }
        translate.addAll(List.of(image.toString(), cut.toString()));
        Gdal.run(translate);
        if (delivering.isEmpty()) {
            delivered = cut;
        } else {
            var warp = new ArrayList<>(List.of("gdalwarp", "-q", "-overwrite"));
            warp.addAll(delivering);
            if (role != Role.DSM && role != Role.DTM) {
                warp.addAll(List.of("-dstnodata", "0"));
            }
            warp.addAll(List.of(cut.toString(), delivered.toString()));
            Gdal.run(warp);
        }
        flight.file(name, role.name(), Files.readAllBytes(delivered));
    }

    private record Bounds(double west, double south, double east, double north) {}

    private static Bounds bounds(Path raster) throws IOException {
        var header = TiffReader.open(ByteSources.ofFile(raster)).header();
        var geo = header.requireGeo();
        return new Bounds(geo.west(), geo.northing(header.height()), geo.easting(header.width()), geo.north());
    }

    /** All files of a role in one image on the grid: the last that gdalwarp is given lies on top, the plan's first does. */
    private TiffReader warped(Flight flight, Plan plan, Role role, String method, Bounds bounds) throws Exception {
        var target = scratch.resolve("reference-" + role + ".tif");
        var command = new ArrayList<>(List.of("gdalwarp", "-q", "-overwrite", "-et", "0", "-r", method));
        command.addAll(List.of("-t_srs", "EPSG:" + plan.grid().epsg(), "-tr", "0.2", "0.2", "-te"));
        for (double ordinate : new double[] {bounds.west, bounds.south, bounds.east, bounds.north}) {
            command.add(String.format(Locale.ROOT, "%.3f", ordinate));
        }
        command.addAll(List.of("-dstnodata", role == Role.DSM || role == Role.DTM ? "-9999" : "0"));
        for (var source : plan.sources().reversed()) {
            if (source.role() == role) {
                var file = scratch.resolve("source-" + source.key().replace('/', '-'));
                flight.store.download(source.key(), file);
                command.add(file.toString());
            }
        }
        command.add(target.toString());
        Gdal.run(command);
        return TiffReader.open(ByteSources.ofFile(target));
    }

    private static void compare(
            Flight flight, Plan plan, TileReady ready, Bounds bounds, TiffReader[] reference, Comparison comparison)
            throws IOException {
        var grid = plan.grid();
        var scene = grid.windowOfCentres(bounds.west, bounds.south, bounds.east, bounds.north);
        var inside = grid.window(ready.tile()).intersect(scene);
        if (inside.isEmpty()) {
            return;
        }
        var stacked = grid.window(ready.tile()).grow(plan.halo());
        int x = (int) (inside.column() - stacked.column());
        int y = (int) (inside.row() - stacked.row());
        var ours = flight.stack(ready).readBytes(0, x, y, inside.width(), inside.height());
        var valid = flight.stack(ready).readMask(0, x, y, inside.width(), inside.height());
        int rx = (int) (inside.column() - scene.column());
        int ry = (int) (inside.row() - scene.row());
        var rgb = reference[0].readBytes(0, rx, ry, inside.width(), inside.height());
        var nir = reference[1].readBytes(0, rx, ry, inside.width(), inside.height());
        var rgbValid = reference[0].readMask(0, rx, ry, inside.width(), inside.height());
        var nirValid = reference[1].readMask(0, rx, ry, inside.width(), inside.height());
        var dsm = reference[2]
                .readFloats(0, rx, ry, inside.width(), inside.height())
                .plane(0);
        var dtm = reference[3]
                .readFloats(0, rx, ry, inside.width(), inside.height())
                .plane(0);
        for (int i = 0; i < valid.length; i++) {
            boolean theirs = rgbValid[i] != 0 && nirValid[i] != 0;
            comparison.pixels++;
            comparison.maskOff += theirs == (valid[i] != 0) ? 0 : 1;
            if (!theirs || valid[i] == 0) {
                continue;
            }
            for (int band = 0; band < 4; band++) {
                var expected = band < 3 ? rgb.plane(band) : nir.plane(0);
                add(comparison, ours.plane(band)[i] & 0xff, expected[i] & 0xff);
            }
            if (dsm[i] != -9_999 && dtm[i] != -9_999) {
                long height = Math.clamp(Math.round((dsm[i] - dtm[i]) / 0.2), 0, 255);
                add(comparison, ours.plane(4)[i] & 0xff, (int) height);
            }
        }
    }

    private static void add(Comparison comparison, int ours, int theirs) {
        int difference = Math.abs(ours - theirs);
        comparison.values++;
        comparison.off += difference > 1 ? 1 : 0;
        comparison.worst = Math.max(comparison.worst, difference);
    }
}
