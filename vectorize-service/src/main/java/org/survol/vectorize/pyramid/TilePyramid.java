// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.pyramid;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.crs.CrsTransform;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;
import org.survol.vectorize.pyramid.PmTilesWriter.Bounds;
import org.survol.vectorize.rules.MapRules;
import org.survol.vectorize.topology.Generalization;
import org.survol.vectorize.topology.MinimumMappingUnit;
import org.survol.vectorize.topology.PlanarMap;
import org.survol.vectorize.topology.Rings;

/**
 * The map in vector tiles of zooms 6 to 16, in Web Mercator, for display. The finest zoom shows the map as it is; each
 * coarser one loses what is smaller than two by two screen pixels of it to its neighbours and is simplified to half a screen
 * pixel, with the machinery of the map itself: whole arcs, both sides at once. So every zoom is a coverage; nothing is left
 * out that would leave a gap, and there are no slivers.
 *
 * <p>A large map comes sheet by sheet; each is thinned out on its own, so lines between sheets stay. What a tile shows of one
 * sheet only is written as soon as that has come.
 *
 * <p>Points become whole numbers (4,096 a tile) before polygons are cut at tile edges, so neighbours share their points; a
 * neck or tip narrower than one of them may close. Tiles reach 64 units into their neighbours.
 */
public final class TilePyramid implements Closeable {

    private static final int MIN_ZOOM = 6;
    private static final int MAX_ZOOM = 16;
    private static final int EXTENT = VectorTile.EXTENT;
    private static final int EXTENT_BITS = Integer.numberOfTrailingZeros(EXTENT);
    private static final int BUFFER = 64;
    /** Units of a tile to a screen pixel, as a tile is shown on 512 of them. */
    private static final int UNITS_PER_PIXEL = EXTENT / 512;

    private static final double EARTH_METRES = 40_075_016.685_578_5;
    private static final int LONG_LAT = 4326;
    private static final int LARGEST_LATITUDE = 85;

    /** What a tile says of a region. */
    public interface Legend {
        /** @param map one of the pyramid's, in which regions have other numbers than in the next
         *  @return texts, integers and reals, in a fixed order */
        Map<String, Object> attributes(PlanarMap map, int region);
    }

    private final TileGrid grid;
    private final MapRules rules;
    private final Legend legend;
    private final String layer;
    private final String title;
    private final CrsTransform toLongLat;
    private final CrsTransform fromLongLat;
    private final PmTilesWriter writer;
    /** The maps of the last sheet, by zoom. */
    private final Map<Integer, PlanarMap> maps = new TreeMap<>();
    /** Tiles by id that other sheets may have a part of. */
    private final Map<Long, Started> started = new TreeMap<>();

    private final Map<String, String> fields = new LinkedHashMap<>();
    private double west = 180;
    private double south = 90;
    private double east = -180;
    private double north = -90;

    private record Started(int zoom, int x, int y, VectorTile tile) {}

    /** @param rules whose kinship of classes says where small polygons go
     *  @param layer name of the only layer
     *  @param title for people */
    public TilePyramid(TileGrid grid, MapRules rules, Legend legend, Path file, String layer, String title)
            throws IOException {
        this.grid = grid;
        this.rules = rules;
        this.legend = legend;
        this.layer = layer;
        this.title = title;
        toLongLat = Crs.ofEpsg(grid.epsg()).to(Crs.ofEpsg(LONG_LAT));
        fromLongLat = Crs.ofEpsg(LONG_LAT).to(Crs.ofEpsg(grid.epsg()));
        writer = new PmTilesWriter(file);
    }

    /** @param map a sheet as it is published
     *  @param window pixels that no other sheet has */
    public void add(PlanarMap map, PixelWindow window) throws IOException {
        maps.put(MAX_ZOOM, map);
        thinOut();
        if (fields.isEmpty() && map.regionCount() > 0) {
            legend.attributes(map, 1)
                    .forEach((key, value) -> fields.put(key, value instanceof Number ? "Number" : "String"));
        }
        maps.forEach(this::cut);
        var complete = started.entrySet().iterator();
        while (complete.hasNext()) {
            var tile = complete.next();
            if (liesWithin(tile.getValue(), window)) {
                writer.add(tile.getKey(), tile.getValue().tile.toBytes());
                complete.remove();
            }
        }
    }

