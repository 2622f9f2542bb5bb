// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;

/** A class raster somewhere on the absolute grid, ways to draw one, and ways to cut it. */
public record ClassRasters(PixelWindow window, byte[] classes, byte[] confidence) {

    /** Far from the origin, on no edge of tiles of 32, 64 or 128, and 150 pixels fit in one of 256. */
    private static final int COLUMN = 1_000_003;

    private static final int ROW = -34_000_077;

    static final int CLASSES = 7;
    /** Probability that puts a class into a pixel's set. */
    static final int SET_FROM = 60;

    public static ClassRasters drawn(int width, int height, IntBinaryOperator classAt) {
        var classes = new byte[width * height];
        var confidence = new byte[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                classes[y * width + x] = (byte) classAt.applyAsInt(x, y);
                confidence[y * width + x] = (byte) (50 + (x * 7 + y * 13) % 200);
            }
        }
        return new ClassRasters(new PixelWindow(COLUMN, ROW, width, height), classes, confidence);
    }

    /** One text row per pixel row; '.' is no data, other characters are classes 1 to 9. */
    public static ClassRasters ofText(String... rows) {
        return drawn(rows[0].length(), rows.length, (x, y) -> {
            char c = rows[y].charAt(x);
            return c == '.' ? 0 : c - '0';
        });
    }

    /** Everything that has broken a polygonizer: by name. */
    public static Map<String, ClassRasters> adversarial() {
        var all = new LinkedHashMap<String, ClassRasters>();
        all.put("one pixel", drawn(1, 1, (x, y) -> 7));
        all.put("one row", drawn(90, 1, (x, y) -> 1 + x / 3 % 2));
        all.put("one column", drawn(1, 90, (x, y) -> 1 + y / 3 % 2));
        all.put("all one class", drawn(100, 70, (x, y) -> 3));
        all.put("all no data", drawn(100, 70, (x, y) -> 0));
        all.put("checkerboard", drawn(75, 71, (x, y) -> 1 + (x + y) % 2));
        all.put("checkerboard with holes of no data", drawn(75, 71, (x, y) -> (x + y) % 2));
        all.put("three-coloured checkerboard", drawn(75, 71, (x, y) -> 1 + (x + 2 * y) % 3));
        all.put("one-pixel diagonals", drawn(80, 80, (x, y) -> (x + y) % 7 == 0 ? 1 : (x - y) % 5 == 0 ? 2 : 3));
        all.put("diagonal of no data", drawn(80, 80, (x, y) -> x == y || x + y == 79 ? 0 : 4));
        all.put("nested squares", drawn(91, 91, (x, y) -> 1 + Math.max(Math.abs(x - 45), Math.abs(y - 45)) % 2));
        all.put("nested diamonds", drawn(91, 91, (x, y) -> 1 + (Math.abs(x - 45) + Math.abs(y - 45)) % 3 / 2));
        all.put("spiral", spiral(97));
        all.put("comb", drawn(99, 64, (x, y) -> y == 0 || x % 2 == 0 ? 1 : 2));
        all.put("rows", drawn(64, 99, (x, y) -> 1 + y % 3));
        all.put("lace", drawn(96, 96, (x, y) -> x % 3 == 1 && y % 3 == 1 ? 2 : 1));
        all.put("holes that touch in points", drawn(96, 96, (x, y) -> x % 8 == y % 8 && x % 8 != 0 ? 2 : 1));
        return all;
    }

    private static ClassRasters spiral(int side) {
        var arm = new boolean[side][side];
        int x = 0;
        int y = 0;
        int dx = 1;
        int dy = 0;
        arm[0][0] = true;
        for (int turns = 0; turns < 2; ) {
            int nx = x + dx;
            int ny = y + dy;
            int aheadX = nx + dx;
            int aheadY = ny + dy;
            boolean free = nx >= 0 && ny >= 0 && nx < side && ny < side && !arm[ny][nx];
            boolean open = aheadX < 0 || aheadY < 0 || aheadX >= side || aheadY >= side || !arm[aheadY][aheadX];
            if (free && open) {
                x = nx;
                y = ny;
                arm[y][x] = true;
                turns = 0;
            } else {
                int turned = dx;
                dx = -dy;
                dy = turned;
                turns++;
            }
        }
        return drawn(side, side, (px, py) -> arm[py][px] ? 1 : 2);
    }

    /** Smooth patches, salt and pepper on them, holes of no data: what a model gives, only worse. */
    public static ClassRasters random(long seed) {
        var random = new Random(seed);
        int width = 1 + random.nextInt(150);
        int height = 1 + random.nextInt(150);
        int classes = 1 + random.nextInt(6);
        double noise = random.nextInt(3) * 0.15;
        double gaps = random.nextInt(2) * 0.05;
        int seeds = 1 + random.nextInt(30);
        var sx = new int[seeds];
        var sy = new int[seeds];
        var sc = new int[seeds];
        for (int i = 0; i < seeds; i++) {
            sx[i] = random.nextInt(width);
            sy[i] = random.nextInt(height);
            sc[i] = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(classes);
        }
        return drawn(width, height, (x, y) -> {
            double dice = random.nextDouble();
            if (dice < gaps) {
                return 0;
            }
            if (dice < gaps + noise) {
                return 1 + random.nextInt(classes);
            }
            int nearest = 0;
            for (int i = 1; i < seeds; i++) {
                if (Math.hypot(x - sx[i], y - sy[i]) < Math.hypot(x - sx[nearest], y - sy[nearest])) {
                    nearest = i;
                }
            }
            return sc[nearest];
        });
    }

    public int at(long column, long row) {
        long x = column - window.column();
        long y = row - window.row();
        return x < 0 || y < 0 || x >= window.width() || y >= window.height()
                ? 0
                : classes[(int) (y * window.width() + x)] & 0xFF;
    }

    /** The pixels of another window, no data where there is nothing. */
    public ClassRasters cut(PixelWindow other) {
        var cutClasses = new byte[(int) other.pixels()];
        var cutConfidence = new byte[cutClasses.length];
        var common = window.intersect(other);
        for (int y = 0; y < common.height(); y++) {
            int from = (int) ((common.row() + y - window.row()) * window.width() + common.column() - window.column());
            int to = (int) ((common.row() + y - other.row()) * other.width() + common.column() - other.column());
            System.arraycopy(classes, from, cutClasses, to, common.width());
            System.arraycopy(confidence, from, cutConfidence, to, common.width());
        }
        return new ClassRasters(other, cutClasses, cutConfidence);
    }

    /** A plane for each of the classes 1 to 7. A pixel's class has its confidence, the next two most of the rest. */
    public byte[][] probabilities() {
        var planes = new byte[CLASSES][classes.length];
        for (int i = 0; i < classes.length; i++) {
            if (classes[i] != 0) {
                int own = Math.floorMod(classes[i] - 1, CLASSES);
                int rest = 255 - (confidence[i] & 0xFF);
                planes[own][i] = confidence[i];
                planes[(own + 1) % CLASSES][i] = (byte) (rest - rest / 3);
                planes[(own + 3) % CLASSES][i] = (byte) (rest / 3);
            }
        }
        return planes;
    }

    public TileTopology traced() {
        var values = new byte[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            values[c] = (byte) (c + 1);
        }
        var probabilities = probabilities();
        var setFrom = new int[CLASSES];
        Arrays.fill(setFrom, SET_FROM);
        var planes = new ClassPlanes(values, probabilities, probabilities, setFrom);
        var tracer = new TileTracer(window, values);
        for (int y = 0; y < window.height(); y++) {
            int row = y * window.width();
            tracer.row(classes, row, confidence, row, planes, row);
        }
        return tracer.finish();
    }

    /** Cut into tiles, each traced alone, stored and read back, and joined again in any order. */
    public PlanarMap assembled(int tileSize, Random order) {
        return assembled(tileSize, order, tile -> tile);
    }

    /** The same, with something done to each tile before it is stored. */
    public PlanarMap assembled(int tileSize, Random order, UnaryOperator<TileTopology> inTheTile) {
        var grid = new TileGrid(2154, 0.2, tileSize);
        var addresses = new ArrayList<TileAddress>(grid.tilesTouching(window));
        Collections.shuffle(addresses, order);
        var assembler = new CoverageAssembler(grid);
        for (var address : addresses) {
            var bytes = TopologyCodec.encode(
                    inTheTile.apply(cut(grid.window(address)).traced()));
            assembler.add(address, TopologyCodec.decode(address.toString(), bytes));
        }
        return assembler.assemble();
    }

    /** As one piece: the raster lies within one tile of this size. */
    public PlanarMap whole() {
        if (new TileGrid(2154, 0.2, 256).tilesTouching(window).size() != 1) {
            throw new IllegalStateException(this + " lies across tiles of 256");
        }
        return assembled(256, new Random(0));
    }

    /** Every region with all its rings and attributes as text: equal maps give equal text. */
    public static List<String> described(PlanarMap map) {
        var rings = new Rings();
        var described = new ArrayList<String>();
        for (int r = 1; r <= map.regionCount(); r++) {
            map.rings(r, rings);
            var text = new StringBuilder("class " + map.classOf(r) + " pixels " + map.pixels(r) + " first "
                    + map.firstColumn(r) + " " + map.firstRow(r) + " mean " + map.meanConfidence(r) + " min "
                    + map.minConfidence(r) + " perimeter " + rings.perimeter());
            for (int ring = 0; ring < rings.count(); ring++) {
                text.append(" (");
                for (int i = 0; i < rings.corners(ring); i++) {
                    text.append(rings.column(ring, i))
                            .append(' ')
                            .append(rings.row(ring, i))
                            .append(',');
                }
                text.append(')');
            }
            described.add(text.toString());
        }
        return described;
    }

    @Override
    public String toString() {
        return window.width() + " x " + window.height() + " " + Arrays.hashCode(classes);
    }
}
