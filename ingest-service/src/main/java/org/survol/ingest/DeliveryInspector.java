// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.survol.core.BadInputException;
import org.survol.core.Json;
import org.survol.core.event.AcquisitionId;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.Role;
import org.survol.core.raster.ByteSources;
import org.survol.core.raster.RasterFiles;
import org.survol.core.raster.RasterHeader;
import org.survol.core.raster.Siblings;
import org.survol.core.store.ObjectStore;
import org.survol.core.store.StoreLayout;
import org.survol.ingest.FileName.Told;
import org.survol.ingest.GuessedItem.Guess;

/**
 * Makes a STAC Item for image files that were delivered without one, from their headers and names. A file that cannot be
 * read is an asset like the others: planning says why it cannot be used. Equal objects give equal Items.
 *
 * <ul>
 *   <li>Role: a word in the path ({@code irc}, {@code mns}, {@code dtm} …), else the names of the bands, else their
 *       number; a single band without such a word has none, and planning asks for it.
 *   <li>Date of a file: the day in its path; where the path tells only a year, the image's DateTime tag if it is of that
 *       year, else midsummer; without either, the tag; else the day the sender's file was written, where that was said.
 *   <li>CRS: the header's; a word in the path ({@code LA93} …) where the header has none.
 * </ul>
 */
@ApplicationScoped
class DeliveryInspector {

    /**
     * What is to be described.
     *
     * @param folder below the inbox, with a slash at its end: names the acquisition and everything that files do not
     * @param files objects below the folder, images and what accompanies them
     * @param id of the acquisition; absent: made from the folder
     * @param datetime when the images were taken; absent: guessed
     * @param written when the sender's files were written: taken when nothing else tells a date
     */
    record Request(
            String folder,
            List<ObjectStore.Stat> files,
            Optional<String> id,
            Optional<Instant> datetime,
            Optional<Instant> written) {}

    private static final String STAC_VERSION = "1.1.0";
    private static final int WGS84 = 4326;

    /** A centimetre on the ground; further digits may differ between machines. */
    private static final int DEGREE_DECIMALS = 7;

    private static final int READERS = 16;

    /** No pixel is read. */
    private static final long HEADER_CACHE_BYTES = 0;

    /** Files that accompany images, by extension. */
    private static final Set<String> NO_IMAGES = Set.of(
            "xml", "tfw", "tifw", "jgw", "j2w", "wld", "tab", "prj", "ovr", "msk", "aux", "rrd", "json", "geojson",
            "txt", "md", "csv", "pdf", "html", "qgz", "qgs", "qml", "sha256", "md5", "md5sum", "dbf", "shp", "shx",
            "cpg", "gpkg", "log");

    private final ObjectStore store;
    private final IngestConfig config;
    private final InstantSource clock;

    DeliveryInspector(ObjectStore store, IngestConfig config) {
        this.store = store;
        this.config = config;
        this.clock = InstantSource.system();
    }

    /** Whether a delivered object may be an image, by its name. */
    static boolean mayBeImage(String key) {
        var name = key.substring(key.lastIndexOf('/') + 1);
        var extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return !name.isEmpty() && !name.startsWith(".") && !name.startsWith("_") && !NO_IMAGES.contains(extension);
    }

