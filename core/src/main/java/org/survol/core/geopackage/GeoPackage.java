// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geopackage;

import java.io.Closeable;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.sqlite.JDBC;
import org.survol.core.crs.Crs;
import org.survol.core.nomenclature.Nomenclature;

/**
 * Writes an OGC GeoPackage 1.4 with one feature table, its R-tree and, where classes are known, a default style that gives each
 * its colour in QGIS. The R-tree is filled here; the triggers that keep it right while someone edits come last, as they call
 * functions that only programs with geometries have. Equal features in the same order are equal bytes. Closing without {@link
 * #finish} leaves a file that is no GeoPackage.
 */
public final class GeoPackage implements Closeable {

    private static final String GEOMETRY = "geom";
    private static final int APPLICATION = 0x47504B47;
    /** 1.4.0; GDAL before 3.7 reads it with a warning. */
    private static final int VERSION = 10_400;

    private static final int BATCH = 1_000;
    private static final int WGS84 = 4326;
    private static final int BLOB_HEADER = 8 + 4 * Double.BYTES;
    private static final byte LITTLE_ENDIAN_WITH_BOX = 3;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** What a column holds: texts, whole numbers of 32 or 64 bits, reals, truth, or instants. */
    public enum ColumnType {
        TEXT("TEXT"),
        INTEGER("MEDIUMINT"),
        LONG("INTEGER"),
        REAL("DOUBLE"),
        BOOLEAN("BOOLEAN"),
        TIME("DATETIME");

        private final String sql;

        ColumnType(String sql) {
            this.sql = sql;
        }
    }

    /** @param column holds class values of the nomenclature */
    public record Style(String column, Nomenclature nomenclature) {}

    /**
     * @param table name of the feature table and of the layer
     * @param description for people; terms of use, for example
     * @param geometryType {@code POLYGON} or {@code MULTIPOLYGON}
     * @param epsg of the coordinates, easting first
     * @param columns besides {@code fid} and {@code geom}, in their order
     * @param changed stands for every "last change"
     */
    public record Layer(
            String table,
            String title,
            String description,
            String geometryType,
            int epsg,
            Map<String, ColumnType> columns,
            Optional<Style> style,
            Instant changed) {}

    private final Layer layer;
    private final Connection connection;
    private final PreparedStatement insert;
    private final PreparedStatement index;
    private double west = Double.POSITIVE_INFINITY;
    private double south = Double.POSITIVE_INFINITY;
    private double east = Double.NEGATIVE_INFINITY;
    private double north = Double.NEGATIVE_INFINITY;
    private int batched;

    /** @param file is replaced */
    public GeoPackage(Path file, Layer layer) throws IOException {
        this.layer = layer;
        Files.deleteIfExists(file);
        try {
            connection = JDBC.createConnection("jdbc:sqlite:" + file, new Properties());
            execute("PRAGMA page_size = 4096");
            // One writer, and a file that is thrown away unless it is finished: nothing to roll back to.
            execute("PRAGMA journal_mode = OFF");
            execute("PRAGMA synchronous = OFF");
            // No stale bytes in free space: equal maps are equal files.
            execute("PRAGMA secure_delete = ON");
            execute("PRAGMA application_id = " + APPLICATION);
            execute("PRAGMA user_version = " + VERSION);
            connection.setAutoCommit(false);
            createTables();
            insert = connection.prepareStatement(
                    "INSERT INTO " + quoted(layer.table) + " VALUES (?, ?" + ", ?".repeat(layer.columns.size()) + ")");
            index = connection.prepareStatement(
                    "INSERT INTO " + quoted(indexTable()) + " (id, minx, maxx, miny, maxy) VALUES (?, ?, ?, ?, ?)");
        } catch (SQLException e) {
            throw new IOException("cannot begin GeoPackage " + file, e);
        }
    }

    /** Where a feature's geometry goes. */
    public interface Outline {
        /** @param into little-endian */
        void putWkb(ByteBuffer into);
    }

    /**
     * @param id of the feature, 1 or more
     * @param wkbBytes how many {@code outline} will put
     * @param values in the order of the columns; null where there is none
     */
    public void add(
            long id, double minX, double minY, double maxX, double maxY, int wkbBytes, Outline outline, List<?> values)
            throws IOException {
        var blob = ByteBuffer.allocate(BLOB_HEADER + wkbBytes).order(ByteOrder.LITTLE_ENDIAN);
        blob.put((byte) 'G').put((byte) 'P').put((byte) 0).put(LITTLE_ENDIAN_WITH_BOX);
        blob.putInt(layer.epsg).putDouble(minX).putDouble(maxX).putDouble(minY).putDouble(maxY);
        outline.putWkb(blob);
        west = Math.min(west, minX);
        south = Math.min(south, minY);
        east = Math.max(east, maxX);
        north = Math.max(north, maxY);
        try {
            insert.setLong(1, id);
            insert.setBytes(2, blob.array());
            int at = 3;
            for (var value : values) {
                switch (value) {
                    case null -> insert.setObject(at, null);
                    case Integer number -> insert.setInt(at, number);
                    case Long number -> insert.setLong(at, number);
                    case Double number -> insert.setDouble(at, number);
                    case Boolean is -> insert.setBoolean(at, is);
                    case Instant time -> insert.setString(at, TIME.format(time));
                    default -> insert.setString(at, value.toString());
                }
                at++;
            }
            insert.addBatch();
            index.setLong(1, id);
            index.setDouble(2, minX);
            index.setDouble(3, maxX);
            index.setDouble(4, minY);
            index.setDouble(5, maxY);
            index.addBatch();
            if (++batched == BATCH) {
                flush();
            }
        } catch (SQLException e) {
            throw new IOException("cannot write feature " + id, e);
        }
    }

