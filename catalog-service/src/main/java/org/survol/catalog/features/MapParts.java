// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.Parameters;
import org.survol.catalog.Problem;
import org.survol.catalog.PublishedMaps;
import org.survol.catalog.cql2.Shapes;
import org.survol.catalog.store.Area;
import org.survol.catalog.store.AreaStore;
import org.survol.catalog.store.CatalogStore;
import org.survol.core.Json;

/** Finds what of a map was asked for. */
@Singleton
public final class MapParts {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private final PublishedMaps maps;
    private final FeatureFiles files;
    private final CatalogStore store;
    private final AreaStore areas;

    MapParts(PublishedMaps maps, FeatureFiles files, CatalogStore store, AreaStore areas) {
        this.maps = maps;
        this.files = files;
        this.store = store;
        this.areas = areas;
    }

    /**
     * Where to cut, as clients write it; without any of it the whole map is meant.
     *
     * @param bbox four numbers, or six
     * @param bboxCrs OGC URI; longitude and latitude when absent
     * @param polygon GeoJSON, longitude first
     * @param area set and code, {@code communes:12174}
     */
    public record Where(
            Optional<String> bbox, Optional<String> bboxCrs, Optional<String> polygon, Optional<String> area) {}

    /** @throws Problem when there is no such map, or no such place */
    public MapPart find(String id, Where where) throws IOException {
        var map = maps.named(id);
        var file = files.open(FeatureFiles.object(map));
        var area = area(where, file.epsg());
        var plan = store.plan(map.run()).orElseThrow();
        return new MapPart(
                map,
                file,
                area,
                "Land cover " + plan.vintage() + ", " + plan.run().acquisition(),
                store.product(map.run())
                        .map(product -> product.nomenclature(plan))
                        .orElse(plan.model().card().nomenclature()),
                Terms.of(plan, store.delivery(map.run().acquisition())));
    }

    /** What the area spans in the CRS of that code; empty when no area is named. */
    public Optional<Envelope> bounds(Where where, int epsg) {
        return area(where, epsg).map(ClipArea::bounds);
    }

    private Optional<ClipArea> area(Where where, int epsg) {
        if (Stream.of(where.bbox, where.polygon, where.area)
                        .filter(Optional::isPresent)
                        .count()
                > 1) {
            throw Problem.badRequest("bbox, polygon and area exclude each other; give one of them");
        }
        var crs = where.bboxCrs
                .map(uri -> NamedCrs.find("bbox-crs", uri, NamedCrs.of(epsg)))
                .orElse(NamedCrs.CRS84);
        return where.bbox
                .map(text -> ClipArea.of(box(text, crs), crs, epsg))
                .or(() -> where.polygon.map(text -> ClipArea.of(geoJson(text), NamedCrs.CRS84, epsg)))
                .or(() -> where.area.map(id -> ClipArea.of(named(id).outline(), NamedCrs.CRS84, epsg)));
    }

    private Area named(String id) {
        int colon = id.indexOf(':');
        if (colon < 0) {
            throw Problem.badRequest(
                    "area must name a set and a code, such as communes:12174, not \"" + Parameters.shown(id) + "\"");
        }
        return areas.find(id.substring(0, colon), id.substring(colon + 1))
                .orElseThrow(() ->
                        Problem.notFound("there is no area \"" + Parameters.shown(id) + "\"; /areas?q= finds them"));
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
            throw Problem.badRequest("bbox must have its smaller numbers first, and some width and height;"
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
}
