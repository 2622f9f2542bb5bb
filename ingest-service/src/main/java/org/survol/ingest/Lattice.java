// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Arrays;
import org.survol.core.crs.CrsTransform;
import org.survol.core.grid.PixelWindow;
import org.survol.core.grid.TileGrid;

/**
 * A transform from the grid's CRS to another, known exactly at every 64th grid line and in the middle of each cell between
 * them; for the pixels of one tile and all images in that CRS. Between the lines places are interpolated where that is
 * good enough, and transformed one by one where it is not. A place depends on nothing but its column and row.
 */
final class Lattice {

    static final int SPACING = 64;

    private final TileGrid grid;
    private final CrsTransform toImage;
    private final long firstCellColumn;
    private final long firstCellRow;
    private final int cellColumns;
    private final int cellRows;
    /** x and y of the cells' corners, row by row, one more per row than there are cells; metres */
    private final double[] corners;
    /** how far off interpolation is in the middle of each cell, metres; not a number where there is no answer */
    private final double[] errors;

    /**
     * @param toImage from the grid's CRS to the images'
     * @param window all pixels that will be asked for
     */
    Lattice(TileGrid grid, CrsTransform toImage, PixelWindow window) {
        this.grid = grid;
        this.toImage = toImage;
        this.firstCellColumn = Math.floorDiv(window.column(), SPACING);
        this.firstCellRow = Math.floorDiv(window.row(), SPACING);
        this.cellColumns = Math.toIntExact(Math.floorDiv(window.endColumn(), SPACING) - firstCellColumn + 1);
        this.cellRows = Math.toIntExact(Math.floorDiv(window.endRow(), SPACING) - firstCellRow + 1);
        this.corners = points(cellColumns + 1, cellRows + 1, 0);
        this.errors = errors(points(cellColumns, cellRows, SPACING / 2.0));
    }

    private double[] points(int columns, int rows, double shift) {
        var points = new double[2 * columns * rows];
        for (int r = 0, at = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                points[at++] = ((firstCellColumn + c) * SPACING + shift) * grid.gsdMetres();
                points[at++] = -((firstCellRow + r) * SPACING + shift) * grid.gsdMetres();
            }
        }
        transform(points, columns * rows);
        return points;
    }

    /** In place. Where the transform has no answer for some point, that point alone is lost. */
    void transform(double[] xy, int points) {
        var before = xy.clone();
        try {
            toImage.apply(xy, points);
        } catch (IllegalArgumentException all) {
            for (int i = 0; i < points; i++) {
                var point = new double[] {before[2 * i], before[2 * i + 1]};
                try {
                    toImage.apply(point, 1);
                } catch (IllegalArgumentException one) {
                    Arrays.fill(point, Double.NaN);
                }
                System.arraycopy(point, 0, xy, 2 * i, 2);
            }
        }
    }

    private double[] errors(double[] middles) {
        var errors = new double[cellColumns * cellRows];
        for (int r = 0; r < cellRows; r++) {
            for (int c = 0; c < cellColumns; c++) {
                int cell = r * cellColumns + c;
                double dx = middle(c, r, 0) - middles[2 * cell];
                double dy = middle(c, r, 1) - middles[2 * cell + 1];
                errors[cell] = Math.hypot(dx, dy);
            }
        }
        return errors;
    }

    private double middle(int cellColumn, int cellRow, int ordinate) {
        int west = 2 * (cellRow * (cellColumns + 1) + cellColumn) + ordinate;
        return (edge(west, 0.5) + edge(west + 2, 0.5)) / 2;
    }

    /** On the line from a corner to the one south of it. */
    private double edge(int corner, double v) {
        double north = corners[corner];
        return north + v * (corners[corner + 2 * (cellColumns + 1)] - north);
    }

    /**
     * Places of the centres of {@code count} pixels of one row, in the other CRS; not a number where there is none.
     *
     * @param toleranceMetres how far off interpolation may be
     */
    void centres(long row, long column, int count, double toleranceMetres, double[] x, double[] y) {
        int cellRow = Math.toIntExact(Math.floorDiv(row, SPACING) - firstCellRow);
        double v = (Math.floorMod(row, SPACING) + 0.5) / SPACING;
        for (int i = 0; i < count; ) {
            int inCell = Math.floorMod(column + i, SPACING);
            int end = Math.min(count, i + SPACING - inCell);
            int cellColumn = Math.toIntExact(Math.floorDiv(column + i, SPACING) - firstCellColumn);
            if (errors[cellRow * cellColumns + cellColumn] <= toleranceMetres) {
                int corner = 2 * (cellRow * (cellColumns + 1) + cellColumn);
                double westX = edge(corner, v);
                double westY = edge(corner + 1, v);
                double acrossX = edge(corner + 2, v) - westX;
                double acrossY = edge(corner + 3, v) - westY;
                for (; i < end; i++, inCell++) {
                    double u = (inCell + 0.5) / SPACING;
                    x[i] = westX + u * acrossX;
                    y[i] = westY + u * acrossY;
                }
            } else {
                for (; i < end; i++) {
                    double[] xy = {(column + i + 0.5) * grid.gsdMetres(), -(row + 0.5) * grid.gsdMetres()};
                    transform(xy, 1);
                    x[i] = xy[0];
                    y[i] = xy[1];
                }
            }
        }
    }
}
