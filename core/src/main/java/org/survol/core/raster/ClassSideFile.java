// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

/**
 * The file {@code NAME.tif.aux.xml} beside a class raster, which GDAL reads by itself, also over HTTP and from S3: class
 * names as categories, and a raster attribute table with value, label, code and colour. QGIS takes its legend from it.
 *
 * <p>A TIFF has a field for a colour table and none for names. GDAL writes names that it is given for a TIFF into this
 * very file; GDAL 3.6 shows items in the TIFF's own metadata ({@code CLASS_n}) to people, but makes no legend of them.
 */
public final class ClassSideFile {

    public static final String SUFFIX = ".aux.xml";

    /** What GDAL takes a column for (GDALRATFieldUsage). */
    private enum Usage {
        GENERIC(0),
        NAME(2),
        MIN_MAX(5),
        RED(6),
        GREEN(7),
        BLUE(8);

        private final int code;

        Usage(int code) {
            this.code = code;
        }
    }

    private static final int INTEGER = 0;
    private static final int TEXT = 2;

    private ClassSideFile() {}

    public static byte[] of(Nomenclature nomenclature) {
        var xml = new StringBuilder("<PAMDataset>\n<PAMRasterBand band=\"1\">\n<CategoryNames>\n");
        int highest =
                nomenclature.classes().stream().mapToInt(LandClass::value).max().orElse(0);
        // by position: values without a class, such as 0, have an empty name
        IntStream.rangeClosed(0, highest)
                .mapToObj(value ->
                        nomenclature.ofValue(value).map(LandClass::labelEn).orElse(""))
                .forEach(label -> xml.append(element("Category", label)));
        xml.append("</CategoryNames>\n<GDALRasterAttributeTable tableType=\"thematic\">\n");
        column(xml, 0, "value", INTEGER, Usage.MIN_MAX);
        column(xml, 1, "label", TEXT, Usage.NAME);
        column(xml, 2, "code", TEXT, Usage.GENERIC);
        column(xml, 3, "label_fr", TEXT, Usage.GENERIC);
        column(xml, 4, "red", INTEGER, Usage.RED);
        column(xml, 5, "green", INTEGER, Usage.GREEN);
        column(xml, 6, "blue", INTEGER, Usage.BLUE);
        int row = 0;
        for (var landClass : nomenclature.classes()) {
            xml.append("<Row index=\"")
                    .append(row++)
                    .append("\">\n")
                    .append(row(landClass))
                    .append("</Row>\n");
        }
        xml.append("</GDALRasterAttributeTable>\n</PAMRasterBand>\n</PAMDataset>\n");
        return xml.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void column(StringBuilder xml, int index, String name, int type, Usage usage) {
        xml.append("<FieldDefn index=\"")
                .append(index)
                .append("\">\n")
                .append(element("Name", name))
                .append(element("Type", Integer.toString(type)))
                .append(element("Usage", Integer.toString(usage.code)))
                .append("</FieldDefn>\n");
    }

    private static String row(LandClass landClass) {
        int rgb = landClass.rgb();
        return IntStream.range(0, 7)
                .mapToObj(column -> switch (column) {
                    case 0 -> Integer.toString(landClass.value());
                    case 1 -> landClass.labelEn();
                    case 2 -> landClass.code();
                    case 3 -> landClass.labelFr();
                    case 4 -> Integer.toString(rgb >> 16 & 0xff);
                    case 5 -> Integer.toString(rgb >> 8 & 0xff);
                    default -> Integer.toString(rgb & 0xff);
                })
                .map(text -> element("F", text))
                .collect(Collectors.joining());
    }

    private static String element(String name, String text) {
        var escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        return "<" + name + ">" + escaped + "</" + name + ">\n";
    }
}
