// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.survol.core.Json;
import org.survol.core.crs.Crs;
import org.survol.core.event.RunRef;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.RasterFiles;
import org.survol.core.raster.RasterHeader;
import org.survol.core.raster.Siblings;

/**
 * A flight on disk, ready to be handed in: its STAC Item and the files that the Item's assets name.
 *
 * @param item with hrefs as delivered; {@link Submission} rewrites them
 * @param files local file by asset name; an asset without an entry lies elsewhere already
 */
record Delivery(ObjectNode item, Map<String, Path> files) {

    private static final String ITEM_FILE = "item.json";
    private static final long HEADER_CACHE_BYTES = 1 << 20;
    private static final Set<String> SIDECARS = Set.of(
            "xml", "tfw", "tifw", "prj", "ovr", "msk", "json", "geojson", "txt", "md", "csv", "pdf", "qgz", "sha256");

    Delivery {
        files = Map.copyOf(files);
    }

    String id() {
        return item.path("id").asText();
    }

    /**
     * What the paths of a command line stand for: each Item (a JSON file, or a folder with {@code item.json}) is a
     * flight of its own; a folder without Item is one flight; all plain image files together are one flight.
     *
     * @param id name for the flight; only when the paths are one flight
     * @param say tells what had to be guessed
     */
    static List<Delivery> of(List<Path> paths, Optional<String> id, Consumer<String> say) throws IOException {
        var deliveries = new ArrayList<Delivery>();
        var images = new ArrayList<Path>();
        for (var path : paths) {
            if (Files.isDirectory(path)) {
                var item = path.resolve(ITEM_FILE);
                if (Files.exists(item)) {
                    deliveries.add(ofItem(item));
                } else {
                    deliveries.add(ofImages(imagesIn(path), name(path), id, say));
                }
            } else if (!Files.exists(path)) {
                throw new CommandFailed(path + " does not exist.");
            } else if (path.toString().toLowerCase(Locale.ROOT).endsWith("json")) {
                deliveries.add(ofItem(path));
            } else {
                images.add(path);
            }
        }
        if (!images.isEmpty()) {
            deliveries.add(ofImages(images, stem(images.getFirst()), id, say));
        }
        if (id.isPresent()) {
            if (deliveries.size() > 1) {
                throw new CommandFailed("--id names one flight, but the paths are " + deliveries.size() + ".");
            }
            deliveries.getFirst().item().put("id", id.get());
        }
        return deliveries;
    }

