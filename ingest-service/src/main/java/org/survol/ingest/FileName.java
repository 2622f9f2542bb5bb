// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.survol.core.plan.Plan.Role;

/**
 * What a file's path tells about its content. Names of IGN's image tiles are understood
 * ({@code 32-2022-0500-6275-LA93-0M20-E080.jp2}: department, year, kilometres of the upper left corner, CRS, pixel,
 * compression), and the words that surveyors use in file and folder names.
 *
 * @param path of the file below what was delivered, with {@code /} between its parts; the folder's own name may lead
 */
record FileName(String path) {

    private static final Pattern IGN_TILE = Pattern.compile(
            "(?:\\d{2,3}|2[AB])-(?<year>\\d{4})-\\d{4}-\\d{4}-(?<crs>[A-Z0-9]+)(?<rest>(?:-[A-Z0-9]+)*)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern DATE =
            Pattern.compile("(?<!\\d)(19\\d{2}|20\\d{2})([-_.]?)(0[1-9]|1[0-2])\\2(0[1-9]|[12]\\d|3[01])(?!\\d)");
    private static final Pattern YEAR = Pattern.compile("(?<!\\d)(19[3-9]\\d|20\\d{2})(?!\\d)");

    /** A code of a coordinate system looks like a year: epsg2154, EPSG_2056. */
    private static final Pattern EPSG = Pattern.compile("(?i)epsg[-_: ]?(\\d{4,5})(?!\\d)");

    /** Of the French territories, as IGN writes them in file and folder names. */
    private static final Map<String, Integer> CRS_WORDS = Map.ofEntries(
            Map.entry("LA93", 2154),
            Map.entry("L93", 2154),
            Map.entry("LAMB93", 2154),
            Map.entry("LAMBERT93", 2154),
            Map.entry("RGAF09UTM20", 5490),
            Map.entry("RGFG95UTM22", 2972),
            Map.entry("UTM22RGFG95", 2972),
            Map.entry("RGR92UTM40S", 2975),
            Map.entry("RGR92UTM40", 2975),
            Map.entry("RGM04UTM38S", 4471),
            Map.entry("RGM04UTM38", 4471),
            Map.entry("RGSPM06U21", 4467),
            Map.entry("RGSPM06UTM21", 4467));

    private static final Set<String> INFRARED = Set.of("irc", "cir");
    private static final Set<String> SURFACE = Set.of("dsm", "mns");
    private static final Set<String> GROUND = Set.of("dtm", "mnt");
    private static final Set<String> ABOVE_GROUND = Set.of("mnh", "ndsm", "chm");

    /** A finding and the words for a person why. */
    record Told<T>(T value, String why) {}

    /** @param exact false when only the year is known; then the instant is its midsummer */
    record Date(Instant instant, boolean exact) {
        int year() {
            return instant.atOffset(ZoneOffset.UTC).getYear();
        }
    }

    /** Last part, without its extension. */
    String stem() {
        return stem(path.substring(path.lastIndexOf('/') + 1));
    }

    /** Of the file's own name, else of the folder that is nearest; never one that is still to come. */
    Optional<Told<Date>> date(Instant now) {
        return first(part -> date(part, now)
                .map(date -> new Told<>(
                        date, (date.exact() ? "the date in the name \"" : "the year in the name \"") + part + "\"")));
    }

    /** Only roles that the pixels cannot tell; a plain RGB image needs no word for it. */
    Optional<Told<Role>> role() {
        return first(part -> {
            for (var word : words(part)) {
                Optional<Role> role = INFRARED.contains(word) || word.startsWith("ortho") && word.endsWith("irc")
                        ? Optional.of(Role.IRC)
                        : SURFACE.contains(word)
                                ? Optional.of(Role.DSM)
                                : GROUND.contains(word) ? Optional.of(Role.DTM) : Optional.empty();
                if (role.isPresent()) {
                    return Optional.of(new Told<>(role.get(), "the word \"" + word + "\" in a name"));
                }
            }
            return Optional.empty();
        });
    }

    /** Heights above ground are no input of any stage: surface and ground are asked for apart. */
    boolean isHeightAboveGround() {
        return words(stem()).stream().anyMatch(ABOVE_GROUND::contains);
    }

    Optional<Told<Integer>> epsg() {
        return first(part -> {
            var code = EPSG.matcher(part);
            if (code.find()) {
                return Optional.of(new Told<>(Integer.valueOf(code.group(1)), "\"" + code.group() + "\" in a name"));
            }
            return Arrays.stream(part.toUpperCase(Locale.ROOT).split("[^A-Z0-9]+"))
                    .filter(CRS_WORDS::containsKey)
                    .findFirst()
                    .map(word -> new Told<>(CRS_WORDS.get(word), "the word \"" + word + "\" in a name"));
        });
    }

    private <T> Optional<T> first(Function<String, Optional<T>> reader) {
        var parts = path.split("/");
        for (int i = parts.length - 1; i >= 0; i--) {
            var found = reader.apply(i == parts.length - 1 ? stem(parts[i]) : parts[i]);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<Date> date(String name, Instant now) {
        var tile = IGN_TILE.matcher(name);
        if (tile.matches()) {
            return year(Integer.parseInt(tile.group("year")), now);
        }
        var text = EPSG.matcher(name).replaceAll(" ");
        var date = DATE.matcher(text);
        while (date.find()) {
            var found = day(date.group(1), date.group(3), date.group(4), now);
            if (found.isPresent()) {
                return found;
            }
        }
        return YEAR.matcher(text)
                .results()
                .map(year -> year(Integer.parseInt(year.group(1)), now))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<Date> day(String year, String month, String day, Instant now) {
        try {
            var date = LocalDate.of(Integer.parseInt(year), Integer.parseInt(month), Integer.parseInt(day));
            return date.atStartOfDay().toInstant(ZoneOffset.UTC).isBefore(now)
                    ? Optional.of(new Date(date.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC), true))
                    : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty(); // 31 February
        }
    }

    private static Optional<Date> year(int year, Instant now) {
        var start = LocalDate.of(year, 1, 1);
        return start.atStartOfDay().toInstant(ZoneOffset.UTC).isBefore(now)
                ? Optional.of(new Date(start.withMonth(7).atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC), false))
                : Optional.empty();
    }

    private static List<String> words(String name) {
        return List.of(name.toLowerCase(Locale.ROOT).split("[^a-z]+"));
    }

    private static String stem(String file) {
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }
}
