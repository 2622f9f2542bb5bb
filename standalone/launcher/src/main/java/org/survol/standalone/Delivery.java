// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.survol.core.Json;
import org.survol.core.event.AcquisitionId;

/** A flight, ready to be handed in. What its files are is not looked at here: the intake does that, for every way in. */
sealed interface Delivery {

    String ITEM_FILE = "item.json";

    /** More are no flight but a wrong folder. */
    int MAX_FILES = 10_000;

    /** They would tell the intake that an upload is complete while it goes on. */
    Set<String> MARKERS = Set.of("_SUCCESS", "_DONE");

    /** What says where an image lies, with the image's name and these extensions. */
    Set<String> COMPANIONS = Set.of("tfw", "tifw", "jgw", "j2w", "wld", "tab", "prj");

    /** Of the acquisition; expected only, where the store knows better. */
    String id();

    /**
     * A flight whose STAC Item somebody wrote.
     *
     * @param item with hrefs as delivered; {@link Submission} rewrites them
     * @param files local file by asset name; an asset without an entry lies elsewhere already
     */
    record WithItem(ObjectNode item, Map<String, Path> files) implements Delivery {
        public WithItem {
            files = Map.copyOf(files);
        }

        @Override
        public String id() {
            return item.path("id").asText();
        }
    }

    /**
     * Files without an Item.
     *
     * @param files local file by the path it gets below the acquisition's inbox
     * @param written when the last of them was written
     */
    record PlainFiles(String id, Map<String, Path> files, Instant written) implements Delivery {
        public PlainFiles {
            files = Map.copyOf(files);
        }
    }

    /**
     * What lies in the store already.
     *
     * @param key of an object, or of a folder with a slash at its end
     * @param wantedId as the person gave it
     */
    record InStore(String bucket, String key, Optional<String> wantedId) implements Delivery {
        @Override
        public String id() {
            return wantedId.orElseGet(() -> AcquisitionId.of(key.replaceFirst("^inbox/", "")));
        }
    }

    /**
     * What the paths of a command line stand for: each Item (a JSON file, or a folder with {@code item.json}) is a
     * flight of its own; a folder without Item is one flight; all plain files together are one flight; so is each
     * {@code s3://} address.
     *
     * @param id name for the flight; only when the paths are one flight
     */
    static List<Delivery> of(List<String> paths, Optional<String> id) throws IOException {
        id.filter(chosen -> !AcquisitionId.isValid(chosen)).ifPresent(chosen -> {
            throw new CommandFailed("\"" + chosen
                    + "\" cannot name an acquisition. Give --id with letters, digits, dots, dashes and underscores.");
        });
        var deliveries = new ArrayList<Delivery>();
        var files = new ArrayList<Path>();
        for (var given : paths) {
            if (given.startsWith("s3://")) {
                deliveries.add(inStore(given, id));
                continue;
            }
            var path = Path.of(given);
            if (Files.isDirectory(path)) {
                deliveries.add(ofFolder(path, id));
            } else if (!Files.exists(path)) {
                throw new CommandFailed(path + " does not exist.");
            } else if (path.toString().toLowerCase(Locale.ROOT).endsWith("json")) {
                deliveries.add(ofItem(path, id));
            } else {
                files.add(path);
            }
        }
        if (!files.isEmpty()) {
            deliveries.add(ofFiles(files, id.orElseGet(() -> AcquisitionId.of(stem(files.getFirst())))));
        }
        if (id.isPresent() && deliveries.size() > 1) {
            throw new CommandFailed("--id names one flight, but the paths are " + deliveries.size() + ".");
        }
        return deliveries;
    }

    private static Delivery inStore(String address, Optional<String> id) {
        int slash = address.indexOf('/', "s3://".length());
        var key = slash < 0 ? "" : address.substring(slash + 1);
        if (key.isEmpty()) {
            throw new CommandFailed(address + " names a whole bucket. Name a folder, for example " + address
                    + (slash < 0 ? "/" : "") + "inbox/tarn-2026/");
        }
        return new InStore(address.substring("s3://".length(), slash), key, id);
    }

