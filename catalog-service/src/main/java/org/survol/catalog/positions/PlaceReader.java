// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.positions;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.survol.catalog.PublishedMaps.PublishedMap;
import org.survol.catalog.features.FeatureFiles;
import org.survol.catalog.features.FeatureFiles.MapPolygon;
import org.survol.catalog.rasters.RunRasters;
import org.survol.catalog.rasters.RunRasters.Kind;
import org.survol.core.BadInputException;
import org.survol.core.event.RunRef;
import org.survol.core.plan.Plan;
import org.survol.core.store.ObjectRef;

/** Reads what a map knows of single places: one pixel of each raster, one polygon. */
@Singleton
final class PlaceReader {

    private static final Logger LOG = Logger.getLogger(PlaceReader.class);
    private static final double BYTE = 255;
    private static final double DIGITS = 1e4;

    private final FeatureFiles files;
    private final RunRasters rasters;

    PlaceReader(FeatureFiles files, RunRasters rasters) {
        this.files = files;
        this.rasters = rasters;
    }

    /**
     * @param x easting in the map's CRS, metres
     * @return value of each measure that has one there: numbers of classes and polygons as integers, shares from 0 to 1,
     *     image values as integers from 0 to 255
     */
    Map<Measure, Number> read(PublishedMap map, Plan plan, List<Measure> wanted, double x, double y)
            throws IOException {
        var values = new LinkedHashMap<Measure, Number>();
        var polygon = Optional.<MapPolygon>empty();
        if (wanted.stream().anyMatch(measure -> measure.source().name().startsWith("POLYGON"))) {
            polygon = files.polygonAt(map, x, y);
        }
        var pixels = new LinkedHashMap<Kind, Optional<byte[]>>();
        for (var measure : wanted) {
            switch (measure.source()) {
                case POLYGON -> polygon.ifPresent(found -> values.put(measure, found.number()));
                case POLYGON_CLASS ->
                    polygon.map(found -> found.properties().get("class"))
                            .ifPresent(value -> values.put(measure, (Number) value));
                default -> {
                    var kind = kind(measure.source());
                    if (!pixels.containsKey(kind)) {
                        pixels.put(kind, pixel(plan, kind, x, y));
                    }
                    pixels.get(kind)
                            .filter(bands -> measure.band() < bands.length)
                            .ifPresent(bands -> values.put(measure, value(kind, bands[measure.band()] & 0xff)));
                }
            }
        }
        return values;
    }

    private static Kind kind(Measure.Source source) {
        return switch (source) {
            case CLASSES -> Kind.CLASSES;
            case CONFIDENCE -> Kind.CONFIDENCE;
            case PROBABILITIES -> Kind.PROBABILITIES;
            case IMAGE -> Kind.STACK;
            case POLYGON, POLYGON_CLASS -> throw new IllegalArgumentException(source + " lies in no raster");
        };
    }

    private static Number value(Kind kind, int stored) {
        return switch (kind) {
            case CLASSES, STACK -> stored;
            case CONFIDENCE, PROBABILITIES -> Math.rint(stored / BYTE * DIGITS) / DIGITS;
        };
    }

    /** All bands at the place; empty where nothing was measured. */
    private Optional<byte[]> pixel(Plan plan, Kind kind, double x, double y) throws IOException {
        var box = plan.footprint();
        if (!(x >= box.minEasting() && x <= box.maxEasting() && y >= box.minNorthing() && y <= box.maxNorthing())) {
            return Optional.empty();
        }
        var grid = plan.grid();
        long column = (long) Math.floor(grid.column(x));
        long row = (long) Math.floor(grid.row(y));
        var object = rasters.object(plan.run(), kind, grid.tileOf(column, row));
        if (object.isEmpty()) {
            return Optional.empty();
        }
        try {
            return pixel(plan, object.get(), column, row);
        } catch (BadInputException e) {
            // one damaged file takes its own values away, not the others
            LOG.warnf("%s of run %s says nothing: %s", object.get().key(), plan.run(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<byte[]> pixel(Plan plan, ObjectRef object, long column, long row) throws IOException {
        var reader = rasters.reader(object);
        var geo = reader.header().requireGeo();
        int x = (int) (column - Math.round(plan.grid().column(geo.west())));
        int y = (int) (row - Math.round(plan.grid().row(geo.north())));
        if (x < 0 || y < 0 || x >= reader.width(0) || y >= reader.height(0) || reader.readMask(0, x, y, 1, 1)[0] == 0) {
            return Optional.empty();
        }
        var raster = reader.readBytes(0, x, y, 1, 1);
        var bands = new byte[raster.bands()];
        for (int band = 0; band < bands.length; band++) {
            bands[band] = raster.plane(band)[0];
        }
        return Optional.of(bands);
    }

    Optional<Plan> plan(RunRef run) {
        return rasters.plan(run);
    }
}
