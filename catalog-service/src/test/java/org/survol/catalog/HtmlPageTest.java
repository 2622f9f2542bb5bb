// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.survol.core.Json;

class HtmlPageTest {

    @Test
    void whatOthersWroteStaysText() throws IOException {
        var page = HtmlPage.of(Json.MAPPER.readTree("""
                {"title": "<script>alert(1)</script>", "a\\"b": "x' onload='y", "bad": "javascript:alert(2)",
                 "links": [{"rel": "self", "href": "javascript:alert(3)"}, {"rel": "up", "href": "https://a/\\"><script>"}]}
                """));

        assertThat(page).doesNotContain("<script>").doesNotContain("href=\"javascript:");
        assertThat(page).contains("&lt;script&gt;alert(1)", "<a href=\"https://a/&quot;&gt;&lt;script&gt;\">up</a>");
    }

    @Test
    void linksOfEveryLevelLeadOnAndCoordinatesAreLeftOut() throws IOException {
        var page = HtmlPage.of(Json.MAPPER.readTree("""
                {"collections": [{"id": "a", "links": [{"rel": "items", "href": "http://x/items"}]}],
                 "geometry": {"type": "Point", "coordinates": [2.123456, 48]}, "conformsTo": ["http://x/conf/core"]}
                """));

        assertThat(page).contains("<a href=\"http://x/items\">items</a>", "<a href=\"http://x/conf/core\">");
        assertThat(page).doesNotContain("2.123456");
    }
}
