// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;

/**
 * The rectified grid of GML in JPEG 2000 (OGC 05-047 and 08-085): an origin, which is the centre of the first pixel, and
 * one vector per column and one per row. Coordinates stand in the axis order of the registry when the CRS is named by URN
 * or URL, and easting first when it is named otherwise.
 */
final class Gmljp2 {

    private static final Pattern EPSG = Pattern.compile("(?i)EPSG(?:/[0-9.]*/|:[0-9.]*:|:|\\.xml#)(\\d{4,6})$");
    private static final int MAX_ELEMENTS = 100_000;

    private Gmljp2() {}

    static boolean mayBe(byte[] xml) {
        return new String(xml, StandardCharsets.ISO_8859_1).contains("RectifiedGrid");
    }

    /** What is no grid that can be used is told as a reason; the XML itself must be sound. */
    static Georeferencing parse(byte[] xml, Refusal refusal) {
        var grid = new Grid();
        try {
            var reader = UntrustedXml.reader(new StringReader(
                    new String(xml, StandardCharsets.UTF_8).strip().replace("\0", "")));
            int elements = 0;
            boolean inside = false;
            while (reader.hasNext() && !grid.isComplete()) {
                int event = reader.next();
                if (event == XMLStreamConstants.END_ELEMENT) {
                    inside &= !reader.getLocalName().equals("RectifiedGrid");
                }
                if (event != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                if (++elements > MAX_ELEMENTS) {
                    throw refusal.damaged("its GML has too many elements");
                }
                var name = reader.getLocalName();
                inside |= name.equals("RectifiedGrid");
                var srs = reader.getAttributeValue(null, "srsName");
                if (srs != null && (grid.srs == null || inside)) {
                    grid.srs = srs;
                }
                if (inside) {
                    switch (name) {
                        case "pos", "coordinates" -> grid.origin = numbers(reader.getElementText());
                        case "offsetVector" -> grid.vectors.add(numbers(reader.getElementText()));
                        default -> {
                            // limits and axis names say what the image's header says too
                        }
                    }
                }
            }
        } catch (XMLStreamException | NumberFormatException e) {
            throw refusal.damaged("its GML is no XML that can be read", e);
        }
        return grid.georeferencing();
    }

    private static final class Grid {

        private String srs;
        private double[] origin;
        private final List<double[]> vectors = new ArrayList<>();

        boolean isComplete() {
            return srs != null && origin != null && vectors.size() >= 2;
        }

        Georeferencing georeferencing() {
            var epsg = epsg();
            var placed = placed(epsg);
            if (epsg.isPresent()) {
                return placed.withCrs(epsg.getAsInt());
            }
            return srs == null
                    ? placed
                    : placed.withoutCrs("its GML names a coordinate reference system that is not of the EPSG registry");
        }

        private OptionalInt epsg() {
            var code = srs == null || srs.length() > 200 ? null : EPSG.matcher(srs.strip());
            return code != null && code.find() ? OptionalInt.of(Integer.parseInt(code.group(1))) : OptionalInt.empty();
        }

        private Georeferencing placed(OptionalInt epsg) {
            if (origin == null || origin.length < 2 || vectors.size() < 2) {
                return Georeferencing.NONE;
            }
            var column = vectors.get(0);
            var row = vectors.get(1);
            if (column.length < 2 || row.length < 2) {
                return Georeferencing.NONE;
            }
            int x = epsg.isPresent() && isRegistryOrder() && northFirst(epsg.getAsInt()) ? 1 : 0;
            int y = 1 - x;
            return Georeferencing.ofAffine(
                    column[x],
                    row[x],
                    origin[x] - (column[x] + row[x]) / 2,
                    column[y],
                    row[y],
                    origin[y] - (column[y] + row[y]) / 2);
        }

        private boolean isRegistryOrder() {
            return srs.startsWith("urn:") || srs.contains("/def/crs/");
        }

        private static boolean northFirst(int epsg) {
            try {
                return Crs.ofEpsg(epsg).registryPutsNorthFirst();
            } catch (BadInputException e) {
                // an unknown CRS is refused later, with its file's name
                return false;
            }
        }
    }

    private static double[] numbers(String text) {
        var words = text.strip().split("[\\s,]+", 5);
        var numbers = new double[Math.min(words.length, 3)];
        for (int i = 0; i < numbers.length; i++) {
            if (words[i].length() > 40) {
                throw new NumberFormatException("a number of " + words[i].length() + " letters");
            }
            numbers[i] = Double.parseDouble(words[i]);
        }
        return numbers;
    }
}
