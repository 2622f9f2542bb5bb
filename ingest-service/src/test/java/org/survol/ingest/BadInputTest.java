// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.survol.core.BadInputException;
import org.survol.core.Outcome;
import org.survol.core.crs.Crs;
import org.survol.core.event.PipelineEvent;
import org.survol.core.event.PipelineEvent.DeadLettered;
import org.survol.core.event.PipelineEvent.TileReady;
import org.survol.core.model.Band;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.CogWriter;
import org.survol.core.raster.GeoReference;
import org.survol.core.raster.RasterFixtures;
import org.survol.core.raster.TiffFixture;

/**
 * Whatever arrives: one letter with file, reason and mend, soon and in little memory, and the good file beside it goes
 * through.
 */
class BadInputTest {

    private static final int TILE = 96;
    private static final double WEST = 36_500 * TILE * 0.2;
    private static final double NORTH = 343_750 * TILE * 0.2;
    private static final GeoReference HERE = new GeoReference(2154, WEST, NORTH, 0.2, 0.2);

    private static final int WIDTH_TAG = 256;
    private static final int HEIGHT_TAG = 257;
    private static final int COMPRESSION_TAG = 259;
    private static final int ROWS_PER_STRIP_TAG = 278;
    private static final int PIXEL_SCALE_TAG = 33_550;
    private static final int TIEPOINT_TAG = 33_922;
    private static final int TRANSFORMATION_TAG = 34_264;
    private static final int GEO_KEYS_TAG = 34_735;
    private static final int SHORT = 3;
    private static final int LONG = 4;

    /** Of processor time: what else the machine does is not the file's doing. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final long LITTLE_MEMORY = 512L << 20;

    @TempDir
    Path scratch;

    private Flight flight;

    /** It takes seconds on a busy machine, once a process; the rows are not about that. */
    @BeforeAll
    static void startTheCrsRegistry() {
        Crs.ofEpsg(2154).to(Crs.ofEpsg(4326)).apply(new double[] {WEST, NORTH}, 1);
    }

    @BeforeEach
    void aGoodFileBesideIt() throws IOException {
        flight = new Flight(scratch, TILE).model(Deliveries.card("small", Deliveries.RGB));
        flight.image("good.tif", Role.RGB, HERE, TILE, TILE, (band, e, n) -> 100 + band);
    }

