// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.survol.catalog.cql2.Rfc3339;
import org.survol.catalog.store.LngLatBox;
import org.survol.core.event.RunRef;

/** Reads what clients put into URLs; whatever cannot be right is a {@link Problem} that says what would be. */
public final class Parameters {

    private static final int MOST_IDS = 1_000;
    private static final int MOST_NUMBERS = 6;

    private Parameters() {}

    /** How a document is shown; not what is in it. */
    static final String FORMAT = "f";

    private static final Set<String> FORMATS = Set.of("html", "json");

    /** The first value of each, in their order, without how the answer is to be shown. */
    public static Map<String, String> of(UriInfo uri) {
        var parameters = new LinkedHashMap<String, String>();
        uri.getQueryParameters().forEach((name, values) -> parameters.put(name, values.getFirst()));
        if (FORMATS.contains(parameters.getOrDefault(FORMAT, ""))) {
            parameters.remove(FORMAT);
        }
        return parameters;
    }

    /** A whole number from 1; more than {@code most} means {@code most}, as STAC and OGC API Features ask for. */
    public static int limit(String text, int most) {
        int limit;
        try {
            limit = Math.clamp(Long.parseLong(text), -1, most);
        } catch (NumberFormatException e) {
            throw Problem.badRequest("limit must be a whole number, not \"" + shown(text) + "\"");
        }
        if (limit < 1) {
            throw Problem.badRequest("limit must be at least 1");
        }
        return limit;
    }

    /** Four numbers, or six of which the heights are not looked at. */
    public static LngLatBox bbox(String text) {
        return bbox(numbers("bbox", text));
    }

    public static List<Double> numbers(String parameter, String text) {
        try {
            return Arrays.stream(text.split(",", MOST_NUMBERS + 1))
                    .map(number -> Double.valueOf(number.strip()))
                    .toList();
        } catch (NumberFormatException e) {
            throw Problem.badRequest(parameter + " must be numbers separated by commas, not \"" + shown(text) + "\"");
        }
    }

    public static LngLatBox bbox(List<Double> numbers) {
        if (numbers.size() != 4 && numbers.size() != 6) {
            throw Problem.badRequest("bbox must have 4 or 6 numbers, not " + numbers.size());
        }
        int half = numbers.size() / 2;
        try {
            return new LngLatBox(numbers.get(0), numbers.get(1), numbers.get(half), numbers.get(half + 1));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("bbox must be west, south, east, north in degrees: " + e.getMessage());
        }
    }

    /** Both ends inclusive; an absent end is open. */
    public record Interval(Optional<Instant> from, Optional<Instant> to) {}

    /** An RFC 3339 time, or two separated by a slash of which one may be {@code ..} or empty. */
    public static Interval datetime(String text) {
        var parts = text.split("/", -1);
        if (parts.length > 2) {
            throw badDatetime(text);
        }
        if (parts.length == 1) {
            var instant = Optional.of(instant(parts[0], text));
            return new Interval(instant, instant);
        }
        boolean openStart = parts[0].isEmpty() || parts[0].equals("..");
        boolean openEnd = parts[1].isEmpty() || parts[1].equals("..");
        if (openStart && openEnd) {
            throw badDatetime(text);
        }
        Optional<Instant> from = openStart ? Optional.empty() : Optional.of(instant(parts[0], text));
        Optional<Instant> to = openEnd ? Optional.empty() : Optional.of(instant(parts[1], text));
        if (from.isPresent() && to.isPresent() && from.get().isAfter(to.get())) {
            throw Problem.badRequest("datetime ends before it starts: \"" + shown(text) + "\"");
        }
        return new Interval(from, to);
    }

    private static Instant instant(String time, String whole) {
        return Rfc3339.instant(time).orElseThrow(() -> badDatetime(whole));
    }

    private static Problem badDatetime(String text) {
        return Problem.badRequest("datetime must be an RFC 3339 time such as 2024-06-14T10:20:00Z, or two separated by"
                + " a slash of which one may be \"..\"; not \"" + shown(text) + "\"");
    }

    /** Names separated by commas. */
    public static List<String> names(String parameter, Optional<String> text) {
        if (text.isEmpty()) {
            return List.of();
        }
        var names = Arrays.stream(text.get().split(",", MOST_IDS + 2))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        return names(parameter, names);
    }

    public static List<String> names(String parameter, List<String> names) {
        if (names.size() > MOST_IDS) {
            throw Problem.badRequest(parameter + " must not name more than " + MOST_IDS);
        }
        return names;
    }

    /** Empty when these cannot be the names of a run at all. */
    public static Optional<RunRef> run(String acquisition, String run) {
        return RunRef.isValid(acquisition, run) ? Optional.of(new RunRef(acquisition, run)) : Optional.empty();
    }

    /** Enough of it to recognise, not enough to harm. */
    public static String shown(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
