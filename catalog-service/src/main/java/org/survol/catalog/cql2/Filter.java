// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.util.Optional;
import java.util.function.Function;
import org.locationtech.jts.geom.Envelope;
import org.survol.catalog.cql2.Expression.And;
import org.survol.catalog.cql2.Expression.Or;
import org.survol.catalog.cql2.Expression.Property;
import org.survol.catalog.cql2.Expression.Spatial;
import org.survol.catalog.cql2.Expression.SpatialRelation;

/**
 * A filter that is bound to what it is about: every property is known, and only values of one kind are compared. Logic has
 * three values, as in SQL: what is compared with an absent value is neither true nor false. Safe for several threads.
 */
public final class Filter {

    private final Expression expression;
    private final Evaluation.Step step;

    private Filter(Expression expression, Evaluation.Step step) {
        this.expression = expression;
        this.step = step;
    }

    /** @throws Cql2Exception that names what is unknown or does not fit together */
    public static Filter bind(Expression expression, Queryables queryables) {
        return new Filter(expression, new Evaluation(queryables).predicate(expression));
    }

    public Expression expression() {
        return expression;
    }

    /** @param values of the properties by name; null for an absent one */
    public boolean matches(Function<String, Object> values) {
        return Boolean.TRUE.equals(step.value(values));
    }

    /** A box outside of which nothing matches; empty when there is none. */
    public Optional<Envelope> bounds() {
        return Optional.ofNullable(bounds(expression));
    }

    private static Envelope bounds(Expression expression) {
        return switch (expression) {
            case And(var parts) -> {
                Envelope common = null;
                for (var part : parts) {
                    var box = bounds(part);
                    common = common == null || box == null ? (common == null ? box : common) : common.intersection(box);
                }
                yield common;
            }
            case Or(var parts) -> {
                var union = new Envelope();
                for (var part : parts) {
                    var box = bounds(part);
                    if (box == null) {
                        yield null;
                    }
                    union.expandToInclude(box);
                }
                yield union;
            }
            case Spatial(var relation, Property _, Expression.Shape(var shape)) -> bounds(relation, shape);
            case Spatial(var relation, Expression.Shape(var shape), Property _) -> bounds(relation, shape);
            case Spatial(var relation, Property _, Expression.Box box) -> bounds(relation, Shapes.of(box));
            case Spatial(var relation, Expression.Box box, Property _) -> bounds(relation, Shapes.of(box));
            default -> null;
        };
    }

    private static Envelope bounds(SpatialRelation relation, org.locationtech.jts.geom.Geometry shape) {
        return relation == SpatialRelation.DISJOINT ? null : shape.getEnvelopeInternal();
    }
}
