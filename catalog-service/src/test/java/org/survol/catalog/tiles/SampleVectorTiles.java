// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.tiles;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.locationtech.jts.geom.Polygon;
import org.survol.catalog.Footprints;
import org.survol.catalog.SampleFlatGeobuf.Shape;
import org.survol.catalog.SampleRun;
import org.survol.core.crs.Crs;

/** Shapes as vector tiles of zooms 14 to 16: each whole in every tile that it touches, with class, code, label, colour. */
public final class SampleVectorTiles {

    public static final int MIN_ZOOM = 14;
    public static final int MAX_ZOOM = 16;
    private static final int EXTENT = 4096;
    private static final List<String> KEYS = List.of("class", "code", "colour", "label_en");

    private SampleVectorTiles() {}

    public static byte[] pmTiles(int epsg, List<Shape> shapes) {
        var toLngLat = Crs.ofEpsg(epsg).to(Crs.ofEpsg(4326));
        var tiles = new TreeMap<Long, byte[]>();
        var all = new ArrayList<Double>();
        for (int zoom = MIN_ZOOM; zoom <= MAX_ZOOM; zoom++) {
            var byTile = new TreeMap<Long, List<Placed>>();
            for (var shape : shapes) {
                var lngLat = outline(shape.polygon());
                toLngLat.apply(lngLat, lngLat.length / 2);
                for (double each : lngLat) {
                    all.add(each);
                }
                var box = Footprints.bounds(lngLat);
                for (int x = WebMercator.column(zoom, box.west()); x <= WebMercator.column(zoom, box.east()); x++) {
                    for (int y = WebMercator.row(zoom, box.north()); y <= WebMercator.row(zoom, box.south()); y++) {
                        byTile.computeIfAbsent(PmTiles.id(zoom, x, y), id -> new ArrayList<>())
                                .add(new Placed(shape.value(), inTile(lngLat, zoom, x, y)));
                    }
                }
            }
            byTile.forEach((id, placed) -> tiles.put(id, tile(placed)));
        }
        var bounds = Footprints.bounds(all.stream().mapToDouble(each -> each).toArray());
        return SamplePmTiles.of(tiles, MIN_ZOOM, MAX_ZOOM, bounds, 3);
    }

    private record Placed(int value, int[] xy) {}

    private static double[] outline(Polygon polygon) {
        var points = polygon.getExteriorRing().getCoordinateSequence();
        var xy = new double[(points.size() - 1) * 2];
        for (int i = 0; i < xy.length; i += 2) {
            xy[i] = points.getX(i / 2);
            xy[i + 1] = points.getY(i / 2);
        }
        return xy;
    }

    private static int[] inTile(double[] lngLat, int zoom, int x, int y) {
        var xy = new int[lngLat.length];
        for (int i = 0; i < xy.length; i += 2) {
            xy[i] = (int) Math.rint((WebMercator.x(zoom, lngLat[i]) - x) * EXTENT);
            xy[i + 1] = (int) Math.rint((WebMercator.y(zoom, lngLat[i + 1]) - y) * EXTENT);
        }
        return xy;
    }

    private static byte[] tile(List<Placed> shapes) {
        var layer = new ByteArrayOutputStream();
        number(layer, 15, 2);
        bytes(layer, 1, "land_cover".getBytes(StandardCharsets.UTF_8));
        for (var shape : shapes) {
            var feature = new ByteArrayOutputStream();
            var tags = new ByteArrayOutputStream();
            for (int key = 0; key < KEYS.size(); key++) {
                SamplePmTiles.varint(tags, key);
                SamplePmTiles.varint(tags, (long) (shape.value() - 1) * KEYS.size() + key);
            }
            bytes(feature, 2, tags.toByteArray());
            number(feature, 3, 3);
            bytes(feature, 4, geometry(shape.xy()));
            bytes(layer, 2, feature.toByteArray());
        }
        KEYS.forEach(key -> bytes(layer, 3, key.getBytes(StandardCharsets.UTF_8)));
        for (var each : SampleRun.CLASSES.classes()) {
            var value = new ByteArrayOutputStream();
            number(value, 5, each.value());
            bytes(layer, 4, value.toByteArray());
            for (var text : List.of(each.code(), each.colour(), each.labelEn())) {
                var textValue = new ByteArrayOutputStream();
                bytes(textValue, 1, text.getBytes(StandardCharsets.UTF_8));
                bytes(layer, 4, textValue.toByteArray());
            }
        }
        number(layer, 5, EXTENT);
        var tile = new ByteArrayOutputStream();
        bytes(tile, 3, layer.toByteArray());
        return tile.toByteArray();
    }

    private static byte[] geometry(int[] xy) {
        var out = new ByteArrayOutputStream();
        int x = 0;
        int y = 0;
        for (int i = 0; i < xy.length; i += 2) {
            if (i == 0) {
                SamplePmTiles.varint(out, 1 << 3 | 1);
            } else if (i == 2) {
                SamplePmTiles.varint(out, (long) (xy.length / 2 - 1) << 3 | 2);
            }
            zigzag(out, xy[i] - x);
            zigzag(out, xy[i + 1] - y);
            x = xy[i];
            y = xy[i + 1];
        }
        SamplePmTiles.varint(out, 1 << 3 | 7);
        return out.toByteArray();
    }

    private static void zigzag(ByteArrayOutputStream out, int value) {
        SamplePmTiles.varint(out, (value << 1 ^ value >> 31) & 0xFFFFFFFFL);
    }

    private static void number(ByteArrayOutputStream out, int field, long value) {
        SamplePmTiles.varint(out, (long) field << 3);
        SamplePmTiles.varint(out, value);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
        SamplePmTiles.varint(out, (long) field << 3 | 2);
        SamplePmTiles.varint(out, content.length);
        out.writeBytes(content);
    }
}
