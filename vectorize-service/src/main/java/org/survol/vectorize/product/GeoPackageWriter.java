// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.product;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.survol.core.geopackage.GeoPackage;
import org.survol.core.geopackage.GeoPackage.ColumnType;

/** The map as {@link GeoPackage}, coloured by class. */
final class GeoPackageWriter implements MapWriter {

    private final GeoPackage file;

    GeoPackageWriter(Path file, MapHead head) throws IOException {
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
        this.file = new GeoPackage(
                file,
                new GeoPackage.Layer(
                        MapHead.LAYER,
                        MapHead.LAYER,
                        head.title(),
                        "POLYGON",
                        head.epsg(),
                        columns,
                        Optional.of(new GeoPackage.Style(MapColumn.CLASS.columnName(), head.nomenclature())),
                        head.datetime()));
    }

    @Override
    public void write(MapFeature feature) throws IOException {
        file.add(
                feature.number,
                feature.west,
                feature.south,
                feature.east,
                feature.north,
                Wkb.size(feature),
                into -> Wkb.put(feature, into),
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
