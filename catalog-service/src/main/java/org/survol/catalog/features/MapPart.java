// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.locationtech.jts.geom.Geometry;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.core.nomenclature.Nomenclature;

/**
 * A map, or what of it lies in an area. Polygons are cut exactly at the border; their {@code area_m2} and
 * {@code perimeter_m} are of what is left, all else is said of the whole polygon.
 */
public final class MapPart {

    private static final int AT_A_TIME = 1_000;
    private static final int COUNTED_AT_A_TIME = 100_000;
    private static final double DIGITS = 1e6;

    private final PublishedMap map;
    private final FlatGeobuf file;
    private final Optional<ClipArea> area;
    private final String title;
    private final Nomenclature nomenclature;
    private final Terms terms;

    MapPart(
            PublishedMap map,
            FlatGeobuf file,
            Optional<ClipArea> area,
            String title,
            Nomenclature nomenclature,
            Terms terms) {
        this.map = map;
        this.file = file;
        this.area = area;
        this.title = title;
        this.nomenclature = nomenclature;
        this.terms = terms;
    }

    PublishedMap map() {
        return map;
    }

    public boolean isWhole() {
        return area.isEmpty();
    }

    /** Of the map's file and of the ground: other ones are another part. */
    public String identity() {
        return FeatureFiles.object(map).sha256() + area.map(ClipArea::identity).orElse("");
    }

    /** Polygons whose bounds touch the area's, counted up to {@code most}. */
    public long polygons(long most) throws IOException {
        if (area.isEmpty()) {
            return Math.min(file.count(), most);
        }
        long counted = 0;
        long from = 0;
        while (counted < most) {
            var found = file.search(area.get().bounds(), from, (int) Math.min(COUNTED_AT_A_TIME, most - counted));
            if (found.isEmpty()) {
                break;
            }
            counted += found.size();
            from = found.getLast() + 1;
        }
        return counted;
    }

    /** @param done is told now and then how many polygons were looked at so far; may end the work by throwing */
    public void write(FileFormat format, OutputStream out, LongConsumer done) throws IOException {
        try (var sink =
                switch (format) {
                    case gpkg -> new GeoPackageSink(out, title, file.epsg(), file.columns(), nomenclature, terms);
                    case parquet -> new GeoParquetSink(out, title, file.epsg(), file.columnTypes(), terms);
                    case fgb -> new FlatGeobufSink(out, title, file.epsg(), file.columns(), terms);
                    case geojson -> new GeoJsonSink(out, title, file.epsg(), terms);
                    case csv -> new CsvSink(out, List.copyOf(file.columns().keySet()));
                }) {
            forEach(sink::write, done);
        }
    }

    /** Takes polygons one by one. */
    interface Visitor {
        void visit(FlatGeobuf.Entry entry) throws IOException;
    }

    /** Cut, in the order of the map. */
    void forEach(Visitor visitor, LongConsumer done) throws IOException {
        long at = 0;
        long looked = 0;
        while (at < file.count()) {
            var numbers = numbers(at);
            for (long number : numbers) {
                var entry = file.read(number);
                var part = area.isPresent() ? area.get().clip(entry.geometry()) : Optional.of(entry.geometry());
                if (part.isPresent()) {
                    visitor.visit(part.get() == entry.geometry() ? entry : cut(entry, part.get()));
                }
            }
            if (numbers.isEmpty()) {
                break;
            }
            at = numbers.getLast() + 1;
            looked += numbers.size();
            done.accept(looked);
        }
    }

    private List<Long> numbers(long from) throws IOException {
        return area.isPresent()
                ? file.search(area.get().bounds(), from, AT_A_TIME)
                : LongStream.range(from, Math.min(file.count(), from + AT_A_TIME))
                        .boxed()
                        .toList();
    }

    private static FlatGeobuf.Entry cut(FlatGeobuf.Entry entry, Geometry part) {
        var properties = new LinkedHashMap<>(entry.properties());
        properties.replace("area_m2", Math.rint(part.getArea() * DIGITS) / DIGITS);
        properties.replace("perimeter_m", Math.rint(part.getLength() * DIGITS) / DIGITS);
        return new FlatGeobuf.Entry(entry.number(), part, properties);
    }
}
