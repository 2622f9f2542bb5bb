// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.survol.core.crs.Crs;
import org.survol.core.plan.Plan.Footprint;

/**
 * The CRS that an acquisition is mapped in: the territory that its Item names; else the CRS of most of its colour images,
 * as long as a metre in it is a metre on the ground. Where it is not (web maps stretch France by half), areas would be
 * wrong: then the French territory that the images lie in, and elsewhere the UTM zone.
 */
final class MapCrs {

    /** Mainland and Corsica; Guadeloupe and Martinique; Guyane; La Réunion; Mayotte. */
    private static final List<Integer> TERRITORIES = List.of(2154, 5490, 2972, 2975, 4471);

    /** National projections stay below 0.3 %, UTM below 0.1 %. */
    private static final double MOST_DISTORTION = 0.01;

    private static final double STEP_METRES = 100;
    private static final double EQUATOR_METRES = 6_378_137;
    private static final double SQUARED_ECCENTRICITY = 0.00669437999014;
    private static final int WGS84 = 4326;

    private MapCrs() {}

    /** @param territory EPSG code that the Item names */
    static int of(OptionalInt territory, Collection<InspectedSource> sources) {
        if (territory.isPresent()) {
            return territory.getAsInt();
        }
        var colour = sources.stream().filter(InspectedSource::isColour).toList();
        int most = colour.stream()
                .collect(Collectors.groupingBy(InspectedSource::epsg, Collectors.counting()))
                .entrySet()
                .stream()
                .min(Map.Entry.<Integer, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .orElseThrow()
                .getKey();
        var extent = Footprints.union(colour.stream()
                .filter(source -> source.epsg() == most)
                .map(InspectedSource::footprint)
                .toList());
        return isTrueToScale(most, extent) ? most : trueToScale(most, extent);
    }

    /** Outside the area that a CRS is made for it cannot be told: the images' own CRS stays. */
    private static boolean isTrueToScale(int epsg, Footprint extent) {
        double x = (extent.minEasting() + extent.maxEasting()) / 2;
        double y = (extent.minNorthing() + extent.maxNorthing()) / 2;
        var points = new double[] {x, y, x + STEP_METRES, y, x, y + STEP_METRES};
        if (!toLongitudeLatitude(epsg, points) || !Crs.ofEpsg(epsg).areaOfUse().contains(points[0], points[1])) {
            return true;
        }
        return !(distortion(points, 2) > MOST_DISTORTION || distortion(points, 4) > MOST_DISTORTION);
    }

    /** @param other index of the longitude of a point that is so many metres of the map away from the first */
    private static double distortion(double[] points, int other) {
        double latitude = Math.toRadians(points[1]);
        double sine = Math.sin(latitude);
        double w = Math.sqrt(1 - SQUARED_ECCENTRICITY * sine * sine);
        double east = Math.toRadians(points[other] - points[0]) * EQUATOR_METRES / w * Math.cos(latitude);
        double north = Math.toRadians(points[other + 1] - points[1])
                * EQUATOR_METRES
                * (1 - SQUARED_ECCENTRICITY)
                / (w * w * w);
        return Math.abs(Math.hypot(east, north) / STEP_METRES - 1);
    }

    private static int trueToScale(int epsg, Footprint extent) {
        var centre = new double[] {
            (extent.minEasting() + extent.maxEasting()) / 2, (extent.minNorthing() + extent.maxNorthing()) / 2
        };
        toLongitudeLatitude(epsg, centre);
        double longitude = centre[0];
        double latitude = centre[1];
        return TERRITORIES.stream()
                .filter(code -> Crs.ofEpsg(code).areaOfUse().contains(longitude, latitude))
                .min(Comparator.comparingDouble(
                        code -> Crs.ofEpsg(code).areaOfUse().squareDegrees()))
                .orElseGet(() -> utm(longitude, latitude));
    }

    private static int utm(double longitude, double latitude) {
        int zone = (int) Math.floor((longitude + 180) / 6) + 1;
        return (latitude < 0 ? 32700 : 32600) + Math.clamp(zone, 1, 60);
    }

    private static boolean toLongitudeLatitude(int epsg, double[] points) {
        try {
            Crs.ofEpsg(epsg).to(Crs.ofEpsg(WGS84)).apply(points, points.length / 2);
        } catch (IllegalArgumentException e) {
            return false;
        }
        for (double ordinate : points) {
            if (!Double.isFinite(ordinate)) {
                return false;
            }
        }
        return true;
    }
}
