// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.cql2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.locationtech.jts.geom.Envelope;
import org.survol.catalog.cql2.Queryable.Type;

class Cql2Test {

    private static final Queryables KNOWN = new Queryables(List.of(
            new Queryable("name", Type.TEXT, ""),
            new Queryable("eo:cloud_cover", Type.NUMBER, ""),
            new Queryable("count", Type.INTEGER, ""),
            new Queryable("flag", Type.BOOLEAN, ""),
            new Queryable("at", Type.TIMESTAMP, ""),
            new Queryable("day", Type.DATE, ""),
            new Queryable("geometry", Type.GEOMETRY, ""),
            new Queryable("tags", Type.ARRAY, ""),
            new Queryable("absent", Type.NUMBER, "")));

    private static final Map<String, Object> FEATURE = new HashMap<>();

    static {
        FEATURE.put("name", "Été à Straße");
        FEATURE.put("eo:cloud_cover", 12.5f);
        FEATURE.put("count", 7L);
        FEATURE.put("flag", true);
        FEATURE.put("at", Instant.parse("2024-06-14T10:20:00.5Z"));
        FEATURE.put("day", LocalDate.parse("2024-06-14"));
        FEATURE.put("geometry", Shapes.of(new Expression.Box(2, 48, 3, 49)));
        FEATURE.put("tags", List.of("a", "b", 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name = 'Été à Straße'",
                "CASEI(name) = CASEI('été à STRASSE')",
                "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('ETE%strasse'))",
                "name LIKE '%tra_e' AND NOT name LIKE 'tra%'",
                "\"eo:cloud_cover\" BETWEEN 12.5 AND 13 and eo:cloud_cover in (1, 12.5)",
                "count + 2 * 3 = 13 AND -count = 0 - 7 AND 15 div count = 2 AND 15 % count = 1 AND 2 ^ 3 > count",
                "flag AND flag = TRUE AND NOT (flag = false)",
                "at > TIMESTAMP('2024-06-14T12:20:00+02:00') AND day = DATE('2024-06-14')",
                "T_DURING(at, INTERVAL('2024-06-14','2024-06-14')) AND T_AFTER(at, DATE('2024-06-13'))",
                "T_INTERSECTS(day, at) AND T_BEFORE(at, INTERVAL('2024-06-14T10:20:01Z', '..'))",
                "T_INTERSECTS(INTERVAL('..', at), INTERVAL(at, '..')) and t_meets(INTERVAL('..', at), at)",
                "S_INTERSECTS(geometry, POINT(2.5 48.5)) AND S_WITHIN(geometry, BBOX(2,48,0,3,49,9))",
                "S_CONTAINS(BBOX(1,47,4,50), geometry) AND S_TOUCHES(geometry, LINESTRING Z (3 48 0, 3 50 0))",
                "S_INTERSECTS(geometry, BBOX(170,0,2.1,90)) AND S_DISJOINT(geometry, BBOX(3.1,0,-170,90))",
                "A_CONTAINS(tags, ('a')) AND A_OVERLAPS(tags, ('x', 3)) AND A_CONTAINEDBY(tags, ('b','a',3,4))",
                "absent IS NULL AND (absent = 1 OR flag) AND NOT (absent = 1 AND NOT flag)",
                "tags IS NOT NULL AND 1 / 0 IS NULL AND name < 'été'",
                "(((((count = 7)))))",
                "count=7 AND name<>'it''s' AND name<>'it\\'s'"
            })
    void holds(String filter) {
        assertThat(matches(filter)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name = 'x'",
                "absent = 1",
                "NOT (absent = 1)",
                "absent <> 1 OR absent IS NOT NULL",
                "absent IN (1, 2) OR NOT absent BETWEEN 1 AND 2",
                "S_DISJOINT(geometry, POINT(2.5 48.5))",
                "T_AFTER(at, DATE('2024-06-14'))",
                "A_EQUALS(tags, ('a', 'b'))"
            })
    void doesNotHold(String filter) {
        assertThat(matches(filter)).isFalse();
    }

    private static boolean matches(String filter) {
        return Filter.bind(Cql2Text.parse(filter), KNOWN).matches(FEATURE::get);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    nothing = 1                              | there is no property "nothing"
                    count = '7'                              | cannot be compared
                    name BETWEEN 1 AND 2                     | cannot be compared
                    name LIKE 7                              | LIKE needs a text
                    count AND flag                           | AND needs a predicate
                    S_INTERSECTS(name, POINT(1 1))           | S_INTERSECTS needs a geometry
                    S_INTERSECTS(geometry, POINT(90 180))    | is not on Earth
                    T_AFTER(at, count)                       | T_AFTER needs times
                    A_EQUALS(tags, count)                    | A_EQUALS needs an array
                    geometry = POINT(1 1)                    | S_EQUALS
                    drop_tables(name) = 1                    | there is no function
                    name = 'a'; delete from item             | ";"
                    name = 'a' -- comment                    | needs a number
                    name = 'a                                | no closing quote
                    "name = 1                                | no closing quote
                    count = = 1                              | "=" at character 9
                    count = 1 AND                            | the end of the filter
                    (count = 1                               | the end of the filter
                    count = 1)                               | the end of the filter, AND or OR
                    count NOT 1                              | LIKE, BETWEEN or IN
                    count IN ()                              | a value
                    CASEI(name, name) = 'a'                  | takes one argument
                    at > TIMESTAMP('yesterday')              | is not a time
                    at > TIMESTAMP('2024-06-14 10:20:00Z')   | is not a time
                    day > DATE('2024-02-30')                 | is not a date
                    S_INTERSECTS(geometry, POLYGON((1 1, 2 2, 3 1))) | a ring needs
                    S_INTERSECTS(geometry, BBOX(1, 2, 3))    | 4 or 6 numbers
                    S_INTERSECTS(geometry, BBOX(1, 9, 3, 2)) | southern edge
                    S_INTERSECTS(geometry, LINESTRING(1 1))  | two positions
                    count = 1e999                            | a smaller number
                    """)
    void refusesWithTheReason(String filter, String reason) {
        assertThatThrownBy(() -> Filter.bind(Cql2Text.parse(filter), KNOWN))
                .isInstanceOf(Cql2Exception.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "null",
                "[]x",
                "{}",
                "{\"op\": 7, \"args\": []}",
                "{\"op\": \"=\"}",
                "{\"op\": \"=\", \"args\": [1]}",
                "{\"op\": \"and\", \"args\": [true]}",
                "{\"op\": \"in\", \"args\": [{\"property\": \"count\"}, 1]}",
                "{\"op\": \"=\", \"args\": [{\"property\": 1}, 1]}",
                "{\"op\": \"=\", \"args\": [{\"property\": \"count\"}, null]}",
                "{\"op\": \"s_intersects\", \"args\": [{\"property\": \"geometry\"}, {\"type\": \"Circle\"}]}",
                "{\"op\": \"s_intersects\", \"args\": [{\"property\": \"geometry\"}, {\"bbox\": [\"a\"]}]}",
                "{\"op\": \"s_intersects\", \"args\": [{\"property\": \"geometry\"}, {\"type\": \"Point\", \"coordinates\": [\"1\", 2]}]}",
                "{\"op\": \"t_after\", \"args\": [{\"property\": \"at\"}, {\"interval\": [\"..\"]}]}"
            })
    void refusesJsonThatIsNoFilter(String json) {
        assertThatThrownBy(() -> Filter.bind(Cql2Json.parse(json), KNOWN)).isInstanceOf(Cql2Exception.class);
    }

    @Test
    void refusesWhatWouldCostTooMuch() {
        for (var deep : List.of(
                "(".repeat(1_000) + "flag" + ")".repeat(1_000),
                "NOT ".repeat(1_000) + "flag",
                "count = " + "-".repeat(1_000) + "1",
                "f(".repeat(1_000) + "1" + ")".repeat(1_000),
                "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(".repeat(1_000))) {
            assertThatThrownBy(() -> Cql2Text.parse(deep))
                    .isInstanceOf(Cql2Exception.class)
                    .hasMessageContaining("deeper");
        }
        assertThatThrownBy(() -> Cql2Json.parse("{\"op\":\"not\",\"args\":[".repeat(400) + "true" + "]}".repeat(400)))
                .isInstanceOf(Cql2Exception.class)
                .hasMessageContaining("deeper");
        assertThatThrownBy(() -> Cql2Json.parse("[".repeat(100_000))).isInstanceOf(Cql2Exception.class);
        assertThatThrownBy(() -> Cql2Text.parse("flag" + " OR flag".repeat(10_000)))
                .isInstanceOf(Cql2Exception.class)
                .hasMessageContaining("parts");
        assertThatThrownBy(
                        () -> Cql2Text.parse("S_INTERSECTS(geometry, MULTIPOINT(0 0" + ", 1 1".repeat(20_000) + "))"))
                .isInstanceOf(Cql2Exception.class);
        assertThatThrownBy(() -> Cql2Text.parse("x".repeat(2_000_000)))
                .isInstanceOf(Cql2Exception.class)
                .hasMessageContaining("characters");
    }

    @Test
    void anyTextIsReadOrRefusedButNeverAnythingElse() {
        var pieces = List.of(
                "count",
                "name",
                "=",
                "<",
                "(",
                ")",
                ",",
                "'",
                "\"",
                "NOT",
                "AND",
                "BETWEEN",
                "IN",
                "1",
                "-",
                "POINT",
                "BBOX",
                "INTERVAL",
                "DATE",
                "T_AFTER",
                "S_WITHIN",
                "CASEI",
                "A_EQUALS",
                "IS",
                "NULL",
                "\\",
                "é",
                "😀",
                "z",
                "..",
                ".5",
                "1e",
                "div",
                "^",
                "like");
        var random = new Random(7);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            for (int part = random.nextInt(12); part >= 0; part--) {
                text.append(pieces.get(random.nextInt(pieces.size()))).append(random.nextBoolean() ? " " : "");
            }
            try {
                Filter.bind(Cql2Text.parse(text.toString()), KNOWN).matches(FEATURE::get);
                read++;
            } catch (Cql2Exception e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(read).isPositive();
    }

    @Test
    void aPatternMatchesWhatTheRegularExpressionMatches() {
        var random = new Random(3);
        var letters = "ab%_\\x";
        for (int i = 0; i < 20_000; i++) {
            var pattern = random(random, letters, 6);
            var text = random(random, letters, 8);
            var regex = new StringBuilder();
            for (int at = 0; at < pattern.length(); at++) {
                char c = pattern.charAt(at);
                if (c == '\\' && at + 1 < pattern.length()) {
                    regex.append(Pattern.quote(String.valueOf(pattern.charAt(++at))));
                } else {
                    regex.append(c == '%' ? ".*" : c == '_' ? "." : Pattern.quote(String.valueOf(c)));
                }
            }
            var like = LikePattern.of(pattern);
            assertThat(like.matches(text)).as("%s like %s", text, pattern).isEqualTo(text.matches(regex.toString()));
            boolean inSql = LikePattern.of(like.sql()).matches(text);
            assertThat(like.countsCharacters() ? inSql || !like.matches(text) : inSql == like.matches(text))
                    .isTrue();
        }
    }

    private static String random(Random random, String letters, int most) {
        var text = new StringBuilder();
        for (int i = random.nextInt(most); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }

    @Test
    void tellsTheBoxOutsideOfWhichNothingMatches() {
        assertThat(bounds("S_INTERSECTS(geometry, BBOX(1,2,3,4)) AND count = 1"))
                .isEqualTo(new Envelope(1, 3, 2, 4));
        assertThat(bounds("S_WITHIN(geometry, BBOX(1,2,3,4)) OR S_EQUALS(POINT(9 9), geometry)"))
                .isEqualTo(new Envelope(1, 9, 2, 9));
        assertThat(bounds("S_INTERSECTS(geometry, BBOX(1,2,3,4)) OR count = 1")).isNull();
        assertThat(bounds("NOT S_INTERSECTS(geometry, BBOX(1,2,3,4))")).isNull();
        assertThat(bounds("S_DISJOINT(geometry, BBOX(1,2,3,4))")).isNull();
    }

    private static Envelope bounds(String filter) {
        return Filter.bind(Cql2Text.parse(filter), KNOWN).bounds().orElse(null);
    }
}
