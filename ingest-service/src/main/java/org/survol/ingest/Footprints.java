// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Collection;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;
import org.survol.core.plan.Plan.Footprint;

/** Bounding boxes, and what becomes of them in another CRS. */
final class Footprints {

    /** A straight edge becomes a curve in another CRS; so many points of it are followed. */
    private static final int POINTS_PER_EDGE = 32;

    private Footprints() {}

    /**
     * The smallest box in the other CRS that holds the box's outline; the box itself when nothing changes. Not finite where
     * there is none.
     */
    static Footprint transform(Footprint box, int fromEpsg, int toEpsg) {
        if (fromEpsg == toEpsg) {
            return box;
        }
        var outline = new double[4 * POINTS_PER_EDGE * 2];
        for (int i = 0, at = 0; i < POINTS_PER_EDGE; i++) {
            double share = (double) i / POINTS_PER_EDGE;
            double east = box.minEasting() + share * (box.maxEasting() - box.minEasting());
            double west = box.maxEasting() - share * (box.maxEasting() - box.minEasting());
            double north = box.minNorthing() + share * (box.maxNorthing() - box.minNorthing());
            double south = box.maxNorthing() - share * (box.maxNorthing() - box.minNorthing());
            for (double ordinate : new double[] {
                east, box.minNorthing(), box.maxEasting(), north, west, box.maxNorthing(), box.minEasting(), south
            }) {
                outline[at++] = ordinate;
            }
        }
        try {
            Crs.ofEpsg(fromEpsg).to(Crs.ofEpsg(toEpsg)).apply(outline, outline.length / 2);
        } catch (IllegalArgumentException | BadInputException e) {
            return new Footprint(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        }
        double minX = Double.POSITIVE_INFINITY;
        double minY = Double.POSITIVE_INFINITY;
        double maxX = Double.NEGATIVE_INFINITY;
        double maxY = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < outline.length; i += 2) {
            minX = Math.min(minX, outline[i]);
            maxX = Math.max(maxX, outline[i]);
            minY = Math.min(minY, outline[i + 1]);
            maxY = Math.max(maxY, outline[i + 1]);
        }
        return new Footprint(minX, minY, maxX, maxY);
    }

    static boolean isFinite(Footprint box) {
        return Double.isFinite(box.minEasting())
                && Double.isFinite(box.minNorthing())
                && Double.isFinite(box.maxEasting())
                && Double.isFinite(box.maxNorthing());
    }

    static Footprint union(Collection<Footprint> boxes) {
        return boxes.stream()
                .reduce((a, b) -> new Footprint(
                        Math.min(a.minEasting(), b.minEasting()),
                        Math.min(a.minNorthing(), b.minNorthing()),
                        Math.max(a.maxEasting(), b.maxEasting()),
                        Math.max(a.maxNorthing(), b.maxNorthing())))
                .orElseThrow();
    }

    static Footprint grow(Footprint box, double metres) {
        return new Footprint(
                box.minEasting() - metres,
                box.minNorthing() - metres,
                box.maxEasting() + metres,
                box.maxNorthing() + metres);
    }

    static boolean touch(Footprint a, Footprint b) {
        return a.minEasting() <= b.maxEasting()
                && b.minEasting() <= a.maxEasting()
                && a.minNorthing() <= b.maxNorthing()
                && b.minNorthing() <= a.maxNorthing();
    }
}
