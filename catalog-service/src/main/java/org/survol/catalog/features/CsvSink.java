// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.locationtech.jts.io.WKTWriter;

/** Comma-separated values by RFC 4180 in UTF-8: the polygons' attributes, then their outline as WKT in the map's CRS. */
final class CsvSink implements FeatureSink {

    private final Writer out;
    private final List<String> columns;
    private final WKTWriter wkt = new WKTWriter();

    CsvSink(OutputStream out, List<String> columns) throws IOException {
        this.out = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
        this.columns = columns;
        var head = new ArrayList<Object>(columns);
        head.add("WKT");
        line(head);
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        var values = new ArrayList<Object>();
        columns.forEach(column -> values.add(entry.properties().getOrDefault(column, "")));
        values.add(wkt.write(entry.geometry()));
        line(values);
    }

    private void line(List<Object> values) throws IOException {
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            var text = values.get(i).toString();
            boolean quoted = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
            out.write(quoted ? "\"" + text.replace("\"", "\"\"") + "\"" : text);
        }
        out.write("\r\n");
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
