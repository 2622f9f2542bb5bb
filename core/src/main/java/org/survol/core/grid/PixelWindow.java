// SPDX-License-Identifier: Apache-2.0
package org.survol.core.grid;

/**
 * A rectangle of pixels on an absolute grid: west column, north row, size. Ends are exclusive.
 */
public record PixelWindow(long column, long row, int width, int height) {

    public PixelWindow {
        if (width < 0 || height < 0) {
            throw new IllegalArgumentException("negative size: " + width + " x " + height);
        }
    }

    public long endColumn() {
        return column + width;
    }

    public long endRow() {
        return row + height;
    }

    public boolean isEmpty() {
        return width == 0 || height == 0;
    }

    public long pixels() {
        return (long) width * height;
    }

    public PixelWindow grow(int margin) {
        return new PixelWindow(
                column - margin,
                row - margin,
                Math.addExact(width, Math.multiplyExact(2, margin)),
                Math.addExact(height, Math.multiplyExact(2, margin)));
    }

    public boolean contains(PixelWindow other) {
        return other.column >= column
                && other.row >= row
                && other.endColumn() <= endColumn()
                && other.endRow() <= endRow();
    }

    /** The common part; zero size where there is none. */
    public PixelWindow intersect(PixelWindow other) {
        long west = Math.max(column, other.column);
        long north = Math.max(row, other.row);
        long east = Math.min(endColumn(), other.endColumn());
        long south = Math.min(endRow(), other.endRow());
        return new PixelWindow(west, north, (int) Math.max(0, east - west), (int) Math.max(0, south - north));
    }
}