    /** Completes the file; nothing can be added afterwards. */
    public void finish() throws IOException {
        try {
            flush();
            if (west <= east) {
                run(
                        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
                        west,
                        south,
                        east,
                        north,
                        layer.table);
            }
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

    private String indexTable() {
        return "rtree_" + layer.table + "_" + GEOMETRY;
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    private void createTables() throws SQLException {
        execute("""
                CREATE TABLE gpkg_spatial_ref_sys (
                  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
                  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""");
        spatialReference("Undefined Cartesian SRS", -1, "NONE", "undefined");
        spatialReference("Undefined geographic SRS", 0, "NONE", "undefined");
        spatialReference("WGS 84 geodetic", WGS84, "EPSG", Crs.ofEpsg(WGS84).wkt());
        if (layer.epsg != WGS84) {
            var crs = Crs.ofEpsg(layer.epsg);
            spatialReference(crs.name(), layer.epsg, "EPSG", crs.wkt());
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
        execute("CREATE TABLE " + quoted(layer.table) + " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, " + GEOMETRY
                + " " + layer.geometryType
                + layer.columns.entrySet().stream()
                        .map(column -> ", " + quoted(column.getKey()) + " " + column.getValue().sql)
                        .collect(Collectors.joining())
                + ")");
        run(
                "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, 0, 0, 0, 0, ?)",
                layer.table,
                layer.title,
                layer.description,
                TIME.format(layer.changed),
                layer.epsg);
        run(
                "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
                layer.table,
                GEOMETRY,
                layer.geometryType,
                layer.epsg);
        execute("CREATE VIRTUAL TABLE " + quoted(indexTable()) + " USING rtree(id, minx, maxx, miny, maxy)");
        run(
                "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index',"
                        + " 'http://www.geopackage.org/spec140/#extension_rtree', 'write-only')",
                layer.table,
                GEOMETRY);
        if (layer.style.isPresent()) {
            createStyle(layer.style.get());
        }
    }

    /** Those of the extension gpkg_rtree_index as of version 1.4, where an update that moves a feature is split in two. */
    private void createTriggers() throws SQLException {
        String name = indexTable();
        String boxes = quoted(name);
        String table = quoted(layer.table);
        String box = "ST_MinX(NEW.%1$s), ST_MaxX(NEW.%1$s), ST_MinY(NEW.%1$s), ST_MaxY(NEW.%1$s)".formatted(GEOMETRY);
        String isThere = "(NEW.%1$s NOTNULL AND NOT ST_IsEmpty(NEW.%1$s))".formatted(GEOMETRY);
        String isNot = "(NEW.%1$s ISNULL OR ST_IsEmpty(NEW.%1$s))".formatted(GEOMETRY);
        String wasThere = "(OLD.%1$s NOTNULL AND NOT ST_IsEmpty(OLD.%1$s))".formatted(GEOMETRY);
        String wasNot = "(OLD.%1$s ISNULL OR ST_IsEmpty(OLD.%1$s))".formatted(GEOMETRY);
        String insertNew = "INSERT OR REPLACE INTO " + boxes + " VALUES (NEW.fid, " + box + ");";
        String deleteOld = "DELETE FROM " + boxes + " WHERE id = OLD.fid;";
        trigger(name + "_insert", "INSERT ON " + table, isThere, insertNew);
        trigger(
                name + "_update6",
                "UPDATE OF " + GEOMETRY + " ON " + table,
                "OLD.fid = NEW.fid AND " + isThere + " AND " + wasThere,
                "UPDATE " + boxes
                        + " SET minx = ST_MinX(NEW.%1$s), maxx = ST_MaxX(NEW.%1$s), miny = ST_MinY(NEW.%1$s),"
                                .formatted(GEOMETRY)
                        + " maxy = ST_MaxY(NEW." + GEOMETRY + ") WHERE id = NEW.fid;");
        trigger(
                name + "_update7",
                "UPDATE OF " + GEOMETRY + " ON " + table,
                "OLD.fid = NEW.fid AND " + isThere + " AND " + wasNot,
                "INSERT INTO " + boxes + " VALUES (NEW.fid, " + box + ");");
        trigger(
                name + "_update2",
                "UPDATE OF " + GEOMETRY + " ON " + table,
                "OLD.fid = NEW.fid AND " + isNot,
                deleteOld);
        trigger(name + "_update5", "UPDATE ON " + table, "OLD.fid != NEW.fid AND " + isThere, deleteOld + insertNew);
        trigger(
                name + "_update4",
                "UPDATE ON " + table,
                "OLD.fid != NEW.fid AND " + isNot,
                "DELETE FROM " + boxes + " WHERE id IN (OLD.fid, NEW.fid);");
        trigger(name + "_delete", "DELETE ON " + table, "old." + GEOMETRY + " NOT NULL", deleteOld);
    }

    private void trigger(String name, String event, String when, String does) throws SQLException {
        execute("CREATE TRIGGER " + quoted(name) + " AFTER " + event + " WHEN " + when + " BEGIN " + does + " END");
    }

    /** The table that QGIS looks for; other programs ignore it. */
    private void createStyle(Style style) throws SQLException {
        execute("""
                CREATE TABLE layer_styles (
                  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
                  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
                  styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
                  update_time DATETIME)""");
        run(
                "INSERT INTO layer_styles VALUES (1, '', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
                layer.table,
                GEOMETRY,
                layer.table,
                QgisStyle.byClass(style.nomenclature, style.column),
                "Classes of " + style.nomenclature.id(),
                TIME.format(layer.changed));
        run(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
                        + " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
                TIME.format(layer.changed));
    }

    private void spatialReference(String name, int id, String organization, String definition) throws SQLException {
        run("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", name, id, organization, id, definition);
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
