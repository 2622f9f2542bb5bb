// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A JSON document as a plain page: its title, where its links lead, then all it says. No script, nothing from elsewhere. */
final class HtmlPage {

    private static final String STYLE = """
            body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#17302c;background:#fbfdfc}
            h1{font-size:1.6rem}a{color:#14665b}nav ul{columns:2;padding-left:1.2rem}nav small{color:#567}
            dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{color:#567}dd{margin:0;overflow-wrap:anywhere}
            ol{padding-left:1.6rem}li{margin:.25rem 0}""";

    private static final int MOST_SHOWN = 1_000;
    private static final int MOST_INLINE = 20;

    private final StringBuilder html = new StringBuilder(1 << 12);

    private HtmlPage() {}

    static String of(JsonNode document) {
        var page = new HtmlPage();
        var title = Stream.of("title", "name", "id")
                .map(member -> document.path(member).asText(""))
                .filter(text -> !text.isBlank())
                .findFirst()
                .orElse(document.path("type").asText("Survol"));
        page.html
                .append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\"")
                .append(" content=\"width=device-width\"><title>")
                .append(escaped(title))
                .append("</title><style>")
                .append(STYLE)
                .append("</style><h1>")
                .append(escaped(title))
                .append("</h1>");
        page.links(document.path("links"));
        page.value(document, true);
        return page.html.append("</html>").toString();
    }

    private void links(JsonNode links) {
        if (links.isEmpty()) {
            return;
        }
        html.append("<nav><ul>");
        for (var link : links) {
            var relation = link.path("rel").asText();
            var name = link.path("title").asText(relation.substring(relation.lastIndexOf('/') + 1));
            html.append("<li>");
            anchor(link.path("href").asText(), name);
            html.append(" <small>")
                    .append(escaped(link.path("type").asText("")))
                    .append("</small></li>");
        }
        html.append("</ul></nav>");
    }

    private void value(JsonNode value, boolean outermost) {
        if (value.isObject()) {
            members(value, outermost);
        } else if (value.isArray()) {
            items(value);
        } else {
            scalar(value.asText());
        }
    }

    private void members(JsonNode object, boolean outermost) {
        html.append("<dl>");
        for (var member : object.properties()) {
            if (member.getKey().equals("links") && outermost) {
                continue;
            }
            html.append("<dt>").append(escaped(member.getKey())).append("</dt><dd>");
            if (member.getKey().equals("links")) {
                links(member.getValue());
            } else if (member.getKey().equals("coordinates")) {
                html.append("…");
            } else {
                value(member.getValue(), false);
            }
            html.append("</dd>");
        }
        html.append("</dl>");
    }

    private void items(JsonNode array) {
        boolean plain = true;
        for (var item : array) {
            plain &= item.isValueNode() && !isAddress(item.asText());
        }
        if (plain) {
            var texts = new ArrayList<String>();
            array.forEach(item -> texts.add(item.asText()));
            html.append(escaped(String.join(", ", shown(texts, MOST_INLINE))));
            return;
        }
        html.append("<ol>");
        for (int i = 0; i < Math.min(array.size(), MOST_SHOWN); i++) {
            html.append("<li>");
            value(array.get(i), false);
            html.append("</li>");
        }
        html.append("</ol>");
    }

    private static List<String> shown(List<String> texts, int most) {
        return texts.size() <= most
                ? texts
                : Stream.concat(texts.stream().limit(most), Stream.of("… " + texts.size() + " in all"))
                        .toList();
    }

    private void scalar(String text) {
        if (isAddress(text)) {
            anchor(text, text);
        } else {
            html.append(escaped(text));
        }
    }

    /** Only what a browser fetches: an address that runs a script stays text. */
    private void anchor(String address, String name) {
        if (isAddress(address) && address.indexOf('{') < 0) {
            html.append("<a href=\"")
                    .append(escaped(address))
                    .append("\">")
                    .append(escaped(name))
                    .append("</a>");
        } else {
            html.append(escaped(name)).append(' ').append(escaped(address));
        }
    }

    private static boolean isAddress(String text) {
        return text.startsWith("https://") || text.startsWith("http://");
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
