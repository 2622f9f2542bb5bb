// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;

/**
 * The XML text of GDAL's metadata field: items of the file and descriptions of its bands.
 *
 * @param items items of the default domain, by name
 * @param bandNames one per sample; empty list when no sample has one
 * @param colours what GDAL says a sample shows, by sample, for example {@code Alpha}; goes before the TIFF's own fields
 */
record GdalMetadata(Map<String, String> items, List<String> bandNames, Map<Integer, String> colours) {

    static final GdalMetadata NONE = new GdalMetadata(Map.of(), List.of(), Map.of());

    /** @param scale what a sample is multiplied with to get the measured value, the same in each of so many samples */
    String toXml(int samples, OptionalDouble scale) {
        var xml = new StringBuilder("<GDALMetadata>\n");
        new TreeMap<>(items).forEach((name, value) -> xml.append("  <Item name=\"")
                .append(escaped(name))
                .append("\">")
                .append(escaped(value))
                .append("</Item>\n"));
        for (int band = 0; band < bandNames.size(); band++) {
            xml.append("  <Item name=\"DESCRIPTION\" sample=\"")
                    .append(band)
                    .append("\" role=\"description\">")
                    .append(escaped(bandNames.get(band)))
                    .append("</Item>\n");
        }
        scale.ifPresent(factor -> {
            for (int band = 0; band < samples; band++) {
                xml.append(role("OFFSET", band, "offset", 0)).append(role("SCALE", band, "scale", factor));
            }
        });
        return xml.append("</GDALMetadata>\n").toString();
    }

    private static String role(String name, int sample, String role, double value) {
        return "  <Item name=\"" + name + "\" sample=\"" + sample + "\" role=\"" + role + "\">" + value + "</Item>\n";
    }

    /** What is no well-formed metadata is taken as none: it only describes. */
    static GdalMetadata parse(String xml, int samples) {
        if (xml.isBlank()) {
            return NONE;
        }
        var items = new TreeMap<String, String>();
        var names = new ArrayList<>(Collections.nCopies(samples, ""));
        var colours = new TreeMap<Integer, String>();
        try {
            var reader = UntrustedXml.reader(new StringReader(xml));
            while (reader.hasNext()) {
                if (reader.next() != XMLStreamConstants.START_ELEMENT
                        || !reader.getLocalName().equals("Item")) {
                    continue;
                }
                var name = reader.getAttributeValue(null, "name");
                var sample = reader.getAttributeValue(null, "sample");
                var role = reader.getAttributeValue(null, "role");
                boolean plain = sample == null && reader.getAttributeValue(null, "domain") == null;
                var value = unescaped(reader.getElementText());
                if (plain && name != null) {
                    items.put(unescaped(name), value);
                } else if (sample != null) {
                    int index = Integer.parseInt(sample);
                    if (index < 0 || index >= samples) {
                        continue;
                    }
                    if ("description".equals(role)) {
                        names.set(index, value);
                    } else if ("colorinterp".equals(role)) {
                        colours.put(index, value);
                    }
                }
            }
        } catch (XMLStreamException | NumberFormatException e) {
            return NONE;
        }
        return new GdalMetadata(items, names.stream().allMatch(String::isEmpty) ? List.of() : names, colours);
    }

    /** GDAL escapes each text once by itself and once more as XML, and expects both. */
    private static String escaped(String text) {
        return escapedOnce(escapedOnce(text));
    }

    private static String escapedOnce(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String unescaped(String text) {
        return text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
    }
}
