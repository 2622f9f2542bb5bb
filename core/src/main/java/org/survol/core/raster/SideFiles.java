// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.survol.core.BadInputException;
import org.survol.core.crs.Crs;

/** Where an image lies by the files beside it: a world file, a MapInfo table, a CRS as WKT; in this order. */
final class SideFiles {

    private SideFiles() {}

    static Georeferencing read(String image, Siblings siblings) throws IOException {
        var found = Georeferencing.NONE;
        for (var extension : worldExtensions(image)) {
            var world = siblings.read(extension);
            if (world.isPresent()) {
                found = found.or(WorldFile.parse(sideName(image, extension), text(world.get())));
                break;
            }
        }
        var tab = siblings.read("tab");
        if (tab.isPresent()) {
            found = found.or(MapInfoTab.parse(sideName(image, "tab"), text(tab.get())));
        }
        if (found.epsg().isEmpty()) {
            var prj = siblings.read("prj");
            if (prj.isPresent()) {
                found = found.or(ofWkt(sideName(image, "prj"), text(prj.get())));
            }
        }
        return found;
    }

    private static Georeferencing ofWkt(String file, String wkt) {
        return Crs.ofWkt(wkt)
                .map(crs -> Georeferencing.ofCrs(crs.epsg()))
                .orElseThrow(
                        () -> new BadInputException(
                                file,
                                "its text is no coordinate reference system of the EPSG registry that is known here",
                                "State the CRS in the Item, for example \"proj:code\": \"EPSG:2154\", and leave this file out"));
    }

    /** First and last letter of the extension and a w, the whole extension and a w, or wld. */
    private static Set<String> worldExtensions(String image) {
        var extension = image.substring(image.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        var extensions = new LinkedHashSet<String>();
        if (extension.length() >= 2 && extension.length() <= 5) {
            extensions.add("" + extension.charAt(0) + extension.charAt(extension.length() - 1) + "w");
            extensions.add(extension + "w");
        }
        if (extension.startsWith("j")) {
            extensions.addAll(List.of("j2w", "jpw", "jgw"));
        } else if (extension.startsWith("t")) {
            extensions.add("tfw");
        }
        extensions.add("wld");
        return extensions;
    }

    static String sideName(String image, String extension) {
        int dot = image.lastIndexOf('.');
        return (dot > image.lastIndexOf('/') ? image.substring(0, dot) : image) + "." + extension;
    }

    /** Numbers and keywords are ASCII; accents in labels do not matter. */
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
