// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geoparquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.survol.core.Json;
import org.survol.core.geoparquet.GeoParquet.ColumnType;

/** What the writer writes, a reader by others reads. */
class GeoParquetTest {

    private static final Map<String, ColumnType> COLUMNS = columns();

    private static Map<String, ColumnType> columns() {
        var columns = new LinkedHashMap<String, ColumnType>();
        for (var type : ColumnType.values()) {
            columns.put("of_" + type.name().toLowerCase(java.util.Locale.ROOT), type);
        }
        return columns;
    }

    private static byte[] written(boolean nullable, List<List<Object>> rows) throws IOException {
        var out = new ByteArrayOutputStream();
        var layer = new GeoParquet.Layer("Polygon", true, 2154, COLUMNS, nullable, Map.of("license", "etalab-2.0"));
        try (var file = new GeoParquet(out, layer)) {
            for (int i = 0; i < rows.size(); i++) {
                file.add(i, -i, i + 1, 1 - i, new byte[] {1, (byte) i}, rows.get(i));
            }
            file.finish();
        }
        return out.toByteArray();
    }

    private static ParquetFileReader reader(byte[] bytes) throws IOException {
        return ParquetFileReader.open(InputFile.of(ByteBuffer.wrap(bytes)));
    }

    /** More than one row group when there are many. */
    @Property(tries = 12)
    void rowsComeBackAsTheyWere(
            @ForAll @IntRange(min = 0, max = 40_000) int count, @ForAll boolean nullable, @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        double nulls = nullable ? random.nextDouble() : 0;
        var rows = new ArrayList<List<Object>>();
        for (int i = 0; i < count; i++) {
            rows.add(Arrays.asList(
                    random.nextDouble() < nulls ? null : "é" + random.nextInt(),
                    random.nextDouble() < nulls ? null : random.nextInt(),
                    random.nextDouble() < nulls ? null : random.nextLong(),
                    random.nextDouble() < nulls ? null : random.nextGaussian(),
                    random.nextDouble() < nulls ? null : Instant.ofEpochSecond(random.nextInt(), 1_000)));
        }
        try (var file = reader(written(nullable, rows));
                var reader = file.rowReader()) {
            for (int i = 0; i < count; i++) {
                reader.next();
                assertThat(read(reader)).isEqualTo(rows.get(i));
                assertThat(reader.getBinary("geometry")).containsExactly(1, (byte) i);
                var box = reader.getStruct("bbox");
                assertThat(box.getDouble("xmin")).isEqualTo(i);
                assertThat(box.getDouble("ymax")).isEqualTo(1 - i);
            }
            assertThat(reader.hasNext()).isFalse();
            assertThat(file.getFileMetaData().numRows()).isEqualTo(count);
        }
    }

    private static List<Object> read(RowReader row) {
        return Arrays.asList(
                row.isNull("of_text") ? null : row.getString("of_text"),
                row.isNull("of_integer") ? null : row.getInt("of_integer"),
                row.isNull("of_long") ? null : row.getLong("of_long"),
                row.isNull("of_real") ? null : row.getDouble("of_real"),
                row.isNull("of_time") ? null : row.getTimestamp("of_time"));
    }

    @Example
    void theFileSaysWhereItLiesAndOnWhichTerms() throws IOException {
        var row = List.<Object>of("a", 1, 2L, 0.5, Instant.EPOCH);
        try (var file = reader(written(false, List.of(row, row)))) {
            var about = file.getFileMetaData().keyValueMetadata();
            assertThat(about).containsEntry("license", "etalab-2.0");
            var column = Json.MAPPER.readTree(about.get("geo")).at("/columns/geometry");
            assertThat(column.at("/crs/id/code").asInt()).isEqualTo(2154);
            assertThat(column.at("/crs/conversion/method/name").asText()).isEqualTo("Lambert Conic Conformal (2SP)");
            assertThat(column.at("/geometry_types/0").asText()).isEqualTo("Polygon");
            assertThat(column.path("bbox").toString()).isEqualTo("[0.0,-1.0,2.0,1.0]");
        }
        try (var file = reader(written(false, List.of()))) {
            var geo = Json.MAPPER.readTree(
                    file.getFileMetaData().keyValueMetadata().get("geo"));
            assertThat(geo.at("/columns/geometry/bbox").isMissingNode()).isTrue();
        }
    }

    @Example
    void aColumnWithoutNullsTakesNone() {
        assertThatThrownBy(() -> written(false, List.of(Collections.nCopies(5, null))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of_text");
    }
}