    /** @param reason a part of it */
    private record Row(String name, String file, String role, byte[] content, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static TiffFixture tiff() {
        return tiff(3);
    }

    private static TiffFixture tiff(int bands) {
        return placed(TiffFixture.of(RasterFixtures.smooth(90, 70, bands, 1)), 2154, 0.2, -0.2, WEST);
    }

    private static TiffFixture placed(TiffFixture fixture, int epsg, double scaleX, double scaleY, double west) {
        return fixture.doubles(PIXEL_SCALE_TAG, scaleX, -scaleY, 0)
                .doubles(TIEPOINT_TAG, 0, 0, 0, west, NORTH, 0)
                .field(GEO_KEYS_TAG, SHORT, 1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, epsg);
    }

    private static byte[] changed(byte[] file, int at, int value) {
        file[at] = (byte) value;
        return file;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] cyclic() {
        var file = tiff().write();
        var view = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int directory = view.getInt(4);
        view.putInt(directory + 2 + 12 * view.getShort(directory), directory);
        return file;
    }

    /** A second directory that begins in the middle of the first. */
    private static byte[] overlapping() {
        var file = tiff().write();
        var view = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int directory = view.getInt(4);
        view.putInt(directory + 2 + 12 * view.getShort(directory), directory + 6);
        return file;
    }

    private static byte[] huge(int compression) {
        return placed(
                        TiffFixture.of(RasterFixtures.smooth(30, 30, 3, 1))
                                .compression(compression)
                                .field(WIDTH_TAG, LONG, 200_000)
                                .field(HEIGHT_TAG, LONG, 200_000)
                                .field(ROWS_PER_STRIP_TAG, LONG, 200_000),
                        2154,
                        0.2,
                        -0.2,
                        WEST)
                .write();
    }

    private static Stream<Row> files() {
        var whole = tiff().compression(8).write();
        var rows = new ArrayList<Row>();
        rows.add(new Row("empty", "a.tif", "RGB", new byte[0], "empty"));
        rows.add(new Row("truncated in the header", "a.tif", "RGB", Arrays.copyOf(whole, 6), "few bytes"));
        rows.add(new Row(
                "truncated in the pixels", "a.tif", "RGB", Arrays.copyOf(whole, whole.length / 2), "truncated"));
        rows.add(new Row("wrong magic", "a.tif", "RGB", changed(tiff().write(), 0, 'X'), "not a TIFF"));
        rows.add(new Row("HTML that was saved as TIFF", "a.tif", "RGB", ascii("<html>Not found</html>"), "HTML"));
        rows.add(new Row("cyclic directories", "a.tif", "RGB", cyclic(), "circle"));
        rows.add(new Row("overlapping directories", "a.tif", "RGB", overlapping(), ""));
        rows.add(new Row("3 KB that declare 200,000 x 200,000", "a.tif", "RGB", huge(1), ""));
        rows.add(new Row("the same, compressed", "a.tif", "RGB", huge(8), ""));
        rows.add(new Row(
                "LERC compression",
                "a.tif",
                "RGB",
                tiff().field(COMPRESSION_TAG, SHORT, 34_887).write(),
                "LERC"));
        rows.add(new Row(
                "WebP compression",
                "a.tif",
                "RGB",
                tiff().field(COMPRESSION_TAG, SHORT, 50_001).write(),
                "WebP"));
        rows.add(new Row(
                "JPEG of other dimensions inside",
                "a.tif",
                "RGB",
                tiff().compression(7).strips(70).field(WIDTH_TAG, LONG, 95).write(),
                "JPEG block"));
        rows.add(new Row(
                "NaN in the geotransform",
                "a.tif",
                "RGB",
                placed(tiff(), 2154, 0.2, -0.2, Double.NaN).write(),
                "not a number"));
        rows.add(new Row(
                "infinite pixel size",
                "a.tif",
                "RGB",
                placed(tiff(), 2154, Double.POSITIVE_INFINITY, -0.2, WEST).write(),
                "not a number"));
        rows.add(new Row(
                "south up", "a.tif", "RGB", placed(tiff(), 2154, 0.2, 0.2, WEST).write(), "north to south"));
        rows.add(new Row(
                "rotated",
                "a.tif",
                "RGB",
                tiff().doubles(TRANSFORMATION_TAG, 0.2, 0.1, 0, WEST, 0.1, -0.2, 0, NORTH, 0, 0, 0, 0, 0, 0, 0, 1)
                        .write(),
                "rotated"));
        rows.add(new Row(
                "no CRS",
                "a.tif",
                "RGB",
                TiffFixture.of(RasterFixtures.smooth(9, 9, 3, 1)).write(),
                "no coordinate reference system"));
        rows.add(new Row(
                "unknown CRS",
                "a.tif",
                "RGB",
                placed(tiff(), 29_999, 0.2, -0.2, WEST).write(),
                "is not known"));
        rows.add(new Row(
                "geographic CRS",
                "a.tif",
                "RGB",
                placed(tiff(), 4326, 1e-6, -1e-6, 2).write(),
                "not a projected CRS in metres"));
        rows.add(new Row(
                "pixels far too large",
                "a.tif",
                "RGB",
                placed(tiff(), 2154, 5, -5, WEST).write(),
                "has pixels of 5"));
        rows.add(new Row("too few bands", "a.tif", "RGB", tiff(2).write(), "has 2 bands"));
        rows.add(new Row(
                "JPEG 2000 cut off",
                "a.jp2",
                "RGB",
                new byte[] {0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, (byte) 0x87, 10, 0, 0, 1, 0, 'j', 'p', '2', 'c'},
                "truncated"));
        rows.add(new Row("JPEG 2000 that declares 200,000 x 200,000", "a.j2k", "RGB", hugeJpeg2000(), "tile"));
        rows.add(new Row(
                "ASCII grid for colours",
                "a.asc",
                "RGB",
                ascii("ncols 2 nrows 1 xllcorner 1 yllcorner 2 cellsize 1 1 2"),
                ""));
        rows.add(new Row(
                "ASCII grid that declares too much",
                "dtm.asc",
                "DTM",
                ascii("ncols 200000 nrows 200000 xllcorner 1 yllcorner 2 cellsize 1 1 2"),
                "cannot stand in"));
        return rows.stream();
    }

    private static byte[] hugeJpeg2000() {
        var file = ByteBuffer.allocate(3_000);
        file.putShort((short) 0xff4f)
                .putShort((short) 0xff51)
                .putShort((short) 47)
                .putShort((short) 0);
        file.putInt(200_000).putInt(200_000).putInt(0).putInt(0);
        file.putInt(200_000).putInt(200_000).putInt(0).putInt(0).putShort((short) 3);
        for (int c = 0; c < 3; c++) {
            file.put((byte) 7).put((byte) 1).put((byte) 1);
        }
        file.putShort((short) 0xff52)
                .putShort((short) 12)
                .put((byte) 0)
                .put((byte) 0)
                .putShort((short) 1);
        file.put((byte) 1)
                .put((byte) 5)
                .put((byte) 4)
                .put((byte) 4)
                .put((byte) 0)
                .put((byte) 0);
        file.putShort((short) 0xff5c).putShort((short) 5).put((byte) 0x40).putShort((short) 0);
        file.putShort((short) 0xff90)
                .putShort((short) 10)
                .putShort((short) 0)
                .putInt(0)
                .putShort((short) 1);
        file.putShort(2_998, (short) 0xffd9);
        return file.array();
    }

    @ParameterizedTest
    @MethodSource("files")
    void aBadFileIsALetterAndItsNeighbourGoesThrough(Row row) throws Exception {
        flight.file(row.file(), row.role(), row.content());
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        long started = thread.getCurrentThreadCpuTime();

        var plan = flight.plan();
        var events = flight.tiles(plan);

        assertThat(Duration.ofNanos(thread.getCurrentThreadCpuTime() - started)).isLessThan(SOON);
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(LITTLE_MEMORY);
        var letters = new ArrayList<DeadLettered>(flight.deadLetters());
        letters.addAll(Flight.only(DeadLettered.class, events));
        assertThat(letters).isNotEmpty();
        for (var letter : letters) {
            assertThat(letter.file()).isEqualTo(Flight.key(row.file()));
            assertThat(letter.reason()).contains(row.reason());
            assertThat(letter.mend()).isNotBlank();
        }
        var ready = Flight.only(TileReady.class, events);
        assertThat(ready).isNotEmpty();
        assertThat(ready.getFirst().validShare()).isEqualTo(1);
    }

    @Test
    void everyPrefixOfAFileIsRefused() throws Exception {
        var whole = tiff().compression(8).write();
        for (int length = 0; length < whole.length; length += 1 + whole.length / 150) {
            var delivery = new Flight(scratch, TILE).model(Deliveries.card("small", Deliveries.RGB));
            delivery.image("good.tif", Role.RGB, HERE, 8, 8, (band, e, n) -> band);
            delivery.file("cut.tif", "RGB", Arrays.copyOf(whole, length));
            var events = new ArrayList<PipelineEvent>(delivery.tiles(delivery.plan()));
            events.addAll(delivery.published);
            assertThat(Flight.only(DeadLettered.class, events))
                    .as("cut at %d", length)
                    .isNotEmpty();
        }
    }

    @Test
    void aSurfaceWithoutItsGroundGivesNoElevation() throws Exception {
        flight = new Flight(scratch, TILE)
                .model(Deliveries.card("five", List.of(Band.RED, Band.GREEN, Band.BLUE, Band.ELEVATION)));
        flight.image("good.tif", Role.RGB, HERE, TILE, TILE, (band, e, n) -> 100);
        flight.heights("dsm.tif", Role.DSM, HERE, 8, 8, (band, e, n) -> 1);

        var failed = (Outcome.Failed) flight.planOutcome();

        assertThat(failed.kind()).isEqualTo(Outcome.FailureKind.BAD_INPUT);
        assertThat(failed.reason()).contains("lacks ELEVATION");
        assertThat(failed.mend()).contains("missing bands");
    }

    @Test
    void aCrsThatContradictsTheItemIsRefusedWithBothNamed() throws Exception {
        var bytes = Files.createTempFile(scratch, "utm", ".tif");
        CogWriter.of(RasterFixtures.smooth(40, 40, 3, 1))
                .georeference(new GeoReference(2975, 300_000, 7_600_000, 0.2, 0.2))
                .write(bytes);
        flight.file("reunion.tif", "RGB", Files.readAllBytes(bytes));
        var item = new String(flight.item(), StandardCharsets.UTF_8)
                .replace("\"properties\":{", "\"properties\":{\"proj:code\":\"EPSG:2154\",");
        flight.intake().register(item.getBytes(StandardCharsets.UTF_8), Optional.empty());
        var registered = (PipelineEvent.AcquisitionRegistered) flight.published.removeLast();

        assertThat(flight.planStage().plan(registered)).isInstanceOf(Outcome.Done.class);

        var letter = flight.deadLetters().getFirst();
        assertThat(letter.file()).isEqualTo(Flight.key("reunion.tif"));
        assertThat(letter.reason()).contains("EPSG:2975").contains("EPSG:2154");
        assertThat(letter.mend()).contains("proj:code");
    }

    @ParameterizedTest
    @CsvSource({
        "../other/secret.tif, plain path",
        "a/../../secret.tif, plain path",
        "file:///etc/passwd, outside this system's bucket",
        "http://169.254.169.254/latest, outside this system's bucket",
        "http://10.0.0.1/a.tif, outside this system's bucket",
        "//10.0.0.1/a.tif, outside this system's bucket",
        "s3://another/a.tif, outside this system's bucket",
        "s3://survol/../a.tif, plain path"
    })
    void anHrefThatLeadsElsewhereIsRefused(String href, String reason) {
        var item = new String(Deliveries.item("f", Map.of("a.tif", "RGB")), StandardCharsets.UTF_8)
                .replace("s3://survol/inbox/f/a.tif", href);
        assertThatThrownBy(() -> flight.intake().register(item.getBytes(StandardCharsets.UTF_8), Optional.empty()))
                .isInstanceOfSatisfying(BadInputException.class, e -> {
                    assertThat(e.reason()).contains(reason);
                    assertThat(e.mend()).isNotBlank();
                });
    }

    @Test
    void anItemWithAnIdThatIsTakenStaysOutside() throws Exception {
        flight.intake().register(flight.item(), Optional.empty());
        flight.asset("other.tif", "RGB");
        assertThat(flight.intake().register(flight.item(), Optional.empty()))
                .isInstanceOf(Intake.Receipt.Conflict.class);
    }
}
