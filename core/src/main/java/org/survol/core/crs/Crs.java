// SPDX-License-Identifier: Apache-2.0
package org.survol.core.crs;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.geotools.api.referencing.FactoryException;
import org.geotools.api.referencing.crs.CoordinateReferenceSystem;
import org.geotools.api.referencing.crs.ProjectedCRS;
import org.geotools.api.referencing.crs.SingleCRS;
import org.geotools.api.referencing.cs.AxisDirection;
import org.geotools.api.referencing.datum.Datum;
import org.geotools.api.referencing.operation.MathTransform;
import org.geotools.api.referencing.operation.TransformException;
import org.geotools.referencing.CRS;
import org.geotools.referencing.datum.DefaultEllipsoid;
import org.geotools.referencing.datum.DefaultGeodeticDatum;
import org.geotools.referencing.operation.transform.ConcatenatedTransform;
import org.survol.core.BadInputException;
import si.uom.SI;

/**
 * A coordinate reference system of the EPSG registry, always with x = easting or longitude first and y = northing or
 * latitude second, whatever order the registry gives it. Immutable; one instance per code.
 *
 * <p>Datum shifts are Helmert transforms by the registry's parameters, without grids. Within one datum family (RGF93 and
 * WGS 84, for example) points agree with PROJ to a millimetre, across (the Dutch system and WGS 84) to a centimetre with
 * PROJ's own Helmert transform and to some decimetres with a national grid.
 */
public final class Crs {

    private static final ConcurrentHashMap<Integer, Crs> BY_CODE = new ConcurrentHashMap<>();
    private static final ConcurrentHashMap<Pair, CrsTransform> TRANSFORMS = new ConcurrentHashMap<>();

    private record Pair(int from, int to) {}

    private final int epsg;
    private final CoordinateReferenceSystem system;

    private Crs(int epsg, CoordinateReferenceSystem system) {
        this.epsg = epsg;
        this.system = system;
    }

    /** @throws BadInputException when the registry has no such CRS */
    public static Crs ofEpsg(int epsg) {
        return BY_CODE.computeIfAbsent(epsg, Crs::decode);
    }

    private static Crs decode(int epsg) {
        try {
            return new Crs(epsg, CRS.decode("EPSG:" + epsg, true));
        } catch (FactoryException e) {
            throw new BadInputException(
                    "EPSG:" + epsg,
                    "there is no such coordinate reference system in the EPSG registry",
                    "Use the code of a projected system, for example EPSG:2154 for mainland France",
                    e);
        }
    }

    /**
     * The CRS of the EPSG registry that a text in WKT (OGC or ESRI spelling) means: the code that it names itself, else
     * the one among the systems in use here and all UTM zones that gives the same coordinates; empty when there is none.
     */
    public static Optional<Crs> ofWkt(String wkt) {
        return WktMatch.find(wkt);
    }

    CoordinateReferenceSystem system() {
        return system;
    }

    /** Whether the registry itself writes northings or latitudes first, as texts that name it by URN then do too. */
    public boolean registryPutsNorthFirst() {
        try {
            return CRS.decode("EPSG:" + epsg, false)
                            .getCoordinateSystem()
                            .getAxis(0)
                            .getDirection()
                            .absolute()
                    == AxisDirection.NORTH;
        } catch (FactoryException e) {
            return false;
        }
    }

    public int epsg() {
        return epsg;
    }

    /** For people, for example {@code RGF93 v1 / Lambert-93}. */
    public String name() {
        return system.getName().getCode();
    }

    /** Whether it can carry a pixel grid: projected, both axes in metres. */
    public boolean isProjectedInMetres() {
        return system instanceof ProjectedCRS projected
                && SI.METRE.equals(projected.getCoordinateSystem().getAxis(0).getUnit())
                && SI.METRE.equals(projected.getCoordinateSystem().getAxis(1).getUnit());
    }

    /** Where the registry says it is used, longitudes and latitudes in degrees; the whole world when it does not say. */
    public AreaOfUse areaOfUse() {
        var box = CRS.getGeographicBoundingBox(system);
        return box == null
                ? new AreaOfUse(-180, -90, 180, 90)
                : new AreaOfUse(
                        box.getWestBoundLongitude(),
                        box.getSouthBoundLatitude(),
                        box.getEastBoundLongitude(),
                        box.getNorthBoundLatitude());
    }

    /** Degrees; does not cross the antimeridian. */
    public record AreaOfUse(double west, double south, double east, double north) {

        public boolean contains(double longitude, double latitude) {
            return longitude >= west && longitude <= east && latitude >= south && latitude <= north;
        }

        public double squareDegrees() {
            return (east - west) * (north - south);
        }
    }

    /** OGC WKT 1. */
    public String wkt() {
        return system.toWKT();
    }

    public CrsTransform to(Crs other) {
        if (other.epsg == epsg) {
            return (xy, points) -> {};
        }
        return TRANSFORMS.computeIfAbsent(new Pair(epsg, other.epsg), pair -> transform(other));
    }

    private CrsTransform transform(Crs other) {
        MathTransform transform;
        try {
            transform = isWgs84(datum()) && isWgs84(other.datum())
                    ? ConcatenatedTransform.create(
                            CRS.findMathTransform(system, geographic()),
                            CRS.findMathTransform(other.geographic(), other.system))
                    // lenient: between datums without known shift parameters, take them as the same
                    : CRS.findMathTransform(system, other.system, true);
        } catch (FactoryException e) {
            throw new BadInputException(
                    this + " to " + other, "no transform is known", "Deliver the data in the CRS of the map", e);
        }
        return (xy, points) -> {
            try {
                transform.transform(xy, 0, xy, 0, points);
            } catch (TransformException e) {
                throw new IllegalArgumentException("a point lies outside what " + this + " to " + other + " covers", e);
            }
        };
    }

    /** The longitudes and latitudes it is projected from; itself when it is not projected. */
    private CoordinateReferenceSystem geographic() {
        return system instanceof ProjectedCRS projected ? projected.getBaseCRS() : system;
    }

    private Datum datum() {
        return geographic() instanceof SingleCRS single ? single.getDatum() : null;
    }

    /**
     * Whether longitudes and latitudes on the datum are those of WGS 84 by the registry, as with RGF93, RGAF09 and all of
     * France. GeoTools would take such points through geocentric coordinates and an approximate way back, which moves them
     * 4 mm north at 49 degrees.
     */
    private static boolean isWgs84(Datum datum) {
        return datum instanceof DefaultGeodeticDatum geodetic
                && geodetic.getPrimeMeridian().getGreenwichLongitude() == 0
                && Math.abs(geodetic.getEllipsoid().getSemiMajorAxis() - DefaultEllipsoid.WGS84.getSemiMajorAxis())
                        < 1e-3
                && Math.abs(geodetic.getEllipsoid().getSemiMinorAxis() - DefaultEllipsoid.WGS84.getSemiMinorAxis())
                        < 1e-3
                && (DefaultGeodeticDatum.isWGS84(geodetic)
                        || Arrays.stream(geodetic.getBursaWolfParameters())
                                .anyMatch(shift ->
                                        DefaultGeodeticDatum.isWGS84(shift.targetDatum) && shift.isIdentity()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Crs crs && crs.epsg == epsg;
    }

    @Override
    public int hashCode() {
        return epsg;
    }

    @Override
    public String toString() {
        return "EPSG:" + epsg;
    }
}
