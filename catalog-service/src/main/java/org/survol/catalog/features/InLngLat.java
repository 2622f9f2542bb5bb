// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.util.List;
import org.locationtech.jts.densify.Densifier;
import org.locationtech.jts.geom.CoordinateSequence;
import org.locationtech.jts.geom.CoordinateSequenceFilter;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.survol.catalog.Problem;
import org.survol.catalog.cql2.Expression;
import org.survol.catalog.cql2.Expression.And;
import org.survol.catalog.cql2.Expression.Box;
import org.survol.catalog.cql2.Expression.Not;
import org.survol.catalog.cql2.Expression.Or;
import org.survol.catalog.cql2.Expression.Shape;
import org.survol.catalog.cql2.Expression.Spatial;
import org.survol.core.crs.CrsTransform;

/** The filter that asks the same with longitudes and latitudes. */
final class InLngLat {

    private static final GeometryFactory GEOMETRIES = new GeometryFactory();

    private final NamedCrs from;
    private final CrsTransform transform;
    private final int steps;

    /** @param steps into which the longest side of a shape is cut at least */
    InLngLat(NamedCrs from, int steps) {
        this.from = from;
        this.transform = from.crs().to(NamedCrs.CRS84.crs());
        this.steps = steps;
    }

    Expression of(Expression expression) {
        if (from.equals(NamedCrs.CRS84)) {
            return expression;
        }
        return switch (expression) {
            case And(var parts) -> new And(all(parts));
            case Or(var parts) -> new Or(all(parts));
            case Not(var part) -> new Not(of(part));
            case Spatial(var relation, var left, var right) -> new Spatial(relation, of(left), of(right));
            case Shape(var shape) -> new Shape(of(shape));
            case Box box -> box(box);
            default -> expression;
        };
    }

    private List<Expression> all(List<Expression> parts) {
        return parts.stream().map(this::of).toList();
    }

    /** Its members are named as if the first axis led east. */
    private Expression box(Box box) {
        if (from.isDegrees() && from.northFirst()) {
            return new Box(box.south(), box.west(), box.north(), box.east());
        }
        if (box.west() > box.east()) {
            throw Problem.badRequest("a box of " + from.uri() + " must have its smaller numbers first");
        }
        return new Shape(of(GEOMETRIES.toGeometry(new Envelope(box.west(), box.east(), box.south(), box.north()))));
    }

    private Geometry of(Geometry shape) {
        var box = shape.getEnvelopeInternal();
        double longest = Math.max(box.getWidth(), box.getHeight());
        var fine = longest > 0 ? Densifier.densify(shape, longest / steps) : shape.copy();
        fine.apply(new CoordinateSequenceFilter() {
            @Override
            public void filter(CoordinateSequence positions, int i) {
                double first = positions.getX(i);
                double second = positions.getY(i);
                var xy = from.northFirst() ? new double[] {second, first} : new double[] {first, second};
                if (!applied(xy)) {
                    throw Problem.badRequest("the position " + first + " " + second + " lies nowhere in " + from.uri());
                }
                positions.setOrdinate(i, CoordinateSequence.X, xy[0]);
                positions.setOrdinate(i, CoordinateSequence.Y, xy[1]);
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
        return fine;
    }

    private boolean applied(double[] xy) {
        try {
            transform.apply(xy, 1);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return Double.isFinite(xy[0]) && Double.isFinite(xy[1]);
    }
}