    /**
     * @throws BadInputException when there is no image, or no date for them
     * @throws IOException when the store cannot be read; worth a retry
     */
    GuessedItem inspect(Request request) throws IOException {
        var images = images(request);
        var guesses = new Guesses();
        var files = read(request.folder(), images);
        var made = AcquisitionId.of(request.folder().substring(StoreLayout.INBOX.length()));
        var id = request.id().orElse(made);

        var item = Json.MAPPER.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", STAC_VERSION);
        item.putArray("stac_extensions")
                .add("https://stac-extensions.github.io/projection/v2.0.0/schema.json")
                .add("https://stac-extensions.github.io/file/v2.1.0/schema.json")
                .add("https://stac-extensions.github.io/eo/v2.0.0/schema.json");
        item.put("id", id);
        putFootprint(item, files);
        var properties = item.putObject("properties");
        var dates = putDates(properties, request, files, guesses);
        putCommon(properties, files);
        item.putArray("links");
        var assets = item.putObject("assets");
        for (var file : files) {
            putAsset(assets, file, dates, config.bucket(), guesses);
        }
        properties.set("survol:guessed", Json.MAPPER.valueToTree(guesses.list()));
        try {
            var json = Json.MAPPER
                    .writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .writeValueAsBytes(item);
            // not in the Item: whether somebody wrote the same id makes no other Item
            if (request.id().isEmpty()) {
                guesses.add("id", made, "the folder's name");
            }
            return new GuessedItem(id, json, guesses.list());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ObjectStore.Stat> images(Request request) {
        var images = request.files().stream()
                .filter(file -> mayBeImage(file.key()))
                .sorted(Comparator.comparing(ObjectStore.Stat::key))
                .toList();
        if (images.isEmpty()) {
            throw new BadInputException(
                    request.folder(),
                    "there is neither a STAC Item nor an image in it",
                    "Upload the images there, then deliver it again");
        }
        if (images.size() > DeliveredItem.MAX_ASSETS) {
            throw new BadInputException(
                    request.folder(),
                    "there are " + images.size() + " files in it, more than " + DeliveredItem.MAX_ASSETS,
                    "Deliver the flight in several folders");
        }
        return images;
    }

    /**
     * An image and what is known of it.
     *
     * @param header empty when it cannot be read; {@code obstacle} then says why
     */
    private record Inspected(
            ObjectStore.Stat stat,
            FileName name,
            Optional<RasterHeader> header,
            Optional<BadInputException> obstacle,
            Optional<Told<Role>> role) {

        OptionalInt epsg() {
            return header.flatMap(RasterHeader::geo)
                    .map(geo -> OptionalInt.of(geo.epsg()))
                    .orElse(OptionalInt.empty());
        }

        boolean isHeight() {
            return role.isPresent()
                    && (role.get().value() == Role.DSM || role.get().value() == Role.DTM);
        }

        Optional<Double> gsd() {
            return header.flatMap(RasterHeader::geo).map(geo -> Math.max(geo.pixelWidth(), geo.pixelHeight()));
        }
    }

    /** Headers are small and far away: several at once. */
    private List<Inspected> read(String folder, List<ObjectStore.Stat> images) throws IOException {
        var found = new ArrayList<Inspected>();
        try (var readers = Executors.newFixedThreadPool(
                Math.min(READERS, images.size()), Thread.ofVirtual().factory())) {
            var pending = new ArrayList<Future<Inspected>>();
            for (var image : images) {
                pending.add(readers.submit(() -> inspected(folder, image)));
            }
            for (var future : pending) {
                found.add(future.get());
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading headers below " + folder, e);
        }
        return found;
    }

    private Inspected inspected(String folder, ObjectStore.Stat image) throws IOException {
        var name = new FileName(image.key().substring(parent(folder).length()));
        try {
            var header = header(image.key(), name);
            return new Inspected(image, name, Optional.of(header), Optional.empty(), role(name, header));
        } catch (BadInputException e) {
            return new Inspected(image, name, Optional.empty(), Optional.of(e), name.role());
        } catch (NoSuchFileException e) {
            throw new IOException(image.key() + " was removed while it was inspected", e);
        }
    }

    /** With the CRS that the name tells, where neither the file nor what lies beside it tells one. */
    private RasterHeader header(String key, FileName name) throws IOException {
        var header = header(key, OptionalInt.empty());
        var named = name.epsg();
        if (header.geo().isPresent() || named.isEmpty()) {
            return header;
        }
        try {
            return header(key, OptionalInt.of(named.get().value()));
        } catch (BadInputException e) {
            return header;
        }
    }

    private RasterHeader header(String key, OptionalInt declaredEpsg) throws IOException {
        return RasterFiles.open(
                        ByteSources.ofObject(store, key),
                        Siblings.ofObject(store, key),
                        declaredEpsg,
                        HEADER_CACHE_BYTES)
                .header();
    }

    /** The folder that holds the folder, with its slash: the folder's own name tells something too. */
    private static String parent(String folder) {
        return folder.substring(0, folder.lastIndexOf('/', folder.length() - 2) + 1);
    }

    private static Optional<Told<Role>> role(FileName name, RasterHeader header) {
        var named = name.role();
        if (named.isPresent()) {
            return named;
        }
        var bands = header.bandNames().stream()
                .map(band -> band.toLowerCase(Locale.ROOT))
                .toList();
        if (header.type().isFloating() || bands.isEmpty() && header.bands() < 3) {
            return Optional.empty();
        }
        if (!bands.isEmpty() && isInfrared(bands.getFirst())) {
            return Optional.of(new Told<>(Role.IRC, "its first band is called \"" + bands.getFirst() + "\""));
        }
        return switch (header.bands()) {
            case 3 -> Optional.of(new Told<>(Role.RGB, "it has 3 bands"));
            case 4 -> Optional.of(new Told<>(Role.RGBI, "it has 4 bands"));
            default -> Optional.empty();
        };
    }

    private static boolean isInfrared(String band) {
        return band.contains("nir") || band.contains("infrared") || band.contains("infrarouge") || band.equals("pir");
    }

    /** @return the date of each file that tells one, by key */
    private Map<String, Instant> putDates(
            ObjectNode properties, Request request, List<Inspected> files, Guesses guesses) {
        if (request.datetime().isPresent()) {
            properties.put("datetime", request.datetime().get().toString());
            return Map.of();
        }
        // heights are computed and dated months after the flight
        var telling = files.stream().filter(file -> !file.isHeight()).toList();
        var dates = new LinkedHashMap<String, Told<Instant>>();
        for (var file : telling.isEmpty() ? files : telling) {
            date(file).ifPresent(date -> dates.put(file.stat().key(), date));
        }
        if (dates.isEmpty()) {
            var written = request.written().orElseThrow(() -> noDate(request, files));
            properties.put("datetime", written.toString());
            guesses.add("properties.datetime", written.toString(), "the day the sender's file was written");
            return Map.of();
        }
        var sorted = dates.values().stream().map(Told::value).sorted().toList();
        var first = sorted.getFirst();
        var last = sorted.getLast();
        var why = dates.values().stream().map(Told::why).distinct().limit(3).collect(Collectors.joining(", "));
        if (first.equals(last)) {
            properties.put("datetime", first.toString());
            guesses.add("properties.datetime", first.toString(), why);
            return Map.of();
        }
        properties.putNull("datetime");
        properties.put("start_datetime", first.toString());
        properties.put("end_datetime", last.toString());
        guesses.add("properties.start_datetime", first.toString(), why);
        guesses.add("properties.end_datetime", last.toString(), why);
        return dates.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, date -> date.getValue()
                .value()));
    }

    private Optional<Told<Instant>> date(Inspected file) {
        var named = file.name().date(clock.instant());
        var tagged = file.header().flatMap(RasterHeader::datetime);
        if (named.isEmpty()) {
            return tagged.map(tag -> new Told<>(tag, "the image's DateTime tag"));
        }
        var date = named.get().value();
        return !date.exact() && tagged.isPresent() && date.year() == year(tagged.get())
                ? Optional.of(new Told<>(tagged.get(), "the image's DateTime tag, of the year that the name tells"))
                : Optional.of(new Told<>(date.instant(), named.get().why()));
    }

    private static int year(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).getYear();
    }

