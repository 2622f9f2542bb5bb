// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Properties;
import java.util.stream.Collectors;
import org.sqlite.JDBC;

/**
 * OGC GeoPackage 1.4 with one feature table, its R-tree and a default style that gives each class its colour in QGIS.
 * The R-tree is filled here; the triggers that keep it right while someone edits come last, as they call functions that
 * only programs with geometries have.
 */
final class GeoPackageWriter implements MapWriter {

    private static final String LAYER = MapHead.LAYER;
    private static final String GEOMETRY = "geom";
    /** 1.4.0; GDAL before 3.7 reads it with a warning. */
    private static final int VERSION = 10400;

    private static final int BATCH = 1_000;
    private static final int GEOMETRY_HEADER = 8 + 4 * Double.BYTES;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final MapHead head;
    private final Connection connection;
    private final PreparedStatement insert;
    private final PreparedStatement index;
    private int batched;

    GeoPackageWriter(Path file, MapHead head) throws IOException {
        this.head = head;
        Files.deleteIfExists(file);
        try {
            connection = JDBC.createConnection("jdbc:sqlite:" + file, new Properties());
            execute("PRAGMA page_size = 4096");
            // One writer, and a file that is thrown away unless it is finished: nothing to roll back to.
            execute("PRAGMA journal_mode = OFF");
            execute("PRAGMA synchronous = OFF");
            // No stale bytes in free space: equal maps are equal files.
            execute("PRAGMA secure_delete = ON");
            execute("PRAGMA application_id = " + 0x47504B47);
            execute("PRAGMA user_version = " + VERSION);
            connection.setAutoCommit(false);
            createTables();
            insert = connection.prepareStatement("INSERT INTO " + LAYER + " (fid, " + GEOMETRY + ", " + columnNames()
                    + ") VALUES (?, ?" + ", ?".repeat(MapColumn.values().length) + ")");
            index = connection.prepareStatement("INSERT INTO rtree_" + LAYER + "_" + GEOMETRY
                    + " (id, minx, maxx, miny, maxy) VALUES (?, ?, ?, ?, ?)");
        } catch (SQLException e) {
            throw new IOException("cannot write " + file, e);
        }
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        try {
            insert.setLong(1, feature.number);
            insert.setBytes(2, geometry(feature));
            for (var column : MapColumn.values()) {
                int at = column.ordinal() + 3;
                switch (feature.attributes.get(column)) {
                    case Integer value -> insert.setInt(at, value);
                    case Double value -> insert.setDouble(at, value);
                    case Instant value -> insert.setString(at, TIME.format(value));
                    case Object value -> insert.setString(at, value.toString());
                }
            }
            insert.addBatch();
            index.setLong(1, feature.number);
            index.setDouble(2, feature.west);
            index.setDouble(3, feature.east);
            index.setDouble(4, feature.south);
            index.setDouble(5, feature.north);
            index.addBatch();
            if (++batched == BATCH) {
                flush();
            }
        } catch (SQLException e) {
            throw new IOException("cannot write feature " + feature.number, e);
        }
    }

