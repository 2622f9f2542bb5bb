// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.text.Normalizer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.survol.core.plan.Plan.Role;

/** What file names tell: an id, a date, a role. */
final class Names {

    private static final int LONGEST = 100;
    private static final Pattern DATE =
            Pattern.compile("(?<!\\d)(19\\d{2}|20\\d{2})([-_.]?)(0[1-9]|1[0-2])\\2(0[1-9]|[12]\\d|3[01])(?!\\d)");
    private static final Pattern YEAR = Pattern.compile("(?<!\\d)(19[3-9]\\d|20\\d{2})(?!\\d)");

    /** A code of a coordinate system looks like a year: epsg2154, EPSG_2056. */
    private static final Pattern EPSG = Pattern.compile("(?i)epsg[-_: ]?\\d+");

    private static final LocalTime NOON = LocalTime.NOON;

    private Names() {}

    /** Letters, digits, dots, dashes and underscores; accents are dropped, everything else becomes a dash. */
    static String acquisitionId(String name) {
        var plain = Normalizer.normalize(name, Normalizer.Form.NFD)
                .replaceAll("\\p{M}+", "")
                .replaceAll("[^A-Za-z0-9._-]+", "-")
                .replaceAll("\\.{2,}", ".")
                .replaceAll("^[^A-Za-z0-9]+", "")
                .replaceAll("[-.]+$", "");
        if (plain.isEmpty()) {
            return "acquisition";
        }
        return plain.length() > LONGEST ? plain.substring(0, LONGEST) : plain;
    }

    /** The first date in a name, else the first year, standing for its midsummer; never one that is still to come. */
    static Optional<Instant> datetime(String name, Instant now) {
        var text = EPSG.matcher(name).replaceAll(" ");
        var date = DATE.matcher(text);
        while (date.find()) {
            try {
                var day = LocalDate.of(
                        Integer.parseInt(date.group(1)),
                        Integer.parseInt(date.group(3)),
                        Integer.parseInt(date.group(4)));
                var taken = day.atTime(NOON).toInstant(ZoneOffset.UTC);
                if (day.atStartOfDay().toInstant(ZoneOffset.UTC).isBefore(now)) {
                    return Optional.of(taken);
                }
            } catch (DateTimeException e) {
                // 31 February is no date, look further
            }
        }
        var year = YEAR.matcher(text);
        while (year.find()) {
            var start = LocalDate.of(Integer.parseInt(year.group(1)), 1, 1);
            if (start.atStartOfDay().toInstant(ZoneOffset.UTC).isBefore(now)) {
                return Optional.of(start.withMonth(7).atTime(NOON).toInstant(ZoneOffset.UTC));
            }
        }
        return Optional.empty();
    }

    /** Only roles that the pixels cannot tell; a plain RGB image needs no word for it. */
    static Optional<Role> role(String name) {
        for (var word : name.toLowerCase(Locale.ROOT).split("[^a-z]+")) {
            switch (word) {
                case "irc", "cir" -> {
                    return Optional.of(Role.IRC);
                }
                case "dsm", "mns" -> {
                    return Optional.of(Role.DSM);
                }
                case "dtm", "mnt" -> {
                    return Optional.of(Role.DTM);
                }
                default -> {
                    // the pixels will tell
                }
            }
        }
        return Optional.empty();
    }

    /** The name, or the name with the first number that makes it new. */
    static String unused(String name, Predicate<String> taken) {
        var candidate = name;
        for (int i = 2; taken.test(candidate); i++) {
            candidate = name + "-" + i;
        }
        return candidate;
    }
}
