// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Polygon;
import org.survol.core.grid.PixelWindow;
import org.survol.scene.Layout.Building;
import org.survol.scene.Layout.Plot;
import org.survol.scene.Layout.Pond;
import org.survol.scene.Layout.Road;
import org.survol.scene.Layout.RoadKind;
import org.survol.scene.Layout.Tree;
import org.survol.scene.Layout.Wing;

/**
 * Paints the layout into blocks: plots, water, patches, roads, rail, crops, buildings, crowns, in this order. A pixel
 * takes what lies at its centre. Thread-safe; painting two overlapping windows gives the same pixels where they overlap,
 * but for crowns rooted outside the window, which {@link #CROWN_REACH_PIXELS} bounds.
 */
final class GroundPainter {

    static final int CROWN_REACH_PIXELS = 32;

    private static final double BROADLEAVED_SPACING = 4.3;
    private static final double CONIFER_SPACING = 3.1;
    private static final double SHRUB_SPACING = 1.6;
    private static final double PAVEMENT_METRES = 1.4;

    private final Layout layout;
    private final Flight flight;
    private final Terrain terrain;
    private final List<Plot> fields;
    private final double villageRadius;
    private final int seed;

    GroundPainter(Layout layout, Flight flight) {
        this.layout = layout;
        this.flight = flight;
        this.terrain = new Terrain(layout.seed(), layout.river());
        this.fields = new ArrayList<>(layout.plots());
        fields.addAll(layout.patches());
        this.villageRadius = Style.of(layout.seed()).villageRadius;
        this.seed = new Dice(layout.seed(), "ground", 0).nextInt();
    }

    Plot field(int index) {
        return fields.get(index);
    }

    Block paint(PixelWindow window) {
        var block = new Block(window);
        paintTerrain(block);
        for (int i = 0; i < layout.plots().size(); i++) {
            fill(block, i);
        }
        layout.river().ifPresent(river -> paintRiver(block, river));
        layout.ponds().forEach(pond -> paintPond(block, pond));
        for (int i = layout.plots().size(); i < fields.size(); i++) {
            fill(block, i);
        }
        layout.roads().forEach(road -> paintPavement(block, road));
        layout.roads().forEach(road -> paintRoad(block, road));
        layout.rail().ifPresent(rail -> paintRail(block, rail));
        growCrops(block);
        layout.buildings().forEach(building -> build(block, building));
        plantWoods(block);
        layout.trees().forEach(tree -> plantTree(block, tree));
        return block;
    }

    // ---- ground

    private void paintTerrain(Block block) {
        int step = Terrain.NODE_PIXELS;
        long firstColumn = Math.floorDiv(block.window.column(), step) * step;
        long firstRow = Math.floorDiv(block.window.row(), step) * step;
        int columns = (int) ((block.window.endColumn() - firstColumn) / step) + 2;
        int rows = (int) ((block.window.endRow() - firstRow) / step) + 2;
        var nodes = new float[columns * rows];
        for (int r = 0; r < rows; r++) {
            double y = -(firstRow + (long) r * step - SceneSpec.CENTRE_ROW) * SceneSpec.GSD;
            for (int c = 0; c < columns; c++) {
                double x = (firstColumn + (long) c * step - SceneSpec.CENTRE_COLUMN) * SceneSpec.GSD;
                nodes[r * columns + c] = terrain.node(x, y);
            }
        }
        int p = 0;
        for (int row = 0; row < block.height; row++) {
            int down = (int) (block.window.row() + row - firstRow);
            int r = down / step;
            float fy = (down % step + 0.5f) / step;
            for (int column = 0; column < block.width; column++) {
                int right = (int) (block.window.column() + column - firstColumn);
                int c = right / step;
                float fx = (right % step + 0.5f) / step;
                int node = r * columns + c;
                float north = nodes[node] + (nodes[node + 1] - nodes[node]) * fx;
                float south = nodes[node + columns] + (nodes[node + columns + 1] - nodes[node + columns]) * fx;
                block.ground[p++] = north + (south - north) * fy;
            }
        }
    }