    /** Where no file could be read at all, that is the reason to tell. */
    private static BadInputException noDate(Request request, List<Inspected> files) {
        return files.stream().allMatch(file -> file.obstacle().isPresent())
                ? files.getFirst().obstacle().get()
                : new BadInputException(
                        request.folder(),
                        "neither the names nor the images tell when they were taken",
                        "Put the year or the date into the folder's name, state datetime, or deliver a STAC Item");
    }

    /** What holds for all images stands once. */
    private static void putCommon(ObjectNode properties, List<Inspected> files) {
        var codes = files.stream().map(Inspected::epsg).distinct().toList();
        if (codes.size() == 1 && codes.getFirst().isPresent()) {
            properties.put("proj:code", "EPSG:" + codes.getFirst().getAsInt());
        }
        files.stream()
                .filter(file -> !file.isHeight())
                .map(Inspected::gsd)
                .flatMap(Optional::stream)
                .min(Comparator.naturalOrder())
                .ifPresent(gsd -> properties.put("gsd", gsd));
    }

    private static void putAsset(
            ObjectNode assets, Inspected file, Map<String, Instant> dates, String bucket, Guesses guesses) {
        var asset = assets.putObject(unused(AcquisitionId.of(file.name().stem()), assets));
        asset.put("href", "s3://" + bucket + "/" + file.stat().key());
        asset.put("file:size", file.stat().bytes());
        if (file.name().isHeightAboveGround()) {
            asset.putArray("roles").add("metadata");
            guesses.add(
                    "assets.*.roles",
                    "metadata",
                    "heights above ground (MNH) are not used; deliver surface (MNS) and ground (MNT)");
            return;
        }
        asset.putArray("roles").add("data");
        file.role().ifPresent(role -> {
            asset.put("survol:role", role.value().name());
            guesses.add("assets.*.survol:role", role.value().name(), role.why());
            putBands(asset, role.value());
        });
        putProjection(asset, file, guesses);
        file.gsd().ifPresent(gsd -> asset.put("gsd", gsd));
        var date = dates.get(file.stat().key());
        if (date != null) {
            asset.put("datetime", date.toString());
        }
    }

