// SPDX-License-Identifier: Apache-2.0
package org.survol.core.geopackage;

import org.survol.core.nomenclature.LandClass;
import org.survol.core.nomenclature.Nomenclature;

/** QGIS layer style (QML) that fills each class with its legend colour. */
final class QgisStyle {

    private QgisStyle() {}

    /** @param column holds the class values */
    static String byClass(Nomenclature nomenclature, String column) {
        var categories = new StringBuilder();
        var symbols = new StringBuilder();
        int symbol = 0;
        for (var landClass : nomenclature.classes()) {
            categories.append("""
                    <category render="true" value="%d" type="integer" symbol="%d" label="%s"/>
                    """.formatted(landClass.value(), symbol, escaped(landClass.labelEn())));
            symbols.append("""
                    <symbol type="fill" name="%d" alpha="1" clip_to_extent="1" force_rhr="0"><layer class="SimpleFill" \
                    enabled="1" locked="0" pass="0"><Option type="Map"><Option type="QString" name="color" value="%s"/>\
                    <Option type="QString" name="style" value="solid"/><Option type="QString" name="outline_style" \
                    value="no"/></Option></layer></symbol>
                    """.formatted(symbol, colour(landClass)));
            symbol++;
        }
        return """
                <!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
                <qgis version="3.22.0" styleCategories="Symbology">
                <renderer-v2 type="categorizedSymbol" attr="%s" forceraster="0" symbollevels="0" enableorderby="0">
                <categories>
                %s</categories>
                <symbols>
                %s</symbols>
                </renderer-v2>
                </qgis>
                """.formatted(column, categories, symbols);
    }

    private static String colour(LandClass landClass) {
        int rgb = landClass.rgb();
        return (rgb >> 16) + "," + (rgb >> 8 & 0xFF) + "," + (rgb & 0xFF) + ",255";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
