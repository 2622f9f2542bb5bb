// SPDX-License-Identifier: Apache-2.0
package org.survol.vectorize.topology;

import java.util.Arrays;

/**
 * The rings of one region, filled again and again. Ring 0 is the shell, anticlockwise on a map; the others are holes,
 * clockwise, ordered by their first corner. Each begins at its northernmost, then westernmost corner, which it does not
 * repeat at the end.
 */
public final class Rings {

    private static final int PERIMETER_BITS = 20;

    private final Ints x = new Ints(1024);
    private final Ints y = new Ints(1024);
    private final Ints start = new Ints(16);
    /** Twice the signed area of each ring, as traced. */
    private long[] doubleArea = new long[16];
    /** The traced rings in the order in which they are given out. */
    private Integer[] order = new Integer[0];

    /** In 2^-20 of a unit, so that the order of adding leaves no trace. */
    private long perimeter;

    public int count() {
        return start.size - 1;
    }

    /** Corners of a ring, the first not repeated. */
    public int corners(int ring) {
        return start.at[order[ring] + 1] - start.at[order[ring]];
    }

    public int column(int ring, int corner) {
        return x.at[start.at[order[ring]] + corner];
    }

    public int row(int ring, int corner) {
        return y.at[start.at[order[ring]] + corner];
    }

    /** Length of all rings, in the map's units. */
    public double perimeter() {
        return perimeter / (double) (1 << PERIMETER_BITS);
    }

    /** What the rings enclose, in the map's units squared. */
    public double area() {
        long twice = 0;
        for (int ring = 0; ring < count(); ring++) {
            twice += doubleArea[ring];
        }
        return twice / 2.0;
    }

    void clear() {
        x.size = 0;
        y.size = 0;
        start.size = 0;
        start.add(0);
        perimeter = 0;
    }

    void begin() {
        if (start.size > doubleArea.length) {
            doubleArea = Arrays.copyOf(doubleArea, Ints.Growth.next(start.size));
        }
    }

    void corner(int cx, int cy) {
        x.add(cx);
        y.add(cy);
    }

    void end() {
        int from = start.at[start.size - 1];
        int to = x.size;
        int begin = from;
        // About its first corner, so that products stay small however far from the grid's origin the ring lies.
        long area = 0;
        for (int i = from; i < to; i++) {
            int j = i + 1 < to ? i + 1 : from;
            area += (long) (x.at[j] - x.at[from]) * (y.at[i] - y.at[from])
                    - (long) (x.at[i] - x.at[from]) * (y.at[j] - y.at[from]);
            perimeter += length((long) x.at[j] - x.at[i], (long) y.at[j] - y.at[i]);
            if (y.at[i] < y.at[begin] || y.at[i] == y.at[begin] && x.at[i] < x.at[begin]) {
                begin = i;
            }
        }
        doubleArea[start.size - 1] = area;
        rotate(x.at, from, begin, to);
        rotate(y.at, from, begin, to);
        start.add(to);
    }

    private static long length(long dx, long dy) {
        return dx == 0 || dy == 0
                ? Math.abs(dx + dy) << PERIMETER_BITS
                : Math.round(Math.sqrt((double) (dx * dx + dy * dy)) * (1 << PERIMETER_BITS));
    }

    /** Puts the shell first and proves the area. */
    void settle(long pixels) {
        settle();
        if (area() != pixels) {
            throw new IllegalStateException(
                    "the rings of a region enclose " + area() + " pixels, but it has " + pixels + " pixels");
        }
    }

    /** Puts the shell first and proves that there is one. */
    void settle() {
        order = new Integer[count()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> {
            int shellFirst = Boolean.compare(doubleArea[a] < 0, doubleArea[b] < 0);
            int byRow = Integer.compare(y.at[start.at[a]], y.at[start.at[b]]);
            int byColumn = Integer.compare(x.at[start.at[a]], x.at[start.at[b]]);
            // Two holes may share their first corner only if one is the other: they touch in at most single points.
            return shellFirst != 0 ? shellFirst : byRow != 0 ? byRow : byColumn;
        });
        int shells = 0;
        for (int ring = 0; ring < count(); ring++) {
            shells += doubleArea[ring] > 0 ? 1 : 0;
        }
        if (shells != 1 || area() <= 0) {
            throw new IllegalStateException("the rings of a region enclose " + area() + " in " + shells + " shells");
        }
    }

    private static void rotate(int[] values, int from, int begin, int to) {
        if (begin != from) {
            var head = Arrays.copyOfRange(values, from, begin);
            System.arraycopy(values, begin, values, from, to - begin);
            System.arraycopy(head, 0, values, from + to - begin, head.length);
        }
    }
}
