// SPDX-License-Identifier: Apache-2.0
package org.survol.core.grid;

/** Column and row of a tile on its {@link TileGrid}; rows grow southwards and are negative north of the origin. */
public record TileAddress(int column, int row) implements Comparable<TileAddress> {

    /** North to south, then west to east. */
    @Override
    public int compareTo(TileAddress other) {
        int byRow = Integer.compare(row, other.row);
        return byRow != 0 ? byRow : Integer.compare(column, other.column);
    }

    /** Name in object keys, for example {@code 628_-6128}. */
    @Override
    public String toString() {
        return column + "_" + row;
    }

    /** @throws IllegalArgumentException when the name was not made by {@link #toString()} */
    public static TileAddress parse(String name) {
        int split = name.indexOf('_');
        if (split < 1) {
            throw new IllegalArgumentException("not a tile address: " + name);
        }
        return new TileAddress(Integer.parseInt(name.substring(0, split)), Integer.parseInt(name.substring(split + 1)));
    }
}