    @Override
    public void finish(MapExtent extent) throws IOException {
        try {
            flush();
            run(
                    "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?",
                    extent.west(),
                    extent.south(),
                    extent.east(),
                    extent.north());
            createTriggers();
            connection.commit();
        } catch (SQLException e) {
            throw new IOException("cannot finish the GeoPackage", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException("cannot close the GeoPackage", e);
        }
    }

    private void flush() throws SQLException {
        insert.executeBatch();
        index.executeBatch();
        batched = 0;
    }

    /** GeoPackage header with the box, then WKB; all little-endian. */
    private byte[] geometry(MapFeature feature) {
        var bytes = ByteBuffer.allocate(GEOMETRY_HEADER + Wkb.size(feature)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 'G')
                .put((byte) 'P')
                .put((byte) 0)
                .put((byte) 0b0000_0011)
                .putInt(head.epsg());
        bytes.putDouble(feature.west)
                .putDouble(feature.east)
                .putDouble(feature.south)
                .putDouble(feature.north);
        Wkb.put(feature, bytes);
        return bytes.array();
    }

    private void createTables() throws SQLException {
        execute("""
                CREATE TABLE gpkg_spatial_ref_sys (
                  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
                  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""");
        spatialReference("Undefined Cartesian SRS", -1, "NONE", "undefined");
        spatialReference("Undefined geographic SRS", 0, "NONE", "undefined");
        spatialReference("WGS 84 geodetic", 4326, "EPSG", head.longLatWkt());
        if (head.epsg() != 4326) {
            spatialReference(head.crsName(), head.epsg(), "EPSG", head.crsWkt());
        }
        execute("""
                CREATE TABLE gpkg_contents (
                  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
                  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE,
                  max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
                  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""");
        execute("""
                CREATE TABLE gpkg_geometry_columns (
                  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
                  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
                  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
                  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
                  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
                  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""");
        execute("""
                CREATE TABLE gpkg_extensions (
                  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
                  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""");
        execute("CREATE TABLE " + LAYER + " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, " + GEOMETRY + " POLYGON, "
                + Arrays.stream(MapColumn.values())
                        .map(column -> column.columnName() + " " + type(column))
                        .collect(Collectors.joining(", "))
                + ")");
        run(
                "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, 0, 0, 0, 0, ?)",
                LAYER,
                LAYER,
                head.title(),
                TIME.format(head.datetime()),
                head.epsg());
        run("INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'POLYGON', ?, 0, 0)", LAYER, GEOMETRY, head.epsg());
        execute("CREATE VIRTUAL TABLE rtree_" + LAYER + "_" + GEOMETRY + " USING rtree(id, minx, maxx, miny, maxy)");
        run(
                "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',"
                        + " 'http://www.geopackage.org/spec140/#extension_rtree', 'write-only')",
                LAYER,
                GEOMETRY);
        createStyle();
    }

    /** Those of the extension gpkg_rtree_index as of version 1.4, where an update that moves a feature is split in two. */
    private void createTriggers() throws SQLException {
        String table = "rtree_" + LAYER + "_" + GEOMETRY;
        String box = "ST_MinX(NEW.%1$s), ST_MaxX(NEW.%1$s), ST_MinY(NEW.%1$s), ST_MaxY(NEW.%1$s)".formatted(GEOMETRY);
        String isThere = "(NEW.%1$s NOTNULL AND NOT ST_IsEmpty(NEW.%1$s))".formatted(GEOMETRY);
        String isNot = "(NEW.%1$s ISNULL OR ST_IsEmpty(NEW.%1$s))".formatted(GEOMETRY);
        String wasThere = "(OLD.%1$s NOTNULL AND NOT ST_IsEmpty(OLD.%1$s))".formatted(GEOMETRY);
        String wasNot = "(OLD.%1$s ISNULL OR ST_IsEmpty(OLD.%1$s))".formatted(GEOMETRY);
        String insert = "INSERT OR REPLACE INTO " + table + " VALUES (NEW.fid, " + box + ");";
        String deleteOld = "DELETE FROM " + table + " WHERE id = OLD.fid;";
        trigger(table + "_insert", "INSERT ON " + LAYER, isThere, insert);
        trigger(
                table + "_update6",
                "UPDATE OF " + GEOMETRY + " ON " + LAYER,
                "OLD.fid = NEW.fid AND " + isThere + " AND " + wasThere,
                "UPDATE " + table
                        + " SET minx = ST_MinX(NEW.%1$s), maxx = ST_MaxX(NEW.%1$s), miny = ST_MinY(NEW.%1$s),"
                                .formatted(GEOMETRY)
                        + " maxy = ST_MaxY(NEW." + GEOMETRY + ") WHERE id = NEW.fid;");
        trigger(
                table + "_update7",
                "UPDATE OF " + GEOMETRY + " ON " + LAYER,
                "OLD.fid = NEW.fid AND " + isThere + " AND " + wasNot,
                "INSERT INTO " + table + " VALUES (NEW.fid, " + box + ");");
        trigger(
                table + "_update2",
                "UPDATE OF " + GEOMETRY + " ON " + LAYER,
                "OLD.fid = NEW.fid AND " + isNot,
                deleteOld);
        trigger(table + "_update5", "UPDATE ON " + LAYER, "OLD.fid != NEW.fid AND " + isThere, deleteOld + insert);
        trigger(
                table + "_update4",
                "UPDATE ON " + LAYER,
                "OLD.fid != NEW.fid AND " + isNot,
                "DELETE FROM " + table + " WHERE id IN (OLD.fid, NEW.fid);");
        trigger(table + "_delete", "DELETE ON " + LAYER, "old." + GEOMETRY + " NOT NULL", deleteOld);
    }

    private void trigger(String name, String event, String when, String does) throws SQLException {
        execute("CREATE TRIGGER " + name + " AFTER " + event + " WHEN " + when + " BEGIN " + does + " END");
    }

    /** The table that QGIS looks for; other programs ignore it. */
    private void createStyle() throws SQLException {
        execute("""
                CREATE TABLE layer_styles (
                  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
                  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
                  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
                  update_time DATETIME)""");
        run(
                "INSERT INTO layer_styles VALUES (1, '', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
                LAYER,
                GEOMETRY,
                LAYER,
                QgisStyle.byClass(head.nomenclature()),
                "Classes of " + head.nomenclature().id(),
                TIME.format(head.datetime()));
        run(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
                        + " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
                TIME.format(head.datetime()));
    }

    private void spatialReference(String name, int id, String organization, String definition) throws SQLException {
        run("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", name, id, organization, id, definition);
    }

    private static String columnNames() {
        return Arrays.stream(MapColumn.values()).map(MapColumn::columnName).collect(Collectors.joining(", "));
    }

    private static String type(MapColumn column) {
        return switch (column.kind) {
            case TEXT, JSON -> "TEXT";
            case INTEGER -> "MEDIUMINT";
            case REAL -> "DOUBLE";
            case TIME -> "DATETIME";
        };
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void run(String sql, Object... values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
