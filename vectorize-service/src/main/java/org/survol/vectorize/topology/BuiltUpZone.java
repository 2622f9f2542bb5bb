// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import org.survol.vectorize.rules.MapRules.PixelZone;

/**
 * Which regions lie in the built-up zone: ground within reach of a building, joined where gaps are narrower than twice the
 * reach, less the reach at the edge (a morphological closing, with squares). Drawn on cells of a twenty-fifth of the reach,
 * which lie on the absolute grid, so that the outcome does not depend on tiles. A region is inside when at least half the
 * length of its boundary is.
 */
final class BuiltUpZone {

    private static final int CELLS_PER_REACH = 25;
    /** 32 MiB; cells are doubled until a map fits. */
    private static final long MOST_CELLS = 1L << 28;

    private final PlanarMap map;
    private final PixelZone rule;
    private int cell;
    private int west;
    private int north;
    private int width;
    private int height;

    private BuiltUpZone(PlanarMap map, PixelZone rule) {
        this.map = map;
        this.rule = rule;
    }

    /** By region. */
    static Bits regionsInside(PlanarMap map, PixelZone rule) {
        return new BuiltUpZone(map, rule).inside();
    }

    private Bits inside() {
        var inside = new Bits(map.regions.count);
        if (map.arcs.size() == 0) {
            return inside;
        }
        layOut();
        var zone = closed(buildings(), Math.max(1, rule.reachPixels() / cell));
        var within = new long[map.regions.count];
        var total = new long[map.regions.count];
        var arcs = map.arcs;
        for (int a = 0; a < arcs.size(); a++) {
            long length = 0;
            long covered = 0;
            for (int i = arcs.start.at[a] + 1; i < arcs.start.at[a + 1]; i++) {
                int steps = Math.abs(arcs.x.at[i] - arcs.x.at[i - 1]) + Math.abs(arcs.y.at[i] - arcs.y.at[i - 1]);
                int dx = Integer.signum(arcs.x.at[i] - arcs.x.at[i - 1]);
                int dy = Integer.signum(arcs.y.at[i] - arcs.y.at[i - 1]);
                // Whole steps from the smaller end, so that the direction of the arc does not matter.
                int x = Math.min(arcs.x.at[i], arcs.x.at[i - 1]);
                int y = Math.min(arcs.y.at[i], arcs.y.at[i - 1]);
                for (int s = 0; s < steps; s++) {
                    covered += zone.get(cellAt(x + s * Math.abs(dx), y + s * Math.abs(dy))) ? 1 : 0;
                }
                length += steps;
            }
            within[arcs.left.at[a]] += covered;
            within[arcs.right.at[a]] += covered;
            total[arcs.left.at[a]] += length;
            total[arcs.right.at[a]] += length;
        }
        for (int r = 1; r < map.regions.count; r++) {
            if (2 * within[r] >= total[r]) {
                inside.set(r);
            }
        }
        return inside;
    }

    private void layOut() {
        var arcs = map.arcs;
        int minX = Integer.MAX_VALUE;
        int minY = Integer.MAX_VALUE;
        int maxX = Integer.MIN_VALUE;
        int maxY = Integer.MIN_VALUE;
        for (int i = 0; i < arcs.x.size; i++) {
            minX = Math.min(minX, arcs.x.at[i]);
            maxX = Math.max(maxX, arcs.x.at[i]);
            minY = Math.min(minY, arcs.y.at[i]);
            maxY = Math.max(maxY, arcs.y.at[i]);
        }
        cell = Math.max(1, rule.reachPixels() / CELLS_PER_REACH);
        while (true) {
            int margin = 1 + rule.reachPixels() / cell;
            west = Math.floorDiv(minX, cell) - margin;
            north = Math.floorDiv(minY, cell) - margin;
            long columns = Math.floorDiv(maxX, cell) + margin + 1L - west;
            long rows = Math.floorDiv(maxY, cell) + margin + 1L - north;
            if (columns * rows <= MOST_CELLS) {
                width = (int) columns;
                height = (int) rows;
                return;
            }
            cell *= 2;
        }
    }

    private int cellAt(int x, int y) {
        return (Math.floorDiv(y, cell) - north) * width + Math.floorDiv(x, cell) - west;
    }

    private Bits buildings() {
        var cells = new Bits(width * height);
        var arcs = map.arcs;
        for (int a = 0; a < arcs.size(); a++) {
            if (!isBuilding(arcs.left.at[a]) && !isBuilding(arcs.right.at[a])) {
                continue;
            }
            for (int i = arcs.start.at[a] + 1; i < arcs.start.at[a + 1]; i++) {
                int fromX = Math.floorDiv(Math.min(arcs.x.at[i - 1], arcs.x.at[i]), cell);
                int toX = Math.floorDiv(Math.max(arcs.x.at[i - 1], arcs.x.at[i]), cell);
                int fromY = Math.floorDiv(Math.min(arcs.y.at[i - 1], arcs.y.at[i]), cell);
                int toY = Math.floorDiv(Math.max(arcs.y.at[i - 1], arcs.y.at[i]), cell);
                for (int y = fromY; y <= toY; y++) {
                    for (int x = fromX; x <= toX; x++) {
                        cells.set((y - north) * width + x - west);
                    }
                }
            }
        }
        return cells;
    }

    private boolean isBuilding(int region) {
        return rule.building()[map.classOf(region)] && map.pixels(region) >= rule.smallestPixels();
    }

    private Bits closed(Bits cells, int reach) {
        return spread(spread(cells, reach, true), reach, false);
    }

    /** A cell becomes {@code value} when any cell within reach, along rows and columns, has it. */
    private Bits spread(Bits cells, int reach, boolean value) {
        return alongColumns(alongRows(cells, reach, value), reach, value);
    }

    private Bits alongRows(Bits cells, int reach, boolean value) {
        var out = new Bits(width * height);
        for (int y = 0; y < height; y++) {
            line(cells, out, y * width, 1, width, reach, value);
        }
        return out;
    }

    private Bits alongColumns(Bits cells, int reach, boolean value) {
        var out = new Bits(width * height);
        for (int x = 0; x < width; x++) {
            line(cells, out, x, width, height, reach, value);
        }
        return out;
    }

    private static void line(Bits from, Bits to, int first, int step, int count, int reach, boolean value) {
        int near = 0;
        for (int i = 0; i < Math.min(reach, count); i++) {
            near += from.get(first + i * step) == value ? 1 : 0;
        }
        for (int i = 0; i < count; i++) {
            if (i + reach < count && from.get(first + (i + reach) * step) == value) {
                near++;
            }
            if (i - reach - 1 >= 0 && from.get(first + (i - reach - 1) * step) == value) {
                near--;
            }
            if (near > 0 == value) {
                to.set(first + i * step);
            }
        }
    }
}
