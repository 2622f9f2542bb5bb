// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.survol.core.geoparquet.GeoParquet;
import org.survol.core.geoparquet.GeoParquet.ColumnType;

/** The map as {@link GeoParquet}. */
final class GeoParquetWriter implements MapWriter {

    private final GeoParquet file;

    GeoParquetWriter(Path file, MapHead head) throws IOException {
        var columns = new LinkedHashMap<String, ColumnType>();
        for (var column : MapColumn.values()) {
            columns.put(
                    column.columnName(),
                    switch (column.kind) {
                        case TEXT, JSON -> ColumnType.TEXT;
                        case INTEGER -> ColumnType.INTEGER;
                        case REAL -> ColumnType.REAL;
                        case TIME -> ColumnType.TIME;
                    });
        }
        this.file = new GeoParquet(
                new BufferedOutputStream(Files.newOutputStream(file), 1 << 16),
                new GeoParquet.Layer("Polygon", true, head.epsg(), columns, false, Map.of()));
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        file.add(
                feature.west,
                feature.south,
                feature.east,
                feature.north,
                Wkb.polygon(feature),
                new ArrayList<>(feature.attributes.values()));
    }

    @Override
    public void finish(MapExtent extent) throws IOException {
        file.finish();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
