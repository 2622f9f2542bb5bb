// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * What the classes cover of a part of a map, the largest first.
 *
 * @param squareMetres mapped in the part
 */
record ClassSums(List<OfClass> classes, double squareMetres) {

    record OfClass(int value, String code, String labelEn, String labelFr, long polygons, double squareMetres) {

        private OfClass and(double more) {
            return new OfClass(value, code, labelEn, labelFr, polygons + 1, squareMetres + more);
        }
    }

    static ClassSums of(MapPart part) throws IOException {
        var sums = new TreeMap<Integer, OfClass>();
        part.forEach(
                entry -> {
                    var properties = entry.properties();
                    if (properties.get("class") instanceof Number value) {
                        double area = properties.get("area_m2") instanceof Number known
                                ? known.doubleValue()
                                : entry.geometry().getArea();
                        sums.compute(
                                value.intValue(),
                                (number, before) -> (before == null ? none(number, entry) : before).and(area));
                    }
                },
                looked -> {});
        var classes = sums.values().stream()
                .sorted(Comparator.comparingDouble(OfClass::squareMetres).reversed())
                .toList();
        return new ClassSums(
                classes, classes.stream().mapToDouble(OfClass::squareMetres).sum());
    }

    private static OfClass none(int value, FlatGeobuf.Entry entry) {
        return new OfClass(value, text(entry, "code"), text(entry, "label_en"), text(entry, "label_fr"), 0, 0);
    }

    private static String text(FlatGeobuf.Entry entry, String column) {
        return String.valueOf(entry.properties().getOrDefault(column, ""));
    }

    /** Of all that is mapped in the part; 0 to 1. */
    double share(OfClass of) {
        return squareMetres == 0 ? 0 : of.squareMetres / squareMetres;
    }
}
