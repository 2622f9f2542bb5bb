// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.locationtech.jts.io.ByteOrderValues;
import org.locationtech.jts.io.WKBWriter;
import org.survol.catalog.cql2.Queryable;
import org.survol.core.geopackage.GeoPackage;
import org.survol.core.geopackage.GeoPackage.ColumnType;
import org.survol.core.nomenclature.Nomenclature;

/**
 * GeoPackage with one layer of multipolygons, coloured by class; made in a temporary file, handed on when it is closed. Its
 * terms stand in the layer's description.
 */
final class GeoPackageSink implements FeatureSink {

    private static final String LAYER = "land_cover";

    private final OutputStream out;
    private final Path file;
    private final GeoPackage geoPackage;
    private final List<String> names;
    private final WKBWriter wkb = new WKBWriter(2, ByteOrderValues.LITTLE_ENDIAN);
    private long written;

    /** @param nomenclature of the column {@code class} */
    GeoPackageSink(
            OutputStream out,
            String title,
            int epsg,
            Map<String, Queryable.Type> columns,
            Nomenclature nomenclature,
            Terms terms)
            throws IOException {
        this.out = out;
        names = List.copyOf(columns.keySet());
        file = Files.createTempFile("survol-download-", ".gpkg");
        var types = new LinkedHashMap<String, ColumnType>();
        columns.forEach((name, type) -> types.put(name, columnType(type)));
        try {
            geoPackage = new GeoPackage(
                    file,
                    new GeoPackage.Layer(
                            LAYER,
                            title,
                            terms.attribution() + ". Licence: " + terms.licence(),
                            "MULTIPOLYGON",
                            epsg,
                            types,
                            Optional.of(new GeoPackage.Style("class", nomenclature)),
                            Instant.now().truncatedTo(ChronoUnit.MILLIS)));
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static ColumnType columnType(Queryable.Type type) {
        return switch (type) {
            case INTEGER -> ColumnType.LONG;
            case NUMBER -> ColumnType.REAL;
            case BOOLEAN -> ColumnType.BOOLEAN;
            default -> ColumnType.TEXT;
        };
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        var shape = MultiPolygons.of(entry.geometry());
        var box = shape.getEnvelopeInternal();
        var outline = wkb.write(shape);
        var values = new ArrayList<Object>(names.size());
        for (var name : names) {
            values.add(entry.properties().get(name));
        }
        geoPackage.add(
                ++written,
                box.getMinX(),
                box.getMinY(),
                box.getMaxX(),
                box.getMaxY(),
                outline.length,
                into -> into.put(outline),
                values);
    }

    @Override
    public void close() throws IOException {
        try {
            try (geoPackage) {
                geoPackage.finish();
            }
            Files.copy(file, out);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