    /** Completes the file. */
    public void finish() throws IOException {
        for (var tile : started.entrySet()) {
            writer.add(tile.getKey(), tile.getValue().tile.toBytes());
        }
        boolean empty = west > east;
        writer.finish(
                metadata(), MIN_ZOOM, MAX_ZOOM, empty ? new Bounds(0, 0, 0, 0) : new Bounds(west, south, east, north));
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    /** Of the last sheet. */
    PlanarMap map(int zoom) {
        return maps.get(zoom);
    }

    /** Whether all that a tile shows is on one sheet. */
    private boolean liesWithin(Started tile, PixelWindow window) {
        double side = Math.scalb(1.0, tile.zoom);
        // Half a tile more on every side: tiles reach into their neighbours, and their edges are curves on the sheet.
        for (double x = tile.x - 0.5; x < tile.x + 2; x++) {
            for (double y = tile.y - 0.5; y < tile.y + 2; y++) {
                var xy = new double[] {
                    (x / side - 0.5) * 360,
                    StrictMath.toDegrees(StrictMath.atan(StrictMath.sinh(Math.PI * (1 - 2 * y / side))))
                };
                fromLongLat.apply(xy, 1);
                double column = grid.column(xy[0]);
                double row = grid.row(xy[1]);
                if (!(column > window.column()
                        && column < window.endColumn()
                        && row > window.row()
                        && row < window.endRow())) {
                    return false;
                }
            }
        }
        return true;
    }

    private void thinOut() {
        var finer = maps.get(MAX_ZOOM).alone();
        double shrink = StrictMath.cos(StrictMath.toRadians(latitude(finer)));
        for (int zoom = MAX_ZOOM - 1; zoom >= MIN_ZOOM; zoom--) {
            double unitPixels = EARTH_METRES * shrink / ((1L << zoom) * EXTENT) / grid.gsdMetres();
            double side = 2 * UNITS_PER_PIXEL * unitPixels;
            double tolerance = UNITS_PER_PIXEL / 2.0 * unitPixels;
            var kept = MinimumMappingUnit.eliminate(
                    finer.exact(), rules.coarser((long) Math.ceil(side * side), tolerance));
            finer = Generalization.simplified(kept, tolerance);
            maps.put(zoom, finer);
        }
    }

    /** Of the middle of the map, degrees; 0 for an empty one. */
    private double latitude(PlanarMap map) {
        if (map.regionCount() == 0) {
            return 0;
        }
        long x = 0;
        long y = 0;
        for (int r = 1; r <= map.regionCount(); r++) {
            x += map.firstColumn(r);
            y += map.firstRow(r);
        }
        var middle = new double[] {
            (double) x / map.regionCount() * grid.gsdMetres(), -(double) y / map.regionCount() * grid.gsdMetres()
        };
        toLongLat.apply(middle, 1);
        return middle[1];
    }

    private void cut(int zoom, PlanarMap map) {
        var rings = new Rings();
        for (int region = 1; region <= map.regionCount(); region++) {
            map.rings(region, rings);
            var placed = placed(rings, map.units(), zoom);
            if (placed.isEmpty()) {
                continue;
            }
            var attributes = legend.attributes(map, region);
            split(placed, zoom, (x, y, part) -> started.computeIfAbsent(
                            PmTilesWriter.id(zoom, x, y), id -> new Started(zoom, x, y, new VectorTile(layer)))
                    .tile
                    .add(0, attributes, part, x * EXTENT, y * EXTENT));
        }
    }

    private interface TileSink {
        void take(int x, int y, IntRings rings);
    }

    /** Begins with the smallest square of halves of halves that holds the polygon with all that reaches it. */
    private static void split(IntRings rings, int zoom, TileSink sink) {
        int west = rings.least(0) - BUFFER;
        int north = rings.least(1) - BUFFER;
        int east = rings.most(0) + BUFFER;
        int south = rings.most(1) + BUFFER;
        int level = zoom;
        int shift = EXTENT_BITS;
        while (level > 0 && (west >> shift != east >> shift || north >> shift != south >> shift)) {
            level--;
            shift++;
        }
        split(rings, zoom, level, level == 0 ? 0 : west >> shift, level == 0 ? 0 : north >> shift, sink);
    }

    /** Halves of halves, always at the same lines, so that what two polygons share is cut alike in both. */
    private static void split(IntRings rings, int zoom, int level, int x, int y, TileSink sink) {
        if (rings.isEmpty() || rings.doubleArea() == 0) {
            return;
        }
        if (level == zoom) {
            sink.take(x, y, rings);
            return;
        }
        int half = EXTENT << zoom - level - 1;
        for (int right = 0; right < 2; right++) {
            var column = side(rings, 0, (2 * x + 1) * half, right == 0);
            for (int lower = 0; lower < 2; lower++) {
                split(
                        side(column, 1, (2 * y + 1) * half, lower == 0),
                        zoom,
                        level + 1,
                        2 * x + right,
                        2 * y + lower,
                        sink);
            }
        }
    }

    private static IntRings side(IntRings rings, int axis, int middle, boolean less) {
        if (rings.isEmpty()) {
            return rings;
        }
        int bound = less ? middle + BUFFER : middle - BUFFER;
        boolean whole = less ? rings.most(axis) <= bound : rings.least(axis) >= bound;
        boolean none = less ? rings.least(axis) > bound : rings.most(axis) < bound;
        return whole ? rings : none ? IntRings.NONE : rings.clipped(axis, bound, less);
    }

    /** In whole units of the zoom's world; shells clockwise on the screen. */
    private IntRings placed(Rings rings, int units, int zoom) {
        var placed = new IntRings();
        double step = grid.gsdMetres() / units;
        double world = (double) (1L << zoom) * EXTENT;
        for (int ring = 0; ring < rings.count(); ring++) {
            int corners = rings.corners(ring);
            var xy = new double[2 * corners];
            for (int i = 0; i < corners; i++) {
                int corner = corners - 1 - i;
                xy[2 * i] = rings.column(ring, corner) * step;
                xy[2 * i + 1] = -rings.row(ring, corner) * step;
            }
            toLongLat.apply(xy, corners);
            for (int i = 0; i < corners; i++) {
                double longitude = xy[2 * i];
                double latitude = Math.clamp(xy[2 * i + 1], -LARGEST_LATITUDE, LARGEST_LATITUDE);
                west = Math.min(west, longitude);
                south = Math.min(south, latitude);
                east = Math.max(east, longitude);
                north = Math.max(north, latitude);
                double sine = StrictMath.sin(StrictMath.toRadians(latitude));
                placed.add((int) Math.rint((longitude / 360 + 0.5) * world), (int)
                        Math.rint((0.5 - StrictMath.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world));
            }
            placed.endRing();
        }
        return placed;
    }

    private String metadata() {
        var described = new LinkedHashMap<String, Object>();
        described.put("id", layer);
        described.put("fields", fields);
        described.put("minzoom", MIN_ZOOM);
        described.put("maxzoom", MAX_ZOOM);
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("name", title);
        metadata.put("type", "overlay");
        metadata.put("vector_layers", List.of(described));
        return Json.text(metadata);
    }
}
