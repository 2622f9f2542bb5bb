// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;

/** GeoJSON by RFC 7946, longitude and latitude, with the terms as members of the collection. */
final class GeoJsonSink implements FeatureSink {

    private final GeoJson json;

    GeoJsonSink(OutputStream out, String title, int epsg, Terms terms) throws IOException {
        var members = new LinkedHashMap<String, String>();
        members.put("name", title);
        members.put("license", terms.licence());
        members.put("attribution", terms.attribution());
        json = new GeoJson(out, epsg, NamedCrs.CRS84);
        json.startCollection(members);
    }

    @Override
    public void write(FlatGeobuf.Entry entry) throws IOException {
        json.write(entry, List.of());
    }

    @Override
    public void close() throws IOException {
        json.endCollection(List.of());
        json.close();
    }
}
