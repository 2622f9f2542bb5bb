// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Times as RFC 3339 writes them: four digits of the year, a zone with a colon, digits after a point; small letters too. */
public final class Rfc3339 {

    private static final Pattern TIME =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:)(\\d\\d)((?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:\\d\\d))");

    private Rfc3339() {}

    /** A leap second is the first one of the next minute. Empty when it is no such time. */
    public static Optional<Instant> instant(String text) {
        var matcher = TIME.matcher(text.toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        boolean leap = matcher.group(2).equals("60");
        try {
            var instant = OffsetDateTime.parse(matcher.group(1) + (leap ? "59" : matcher.group(2)) + matcher.group(3))
                    .toInstant();
            return Optional.of(leap ? instant.plusSeconds(1) : instant);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
