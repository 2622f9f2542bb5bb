// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;

/** Reads a product's GeoPackage with nothing of the code that wrote it. */
final class ProductFiles {

    /** GP magic, version, flags, srs: then the envelope whose size the flags tell (GeoPackage 1.4, 2.1.3). */
    private static final int FIXED_HEADER = 8;

    private static final int[] ENVELOPE_BYTES = {0, 32, 48, 48, 64};

    private ProductFiles() {}

    /** Every row of the features table in its order, all columns, geometry in hex. */
    static List<String> rows(Path geoPackage) throws SQLException {
        var rows = new ArrayList<String>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + geoPackage);
                var statement = connection.createStatement();
                var result = statement.executeQuery("SELECT * FROM " + table(geoPackage) + " ORDER BY fid")) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                var row = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    var value = result.getObject(i);
                    row.append(value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value)
                            .append('|');
                }
                rows.add(row.toString());
            }
        }
        return rows;
    }

    static List<Geometry> geometries(Path geoPackage) throws SQLException, ParseException {
        var geometries = new ArrayList<Geometry>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + geoPackage);
                var statement = connection.createStatement()) {
            String column;
            try (var result = statement.executeQuery("SELECT column_name FROM gpkg_geometry_columns")) {
                result.next();
                column = result.getString(1);
            }
            try (var result = statement.executeQuery("SELECT " + column + " FROM " + table(geoPackage))) {
                while (result.next()) {
                    geometries.add(geometry(result.getBytes(1)));
                }
            }
        }
        return geometries;
    }

    static Path download(Chain chain, String key) throws IOException {
        var file = Files.createTempFile(Chain.folder("downloads"), "product", key.substring(key.lastIndexOf('.')));
        try (var store = chain.instance().openStore()) {
            store.download(key, file);
        }
        return file;
    }

    private static String table(Path geoPackage) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + geoPackage);
                var statement = connection.createStatement();
                var result =
                        statement.executeQuery("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")) {
            result.next();
            return result.getString(1);
        }
    }

    private static Geometry geometry(byte[] blob) throws ParseException {
        var buffer = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        if (buffer.get() != 'G' || buffer.get() != 'P') {
            throw new ParseException("no GeoPackage geometry");
        }
        int flags = blob[3];
        int header = FIXED_HEADER + ENVELOPE_BYTES[(flags >> 1) & 7];
        return new WKBReader().read(java.util.Arrays.copyOfRange(blob, header, blob.length));
    }
}