    private static Delivery ofItem(Path file) throws IOException {
        ObjectNode item;
        try {
            if (!(Json.MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode object)) {
                throw new CommandFailed(file + " is JSON, but not a STAC Item.");
            }
            item = object;
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new CommandFailed(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
        var folder = file.toAbsolutePath().getParent();
        var files = new LinkedHashMap<String, Path>();
        for (var asset : item.path("assets").properties()) {
            var href = asset.getValue().path("href").asText("");
            if (href.startsWith("file:")) {
                files.put(asset.getKey(), Path.of(java.net.URI.create(href)));
            } else if (!href.isEmpty() && !href.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")) {
                files.put(asset.getKey(), folder.resolve(href).normalize());
            }
        }
        return new Delivery(item, files);
    }

    private static Delivery ofImages(List<Path> images, String name, Optional<String> id, Consumer<String> say)
            throws IOException {
        var chosenId = id.orElseGet(() -> Names.acquisitionId(name));
        if (!RunRef.ID.matcher(chosenId).matches() || chosenId.contains("..")) {
            throw new CommandFailed("\"" + chosenId
                    + "\" cannot name an acquisition. Give --id with letters, digits, dots, dashes and underscores.");
        }
        var headers = new ArrayList<RasterHeader>();
        for (var image : images) {
            header(image).ifPresent(headers::add);
        }
        var datetime = datetime(images, name, headers, chosenId, say);
        var item = Json.MAPPER.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", "1.1.0");
        item.put("id", chosenId);
        putFootprint(item, headers);
        item.putObject("properties").put("datetime", datetime.toString());
        item.putArray("links");
        var assets = item.putObject("assets");
        var files = new LinkedHashMap<String, Path>();
        for (var image : images) {
            var key = Names.unused(Names.acquisitionId(stem(image)), assets::has);
            var asset = assets.putObject(key);
            asset.put("href", name(image));
            asset.put("type", "image/tiff; application=geotiff");
            asset.putArray("roles").add("data");
            Names.role(stem(image)).ifPresent(role -> asset.put("survol:role", role.name()));
            files.put(key, image);
        }
        return new Delivery(item, files);
    }

    private static Instant datetime(
            List<Path> images, String name, List<RasterHeader> headers, String id, Consumer<String> say)
            throws IOException {
        var names = new ArrayList<String>();
        names.add(name);
        images.forEach(image -> names.add(stem(image)));
        for (var candidate : names) {
            var named = Names.datetime(candidate, Instant.now());
            if (named.isPresent()) {
                say.accept(id + ": taken on " + named.get() + ", by the name " + candidate
                        + " (an Item with its own datetime says it better)");
                return named.get();
            }
        }
        var tagged =
                headers.stream().flatMap(header -> header.datetime().stream()).min(Comparator.naturalOrder());
        if (tagged.isPresent()) {
            say.accept(id + ": taken on " + tagged.get() + ", by the image's DateTime tag");
            return tagged.get();
        }
        var written = Files.getLastModifiedTime(images.getFirst()).toInstant();
        say.accept(id + ": no date in the file names; the file's own time " + written
                + " is used. Put the year into the name or deliver an Item to say it right");
        return written;
    }

    /** A bounding box in longitude and latitude, where the headers tell it; whoever reads the images knows better. */
    private static void putFootprint(ObjectNode item, List<RasterHeader> headers) {
        double west = Double.POSITIVE_INFINITY;
        double south = Double.POSITIVE_INFINITY;
        double east = Double.NEGATIVE_INFINITY;
        double north = Double.NEGATIVE_INFINITY;
        for (var header : headers) {
            if (header.geo().isEmpty()) {
                continue;
            }
            var geo = header.geo().get();
            double w = geo.west();
            double e = geo.easting(header.width());
            double n = geo.north();
            double s = geo.northing(header.height());
            var corners = new double[] {w, s, e, s, e, n, w, n};
            Crs.ofEpsg(geo.epsg()).to(Crs.ofEpsg(4326)).apply(corners, corners.length / 2);
            for (int i = 0; i < corners.length; i += 2) {
                west = Math.min(west, corners[i]);
                east = Math.max(east, corners[i]);
                south = Math.min(south, corners[i + 1]);
                north = Math.max(north, corners[i + 1]);
            }
        }
        if (!(west < east && south < north)) {
            item.putNull("geometry");
            return;
        }
        var geometry = item.putObject("geometry");
        geometry.put("type", "Polygon");
        var ring = geometry.putArray("coordinates").addArray();
        position(ring, west, south);
        position(ring, east, south);
        position(ring, east, north);
        position(ring, west, north);
        position(ring, west, south);
        item.putArray("bbox").add(west).add(south).add(east).add(north);
    }

    private static void position(ArrayNode ring, double longitude, double latitude) {
        ring.addArray().add(longitude).add(latitude);
    }

    /** Empty when the file is no image we can read; it is delivered all the same, and the chain says why it cannot be used. */
    private static Optional<RasterHeader> header(Path image) {
        try {
            return Optional.of(RasterFiles.open(
                            ByteSources.ofFile(image), Siblings.ofFile(image), OptionalInt.empty(), HEADER_CACHE_BYTES)
                    .header());
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static List<Path> imagesIn(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            var images = entries.filter(Files::isRegularFile)
                    .filter(file -> !name(file).startsWith("."))
                    .filter(file -> !SIDECARS.contains(extension(file)))
                    .sorted()
                    .toList();
            if (images.isEmpty()) {
                throw new CommandFailed(folder + " holds neither " + ITEM_FILE + " nor an image.");
            }
            return images;
        }
    }

    private static String extension(Path file) {
        var name = name(file);
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static String stem(Path file) {
        var name = name(file);
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String name(Path path) {
        return path.toAbsolutePath().normalize().getFileName().toString();
    }
}
