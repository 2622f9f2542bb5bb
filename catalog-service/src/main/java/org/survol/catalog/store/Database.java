// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Statements with bound values. What the database refuses or cannot do is a {@link CatalogStoreException}. */
record Database(DataSource source) {

    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    <T> List<T> query(String sql, List<?> parameters, RowReader<T> reader) {
        // PostgreSQL has no NUL in texts and says so with an error; nothing here can have such a name
        if (parameters.stream().anyMatch(parameter -> parameter instanceof String text && text.indexOf('\0') >= 0)) {
            return List.of();
        }
        // one statement is a transaction of its own: two round trips less
        try (var connection = source.getConnection();
                var statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            var found = new ArrayList<T>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(reader.read(rows));
                }
            }
            return List.copyOf(found);
        } catch (SQLException e) {
            throw failed("query", e);
        }
    }

    <T> T inTransaction(String what, Work<T> work) {
        try (var connection = source.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.on(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                connection.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    private static CatalogStoreException failed(String what, SQLException e) {
        return new CatalogStoreException("the database could not " + what + ": " + e.getMessage(), e);
    }

    /** One statement for many rows, sent together. */
    static int[] updates(Connection connection, String sql, List<List<Object>> rows) throws SQLException {
        if (rows.isEmpty()) {
            return new int[0];
        }
        try (var statement = connection.prepareStatement(sql)) {
            for (var row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            return statement.executeBatch();
        }
    }

    static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            int index = 1;
            for (var parameter : parameters) {
                statement.setObject(index++, parameter);
            }
            return statement.executeUpdate();
        }
    }

    static void bind(PreparedStatement statement, List<?> parameters) throws SQLException {
        int index = 1;
        for (var parameter : parameters) {
            statement.setObject(index++, parameter);
        }
    }
}
