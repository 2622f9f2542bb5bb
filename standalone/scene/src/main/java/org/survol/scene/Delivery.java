// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.survol.core.Digest;
import org.survol.core.Json;
import org.survol.core.grid.PixelWindow;

/** The STAC Item of a flight: what was delivered, where it lies, when it was taken. */
final class Delivery {

    private static final String COG = "image/tiff; application=geotiff; profile=cloud-optimized";
    /** Multihash prefix of SHA-256: code 0x12, 0x20 bytes. */
    private static final String SHA256_MULTIHASH = "1220";

    private final SceneSpec spec;
    private final Flight flight;
    private final Map<String, ObjectNode> assets = new TreeMap<>();
    private Instant end;

    Delivery(SceneSpec spec, Flight flight) {
        this.spec = spec;
        this.flight = flight;
        this.end = flight.start();
    }

    void add(String key, String role, Path file, PixelWindow window, Instant time) throws IOException {
        ObjectNode asset = Json.MAPPER.createObjectNode();
        asset.put("href", file.getFileName().toString());
        asset.put("type", COG);
        asset.putArray("roles").add("data");
        asset.put("title", title(role));
        asset.put("survol:role", role);
        asset.put("datetime", time.toString());
        asset.put("gsd", SceneSpec.GSD);
        asset.put("proj:code", "EPSG:" + spec.epsg());
        asset.putArray("proj:shape").add(window.height()).add(window.width());
        var reference = SceneGenerator.reference(spec, window);
        asset.putArray("proj:transform")
                .add(SceneSpec.GSD)
                .add(0)
                .add(reference.west())
                .add(0)
                .add(-SceneSpec.GSD)
                .add(reference.north());
        asset.put("file:checksum", SHA256_MULTIHASH + Digest.of(file));
        asset.put("file:size", Files.size(file));
        assets.put(key, asset);
        end = time.plus(Duration.ofMinutes(1)).isAfter(end) ? time.plus(Duration.ofMinutes(1)) : end;
    }

    private static String title(String role) {
        return switch (role) {
            case "RGB" -> "Red, green, blue";
            case "IRC" -> "Near infrared, red, green";
            case "DSM" -> "Surface model, metres above the sea";
            default -> "Terrain model, metres above the sea";
        };
    }

    void writeItem(Path file) throws IOException {
        ObjectNode item = Json.MAPPER.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", "1.0.0");
        item.putArray("stac_extensions")
                .add("https://stac-extensions.github.io/projection/v2.0.0/schema.json")
                .add("https://stac-extensions.github.io/file/v2.1.0/schema.json");
        item.put("id", spec.id());
        double[][] corners = corners();
        double west = 180;
        double south = 90;
        double east = -180;
        double north = -90;
        ObjectNode geometry = item.putObject("geometry");
        geometry.put("type", "Polygon");
        ArrayNode ring = geometry.putArray("coordinates").addArray();
        for (double[] corner : corners) {
            ring.addArray().add(corner[0]).add(corner[1]);
            west = Math.min(west, corner[0]);
            south = Math.min(south, corner[1]);
            east = Math.max(east, corner[0]);
            north = Math.max(north, corner[1]);
        }
        item.putArray("bbox").add(west).add(south).add(east).add(north);
        ObjectNode properties = item.putObject("properties");
        properties.put("datetime", flight.start().toString());
        properties.put("start_datetime", flight.start().toString());
        properties.put("end_datetime", end.toString());
        properties.put("title", "Sample flight, seed " + spec.seed() + ", " + spec.vintage());
        properties.put("gsd", SceneSpec.GSD);
        properties.put("proj:code", "EPSG:" + spec.epsg());
        properties.put("survol:vintage", spec.vintage());
        properties.put("survol:seed", spec.seed());
        item.putArray("links");
        ObjectNode list = item.putObject("assets");
        assets.forEach(list::set);
        Files.writeString(file, pretty(item));
    }

    /** The same line ends on every platform. */
    private static String pretty(ObjectNode node) throws IOException {
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter();
        printer.indentObjectsWith(indenter);
        return Json.MAPPER.writer(printer).writeValueAsString(node) + "\n";
    }

    /** Longitude and latitude of the corners, anticlockwise and closed, to seven decimals (about a centimetre). */
    private double[][] corners() {
        PixelWindow window = spec.window();
        var reference = SceneGenerator.reference(spec, window);
        double east = reference.easting(window.width());
        double south = reference.northing(window.height());
        return new double[][] {
            spec.territory().lngLat(reference.west(), south),
            spec.territory().lngLat(east, south),
            spec.territory().lngLat(east, reference.north()),
            spec.territory().lngLat(reference.west(), reference.north()),
            spec.territory().lngLat(reference.west(), south)
        };
    }
}