    private static void putProjection(ObjectNode asset, Inspected file, Guesses guesses) {
        var named = file.name().epsg();
        if (file.epsg().isPresent()) {
            asset.put("proj:code", "EPSG:" + file.epsg().getAsInt());
        } else if (named.isPresent()) {
            var code = "EPSG:" + named.get().value();
            asset.put("proj:code", code);
            guesses.add("assets.*.proj:code", code, named.get().why());
        }
        file.header()
                .ifPresent(header ->
                        asset.putArray("proj:shape").add(header.height()).add(header.width()));
    }

    private static void putBands(ObjectNode asset, Role role) {
        var names =
                switch (role) {
                    case RGB -> List.of("red", "green", "blue");
                    case IRC -> List.of("nir", "red", "green");
                    case RGBI -> List.of("red", "green", "blue", "nir");
                    case DSM, DTM -> List.<String>of();
                };
        if (!names.isEmpty()) {
            var bands = asset.putArray("bands");
            names.forEach(name -> bands.addObject().put("name", name).put("eo:common_name", name));
        }
    }

    private static String unused(String name, ObjectNode taken) {
        var candidate = name;
        for (int i = 2; taken.has(candidate); i++) {
            candidate = name + "-" + i;
        }
        return candidate;
    }

    /** A bounding box in longitude and latitude, as far as the headers tell it. */
    private static void putFootprint(ObjectNode item, List<Inspected> files) {
        var boxes = files.stream()
                .map(Inspected::header)
                .flatMap(Optional::stream)
                .map(DeliveryInspector::lngLat)
                .filter(Footprints::isFinite)
                .toList();
        if (boxes.isEmpty()) {
            item.putNull("geometry");
            return;
        }
        var box = Footprints.union(boxes);
        var west = degrees(box.minEasting());
        var south = degrees(box.minNorthing());
        var east = degrees(box.maxEasting());
        var north = degrees(box.maxNorthing());
        var ring = item.putObject("geometry")
                .put("type", "Polygon")
                .putArray("coordinates")
                .addArray();
        position(ring, west, south);
        position(ring, east, south);
        position(ring, east, north);
        position(ring, west, north);
        position(ring, west, south);
        item.putArray("bbox").add(west).add(south).add(east).add(north);
    }

    private static Footprint lngLat(RasterHeader header) {
        return header.geo()
                .map(geo -> Footprints.transform(
                        new Footprint(
                                geo.west(), geo.northing(header.height()), geo.easting(header.width()), geo.north()),
                        geo.epsg(),
                        WGS84))
                .orElse(new Footprint(Double.NaN, Double.NaN, Double.NaN, Double.NaN));
    }

    private static BigDecimal degrees(double value) {
        return BigDecimal.valueOf(value).setScale(DEGREE_DECIMALS, RoundingMode.HALF_EVEN);
    }

    private static void position(ArrayNode ring, BigDecimal longitude, BigDecimal latitude) {
        ring.addArray().add(longitude).add(latitude);
    }

    /** Equal guesses about several files are one. */
    private static final class Guesses {

        private record About(String field, String value, String why) {}

        private final Map<About, Integer> files = new LinkedHashMap<>();

        void add(String field, String value, String why) {
            files.merge(new About(field, value, why), 1, Integer::sum);
        }

        List<Guess> list() {
            return files.entrySet().stream()
                    .map(guess -> new Guess(
                            guess.getKey().field(),
                            guess.getKey().value(),
                            guess.getKey().why(),
                            guess.getValue()))
                    .toList();
        }
    }
}
