// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;
import org.survol.catalog.cql2.Queryable.Type;

/** The data of the standard's abstract tests, read from its GeoPackage. */
final class NaturalEarth {

    static final Path FOLDER = Path.of("../../shared/data/conformance_stac_cql2_ogc");
    private static final Path FILE = FOLDER.resolve("ogcapi-features/cql2/standard/data/ne110m4cql2.gpkg");
    private static final int HEADER_BYTES = 8;
    private static final int[] ENVELOPE_BYTES = {0, 32, 48, 48, 64};
    private static final Map<String, String> LAYERS = Map.of(
            "countries", "ne_110m_admin_0_countries",
            "places", "ne_110m_populated_places_simple",
            "rivers", "ne_110m_rivers_lake_centerlines");

    record Layer(Queryables queryables, List<Map<String, Object>> features) {

        long count(String filter) {
            var bound = Filter.bind(Cql2Text.parse(filter), queryables);
            return features.stream()
                    .filter(feature -> bound.matches(feature::get))
                    .count();
        }
    }

    private NaturalEarth() {}

    static void assumeThere() {
        assumeTrue(Files.isRegularFile(FILE), FILE + " is not here");
    }

    static Layer layer(String name) throws SQLException, ParseException {
        var types = new ArrayList<Queryable>();
        var features = new ArrayList<Map<String, Object>>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + FILE);
                var statement = connection.createStatement()) {
            try (var columns = statement.executeQuery("pragma table_info(" + LAYERS.get(name) + ")")) {
                while (columns.next()) {
                    types.add(new Queryable(columns.getString("name"), type(columns.getString("type")), ""));
                }
            }
            try (var rows = statement.executeQuery("select * from " + LAYERS.get(name))) {
                while (rows.next()) {
                    var feature = new HashMap<String, Object>();
                    for (var queryable : types) {
                        feature.put(queryable.name(), value(rows, queryable));
                    }
                    features.add(feature);
                }
            }
        }
        return new Layer(new Queryables(types), features);
    }

    private static Type type(String column) {
        return switch (column.replaceAll("\\(.*", "")) {
            case "TEXT" -> Type.TEXT;
            case "DATE" -> Type.DATE;
            case "DATETIME" -> Type.TIMESTAMP;
            case "BOOLEAN" -> Type.BOOLEAN;
            case "INTEGER", "MEDIUMINT" -> Type.INTEGER;
            case "REAL", "DOUBLE" -> Type.NUMBER;
            default -> Type.GEOMETRY;
        };
    }

    private static Object value(ResultSet rows, Queryable queryable) throws SQLException, ParseException {
        if (rows.getObject(queryable.name()) == null) {
            return null;
        }
        return switch (queryable.type()) {
            case DATE -> LocalDate.parse(rows.getString(queryable.name()));
            case TIMESTAMP -> Instant.parse(rows.getString(queryable.name()).replaceAll("Z?$", "Z"));
            case BOOLEAN -> rows.getInt(queryable.name()) != 0;
            case GEOMETRY -> geometry(rows.getBytes(queryable.name()));
            default -> rows.getObject(queryable.name());
        };
    }

    private static Object geometry(byte[] blob) throws ParseException {
        int start = HEADER_BYTES + ENVELOPE_BYTES[blob[3] >> 1 & 7];
        var wkb = new byte[blob.length - start];
        ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).position(start).get(wkb);
        return new WKBReader(Shapes.FACTORY).read(wkb);
    }
}