    /** Pixels whose centre lies inside the polygon: even-odd along each row, west end in, east end out. */
    private void fill(Block block, int index) {
        Plot plot = fields.get(index);
        Envelope box = plot.shape().getEnvelopeInternal();
        var bounds = block.bounds(box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY());
        if (bounds.isEmpty()) {
            return;
        }
        byte code = plot.surface().code();
        var crossings = new double[16];
        for (int row = bounds.north(); row <= bounds.south(); row++) {
            double y = block.y(row);
            int n = 0;
            for (LineString ring : rings(plot.shape())) {
                Coordinate[] points = ring.getCoordinates();
                for (int i = 0; i + 1 < points.length; i++) {
                    Coordinate a = points[i];
                    Coordinate b = points[i + 1];
                    if (a.y <= y != b.y <= y) {
                        // from the lower end always, so that two neighbours agree to the last bit
                        Coordinate low = a.y < b.y ? a : b;
                        Coordinate high = a.y < b.y ? b : a;
                        if (n == crossings.length) {
                            crossings = Arrays.copyOf(crossings, 2 * n);
                        }
                        crossings[n++] = low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x);
                    }
                }
            }
            Arrays.sort(crossings, 0, n);
            for (int i = 0; i + 1 < n; i += 2) {
                int from = Math.max(0, (int) Math.ceil(block.column(crossings[i])));
                int to = Math.min(block.width, (int) Math.ceil(block.column(crossings[i + 1])));
                for (int p = row * block.width + from; p < row * block.width + to; p++) {
                    block.surface[p] = code;
                    block.field[p] = index;
                }
            }
        }
    }

    private static List<LineString> rings(Polygon polygon) {
        var rings = new ArrayList<LineString>();
        rings.add(polygon.getExteriorRing());
        for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
            rings.add(polygon.getInteriorRingN(i));
        }
        return rings;
    }

    // ---- water

    private void paintRiver(Block block, Road river) {
        float[] distance = nearest(block, river, river.width() / 2 + 6);
        for (int row = 0; row < block.height; row++) {
            double y = block.y(row);
            for (int column = 0; column < block.width; column++) {
                int p = row * block.width + column;
                float d = distance[p];
                if (d == Float.MAX_VALUE) {
                    continue;
                }
                double x = block.x(column);
                float half = (float) river.width() / 2 * (0.78f + 0.44f * Noise.value(x / 26, y / 26, river.key()));
                cutChannel(block, p, d, half, x, y);
            }
        }
    }

    private void paintPond(Block block, Pond pond) {
        double reach = pond.radius() * 1.3 + 5;
        var bounds = block.bounds(pond.x() - reach, pond.y() - reach, pond.x() + reach, pond.y() + reach);
        float level = terrain.node(pond.x(), pond.y());
        for (int row = bounds.north(); row <= bounds.south(); row++) {
            double y = block.y(row);
            for (int column = bounds.west(); column <= bounds.east(); column++) {
                double x = block.x(column);
                double d = Math.sqrt((x - pond.x()) * (x - pond.x()) + (y - pond.y()) * (y - pond.y()));
                float outline = Terrain.outline(pond, x, y);
                int p = row * block.width + column;
                float flat = 1 - Noise.smoothstep(outline, outline + 5, (float) d);
                block.ground[p] += (level - block.ground[p]) * flat;
                cutChannel(block, p, (float) d, outline, x, y);
            }
        }
    }

    private void cutChannel(Block block, int p, float d, float half, double x, double y) {
        block.ground[p] -= Terrain.channel(d, half);
        if (d < half) {
            block.surface[p] = Surface.WATER.code();
        } else if (d < half + 1.6f && Noise.value(x / 9, y / 9, seed + 5) > 0.56f) {
            block.surface[p] = Surface.SAND.code();
        } else if (d < half + 2.6f && block.surface[p] != Surface.BARE.code()) {
            block.surface[p] = Surface.ROUGH_GRASS.code();
        }
    }

    /** Metres from each pixel to the line's axis; {@code Float.MAX_VALUE} beyond reach. */
    private static float[] nearest(Block block, Road line, double reach) {
        var distance = new float[block.surface.length];
        Arrays.fill(distance, Float.MAX_VALUE);
        for (int i = 0; i < line.segments(); i++) {
            var bounds = segmentBounds(block, line, i, reach);
            for (int row = bounds.north(); row <= bounds.south(); row++) {
                double y = block.y(row);
                for (int column = bounds.west(); column <= bounds.east(); column++) {
                    double squared = line.squaredDistance(i, block.x(column), y);
                    if (squared < reach * reach) {
                        int p = row * block.width + column;
                        distance[p] = Math.min(distance[p], (float) Math.sqrt(squared));
                    }
                }
            }
        }
        return distance;
    }

    private static Block.Bounds segmentBounds(Block block, Road line, int i, double reach) {
        return block.bounds(
                Math.min(line.x()[i], line.x()[i + 1]) - reach,
                Math.min(line.y()[i], line.y()[i + 1]) - reach,
                Math.max(line.x()[i], line.x()[i + 1]) + reach,
                Math.max(line.y()[i], line.y()[i + 1]) + reach);
    }

    // ---- roads and rail

    /** What to do with a pixel near a line: distance along it, signed distance across it. */
    private interface Brush {
        void touch(int pixel, double along, double across);
    }

    private static void stroke(Block block, Road line, double reach, Brush brush) {
        stroke(block, line, reach, true, brush);
    }

    /** @param joints whether to round the corners between segments, and the ends */
    private static void stroke(Block block, Road line, double reach, boolean joints, Brush brush) {
        double start = 0;
        for (int i = 0; i < line.segments(); i++) {
            double x0 = line.x()[i];
            double y0 = line.y()[i];
            double dx = line.x()[i + 1] - x0;
            double dy = line.y()[i + 1] - y0;
            double length = Math.sqrt(dx * dx + dy * dy);
            double ux = dx / length;
            double uy = dy / length;
            var bounds = segmentBounds(block, line, i, reach);
            for (int row = bounds.north(); row <= bounds.south(); row++) {
                double y = block.y(row) - y0;
                for (int column = bounds.west(); column <= bounds.east(); column++) {
                    double x = block.x(column) - x0;
                    double along = x * ux + y * uy;
                    double across = x * uy - y * ux;
                    double beyond = along < 0 ? along : along > length ? along - length : 0;
                    if (beyond * beyond + across * across < reach * reach && (joints || beyond == 0)) {
                        if (beyond != 0) {
                            // round joint: keep the side, take the true distance
                            across = Math.copySign(Math.sqrt(beyond * beyond + across * across), across);
                        }
                        brush.touch(row * block.width + column, start + along, across);
                    }
                }
            }
            start += length;
        }
    }

    private void paintPavement(Block block, Road road) {
        boolean through = road.kind() == RoadKind.MAIN || road.kind() == RoadKind.LOCAL;
        if (road.kind() == RoadKind.DRIVE || !(road.pavement() || through)) {
            return;
        }
        double reach = road.width() / 2 + PAVEMENT_METRES;
        double built = villageRadius * 0.62;
        stroke(block, road, reach, (p, along, across) -> {
            if (!through || squaredFromVillage(block, p) < built * built) {
                paintWay(block, p, Surface.PAVING);
                block.detail[p] = 0;
            }
        });
    }

    private double squaredFromVillage(Block block, int p) {
        double dx = block.x(p % block.width) - layout.village().x;
        double dy = block.y(p / block.width) - layout.village().y;
        return dx * dx + dy * dy;
    }

    private void paintRoad(Block block, Road road) {
        double half = road.width() / 2;
        switch (road.kind()) {
            case TRACK ->
                stroke(block, road, half, (p, along, across) -> {
                    float edge = (float) (half * (0.75 + 0.25 * Noise.value(along / 3, across, road.key())));
                    if (Math.abs(across) < edge) {
                        boolean crown = Math.abs(across) < 0.42 && Noise.value(along / 8, 0.5, road.key()) > 0.35;
                        paintWay(block, p, crown ? Surface.TRACK_CROWN : Surface.TRACK);
                        block.detail[p] = (float) across;
                    }
                });
            case DRIVE ->
                stroke(block, road, half, (p, along, across) -> {
                    paintWay(block, p, road.pavement() ? Surface.ASPHALT : Surface.GRAVEL);
                    block.detail[p] = (float) across;
                });
            default -> {
                stroke(block, road, half, (p, along, across) -> {
                    paintWay(block, p, Surface.ASPHALT);
                    block.detail[p] = (float) (across / half);
                });
                if (road.kind() == RoadKind.MAIN) {
                    stroke(block, road, half, false, (p, along, across) -> {
                        double side = Math.abs(across);
                        boolean centre = side < 0.12 && along % 13 < 3.2;
                        boolean edge = Math.abs(side - half + 0.4) < 0.11 && along % 6 < 3.2;
                        if (centre || edge) {
                            block.surface[p] = Surface.MARKING.code();
                        }
                    });
                } else if (road.kind() == RoadKind.LOCAL && (road.key() & 1) == 0) {
                    stroke(block, road, 0.12, false, (p, along, across) -> {
                        if (along % 13 < 3.2) {
                            block.surface[p] = Surface.MARKING.code();
                        }
                    });
                }
            }
        }
    }

    /** Over water a way is a bridge: its deck lies where the bank is. */
    private static void paintWay(Block block, int p, Surface surface) {
        if (block.surface[p] == Surface.WATER.code()) {
            block.above[p] = 1.4f;
        }
        block.surface[p] = surface.code();
    }

    private void paintRail(Block block, Road rail) {
        double half = rail.width() / 2;
        double offset = rail.width() > 8 ? 2.0 : 0;
        stroke(block, rail, half, (p, along, across) -> {
            float ragged = (float) (half - 0.7 * Noise.value(along / 2.5, across / 4, rail.key()));
            double side = Math.abs(across);
            if (side > ragged || isRoad(block.surface[p]) && block.surface[p] != Surface.TRACK.code()) {
                return;
            }
            double track = Math.abs(side - offset);
            Surface surface = Surface.BALLAST;
            if (Math.abs(track - 0.72) < 0.1) {
                surface = Surface.RAIL;
            } else if (track < 1.3 && (along + 1e4) % 0.6 < 0.25) {
                surface = Surface.SLEEPER;
            }
            paintWay(block, p, surface);
            block.above[p] += (float) Math.min(0.5, (half - side) * 0.35);
            block.detail[p] = (float) across;
        });
    }

    private static boolean isRoad(byte code) {
        return switch (Surface.of(code)) {
            case ASPHALT, MARKING, PAVING, TRACK, TRACK_CROWN -> true;
            default -> false;
        };
    }

    // ---- what covers the open ground

    private void growCrops(Block block) {
        for (int row = 0; row < block.height; row++) {
            double y = block.y(row);
            for (int column = 0; column < block.width; column++) {
                int p = row * block.width + column;
                int index = block.field[p];
                if (index < 0) {
                    continue;
                }
                double x = block.x(column);
                Plot plot = fields.get(index);
                switch (Surface.of(block.surface[p])) {
                    case WHEAT -> block.above[p] = cropHeight(x, y, plot, flight.season() < 0.4 ? 0.75f : 0.12f);
                    case RAPESEED -> block.above[p] = cropHeight(x, y, plot, flight.season() < 0.3 ? 1.2f : 0.15f);
                    case SUNFLOWER ->
                        block.above[p] = cropHeight(
                                x, y, plot, 0.35f + 1.3f * Noise.smoothstep(0, 0.45f, (float) flight.season()));
                    case MAIZE ->
                        block.above[p] = cropHeight(
                                x, y, plot, 0.3f + 2.1f * Noise.smoothstep(0, 0.5f, (float) flight.season()));
                    case MEADOW -> block.above[p] = 0.05f + 0.3f * Noise.value(x / 7, y / 7, plot.key());
                    case ROUGH_GRASS -> block.above[p] = 0.1f + 0.6f * Noise.octaves(x / 3, y / 3, plot.key(), 2);
                    case LAWN -> block.above[p] = 0.05f;
                    case PLOUGHED -> block.above[p] = 0.12f * Noise.wave(across(plot, x, y) / 1.2);
                    case VINE -> growVine(block, p, plot, x, y);
                    case HEATH -> block.above[p] = 0.2f + 0.7f * Noise.octaves(x / 2.2, y / 2.2, plot.key(), 2);
                    case FELLED -> block.above[p] = 0.1f + 0.5f * Noise.octaves(x / 1.3, y / 1.3, plot.key(), 2);
                    case BROADLEAVED_FLOOR, CONIFER_FLOOR ->
                        block.above[p] = 0.3f + 0.5f * Noise.value(x, y, plot.key());
                    case BARE -> block.above[p] = 0.6f * Noise.octaves(x / 5, y / 5, plot.key(), 2);
                    case CAR_PARK -> parkCars(block, p, plot, x, y);
                    case PITCH -> drawPitch(block, p, plot, x, y);
                    default -> {}
                }
            }
        }
    }

    static double along(Plot plot, double x, double y) {
        return x * plot.ux() + y * plot.uy();
    }

    static double across(Plot plot, double x, double y) {
        return x * plot.uy() - y * plot.ux();
    }

    /** Metres between the tree rows of an orchard; rows lie where {@link #across} is a whole multiple of it. */
    static double rowSpacing(Plot plot) {
        return 4.5 + 2 * Noise.unit(plot.key());
    }

    private static float cropHeight(double x, double y, Plot plot, float height) {
        // wheel tracks of the sprayer every 24 m
        double lane = Math.abs(Math.floorMod((long) (across(plot, x, y) * 10), 240L) / 10.0 - 12);
        float trodden = Math.abs(lane - 0.9) < 0.22 ? 0.25f : 1;
        return height * trodden * (0.8f + 0.4f * Noise.value(x / 11, y / 11, plot.key()));
    }

    private void growVine(Block block, int p, Plot plot, double x, double y) {
        double spacing = 2.1 + 0.5 * Noise.unit(plot.key());
        double across = across(plot, x, y) / spacing;
        double along = along(plot, x, y);
        int line = Noise.floor(across);
        float from = (float) Math.abs(across - line - 0.5) * (float) spacing;
        float bushy = 0.28f + 0.24f * Noise.value(along / 0.9, line + 0.5, plot.key());
        boolean missing = Noise.value(along / 1.3, line + 0.5, plot.key() + 1) < 0.1f;
        if (from < bushy && !missing) {
            block.above[p] = 1.1f + 0.6f * Noise.value(along / 0.7, line + 0.5, plot.key() + 2);
            block.detail[p] = 1;
        } else {
            block.above[p] = 0.05f;
            // every other row is sown with grass
            block.detail[p] = (line & 1) == 0 && (plot.key() & 3) != 0 ? 0.5f : 0;
        }
    }

    private void parkCars(Block block, int p, Plot plot, double x, double y) {
        double across = across(plot, x, y);
        double along = along(plot, x, y);
        double module = across - 16 * Math.floor(across / 16);
        if (module >= 10) {
            block.detail[p] = 0;
            return;
        }
        int bay = Noise.floor(along / 2.5);
        double inBay = along - 2.5 * bay;
        int lane = Noise.floor(across / 16) * 2 + (module < 5 ? 0 : 1);
        double inLane = module < 5 ? module : module - 5;
        if (inBay < 0.14 || Math.abs(module - 5) < 0.1) {
            block.surface[p] = Surface.MARKING.code();
            return;
        }
        int car = Noise.hash(bay, lane, plot.key() + flight.seed());
        double u = Math.abs(inBay - 1.3 - 0.12 * (Noise.unit(car * 31) - 0.5));
        double v = Math.abs(inLane - 2.5 - 0.4 * (Noise.unit(car * 17) - 0.5));
        if (Noise.unit(car) < 0.55f && u < 0.88 && v < 2.1) {
            block.surface[p] = Surface.CAR.code();
            block.above[p] = v < 1.25 ? 1.45f : 0.95f;
            block.detail[p] = Noise.unit(car * 13);
        }
    }

    private void drawPitch(Block block, int p, Plot plot, double x, double y) {
        Coordinate corner = plot.shape().getCoordinates()[0];
        Coordinate opposite = plot.shape().getCoordinates()[2];
        double cx = (corner.x + opposite.x) / 2;
        double cy = (corner.y + opposite.y) / 2;
        double u = Math.abs(along(plot, x, y) - along(plot, cx, cy));
        double v = Math.abs(across(plot, x, y) - across(plot, cx, cy));
        double length = Math.abs(along(plot, corner.x, corner.y) - along(plot, cx, cy)) - 2;
        double width = Math.abs(across(plot, corner.x, corner.y) - across(plot, cx, cy)) - 2;
        double r = Math.sqrt(u * u + v * v);
        boolean border = u < length && v < width && (length - u < 0.2 || width - v < 0.2);
        boolean middle = u < 0.1 && v < width || Math.abs(r - 9.15) < 0.12 && v < width;
        boolean box = u < length && length - u < 16.5 && v < 20 && (length - u > 16.3 || v > 19.8);
        block.above[p] = 0.03f;
        if (border || middle || box) {
            block.surface[p] = Surface.PITCH_LINE.code();
        }
    }

    // ---- buildings

    private void build(Block block, Building building) {
        for (Wing wing : building.wings()) {
            double r = wing.radius();
            var bounds = block.bounds(wing.x() - r, wing.y() - r, wing.x() + r, wing.y() + r);
            for (int row = bounds.north(); row <= bounds.south(); row++) {
                double dy = block.y(row) - wing.y();
                for (int column = bounds.west(); column <= bounds.east(); column++) {
                    double dx = block.x(column) - wing.x();
                    double u = dx * wing.ux() + dy * wing.uy();
                    double v = -dx * wing.uy() + dy * wing.ux();
                    if (Math.abs(u) < wing.halfLength() && Math.abs(v) < wing.halfWidth()) {
                        roof(block, row * block.width + column, building, wing, u, v);
                    }
                }
            }
        }
    }

    private static void roof(Block block, int p, Building building, Wing wing, double u, double v) {
        double across = wing.halfWidth() - Math.abs(v);
        double along = wing.halfLength() - Math.abs(u);
        Surface surface = building.cover();
        double height =
                switch (wing.roof()) {
                    case GABLE -> wing.eaves() + wing.pitch() * across;
                    case HIP -> wing.eaves() + wing.pitch() * Math.min(across, along);
                    case SHED -> wing.eaves() + wing.pitch() * (v + wing.halfWidth());
                    case FLAT -> wing.eaves() + (Math.min(across, along) < 0.4 ? 0.5 : 0);
                    case SAWTOOTH -> wing.eaves() + 2.2 * (u / 8 - Math.floor(u / 8));
                };
        int key = building.key();
        boolean large = wing.halfWidth() > 7;
        if (large && wing.roof() == Layout.Roof.GABLE && surface == Surface.METAL_ROOF) {
            // translucent strips from eaves to ridge, every 12 m
            double strip = u - 12 * Math.floor(u / 12);
            if (strip < 1.1 && across > 1.2 && across < wing.halfWidth() - 0.8) {
                surface = Surface.ROOF_LIGHT;
            }
        }
        if (large && wing.roof() == Layout.Roof.FLAT && Math.min(across, along) > 2.5) {
            int cellU = Noise.floor(u / 6);
            int cellV = Noise.floor(v / 6);
            int unit = Noise.hash(cellU, cellV, key);
            if (Noise.unit(unit) < 0.14f
                    && Math.abs(u - 6 * cellU - 3) < 0.8 + Noise.unit(unit * 3)
                    && Math.abs(v - 6 * cellV - 3) < 0.8 + Noise.unit(unit * 7)) {
                height += 1.1;
                surface = Surface.ROOF_LIGHT;
            }
        }
        if (!large && wing.roof() != Layout.Roof.FLAT) {
            // a chimney beside the ridge
            double place = (Noise.unit(key * 5) - 0.5) * wing.halfLength();
            if (Math.abs(u - place) < 0.4 && Math.abs(v - 0.7) < 0.35) {
                height += 0.9;
            }
        }
        if (height > block.above[p] || Surface.of(block.surface[p]).landClass() != surface.landClass()) {
            block.above[p] = (float) height;
            block.surface[p] = surface.code();
            // identity in the whole part, place along the ridge after the point
            block.detail[p] = (key & 0xFFF) + (float) (0.5 + v / (2.2 * wing.halfWidth()) * 0.9);
        }
    }

    // ---- crowns

    private void plantWoods(Block block) {
        lattice(block, BROADLEAVED_SPACING, 0.85, 11, (p, x, y, key) -> {
            if (block.surface[p] == Surface.BROADLEAVED_FLOOR.code()
                    && Noise.octaves(x / 28, y / 28, seed + 9, 2) > 0.2f) {
                double r = 1.9 + 2.7 * Noise.unit(key * 3);
                float stand = Noise.value(x / 60, y / 60, seed + 10);
                crown(block, x, y, r, 6 + 12 * stand + 3 * Noise.unit(key * 5), Surface.BROADLEAVED, key);
            } else if (block.surface[p] == Surface.FELLED.code() && Noise.unit(key * 7) < 0.02f) {
                crown(block, x, y, 2 + Noise.unit(key * 3), 9, Surface.BROADLEAVED, key);
            }
        });
        lattice(block, CONIFER_SPACING, 0.55, 12, (p, x, y, key) -> {
            if (block.surface[p] == Surface.CONIFER_FLOOR.code() && Noise.unit(key * 7) > 0.05f) {
                double r = 1.4 + 1.1 * Noise.unit(key * 3);
                float stand = Noise.value(x / 80, y / 80, seed + 13);
                crown(block, x, y, r, 8 + 11 * stand + 2 * Noise.unit(key * 5), Surface.CONIFER, key);
            }
        });
        lattice(block, SHRUB_SPACING, 0.95, 14, (p, x, y, key) -> {
            if (block.surface[p] == Surface.HEATH.code() && Noise.octaves(x / 9, y / 9, seed + 15, 2) > 0.44f) {
                crown(
                        block,
                        x,
                        y,
                        0.6 + 0.9 * Noise.unit(key * 3),
                        0.9 + 1.8 * Noise.unit(key * 5),
                        Surface.SHRUB,
                        key);
            } else if (block.surface[p] == Surface.FELLED.code() && Noise.unit(key * 7) < 0.12f) {
                crown(block, x, y, 0.4 + 0.5 * Noise.unit(key * 3), 0.9, Surface.SHRUB, key);
            }
        });
    }

    private interface Rooted {
        void at(int pixel, double x, double y, int key);
    }

    /** Visits the points of a jittered lattice that lie in the block; the lattice hangs on the scene's centre. */
    private void lattice(Block block, double spacing, double jitter, int layer, Rooted visitor) {
        int west = Noise.floor(block.x(0) / spacing) - 1;
        int east = Noise.floor(block.x(block.width - 1) / spacing) + 1;
        int south = Noise.floor(block.y(block.height - 1) / spacing) - 1;
        int north = Noise.floor(block.y(0) / spacing) + 1;
        for (int j = north; j >= south; j--) {
            for (int i = west; i <= east; i++) {
                int key = Noise.hash(i, j, seed + layer);
                double x = (i + 0.5 + jitter * (Noise.unit(key) - 0.5)) * spacing;
                double y = (j + 0.5 + jitter * (Noise.unit(key * 0x9E3779B1) - 0.5)) * spacing;
                int column = Noise.floor(block.column(x) + 0.5);
                int row = Noise.floor(block.row(y) + 0.5);
                if (column >= 0 && row >= 0 && column < block.width && row < block.height) {
                    visitor.at(row * block.width + column, x, y, key);
                }
            }
        }
    }

    private void plantTree(Block block, Tree tree) {
        int column = Noise.floor(block.column(tree.x()) + 0.5);
        int row = Noise.floor(block.row(tree.y()) + 0.5);
        if (column < 0 || row < 0 || column >= block.width || row >= block.height) {
            return;
        }
        boolean soft =
                switch (Surface.of(block.surface[row * block.width + column])) {
                    case ASPHALT, MARKING, CAR, CAR_PARK, WATER, POOL, BALLAST, SLEEPER, RAIL, TRACK, TRACK_CROWN ->
                        false;
                    case TILE_ROOF, SLATE_ROOF, METAL_ROOF, FLAT_ROOF, ROOF_LIGHT, PITCH, PITCH_LINE -> false;
                    default -> true;
                };
        if (soft) {
            crown(block, tree.x(), tree.y(), tree.radius(), tree.height(), tree.kind(), tree.key());
        }
    }

    private static boolean isTall(byte code) {
        return switch (Surface.of(code)) {
            case TILE_ROOF, SLATE_ROOF, METAL_ROOF, FLAT_ROOF, ROOF_LIGHT, BROADLEAVED, CONIFER, SHRUB -> true;
            default -> false;
        };
    }

    private void crown(Block block, double x, double y, double radius, double height, Surface kind, int key) {
        double reach = Math.min(radius * 1.2, (CROWN_REACH_PIXELS - 2) * SceneSpec.GSD);
        var bounds = block.bounds(x - reach, y - reach, x + reach, y + reach);
        float tint = Noise.unit(key);
        for (int row = bounds.north(); row <= bounds.south(); row++) {
            double py = block.y(row);
            for (int column = bounds.west(); column <= bounds.east(); column++) {
                double px = block.x(column);
                double squared = (px - x) * (px - x) + (py - y) * (py - y);
                if (squared > reach * reach) {
                    continue;
                }
                float lobe = 0.78f + 0.42f * Noise.value(px / 1.4, py / 1.4, key);
                float t = (float) Math.sqrt(squared) / (float) (radius * lobe);
                if (t >= 1) {
                    continue;
                }
                float top =
                        switch (kind) {
                            case CONIFER -> (float) height * (1 - 0.72f * t);
                            case SHRUB -> (float) height * (1 - 0.6f * t * t);
                            default -> (float) height * (0.48f + 0.52f * (float) Math.sqrt(1 - t * t));
                        };
                if (height > 2.5) {
                    top += 0.9f * (Noise.value(px / 0.65, py / 0.65, key + 1) - 0.5f);
                }
                int p = row * block.width + column;
                // crops give way whatever their height, or the class under a hedge would change with the season
                if (top > block.above[p] || !isTall(block.surface[p])) {
                    block.above[p] = top;
                    block.surface[p] = kind.code();
                    block.detail[p] = tint;
                }
            }
        }
    }
}
