// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.survol.core.BadInputException;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Stretch;
import org.survol.ingest.DeliveredItem.DeliveredAsset;

class DeliveredItemTest {

    private static final String ITEM = """
            {"type": "Feature", "stac_version": "1.0.0", "id": "flight-1",
             "properties": {"datetime": "2026-06-21T12:00:00+02:00", "survol:model": "small", "proj:code": "EPSG:2154"},
             "assets": {
               "a": {"href": "s3://survol/inbox/flight-1/a.tif", "survol:role": "RGB",
                     "file:checksum": "1220%s", "file:size": 17, "datetime": "2025-01-02T03:04:05Z",
                     "proj:epsg": 2975},
               "b": {"href": "./strips/b.tif", "survol:stretch": [[100, 4000]]},
               "c": {"href": "c.jpg", "roles": ["thumbnail"]}}}
            """.formatted("0123456789abcdef".repeat(4));

    @Test
    void anItemThatNamesItsSeedIsOfAGeneratedScene() {
        assertThat(parse(ITEM).ofGeneratedScene()).isFalse();
        assertThat(parse(ITEM.replace("\"properties\": {", "\"properties\": {\"survol:seed\": 101, "))
                        .ofGeneratedScene())
                .isTrue();
    }

    @Test
    void keepsWhatDecidesSomething() {
        var item = parse(ITEM);

        assertThat(item)
                .isEqualTo(new DeliveredItem(
                        "flight-1",
                        Instant.parse("2026-06-21T10:00:00Z"),
                        Optional.of("small"),
                        OptionalInt.empty(),
                        false,
                        List.of(
                                new DeliveredAsset(
                                        "a",
                                        "inbox/flight-1/a.tif",
                                        Optional.of(Role.RGB),
                                        Optional.of("0123456789abcdef".repeat(4)),
                                        OptionalLong.of(17),
                                        Optional.of(Instant.parse("2025-01-02T03:04:05Z")),
                                        OptionalInt.of(2975),
                                        List.of()),
                                new DeliveredAsset(
                                        "b",
                                        "inbox/flight-1/strips/b.tif",
                                        Optional.empty(),
                                        Optional.empty(),
                                        OptionalLong.empty(),
                                        Optional.empty(),
                                        OptionalInt.of(2154),
                                        List.of(new Stretch(100, 4000))))));
    }

    @Test
    void spellingDoesNotMakeAnotherItem() {
        var written = canonical("{\"b\":{\"href\":\"x.tif\"}}, \"title\":\"é\"");

        assertThat(canonical("{\"b\" : {\"href\":\"x\\u002etif\"}},\n \"title\":\"\\u00e9\""))
                .isEqualTo(written);
        assertThat(canonical("{\"b\":{\"href\":\"./x.tif\"}}, \"title\":\"é\""))
                .as("hrefs count from the same folder")
                .isEqualTo(written);
        assertThat(canonical("{\"b\":{\"href\":\"y.tif\"}}, \"title\":\"é\"")).isNotEqualTo(written);
    }

    private static byte[] canonical(String assets) {
        var json = bytes("{\"id\":\"f\",\"type\":\"Feature\","
                + "\"properties\":{\"datetime\":\"2026-06-21T10:00:00Z\"},\"assets\":" + assets + "}");
        return DeliveredItem.parse(json, Deliveries.BUCKET).canonical(json, Deliveries.BUCKET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../other/a.tif",
                "inbox/flight-1/../../models/x.onnx",
                "s3://survol/inbox/../models/x.onnx",
                "s3://survol/",
                "s3://other/inbox/flight-1/a.tif",
                "s3://survol.evil/a.tif",
                "file:///etc/passwd",
                "http://169.254.169.254/latest",
                "https://example.org/a.tif",
                "//example.org/a.tif",
                "/etc/passwd",
                "a//b.tif",
                "a\\\\b.tif",
                "a\\u0000.tif",
                "",
                "."
            })
    void refusesHrefsThatLeadElsewhere(String href) {
        assertRefused(ITEM.replace("./strips/b.tif", href), "assets.b.href");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "id": "flight-1"           | "id": "a/b"                | id
                    "id": "flight-1"           | "id": ".hidden"            | id
                    "id": "flight-1"           | "id": "a..b"               | id
                    "id": "flight-1"           | "title": "x"               | id
                    "type": "Feature"          | "type": "Collection"       | type
                    "datetime": "2026          | "datetime": "yesterday2026 | properties.datetime
                    "datetime": "2026-06-21    | "date": "2026-06-21        | properties.datetime
                    "survol:model": "small"    | "survol:model": "../small" | properties.survol:model
                    "survol:role": "RGB"       | "survol:role": "PAN"       | survol:role
                    "file:size": 17            | "file:size": -1            | file:size
                    "file:checksum": "1220     | "file:checksum": "1320     | file:checksum
                    "assets"                   | "links"                    | assets
                    ./strips/b.tif             | a.tif                      | names a file that another asset names
                    "stac_version": "1.0.0"    | "id": "again"              | JSON
                    """)
    void refusesWhatIsNotSound(String sound, String unsound, String named) {
        assertThat(ITEM).contains(sound);
        assertRefused(ITEM.replace(sound, unsound), named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{", "{} {}", "\u0000", "{\"id\": \"x\"}"})
    void refusesWhatIsNoItem(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(BadInputException.class);
    }

    private static void assertRefused(String item, String named) {
        assertThatThrownBy(() -> parse(item)).isInstanceOfSatisfying(BadInputException.class, e -> {
            assertThat(e.reason()).contains(named);
            assertThat(e.mend()).isNotBlank();
        });
    }

    private static DeliveredItem parse(String json) {
        return DeliveredItem.parse(bytes(json), "survol");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
