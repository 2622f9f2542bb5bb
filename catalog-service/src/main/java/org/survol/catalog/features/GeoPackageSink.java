// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.io.ByteOrderValues;
import org.locationtech.jts.io.WKBWriter;
import org.sqlite.SQLiteDataSource;
import org.survol.catalog.cql2.Queryable;
import org.survol.core.crs.Crs;

/**
 * GeoPackage 1.3 with one layer of multipolygons, without a spatial index; made in a temporary file, handed on when it is
 * closed. Its terms stand in the layer's description.
 */
final class GeoPackageSink implements FeatureSink {

    private static final String LAYER = "land_cover";
    private static final int APPLICATION = 0x47504B47;
    private static final int VERSION = 10_300;
    private static final int BATCH = 1_000;
    private static final int WGS84 = 4326;
    private static final byte LITTLE_ENDIAN_WITH_BOX = 3;

    private final OutputStream out;
    private final Path file;
    private final Connection connection;
    private final PreparedStatement insert;
    private final List<String> names;
    private final int epsg;
    private final WKBWriter wkb = new WKBWriter(2, ByteOrderValues.LITTLE_ENDIAN);
    private final Envelope extent = new Envelope();
    private int waiting;

    GeoPackageSink(OutputStream out, String title, int epsg, Map<String, Queryable.Type> columns, Terms terms)
            throws IOException {
        this.out = out;
        this.epsg = epsg;
        this.names = List.copyOf(columns.keySet());
        this.file = Files.createTempFile("survol-download-", ".gpkg");
        var database = new SQLiteDataSource();
        database.setUrl("jdbc:sqlite:" + file);
        try {
            connection = database.getConnection();
            // thrown away unless it becomes whole: nothing to roll back to
            run("PRAGMA journal_mode = OFF");
            run("PRAGMA synchronous = OFF");
            run("PRAGMA application_id = " + APPLICATION);
            run("PRAGMA user_version = " + VERSION);
            connection.setAutoCommit(false);
            create(title, columns, terms);
            insert = connection.prepareStatement(
                    "INSERT INTO " + LAYER + " VALUES (NULL, ?" + ", ?".repeat(names.size()) + ")");
        } catch (SQLException e) {
            Files.deleteIfExists(file);
            throw new IOException("cannot begin a GeoPackage", e);
        }
    }

    private void create(String title, Map<String, Queryable.Type> columns, Terms terms) throws SQLException {
        run("CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
                + " organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,"
                + " description TEXT)");
        reference("Undefined cartesian SRS", -1, "NONE", "undefined");
        reference("Undefined geographic SRS", 0, "NONE", "undefined");
        reference("WGS 84 geodetic", WGS84, "EPSG", Crs.ofEpsg(WGS84).wkt());
        if (epsg != WGS84) {
            reference(Crs.ofEpsg(epsg).name(), epsg, "EPSG", Crs.ofEpsg(epsg).wkt());
        }
        run("CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,"
                + " identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL,"
                + " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
                + " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))");
        run("CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
                + " geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
                + " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),"
                + " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
                + " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))");
        run("CREATE TABLE " + LAYER + " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON, "
                + columns.entrySet().stream()
                        .map(column -> quoted(column.getKey()) + " " + type(column.getValue()))
                        .collect(Collectors.joining(", "))
                + ")");
        run(
                "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, NULL, NULL, NULL, NULL, ?)",
                LAYER,
                title,
                terms.attribution() + ". Licence: " + terms.licence(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(),
                epsg);
        run("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)", LAYER, epsg);
    }

    private void reference(String name, int id, String organization, String definition) throws SQLException {
        run("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", name, id, organization, id, definition);
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    private static String type(Queryable.Type type) {
        return switch (type) {
            case INTEGER -> "INTEGER";
            case NUMBER -> "DOUBLE";
            case BOOLEAN -> "BOOLEAN";
            default -> "TEXT";
        };
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        var shape = MultiPolygons.of(entry.geometry());
        var box = shape.getEnvelopeInternal();
        extent.expandToInclude(box);
        var outline = wkb.write(shape);
        var blob = ByteBuffer.allocate(8 + 4 * Double.BYTES + outline.length).order(ByteOrder.LITTLE_ENDIAN);
        blob.put((byte) 'G')
                .put((byte) 'P')
                .put((byte) 0)
                .put(LITTLE_ENDIAN_WITH_BOX)
                .putInt(epsg);
        blob.putDouble(box.getMinX())
                .putDouble(box.getMaxX())
                .putDouble(box.getMinY())
                .putDouble(box.getMaxY())
                .put(outline);
        try {
            insert.setBytes(1, blob.array());
            for (int i = 0; i < names.size(); i++) {
                insert.setObject(i + 2, entry.properties().get(names.get(i)));
            }
            insert.addBatch();
            if (++waiting == BATCH) {
                insert.executeBatch();
                waiting = 0;
            }
        } catch (SQLException e) {
            throw new IOException("cannot write feature " + entry.number(), e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            try (connection) {
                insert.executeBatch();
                if (!extent.isNull()) {
                    run(
                            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?",
                            extent.getMinX(),
                            extent.getMinY(),
                            extent.getMaxX(),
                            extent.getMaxY());
                }
                connection.commit();
            } catch (SQLException e) {
                throw new IOException("cannot finish the GeoPackage", e);
            }
            Files.copy(file, out);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void run(String sql, Object... values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }
}