    private static Delivery ofFolder(Path folder, Optional<String> id) throws IOException {
        var item = folder.resolve(ITEM_FILE);
        if (Files.exists(item)) {
            return ofItem(item, id);
        }
        var files = new LinkedHashMap<String, Path>();
        for (var file : filesIn(folder)) {
            if (file.getFileName().toString().equals(ITEM_FILE)) {
                throw new CommandFailed(folder + " holds several flights, among them " + file
                        + ". Submit them one by one, for example ./survol submit " + folder + "/*/");
            }
            files.put(
                    folder.relativize(file)
                            .toString()
                            .replace(file.getFileSystem().getSeparator(), "/"),
                    file);
        }
        if (files.isEmpty()) {
            throw new CommandFailed(folder + " holds neither " + ITEM_FILE + " nor an image.");
        }
        return new PlainFiles(id.orElseGet(() -> AcquisitionId.of(name(folder))), files, written(files));
    }

    private static Delivery ofFiles(List<Path> given, String id) throws IOException {
        var files = new LinkedHashMap<String, Path>();
        for (var file : given) {
            files.put(unused(name(file), files::containsKey), file);
            for (var companion : companions(file)) {
                files.putIfAbsent(name(companion), companion);
            }
        }
        return new PlainFiles(id, files, written(files));
    }

    /** A world file or the like is needed to know where its image lies. */
    private static List<Path> companions(Path image) throws IOException {
        var stem = stem(image);
        try (var entries = Files.list(image.toAbsolutePath().getParent())) {
            return entries.filter(Files::isRegularFile)
                    .filter(file ->
                            COMPANIONS.contains(extension(file)) && stem(file).equals(stem))
                    .sorted()
                    .toList();
        }
    }

    private static Delivery ofItem(Path file, Optional<String> id) throws IOException {
        ObjectNode item;
        try {
            if (!(Json.MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode object)) {
                throw new CommandFailed(file + " is JSON, but not a STAC Item.");
            }
            item = object;
        } catch (JacksonException e) {
            throw new CommandFailed(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
        id.ifPresent(chosen -> item.put("id", chosen));
        var folder = file.toAbsolutePath().getParent();
        var files = new LinkedHashMap<String, Path>();
        for (var asset : item.path("assets").properties()) {
            var href = asset.getValue().path("href").asText("");
            if (href.startsWith("file:")) {
                files.put(asset.getKey(), Path.of(URI.create(href)));
            } else if (!href.isEmpty() && !href.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")) {
                files.put(asset.getKey(), folder.resolve(href).normalize());
            }
        }
        return new WithItem(item, files);
    }

    /** With those of its sub-folders: agencies sort images by kind. */
    private static List<Path> filesIn(Path folder) throws IOException {
        try (var entries = Files.walk(folder)) {
            var files = entries.filter(Files::isRegularFile)
                    .filter(file -> isDelivered(folder.relativize(file)))
                    .sorted()
                    .limit(MAX_FILES + 1L)
                    .toList();
            if (files.size() > MAX_FILES) {
                throw new CommandFailed(folder + " holds more than " + MAX_FILES + " files. Submit it in parts.");
            }
            return files;
        }
    }

    private static boolean isDelivered(Path file) {
        for (var part : file) {
            if (part.toString().startsWith(".")) {
                return false;
            }
        }
        return !MARKERS.contains(file.getFileName().toString());
    }

    private static Instant written(Map<String, Path> files) throws IOException {
        var last = Instant.EPOCH;
        for (var file : files.values()) {
            var written = Files.getLastModifiedTime(file).toInstant();
            last = written.isAfter(last) ? written : last;
        }
        return last.truncatedTo(ChronoUnit.SECONDS);
    }

    /** The name, or the name with the first number that makes it new. */
    static String unused(String name, Predicate<String> taken) {
        int dot = name.lastIndexOf('.');
        var stem = dot > 0 ? name.substring(0, dot) : name;
        var candidate = name;
        for (int i = 2; taken.test(candidate); i++) {
            candidate = stem + "-" + i + name.substring(stem.length());
        }
        return candidate;
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
