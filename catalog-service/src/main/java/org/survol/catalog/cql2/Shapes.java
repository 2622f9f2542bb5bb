// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.Point;
import org.locationtech.jts.geom.Polygon;

/** Geometries from GeoJSON, checked for what JTS would not forgive. Heights are dropped. */
public final class Shapes {

    static final GeometryFactory FACTORY = new GeometryFactory();

    private static final int SMALLEST_RING = 4;

    private Shapes() {}

    /** @throws Cql2Exception when it is not a GeoJSON geometry, or one with too many vertices */
    public static Geometry ofGeoJson(JsonNode geometry) {
        return ofGeoJson(geometry, new Budget());
    }

    static Geometry ofGeoJson(JsonNode geometry, Budget budget) {
        budget.enter();
        try {
            var type = geometry.path("type").asText("");
            var coordinates = geometry.path("coordinates");
            return switch (type) {
                case "Point" -> FACTORY.createPoint(position(coordinates, budget));
                case "LineString" -> line(positions(coordinates, budget));
                case "Polygon" -> polygon(each(coordinates, part -> positions(part, budget)));
                case "MultiPoint" ->
                    FACTORY.createMultiPointFromCoords(
                            positions(coordinates, budget).toArray(Coordinate[]::new));
                case "MultiLineString" ->
                    FACTORY.createMultiLineString(each(coordinates, part -> line(positions(part, budget)))
                            .toArray(LineString[]::new));
                case "MultiPolygon" ->
                    FACTORY.createMultiPolygon(
                            each(coordinates, part -> polygon(each(part, ring -> positions(ring, budget))))
                                    .toArray(Polygon[]::new));
                case "GeometryCollection" ->
                    FACTORY.createGeometryCollection(each(geometry.path("geometries"), part -> ofGeoJson(part, budget))
                            .toArray(Geometry[]::new));
                default ->
                    throw new Cql2Exception("\"" + Cql2Exception.shown(type) + "\" is not a type of GeoJSON geometry");
            };
        } finally {
            budget.leave();
        }
    }

    private static <T> List<T> each(JsonNode array, Function<JsonNode, T> reader) {
        if (!array.isArray()) {
            throw new Cql2Exception("coordinates of a geometry must be arrays of the depth that its type has");
        }
        var read = new ArrayList<T>(array.size());
        array.forEach(part -> read.add(reader.apply(part)));
        return read;
    }

    private static List<Coordinate> positions(JsonNode array, Budget budget) {
        return each(array, position -> position(position, budget));
    }

    private static Coordinate position(JsonNode position, Budget budget) {
        budget.vertex();
        boolean numbers = position.isArray() && position.size() >= 2;
        for (var number : position) {
            numbers &= number.isNumber();
        }
        if (!numbers) {
            throw new Cql2Exception("a position of a geometry must be two or three numbers");
        }
        return coordinate(position.get(0).asDouble(), position.get(1).asDouble());
    }

    static Coordinate coordinate(double x, double y) {
        if (!Double.isFinite(x) || !Double.isFinite(y)) {
            throw new Cql2Exception("coordinates must be finite numbers");
        }
        // no negative zeros: 0 and -0 are one place
        return new Coordinate(x + 0.0, y + 0.0);
    }

    static Point point(Coordinate position) {
        return FACTORY.createPoint(position);
    }

    static LineString line(List<Coordinate> positions) {
        if (positions.size() < 2) {
            throw new Cql2Exception("a line needs two positions or more");
        }
        return FACTORY.createLineString(positions.toArray(Coordinate[]::new));
    }

    static Polygon polygon(List<List<Coordinate>> rings) {
        if (rings.isEmpty()) {
            throw new Cql2Exception("a polygon needs a ring");
        }
        var linear = rings.stream().map(Shapes::ring).toList();
        return FACTORY.createPolygon(
                linear.getFirst(), linear.subList(1, linear.size()).toArray(LinearRing[]::new));
    }

    private static LinearRing ring(List<Coordinate> positions) {
        if (positions.size() < SMALLEST_RING || !positions.getFirst().equals2D(positions.getLast())) {
            throw new Cql2Exception("a ring needs four positions or more, the last one equal to the first");
        }
        return FACTORY.createLinearRing(positions.toArray(Coordinate[]::new));
    }

    /** Two boxes when it crosses the antimeridian; a line or a point when it has no width. */
    static Geometry of(Expression.Box box) {
        if (box.west() <= box.east()) {
            return FACTORY.toGeometry(new Envelope(box.west(), box.east(), box.south(), box.north()));
        }
        return FACTORY.buildGeometry(List.of(
                FACTORY.toGeometry(new Envelope(box.west(), 180, box.south(), box.north())),
                FACTORY.toGeometry(new Envelope(-180, box.east(), box.south(), box.north()))));
    }

    /** Four numbers, or six of which the heights are dropped. */
    public static Expression.Box box(List<Double> numbers) {
        if (numbers.size() != 4 && numbers.size() != 6) {
            throw new Cql2Exception("a bbox has 4 or 6 numbers, not " + numbers.size());
        }
        int half = numbers.size() / 2;
        var first = coordinate(numbers.get(0), numbers.get(1));
        var second = coordinate(numbers.get(half), numbers.get(half + 1));
        if (first.y > second.y) {
            throw new Cql2Exception("a bbox names its southern edge before its northern one");
        }
        return new Expression.Box(first.x, first.y, second.x, second.y);
    }
}
