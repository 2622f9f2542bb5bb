// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.survol.catalog.cql2.Expression.TemporalRelation;

/** From one instant to another, both included; an instant is a period of no length, a date one of a day of UTC. */
record Period(Instant start, Instant end) {

    static Period of(Object value) {
        return switch (value) {
            case Period period -> period;
            case LocalDate date ->
                new Period(start(date), start(date.plusDays(1)).minusNanos(1));
            case Instant instant -> new Period(instant, instant);
            default -> throw new IllegalStateException("not temporal: " + value);
        };
    }

    static Instant start(LocalDate date) {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** OGC 21-065r2, table of the temporal functions. */
    boolean stands(TemporalRelation relation, Period other) {
        int starts = start.compareTo(other.start);
        int ends = end.compareTo(other.end);
        int startToEnd = start.compareTo(other.end);
        int endToStart = end.compareTo(other.start);
        return switch (relation) {
            case AFTER -> startToEnd > 0;
            case BEFORE -> endToStart < 0;
            case CONTAINS -> starts < 0 && ends > 0;
            case DISJOINT -> startToEnd > 0 || endToStart < 0;
            case DURING -> starts > 0 && ends < 0;
            case EQUALS -> starts == 0 && ends == 0;
            case FINISHEDBY -> starts < 0 && ends == 0;
            case FINISHES -> starts > 0 && ends == 0;
            case INTERSECTS -> startToEnd <= 0 && endToStart >= 0;
            case MEETS -> endToStart == 0;
            case METBY -> startToEnd == 0;
            case OVERLAPPEDBY -> starts > 0 && startToEnd < 0 && ends > 0;
            case OVERLAPS -> starts < 0 && endToStart > 0 && ends < 0;
            case STARTEDBY -> starts == 0 && ends > 0;
            case STARTS -> starts == 0 && ends < 0;
        };
    }
}
