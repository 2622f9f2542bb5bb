// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.locationtech.jts.geom.CoordinateSequence;
import org.locationtech.jts.geom.CoordinateSequenceFilter;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.survol.catalog.Footprints;
import org.survol.catalog.cql2.Filter;
import org.survol.core.crs.CrsTransform;

/**
 * Finds the features that a filter selects, in the order of the file: the file's index narrows down to those whose bounds
 * touch the filter's, the filter decides.
 */
final class FeatureSearch {

    /** A page ends early, with what was found, when so many features had to be looked at. */
    private static final long MOST_LOOKED_AT = 200_000;

    private static final int AT_A_TIME = 1_000;
    /** Degrees around the file's bounds, so that a box beyond them is not cut at them. */
    private static final double MARGIN = 1e-3;

    private final FlatGeobuf file;
    private final CrsTransform toLngLat;
    private final CrsTransform fromLngLat;

    FeatureSearch(FlatGeobuf file) {
        var own = org.survol.core.crs.Crs.ofEpsg(file.epsg());
        this.file = file;
        this.toLngLat = own.to(NamedCrs.CRS84.crs());
        this.fromLngLat = NamedCrs.CRS84.crs().to(own);
    }

    /** @param next where to go on; empty when that was all */
    record Page(List<Found> entries, Optional<Long> next) {}

    /** @param lngLat the geometry once more, where the filter had to see it so */
    record Found(FlatGeobuf.Entry entry, Optional<Geometry> lngLat) {}

    Page page(Optional<Filter> filter, long from, int limit) throws IOException {
        var found = new ArrayList<Found>();
        var box = filter.flatMap(Filter::bounds).map(this::inFile);
        long at = from;
        long lookedAt = 0;
        while (at < file.count()) {
            int most = Math.max(limit - found.size() + 1, filter.isPresent() ? AT_A_TIME : 0);
            var numbers = numbers(box, at, most);
            for (long number : numbers) {
                if (found.size() == limit || lookedAt >= MOST_LOOKED_AT && !found.isEmpty()) {
                    return new Page(found, Optional.of(number));
                }
                lookedAt++;
                found(file.read(number), filter).ifPresent(found::add);
                at = number + 1;
            }
            if (numbers.size() < most) {
                break;
            }
        }
        return new Page(found, Optional.empty());
    }

    private Optional<Found> found(FlatGeobuf.Entry entry, Optional<Filter> filter) {
        // projections are most of the work: each geometry is moved once
        var moved = new Geometry[1];
        boolean matches = filter.isEmpty()
                || filter.get().matches(name -> {
                    if (!name.equals(FeatureQuery.GEOMETRY)) {
                        return entry.properties().get(name);
                    }
                    if (moved[0] == null) {
                        moved[0] = lngLat(entry.geometry());
                    }
                    return moved[0];
                });
        return matches ? Optional.of(new Found(entry, Optional.ofNullable(moved[0]))) : Optional.empty();
    }

    private Geometry lngLat(Geometry geometry) {
        var moved = geometry.copy();
        moved.apply(new CoordinateSequenceFilter() {
            @Override
            public void filter(CoordinateSequence positions, int i) {
                if (i == 0) {
                    all(positions);
                }
            }

            private void all(CoordinateSequence positions) {
                var xy = new double[positions.size() * 2];
                for (int i = 0; i < positions.size(); i++) {
                    xy[2 * i] = positions.getX(i);
                    xy[2 * i + 1] = positions.getY(i);
                }
                toLngLat.apply(xy, positions.size());
                for (int i = 0; i < positions.size(); i++) {
                    positions.setOrdinate(i, CoordinateSequence.X, xy[2 * i]);
                    positions.setOrdinate(i, CoordinateSequence.Y, xy[2 * i + 1]);
                }
            }

            @Override
            public boolean isDone() {
                return false;
            }

            @Override
            public boolean isGeometryChanged() {
                return true;
            }
        });
        return moved;
    }

    private Collection<Long> numbers(Optional<Envelope> box, long from, int most) throws IOException {
        return box.isPresent()
                ? new TreeSet<>(file.search(box.get(), from, most))
                : LongStream.range(from, Math.min(file.count(), from + most))
                        .boxed()
                        .toList();
    }

    /**
     * The box in the file's CRS. It is first cut to the file's own bounds, grown a little: far from its territory a
     * projection has no sensible answer.
     */
    private Envelope inFile(Envelope lngLat) {
        var own = file.bounds();
        if (own.isNull()) {
            return new Envelope();
        }
        var world = envelope(toLngLat, own);
        world.expandBy(MARGIN);
        var common = world.intersection(lngLat);
        if (common.isNull()) {
            return common;
        }
        // a side that is straight in degrees bends in metres, by less than this
        var box = envelope(fromLngLat, common);
        box.expandBy(1 + 1e-3 * Math.max(box.getWidth(), box.getHeight()));
        return box;
    }

    /** Bounds of a box's transformed outline, not only of its corners. */
    private static Envelope envelope(CrsTransform transform, Envelope box) {
        int steps = 8;
        var xy = new double[(steps + 1) * (steps + 1) * 2];
        int at = 0;
        for (int i = 0; i <= steps; i++) {
            for (int j = 0; j <= steps; j++) {
                xy[at++] = box.getMinX() + box.getWidth() * i / steps;
                xy[at++] = box.getMinY() + box.getHeight() * j / steps;
            }
        }
        transform.apply(xy, xy.length / 2);
        var bounds = Footprints.envelope(xy);
        return new Envelope(bounds[0], bounds[2], bounds[1], bounds[3]);
    }
}
