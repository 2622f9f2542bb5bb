// SPDX-License-Identifier: Apache-2.0
package org.survol.catalog.features;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The formats that parts of a map can be had in, by the names that files end with. */
public enum FileFormat {
    gpkg("application/geopackage+sqlite3"),
    parquet("application/vnd.apache.parquet"),
    fgb("application/vnd.flatgeobuf"),
    geojson("application/geo+json"),
    csv("text/csv; charset=UTF-8");

    private final String mediaType;

    FileFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }

    public static Optional<FileFormat> named(String text) {
        return Arrays.stream(values())
                .filter(format -> format.name().equals(text))
                .findFirst();
    }

    /** All of them, for people. */
    public static String names() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }
}
