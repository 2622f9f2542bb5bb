// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;

class SideFilesTest {

    private static final GeoReference EXPECTED = new GeoReference(2154, 700_000, 6_600_000, 0.2, 0.2);
    private static final String WORLD = "0.2\n0\n0\n-0.2\n700000.1\n6599999.9\n";
    private static final String TAB = """
            !table
            !version 300
            Definition Table
              File "image.jp2"
              Type "RASTER"
              (700000,6600000) (0,0) Label "Pt 1",
              (700100,6600000) (500,0) Label "Pt 2",
              (700100,6599900) (500,500) Label "Pt 3",
              (700000,6599900) (0,500) Label "Pt 4"
              CoordSys Earth Projection %s
              Units "m"
            """;
    private static final String LAMBERT = "3, 33, \"m\", 3, 46.5, 44, 49.00000000002, 700000, 6600000";
    private static final String ESRI_PRJ = """
            PROJCS["RGF_1993_Lambert_93",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],\
            PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],\
            PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],PARAMETER["Central_Meridian",3.0],\
            PARAMETER["Standard_Parallel_1",44.0],PARAMETER["Standard_Parallel_2",49.0],PARAMETER["Latitude_Of_Origin",46.5],\
            UNIT["Meter",1.0]]""";

    private static byte[] plainTiff() {
        return TiffFixture.of(RasterFixtures.smooth(20, 10, 3, 1)).write();
    }

    private static RasterReader open(Map<String, String> beside, OptionalInt declared) throws IOException {
        Siblings siblings = extension ->
                Optional.ofNullable(beside.get(extension)).map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
        return RasterFiles.open(ByteSources.ofBytes("image.tif", plainTiff()), siblings, declared, 1 << 20);
    }

    private static void assertPlaced(GeoReference geo) {
        assertThat(geo.epsg()).isEqualTo(EXPECTED.epsg());
        assertThat(geo.west()).isCloseTo(EXPECTED.west(), within(1e-6));
        assertThat(geo.north()).isCloseTo(EXPECTED.north(), within(1e-6));
        assertThat(geo.pixelWidth()).isCloseTo(0.2, within(1e-9));
        assertThat(geo.pixelHeight()).isCloseTo(0.2, within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tfw", "tifw", "wld"})
    void aWorldFilePlacesAndTheItemNamesTheCrs(String extension) throws IOException {
        assertPlaced(
                open(Map.of(extension, WORLD), OptionalInt.of(2154)).header().requireGeo());
    }

    @Test
    void aWorldFileNeedsACrsFromSomewhere() throws IOException {
        assertThat(open(Map.of("tfw", WORLD), OptionalInt.empty()).header().whyNoGeo())
                .contains("no coordinate reference system");
        assertPlaced(open(Map.of("tfw", WORLD, "prj", ESRI_PRJ), OptionalInt.empty())
                .header()
                .requireGeo());
    }

    @Test
    void aMapInfoTablePlacesAndNamesTheCrs() throws IOException {
        assertPlaced(open(Map.of("tab", TAB.formatted(LAMBERT)), OptionalInt.empty())
                .header()
                .requireGeo());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3, 33, \"m\", 3, 46.5, 44, 49, 700000, 6600000 | 2154",
                "3, 33, \"m\", 3, 45, 44.25, 45.75, 1700000, 4200000 | 3945",
                "8, 33, \"m\", -63, 0, 0.9996, 500000, 0 | 5490",
                "8, 33, \"m\", -51, 0, 0.9996, 500000, 0 | 2972",
                "8, 33, \"m\", 57, 0, 0.9996, 500000, 10000000 | 2975",
                "8, 33, \"m\", 45, 0, 0.9996, 500000, 10000000 | 4471",
                "8, 115, \"m\", 3, 0, 0.9996, 500000, 0 | 25831",
                "8, 104, \"m\", 57, 0, 0.9996, 500000, 10000000 | 32740"
            })
    void theSystemsOfFranceAreKnownByMapInfosCodes(String coordSys, int epsg) {
        var told = MapInfoTab.parse("image.tab", TAB.formatted(coordSys));
        assertThat(told.epsg()).hasValue(epsg);
        assertThat(told.placement()).isPresent();
    }

    @Test
    void anUnknownCoordSysStillGivesTheGrid() throws IOException {
        var tab = TAB.formatted("1, 0");
        assertThat(open(Map.of("tab", tab), OptionalInt.empty()).header().whyNoGeo())
                .contains("not one that is known here");
        assertPlaced(open(Map.of("tab", tab), OptionalInt.of(2154)).header().requireGeo());
    }

    @Test
    void whatContradictsTheItemIsRefusedWithBothNamed() {
        assertThatThrownBy(() -> open(Map.of("tab", TAB.formatted(LAMBERT)), OptionalInt.of(2975)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("EPSG:2154")
                .hasMessageContaining("EPSG:2975")
                .hasMessageContaining("proj:code");
    }

    @ParameterizedTest
    @CsvSource({
        "'0.2 0 0 -0.2 1', six numbers",
        "'0,2 0 0 -0,2 1 2', decimal commas",
        "'0.2 0 0 -0.2 here 2', no number"
    })
    void aDamagedWorldFileIsRefused(String text, String reason) {
        assertThatThrownBy(() -> open(Map.of("tfw", text), OptionalInt.of(2154)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("image.tfw");
    }

    @ParameterizedTest
    @CsvSource({
        "'0.2 0.1 0.1 -0.2 1 2', rotated",
        "'0.2 0 0 0.2 1 2', north to south",
        "'0.2 0 0 -0.2 NaN 2', not a number",
        "'0 0 0 0 1 2', north to south"
    })
    void aGridThatCannotBeUsedSaysWhy(String text, String reason) throws IOException {
        assertThat(open(Map.of("tfw", text), OptionalInt.of(2154)).header().whyNoGeo())
                .contains(reason);
    }

    @Test
    void controlPointsThatLieOnNoGridAreRefused() {
        var bent = TAB.formatted(LAMBERT).replace("(700100,6599900)", "(700190,6599800)");
        assertThatThrownBy(() -> MapInfoTab.parse("image.tab", bent))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("not lie on one grid");
        assertThatThrownBy(() -> MapInfoTab.parse("image.tab", "(1,1) (0,0), (2,2) (1,1), (3,3) (2,2)"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("three control points");
    }

    @ParameterizedTest
    @ValueSource(ints = {2154, 3948, 5490, 2972, 2975, 4471, 25831, 32740, 32620})
    void aWrittenCrsIsFoundAgain(int epsg) {
        var wkt = Crs.ofEpsg(epsg).wkt();
        assertThat(Crs.ofWkt(wkt)).contains(Crs.ofEpsg(epsg));
        var unnamed = wkt.replaceAll("\\s*,\\s*AUTHORITY\\[[^]]*]", "");
        assertThat(Crs.ofWkt(unnamed)).contains(Crs.ofEpsg(epsg));
    }

    @Test
    void whatIsNoKnownCrsIsNone() {
        assertThat(Crs.ofWkt("")).isEmpty();
        assertThat(Crs.ofWkt("PROJCS[\"a\"")).isEmpty();
        assertThat(Crs.ofWkt("[".repeat(15_000))).isEmpty();
        assertThat(Crs.ofWkt(ESRI_PRJ.replace("44.0", "43.0"))).isEmpty();
    }
}
