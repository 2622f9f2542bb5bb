// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.BlockCache;
import org.survol.catalog.LruCache;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.core.store.ObjectRef;

/** The maps' FlatGeobuf files; those that were opened last stay open. */
@Singleton
public final class FeatureFiles {

    private static final int FILES_KEPT = 64;
    /** Boxes over one place: polygons of a coverage do not overlap, their boxes may. */
    private static final int MOST_AT_A_PLACE = 10_000;

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private final BlockCache blocks;
    private final LruCache<String, FlatGeobuf> files = new LruCache<>(FILES_KEPT, file -> 1);

    FeatureFiles(BlockCache blocks) {
        this.blocks = blocks;
    }

    static ObjectRef object(PublishedMap map) {
        return map.file("fgb", "FlatGeobuf");
    }

    /** @param number place in the map's file, from 0 */
    public record MapPolygon(long number, Map<String, Object> properties) {}

    /** The polygon of the map at a place in the map's CRS; of several that share a border the first. */
    public Optional<MapPolygon> polygonAt(PublishedMap map, double x, double y) throws IOException {
        var file = open(object(map));
        var place = GEOMETRIES.createPoint(new Coordinate(x, y));
        for (long number : file.search(place.getEnvelopeInternal(), 0, MOST_AT_A_PLACE)) {
            var entry = file.read(number);
            if (entry.geometry().covers(place)) {
                return Optional.of(new MapPolygon(number, entry.properties()));
            }
        }
        return Optional.empty();
    }

    FlatGeobuf open(ObjectRef object) throws IOException {
        var key = object.key() + " " + object.sha256();
        var known = files.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        var file = FlatGeobuf.open(blocks.open(object));
        files.put(key, file);
        return file;
    }
}
