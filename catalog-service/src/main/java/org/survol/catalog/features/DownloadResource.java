// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublicUrl;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.Json;

/**
 * A map, or the part of it that lies in a box or polygon, as one file. Polygons are cut exactly at the border; their
 * {@code area_m2} and {@code perimeter_m} are of what is left, all else is said of the whole polygon.
 */
@Path("/ogc/collections/{id}/download")
@Blocking
@Produces(MediaType.WILDCARD)
class DownloadResource {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();
    private static final int AT_A_TIME = 1_000;
    private static final double DIGITS = 1e6;

    enum Format {
        gpkg("application/geopackage+sqlite3"),
        fgb("application/vnd.flatgeobuf"),
        geojson("application/geo+json"),
        csv("text/csv; charset=UTF-8");

        private final String mediaType;

        Format(String mediaType) {
            this.mediaType = mediaType;
        }

        static Format parse(String text) {
            for (var format : values()) {
                if (format.name().equals(text)) {
                    return format;
                }
            }
            throw Problem.badRequest("f must be gpkg, fgb, geojson or csv, not \"" + Parameters.shown(text) + "\"");
        }
    }

    private final PublishedMaps maps;
    private final FeatureFiles files;
    private final CatalogStore store;
    private final PublicUrl url;
    private final int mostPolygons;

    DownloadResource(
            PublishedMaps maps,
            FeatureFiles files,
            CatalogStore store,
            PublicUrl url,
            @ConfigProperty(name = "survol.catalog.download-polygons") int mostPolygons) {
        this.maps = maps;
        this.files = files;
        this.store = store;
        this.url = url;
        this.mostPolygons = mostPolygons;
    }

    @GET
    public Response download(
            @PathParam("id") String id,
            @QueryParam("bbox") Optional<String> bbox,
            @QueryParam("bbox-crs") Optional<String> bboxCrs,
            @QueryParam("polygon") Optional<String> polygon,
            @QueryParam("f") @DefaultValue("gpkg") String formatName)
            throws IOException {
        var format = Format.parse(formatName);
        var map = maps.named(id);
        var object = FeatureFiles.object(map);
        var file = files.open(object);
        var area = area(bbox, bboxCrs, polygon, file.epsg());
        refuseTooMany(map, file, area, url.ofFile(object.key()));
        StreamingOutput content = out -> write(map, file, area, format, out);
        var name = id + (area.isPresent() ? "_part." : ".") + format;
        return Response.ok(content, format.mediaType)
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .header("Cache-Control", "no-store")
                .build();
    }

    private static Optional<ClipArea> area(
            Optional<String> bbox, Optional<String> bboxCrs, Optional<String> polygon, int epsg) {
        if (bbox.isPresent() && polygon.isPresent()) {
            throw Problem.badRequest("bbox and polygon exclude each other; give one of them");
        }
        var crs = bboxCrs.map(uri -> NamedCrs.find("bbox-crs", uri, NamedCrs.of(epsg)))
                .orElse(NamedCrs.CRS84);
        return bbox.map(text -> ClipArea.of(box(text, crs), crs, epsg))
                .or(() -> polygon.map(text -> ClipArea.of(geoJson(text), NamedCrs.CRS84, epsg)));
    }

    /** In the order of the CRS's axes. */
    private static Geometry box(String text, NamedCrs crs) {
        if (crs.equals(NamedCrs.CRS84)) {
            var box = Parameters.bbox(text);
            return box(box.west(), box.south(), box.east(), box.north());
        }
        var box = Shapes.box(Parameters.numbers("bbox", text));
        return box(box.west(), box.south(), box.east(), box.north());
    }

    private static Geometry box(double west, double south, double east, double north) {
        if (west >= east || south >= north) {
            throw Problem.badRequest("a download's bbox must have its smaller numbers first, and some width and height;"
                    + " one that crosses the antimeridian is asked for in two halves");
        }
        return GEOMETRIES.toGeometry(new Envelope(west, east, south, north));
    }

    private static Geometry geoJson(String text) {
        try {
            return Shapes.ofGeoJson(Json.MAPPER.readTree(text));
        } catch (JsonProcessingException e) {
            throw Problem.badRequest("polygon must be a GeoJSON Polygon or MultiPolygon, longitude first: "
                    + Parameters.shown(e.getOriginalMessage()));
        }
    }

    private void refuseTooMany(PublishedMap map, FlatGeobuf file, Optional<ClipArea> area, String whole)
            throws IOException {
        long found = area.isEmpty()
                ? file.count()
                : file.search(area.get().bounds(), 0, mostPolygons + 1).size();
        if (found > mostPolygons) {
            throw Problem.tooLarge("more than " + mostPolygons + " polygons of \""
                    + map.entry().id() + "\" lie there; ask for a smaller area, or take the whole file at " + whole);
        }
    }

    private void write(PublishedMap map, FlatGeobuf file, Optional<ClipArea> area, Format format, OutputStream out)
            throws IOException {
        var plan = store.plan(map.run()).orElseThrow();
        var terms = Terms.of(plan, store.delivery(map.run().acquisition()));
        var nomenclature = store.product(map.run())
                .map(product -> product.nomenclature(plan))
                .orElse(plan.model().card().nomenclature());
        var title = "Land cover " + plan.vintage() + ", " + plan.run().acquisition();
        try (var sink =
                switch (format) {
                    case gpkg -> new GeoPackageSink(out, title, file.epsg(), file.columns(), nomenclature, terms);
                    case fgb -> new FlatGeobufSink(out, title, file.epsg(), file.columns(), terms);
                    case geojson -> new GeoJsonSink(out, title, file.epsg(), terms);
                    case csv -> new CsvSink(out, List.copyOf(file.columns().keySet()));
                }) {
            long at = 0;
            while (at < file.count()) {
                var numbers = numbers(file, area, at);
                for (long number : numbers) {
                    var entry = file.read(number);
                    var part = area.isPresent() ? area.get().clip(entry.geometry()) : Optional.of(entry.geometry());
                    if (part.isPresent()) {
                        sink.write(part.get() == entry.geometry() ? entry : cut(entry, part.get()));
                    }
                }
                if (numbers.isEmpty()) {
                    break;
                }
                at = numbers.getLast() + 1;
            }
        }
    }

    private static List<Long> numbers(FlatGeobuf file, Optional<ClipArea> area, long from) throws IOException {
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
